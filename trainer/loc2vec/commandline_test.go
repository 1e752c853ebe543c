package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/internal/osmtestdata"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/trainer/internal/metric"
)

// TestOldForms: a flag of the former command line is a usage error in one line that names the form of today.
func TestOldForms(t *testing.T) {
	for line, want := range map[string]string{
		"extract -pbf a.osm.pbf -o r":           "-pbf: files are arguments now: loc2vec extract a.osm.pbf b.osm.pbf -o R.pmtiles",
		"extract --pbf a.osm.pbf -o r":          "--pbf: files are arguments now",
		"extract a.osm.pbf -json":               "-json is written --json",
		"train -pack r -o m":                    "-pack is written --pack",
		"train -pack=r -o m":                    "-pack is written --pack",
		"train --pack r -o m -twins 0.5":        "-twins: it is --set batch.hard_negatives=X now",
		"train --pack r -o m -published":        "-published: it is --preset loc2vec now",
		"train --pack r -loss-param margin=1":   "-loss-param: it is --set loss_params.NAME=VALUE now",
		"train --set steps=1 -turned=false":     "-turned: it is --set rotations=4 or rotations=1 now",
		"train -o m -hard 0.5":                  "-hard: there is no such flag any more",
		"evaluate --bundle m -unturned":         "-unturned: there is no such flag any more",
		"evaluate --bundle m -n 5":              "-n: it is named --gallery now",
		"evaluate --bundle m --n 5":             "--n: it is named --gallery now",
		"evaluate --bundle m -figures A":        "-figures: metrics have names now: --metrics",
		"evaluate --bundle m r -float d":        "-float: it is named --run now",
		"ablate -held-out t":                    "-held-out: it is named --test-pack now",
		"embed -at 1,2":                         "-at is written --at",
		"embed --bundle m -ort-library x":       "-ort-library is written --ort-library",
		"weights --bundle m -ort-library x":     "-ort-library is written --ort-library",
		"weights -positives 2":                  "-positives: it is --set batch.positives=N now",
		"raster -rotate 30":                     "-rotate is written --rotate",
		"fieldtest -track t.gpx":                "-track: the track is an argument now",
		"inspect base -json":                    "-json is written --json",
		"verify x -key k":                       "-key is written --key",
		"sign -keygen k":                        "-keygen is written --keygen",
		"demo -dir d":                           "-dir: it is named --output now",
		"train -help":                           "-help is written --help",
		"-version":                              "-version is written --version",
		"extract a.osm.pbf -name x -o r --json": "-name is written --name",
	} {
		status, output := command(strings.Fields(line)...)
		if status != statusUsage || !strings.Contains(output, want) || strings.Count(output, "\n") != 1 {
			t.Errorf("%s: status %d, want %q\n%s", line, status, want, output)
		}
	}
	// What looks like an old flag may be a value.
	for _, line := range []string{"extract missing.osm.pbf -o r.pmtiles --name -pbf", "extract -o r.pmtiles -- -pbf"} {
		t.Chdir(t.TempDir())
		if status, output := command(strings.Fields(line)...); status != statusFailure || !strings.Contains(output, "no such file") {
			t.Errorf("%s: status %d\n%s", line, status, output)
		}
	}
}

// TestSuggestions: words that resemble a verb, a flag or a setting.
func TestSuggestions(t *testing.T) {
	for line, want := range map[string]string{
		"trian x":                      `unknown verb "trian"; did you mean train? (see loc2vec help)`,
		"evalute --bundle m":           "did you mean evaluate?",
		"help extrat":                  "did you mean extract?",
		"completion bsh":               `unknown shell "bsh"; did you mean bash`,
		"train --step 5":               "unknown flag --step; did you mean --steps? (see loc2vec help train)",
		"train -step 5":                "unknown flag -step; did you mean --steps?",
		"evaluate --bundel m":          "unknown flag --bundel; did you mean --bundle?",
		"train -o m p --set stesp=4":   `unknown key "stesp": did you mean steps?`,
		"train -o m p --preset loc3ve": "there is loc2vec",
	} {
		t.Chdir(t.TempDir())
		status, output := command(strings.Fields(line)...)
		if status != statusUsage || !strings.Contains(output, want) || strings.Count(output, "\n") != 1 {
			t.Errorf("%s: status %d, want %q\n%s", line, status, want, output)
		}
	}
}

