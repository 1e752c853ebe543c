//go:build unix

package osmextract

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/loc2vec/loc2vec/internal/osmtestdata"
)

var (
	growth       = flag.Bool("growth", false, "extract real extracts from the smallest to the largest, and print time and memory")
	growthCopies = flag.Int("growth-copies", 0, "extract London after them, so many times side by side in one file")
	growthFiles  = flag.String("growth-files", "", "more PBF `files` to extract in the end, separated by commas")
)

// growthRun is what the extraction of a file took.
type growthRun struct {
	name        string
	megabytes   float64 // of PBF
	nodes       int
	wall        time.Duration
	cpu         time.Duration
	peak        float64 // megabytes resident, of the whole process
	packedBytes int64
}

// TestGrowth measures how time and memory grow with the size of a file, and extrapolates to a country. It
// checks nothing; make bench-growth prints it.
func TestGrowth(t *testing.T) {
	if !*growth {
		t.Skip("takes minutes: -growth asks for it")
	}
	program := filepath.Join(t.TempDir(), "loc2vec")
	if out, err := exec.Command("go", "build", "-o", program, "../trainer/loc2vec").CombinedOutput(); err != nil {
		t.Fatalf("building loc2vec: %v\n%s", err, out)
	}
	var more []string
	if *growthCopies > 0 {
		more = append(more, copiesOfLondon(t, *growthCopies))
	}
	if *growthFiles != "" {
		more = append(more, strings.Split(*growthFiles, ",")...)
	}
	var runs []growthRun
	for _, e := range osmtestdata.All() {
		runs = append(runs, measureExtract(t, program, osmtestdata.Path(t, e.Name)))
	}
	// The regression uses the real extracts only; the copies are compared with it.
	var size, cpu, peak []float64
	for _, r := range runs {
		size, cpu, peak = append(size, r.megabytes), append(cpu, r.cpu.Seconds()), append(peak, r.peak)
	}
	cpu0, cpu1 := stat.LinearRegression(size, cpu, nil, false)
	peak0, peak1 := stat.LinearRegression(size, peak, nil, false)
	for _, path := range more {
		runs = append(runs, measureExtract(t, program, path))
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "extract\tPBF MB\tmillion nodes\tpack MB\tseconds\tof processor\tpredicted\tpeak MB\tpredicted\t\n")
	for _, r := range runs {
		fmt.Fprintf(w, "%s\t%.1f\t%.2f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t\n", r.name, r.megabytes, float64(r.nodes)/1e6, float64(r.packedBytes)/1e6,
			r.wall.Seconds(), r.cpu.Seconds(), cpu0+cpu1*r.megabytes, r.peak, peak0+peak1*r.megabytes)
	}
	fmt.Fprintf(w, "a country\t%d\t\t\t\t\t%.0f\t\t%.0f\t\n", 1000, cpu0+cpu1*1000, peak0+peak1*1000)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("predicted by the line through the extracts:\n%s", out.String())
}

// measureExtract extracts a file in a process of its own.
func measureExtract(t *testing.T, program, path string) growthRun {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "extract", path, "--json", "-o", filepath.Join(t.TempDir(), "region.pmtiles"))
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var stats Stats
	if err := json.Unmarshal(out, &stats); err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(info.Name(), ".")
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	peak := float64(usage.Maxrss) * 1024 / 1e6
	if runtime.GOOS == "darwin" {
		peak /= 1024 // counts bytes
	}
	return growthRun{
		name: name, megabytes: float64(info.Size()) / 1e6, nodes: stats.Nodes, packedBytes: stats.PackBytes,
		wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peak: peak,
	}
}
