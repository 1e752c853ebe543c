package main

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/geoparquet"
	"github.com/loc2vec/loc2vec/trainer/internal/output"
)

// TestSimilarBadInput: what is asked for wrongly is refused in one line.
func TestSimilarBadInput(t *testing.T) {
	w := newSimilarWorld(t)
	here := at(w.cells[0])
	other := w.path("other.geojson")
	if _, messages, err := runVerb(t, "", "embed", "--bundle", w.OtherModel, "--pack", w.West, "--engine", "go", "--grid", "300", "-o", other); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	otherParquet := w.path("other.parquet")
	if _, messages, err := runVerb(t, "", "embed", "--bundle", w.OtherModel, "--pack", w.West, "--engine", "go", "--grid", "300", "-o", otherParquet); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	line, _, err := runVerb(t, "", "embed", "--bundle", w.OtherModel, "--pack", w.West, "--engine", "go", "--at", here)
	if err != nil {
		t.Fatal(err)
	}
	empty, header := w.write(t, "empty.csv", ""), w.write(t, "header.csv", "lat,lon\n")
	outside := w.write(t, "outside.csv", "lat,lon\n53,8\n54,9\n")
	dims := w.write(t, "dims.csv", "lat,lon,v0,v1,v2\n0.1,0.2,1,2,3\n")
	names := w.write(t, "names.csv", "lat,lon\n"+here+"\n")
	parquet := func(name string, vector ...float32) string {
		path := w.path(name)
		err := output.Write(path, func(f io.Writer) error {
			out, err := geoparquet.NewWriter(f, geoparquet.WriterOptions{Dimensions: len(vector)})
			if err == nil {
				err = out.Write(&geoparquet.Row{Place: placeOf(t, w.cells[0]), Vector: vector})
			}
			if err == nil {
				_, err = out.Finish()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	infinite := make([]float32, loc2vec.Dimension)
	infinite[3] = float32(math.Inf(1))
	for _, k := range []struct {
		args []string
		want string
	}{
		{[]string{"--to", here, "--among", parquet("two.parquet", 1, 2)}, "they have 2 dimensions, not 16"},
		{[]string{"--to", parquet("infinite.parquet", infinite...)}, "no place has a vector"},
		{nil, "--to is needed"},
		{[]string{"--to", here, "-k", "0"}, "-k 0: want one answer or more"},
		{[]string{"--to", here, "--min-distance-m", "-1"}, "want 0 or more"},
		{[]string{"--to", here, "--min-distance-m", "NaN"}, "want 0 or more"},
		{[]string{"--to", here, "--among", names, "--grid", "50"}, "leave --among out"},
		{[]string{"--to", here, "--among", names, "--within", "0,0,1,1"}, "leave --among out"},
		{[]string{"--to", here, "--format", "xml"}, `--format "xml"`},
		{[]string{"--to", here, "-o", w.path("x.xml")}, "want a file that ends with"},
		{[]string{"--to", here, "-o", w.path("x.npy")}, "no answers"},
		{[]string{"--to", here, "--sheet", w.path("x.jpg")}, "ends with .png"},
		{[]string{"--to", here, "--among", "-"}, "- is not read"},
		{[]string{"--to", w.Outside.String()}, "outside every region; the regions cover"},
		{[]string{"--to", "95,8"}, "latitude 95"},
		{[]string{"--to", here, "--not", w.Outside.String()}, "--not " + w.Outside.String() + ": embedding: outside every region"},
		{[]string{"--to", w.path("missing.csv")}, "no such file"},
		{[]string{"--to", w.write(t, "x.docx", "PK")}, "the extension"},
		{[]string{"--to", empty}, "the file is empty"},
		{[]string{"--to", here, "--among", empty}, "the file is empty"},
		{[]string{"--to", here, "--among", header}, "no place has a vector"},
		{[]string{"--to", here, "--among", outside}, "no place has a vector"},
		{[]string{"--to", outside}, "no place has a vector"},
		{[]string{"--to", here, "--among", dims}, "the vectors have 3 dimensions"},
		{[]string{"--to", here, "--among", other}, "embedding space mismatch"},
		{[]string{"--to", other}, "embed the places again"},
		{[]string{"--to", here, "--among", otherParquet}, "embed the places again"},
		{[]string{"--to", here, "--among", w.write(t, "other.jsonl", line)}, "row 1: embedding space mismatch"},
		{[]string{"--to", names, "--name", "shop"}, `it has no column "shop"`},
		{[]string{"--to", names, "--lat", "y", "--lon", "x"}, `no column "y"`},
		{[]string{"--to", here, "--lat", "y"}, "go together"},
		{[]string{"--to", here, "--grid", "0"}, "quad cells"},
		{[]string{"--to", here, "--grid", "100", "--max-places", "10"}, "--max-places allows them"},
		{[]string{"--to", here, "--among", names}, "no place is an answer"},
		{[]string{"--to", here, "--among", names, "-o", names}, "is the same file as the input"},
	} {
		out, messages, err := w.similar(t, k.args...)
		if err == nil || !strings.Contains(err.Error(), k.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want one with %q\n%s", k.args, err, k.want, messages)
		}
		if out != "" {
			t.Errorf("%v: output %s", k.args, out)
		}
	}
	for _, k := range []struct {
		args []string
		want string
	}{
		{[]string{"--to", here}, "--pack or --among is needed"},
		{[]string{"--to", here, "--among", w.path("cells.csv")}, "--pack is needed, to compute its vector"},
		{[]string{"--to", names, "--among", w.path("cells.csv")}, "it has no vectors: --pack is needed"},
		{[]string{"--to", w.path("cells.csv"), "--among", w.path("cells.csv"), "--sheet", w.path("x.png")}, "--sheet needs --pack"},
	} {
		if _, _, err := runVerb(t, "", "similar", append([]string{"--bundle", w.Model, "--engine", "go"}, k.args...)...); err == nil || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%v: %v, want %q", k.args, err, k.want)
		}
	}
	if _, _, err := runVerb(t, "", "similar", "--to", here, "--pack", w.West); err == nil || !strings.Contains(err.Error(), "--bundle is needed") {
		t.Errorf("%v", err)
	}
}

// TestSimilarPage runs the commands of docs/similar.md.
func TestSimilarPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "similar.md"))
	if err != nil {
		t.Fatal(err)
	}
	pack := monacoPack(t)
	model, dir := untrainedBundle(t, pack, nil), t.TempDir()
	const sites = "name,lat,lon\nport,43.7355,7.4255\ngarden,43.7315,7.4155\nstadium,43.7277,7.4155\n"
	for name, text := range map[string]string{
		"good.csv": "name,lat,lon\ncasino,43.7392,7.4277\n", "bad.csv": "lat,lon\n43.7311,7.4197\n", "sites.csv": sites,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := func(line string) (out string) {
		t.Helper()
		args := strings.Fields(line)
		for i, a := range args {
			switch {
			case a == "base":
				args[i] = model
			case a == "monaco.pmtiles":
				args[i] = pack
			case filepath.Ext(a) != "" && !isPlace(a):
				args[i] = filepath.Join(dir, a)
			}
		}
		out, messages, err := runVerb(t, "", args[1], args[2:]...)
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, messages)
		}
		return out
	}
	command("loc2vec embed --bundle base --pack monaco.pmtiles --grid 100 -o cells.parquet") // a later example
	commands := 0
	for _, block := range strings.Split(string(page), "```sh\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		for line := range strings.Lines(text) {
			command(line)
			commands++
		}
	}
	_, header, _ := strings.Cut(string(page), "```csv\n")
	header, _, _ = strings.Cut(header, "```")
	out := command("loc2vec similar --bundle base --pack monaco.pmtiles --to 43.7384,7.4246 --grid 100 --format csv")
	if !strings.HasPrefix(out, header) || commands != 5 {
		t.Errorf("%d commands; the header is %s, want %s", commands, out, header)
	}
	for _, name := range []string{"like.csv", "like.geojson", "like.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
