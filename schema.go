package loc2vec

// SchemaHash names the rules that sort map objects into layers: the SHA-256, in hex, of their
// canonical text.
func SchemaHash() string { return "" }
