package loc2vec

// Metric is how two embeddings of a space are compared. Its values stand in bundles.
type Metric string

const (
	// Euclidean is the Euclidean distance of two vectors: the metric of Loc2Vec.
	Euclidean Metric = "euclidean"
	// Cosine is one minus the cosine of the angle between two vectors.
	Cosine Metric = "cosine"
)
