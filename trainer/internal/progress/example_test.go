package progress_test

import (
	"os"

	"github.com/loc2vec/loc2vec/trainer/internal/progress"
)

// Without a terminal, a bar writes a line when it ends and every ten
// seconds before that.
func Example() {
	bar := progress.New(os.Stdout, "extract", 8_000_000, progress.Bytes)
	bar.Set(4_000_000, "5 tiles")
	bar.Set(8_000_000, "12 tiles")
	bar.Close()
	// Output: extract: 100 % (8.0 MB of 8.0 MB), 12 tiles [0s]
}
