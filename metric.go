package loc2vec

// Metric names how two embeddings of a space are compared. Bundles hold its values.
type Metric string

const (
	// Euclidean is the Euclidean distance of two vectors: the metric of Loc2Vec.
	Euclidean Metric = "euclidean"
	// Cosine is one minus the cosine of the angle between two vectors.
	Cosine Metric = "cosine"
)