// TestListsAddUp: packs and files may be separated by commas, repeated, and given as arguments.
func TestListsAddUp(t *testing.T) {
	monaco, honolulu := monacoPack(t), extractedPack(t, "honolulu")
	harbour, _ := writeHarbour(t)
	model := untrainedBundle(t, monaco, nil)
	for _, args := range [][]string{
		{"--pack", monaco + "," + honolulu},
		{"--pack", monaco, "--pack", honolulu},
		{"--pack=" + monaco, "--pack=" + honolulu},
	} {
		rows := "43.7384,7.4246\n21.3068,-157.8588\n"
		out, messages, err := runVerb(t, rows, "embed", append(args, "--bundle", model, "--engine", "go")...)
		if err != nil || !strings.Contains(out, "monaco") || !strings.Contains(out, "honolulu") {
			t.Errorf("%v: %v\n%s%s", args, err, messages, out)
		}
	}
	for _, args := range [][]string{
		{monaco, harbour}, {"--pack", monaco, harbour}, {harbour, "--pack", monaco}, {"--pack", monaco + "," + harbour},
	} {
		out := filepath.Join(t.TempDir(), "m.l2v")
		args = append(args, "-o", out, "--steps", "1", "--set", "raster.pixels=32", "--draw", "100", "--set", "batch.places=4",
			"--holdout", "0", "--evaluate", "0")
		if _, messages, err := runVerb(t, "", "train", args...); err != nil {
			t.Fatalf("%v\n%s", err, messages)
		}
		b, err := bundle.OpenFile(out)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range b.Manifest.Provenance.Packs {
			names = append(names, p.Name)
		}
		if slices.Sort(names); !slices.Equal(names, []string{"harbour", "monaco"}) {
			t.Errorf("%v: trained on %v", args, names)
		}
	}
	for _, line := range []string{"embed --bundle m --pack a,,b", "embed --bundle m --pack="} {
		if status, output := command(strings.Fields(line)...); status != statusUsage || !strings.Contains(output, "for --pack: a name in the list is empty") {
			t.Errorf("%s: status %d\n%s", line, status, output)
		}
	}
}

// TestExtractFormats: XML and PBF are extracted together; a change file is refused.
func TestExtractFormats(t *testing.T) {
	dir := t.TempDir()
	const xml = `<osm version="0.6"><bounds minlat="43.70" minlon="7.40" maxlat="43.76" maxlon="7.46"/>
<node id="1" lat="43.73" lon="7.42"/><node id="2" lat="43.73" lon="7.43"/>
<way id="3"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>`
	file, out := filepath.Join(dir, "street.osm"), filepath.Join(dir, "r.pmtiles")
	if err := os.WriteFile(file, []byte(xml), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, messages, err := runVerb(t, "", "extract", file, osmtestdata.Path(t, "monaco"), "-o", out); err != nil {
		t.Fatalf("%v\n%s", err, messages)
	}
	p, err := pack.OpenFile(out)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if m := p.Metadata(); len(m.Sources) != 2 {
		t.Errorf("sources %+v", m.Sources)
	}
	changes := filepath.Join(dir, "day.osc")
	if err := os.WriteFile(changes, []byte(`<osmChange version="0.6"></osmChange>`), 0o644); err != nil {
		t.Fatal(err)
	}
	status, output := command("extract", changes, "-o", filepath.Join(dir, "none.pmtiles"))
	if status != statusFailure || !strings.Contains(output, "change file") {
		t.Errorf("a file of changes: status %d\n%s", status, output)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.pmtiles")); !os.IsNotExist(err) {
		t.Errorf("a file is left: %v", err)
	}
}

// TestEmbedAFile: places come from an argument in each of the formats, and "-" is standard input.
func TestEmbedAFile(t *testing.T) {
	region := monacoPack(t)
	model := untrainedBundle(t, region, nil)
	dir := t.TempDir()
	var outputs []string
	for name, text := range map[string]string{
		"p.csv":     "lat,lon\n43.7384,7.4246\n",
		"p.geojson": `{"type":"Point","coordinates":[7.4246,43.7384]}`,
		"p.gpx":     `<gpx version="1.1"><wpt lat="43.7384" lon="7.4246"/></gpx>`,
		"-":         "43.7384,7.4246\n",
	} {
		input, path := text, name
		if name != "-" {
			input, path = "", filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		out, messages, err := runVerb(t, input, "embed", "--bundle", model, "--pack", region, "--engine", "go", path)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, messages)
		}
		fields := strings.Split(strings.Split(out, "\n")[1], ",")
		vector := strings.Join(fields[len(fields)-loc2vec.Dimension-4:], ",") // without the columns of the input
		outputs = append(outputs, vector)
	}
	if slices.Sort(outputs); outputs[0] != outputs[3] || outputs[0] == "" {
		t.Errorf("the formats give different vectors:\n%s", strings.Join(outputs, "\n"))
	}
}

