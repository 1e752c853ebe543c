package report

// Omission is a part that a page lacks.
type Omission struct {
	What string
	Why  string
}