// TestCompletion: flags and arguments complete file endings or names.
func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  []string
		none  string
	}{
		{[]string{""}, []string{"extract\t", "train\t", "evaluate\t", "completion\t"}, "\nsettings"},
		{[]string{"tr"}, []string{"train\t"}, "extract"},
		{[]string{"train", "--loss", ""}, metric.Names(), ""},
		{[]string{"train", "--net", ""}, []string{"wide", "pooled", "lite", "classic"}, ""},
		{[]string{"train", "--preset", ""}, []string{"loc2vec"}, ""},
		{[]string{"train", "--set", ""}, []string{"batch.places=", "rotations="}, ""},
		{[]string{"train", ""}, []string{"pmtiles\n:8\n"}, ""},
		{[]string{"evaluate", "--pack", ""}, []string{"pmtiles\n:8\n"}, ""},
		{[]string{"evaluate", "--bundle", ""}, []string{"l2v\n:8\n"}, ""},
		{[]string{"evaluate", "--bundle", "b"}, []string{"base\n"}, ""},
		{[]string{"evaluate", "--metrics", ""}, []string{"same_place", "hard_triplets"}, ""},
		{[]string{"embed", "--format", ""}, []string{"csv\ntsv\njsonl\ngeojson\nparquet\nnpy\n:4\n"}, ""},
		{[]string{"embed", "--engine", ""}, []string{"auto\nort\ngo\n"}, ""},
		{[]string{"inspect", ""}, []string{"pmtiles\nl2v\n:8\n"}, ""},
		{[]string{"extract", ""}, []string{"pbf\n"}, ""},
		{[]string{"help", ""}, []string{"train\n", "settings\n"}, ""},
	} {
		var out, err bytes.Buffer
		std := stdio{in: strings.NewReader(""), out: &out, err: &err}
		if status := run(t.Context(), std, append([]string{"__complete"}, c.words...)); status != statusOK {
			t.Errorf("%q: status %d, %s", c.words, status, err.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q: no %q in\n%s", c.words, want, out.String())
			}
		}
		if c.none != "" && strings.Contains(out.String(), c.none) {
			t.Errorf("%q: %q in\n%s", c.words, c.none, out.String())
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, err := runVerb(t, "", "completion", shell); err != nil || !strings.Contains(out, program) {
			t.Errorf("%s: %v", shell, err)
		}
	}
}

// TestHelpOfSettings: the same list under both names.
func TestHelpOfSettings(t *testing.T) {
	topic, _, err := runVerb(t, "", "help", "settings")
	if err != nil {
		t.Fatal(err)
	}
	keys, _, err := runVerb(t, "", "train", "--keys")
	if err != nil || keys != topic {
		t.Errorf("train --keys: %v\n%s", err, keys)
	}
	for _, want := range []string{"batch.hard_negatives  0.9", "schedule.peak", "Presets: loc2vec", "--preset, --config, --set"} {
		if !strings.Contains(topic, want) {
			t.Errorf("no %q in\n%s", want, topic)
		}
	}
}

// TestInterrupt sends a real signal to a real process: the status is 130, the run is kept, and no partial file is left.
func TestInterrupt(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	out := filepath.Join(dir, "m.l2v")
	cmd := exec.Command(exe, append([]string{"train"}, append(trainArgs(monacoPack(t), out), "--steps", "100000")...)...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var messages bytes.Buffer
	cmd.Stderr = &messages
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for rows := 0; rows < 3; {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v\n%s", err, messages.String())
		case <-time.After(10 * time.Millisecond):
		}
		log, _ := os.ReadFile(filepath.Join(out+".run", "log.csv"))
		rows = strings.Count(string(log), "\n")
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ended
	if status := cmd.ProcessState.ExitCode(); status != statusInterrupted || !strings.Contains(messages.String(), "interrupted: ") || !strings.Contains(messages.String(), "--resume "+out+".run") {
		t.Errorf("exit status %d, want %d\n%s", status, statusInterrupted, messages.String())
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 || entries[0].Name() != "m.l2v.run" {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
