// Package bundle reads and writes model bundles: a manifest, a quantised ONNX encoder and its golden vectors.
//
// FORMAT.md specifies the format.
package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/format"
	"github.com/loc2vec/loc2vec/pack"
	"github.com/loc2vec/loc2vec/raster"
)

// FormatVersion is the version of the bundle format that this build writes and reads.
const FormatVersion = 1

// Manifest is the bundle's manifest.json. FORMAT.md describes its keys.
type Manifest struct {
	FormatVersion int               `json:"format_version"`
	SpaceID       string            `json:"space_id"` // names this embedding space: 16 hex digits, derived as FORMAT.md says
	SchemaHash    string            `json:"schema_hash"`
	Raster        raster.Spec       `json:"raster"`
	Dimension     int               `json:"dimension"`
	Distance      loc2vec.Metric    `json:"distance"`
	Input         TensorSpec        `json:"input"`  // uint8 [N][C][H][W]
	Output        TensorSpec        `json:"output"` // float32 [N][D]
	Quantisation  string            `json:"quantisation"`
	Provenance    Provenance        `json:"provenance"`
	Evaluation    map[string]any    `json:"evaluation,omitempty"`
	Files         map[string]string `json:"files"` // SHA-256 in hex of encoder.onnx and golden.bin
}

// TensorSpec names a tensor of the model.
type TensorSpec struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Shape []int  `json:"shape"` // -1 for the batch
}

// Provenance records how a model was made.
type Provenance struct {
	Command string `json:"command"`
	Seed    uint64 `json:"seed"`
	Steps   int    `json:"steps"`
	Loss    string `json:"loss"`
	Net     string `json:"net"`
	From    string `json:"from,omitempty"` // space id of the model that training started from
	Packs   []Pack `json:"packs"`
	Created string `json:"created,omitempty"`
}

// Pack names a pack that a model was trained on.
type Pack struct {
	Name          string `json:"name"`
	ContentSHA256 string `json:"content_sha256"`
	Attribution   string `json:"attribution"`
	// HeldOut is the fraction of the map held out of training, in blocks chosen by HeldOutSeed. It is 0 when
	// unknown.
	HeldOut     float64 `json:"held_out,omitempty"`
	HeldOutSeed uint64  `json:"held_out_seed,omitempty"`
}

// Golden is a raster with its embedding, for self-tests.
type Golden struct {
	Raster    []byte    // uint8 [C][H][W]
	Embedding []float32 // [D]
}

// Bundle is an opened model bundle. Its contents must not be changed.
type Bundle struct {
	Manifest Manifest
	Model    []byte // encoder.onnx
	// Golden is nil after OpenLazy. ReadGolden works for every bundle.
	Golden []Golden
	// golden is the compressed golden.bin after OpenLazy, else nil.
	golden *compressedEntry
}

// The entries of a bundle.
const (
	manifestEntry = "manifest.json"
	modelEntry    = "encoder.onnx"
	goldenEntry   = "golden.bin"
)

const (
	maxManifestBytes = 1 << 20
	// maxModelBytes is 1.8 times the largest model that can be trained, wide for rasters of 256 pixels.
	maxModelBytes = 16 << 20
	// maxGoldenBytes holds 10 rasters of 256 pixels. The 24 of the base model have 1.2 MB; those of 128 pixels 4.7 MB.
	maxGoldenBytes = 8 << 20
	// maxGolden is more than twice the number of golden vectors that bundles are written with.
	maxGolden    = 64
	maxPixels    = 1024
	maxMetres    = 20000
	maxDimension = 4096
)

// Write writes a bundle. It fills in FormatVersion, SpaceID and Files of the manifest. The
// same bundle gives the same bytes.
func Write(w io.Writer, b *Bundle) error {
	if err := write(w, b); err != nil {
		return fmt.Errorf("writing a bundle: %w", err)
	}
	return nil
}

func write(w io.Writer, b *Bundle) error {
	m := &b.Manifest
	if err := m.validate(); err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	vectors, err := b.ReadGolden()
	if err != nil {
		return err
	}
	golden, err := appendGolden(nil, m, vectors)
	if err != nil {
		return err
	}
	m.FormatVersion = FormatVersion
	m.Files = map[string]string{modelEntry: sha256Hex(b.Model), goldenEntry: sha256Hex(golden)}
	m.SpaceID = m.spaceID()
	text, err := m.encode()
	if err != nil {
		return fmt.Errorf("manifest: %w", err)
	}
	return writeZip(w, []zipEntry{
		{name: manifestEntry, limit: maxManifestBytes, data: text},
		{name: modelEntry, limit: maxModelBytes, data: b.Model},
		{name: goldenEntry, limit: maxGoldenBytes, data: golden},
	})
}

// Open reads the bundle in the first size bytes of r. It checks the checksums, the manifest and the
// space id, but not the model itself. Errors wrap loc2vec.ErrCorrupt, loc2vec.ErrVersion or r's own.
// The bundle does not retain r.
func Open(r io.ReaderAt, size int64) (*Bundle, error) {
	b, err := OpenLazy(r, size)
	if err != nil {
		return nil, err
	}
	if b.Golden, err = b.ReadGolden(); err != nil {
		return nil, fmt.Errorf("opening a bundle: %w", err)
	}
	b.golden = nil
	return b, nil
}

// OpenLazy is like Open but leaves the golden vectors, the largest part of a bundle, compressed and
// unverified until ReadGolden is called.
func OpenLazy(r io.ReaderAt, size int64) (*Bundle, error) {
	b, err := openLazy(r, size)
	if err != nil {
		return nil, fmt.Errorf("opening a bundle: %w", err)
	}
	return b, nil
}

func openLazy(r io.ReaderAt, size int64) (*Bundle, error) {
	manifest := zipEntry{name: manifestEntry, limit: maxManifestBytes}
	model := zipEntry{name: modelEntry, limit: maxModelBytes}
	golden := zipEntry{name: goldenEntry, limit: maxGoldenBytes}
	// Compression makes an entry at most slightly longer.
	if limit := int64(2 * (maxManifestBytes + maxModelBytes + maxGoldenBytes)); size < 0 || size > limit {
		return nil, fmt.Errorf("%w: %d bytes", loc2vec.ErrCorrupt, size)
	}
	file := make([]byte, size)
	if n, err := r.ReadAt(file, 0); n < len(file) {
		if err == nil || err == io.EOF {
			err = fmt.Errorf("%w: the file ends after %d bytes", loc2vec.ErrCorrupt, n)
		}
		return nil, err
	}
	switch format.Sniff(file) {
	case format.Pack:
		return nil, fmt.Errorf("%w: this is a region pack, not a bundle", loc2vec.ErrCorrupt)
	case format.Unknown:
		return nil, fmt.Errorf("%w: not a bundle", loc2vec.ErrCorrupt)
	}
	rest, err := readZipEntry(file, &manifest)
	if err != nil {
		return nil, err
	}
	// The version is checked first: the rest of the file may differ in another one.
	b := &Bundle{}
	if err := b.Manifest.decode(manifest.data); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestEntry, err)
	}
	if rest, err = readZipEntry(rest, &model); err != nil {
		return nil, err
	}
	if err := b.Manifest.checkFile(&model); err != nil {
		return nil, err
	}
	compressed, rest, err := cutZipEntry(rest, &golden)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(rest, appendZipDirectory(nil, []zipEntry{manifest, model, golden})) {
		return nil, fmt.Errorf("%w: zip directory", loc2vec.ErrCorrupt)
	}
	if id := b.Manifest.spaceID(); id != b.Manifest.SpaceID {
		return nil, fmt.Errorf("%s: %w: space id %q, but it follows from the contents as %s", manifestEntry, loc2vec.ErrCorrupt, b.Manifest.SpaceID, id)
	}
	b.Model = model.data
	b.golden = &compressedEntry{golden, bytes.Clone(compressed)} // a copy, to release the rest of the file
	return b, nil
}

// checkFile compares an entry with its hash in the manifest.
func (m *Manifest) checkFile(e *zipEntry) error {
	if got, want := sha256Hex(e.data), m.Files[e.name]; got != want {
		return fmt.Errorf("%s: %w: SHA-256 %s, the manifest says %q", e.name, loc2vec.ErrCorrupt, got, want)
	}
	return nil
}

// OpenFile reads the bundle at path.
func OpenFile(path string) (*Bundle, error) {
	f, size, err := format.OpenFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening a bundle: %w", err)
	}
	defer f.Close()
	b, err := Open(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// encode returns the manifest in the form of FORMAT.md.
func (m *Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(m)
	return b.Bytes(), err
}

// decode is the inverse of encode. It ignores unknown keys.
func (m *Manifest) decode(text []byte) error {
	if err := format.CheckVersion(text, FormatVersion); err != nil {
		return err
	}
	if err := json.Unmarshal(text, m); err != nil {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	if err := m.validate(); err != nil {
		return fmt.Errorf("%w: %w", loc2vec.ErrCorrupt, err)
	}
	return nil
}

// validate checks that sizes are in range and that the tensors match them.
func (m *Manifest) validate() error {
	switch {
	case m.Raster.Pixels < 1 || m.Raster.Pixels > maxPixels:
		return fmt.Errorf("raster of %d pixels", m.Raster.Pixels)
	case !(m.Raster.Metres > 0 && m.Raster.Metres <= maxMetres): // fails for NaN as well
		return fmt.Errorf("raster of %v metres", m.Raster.Metres)
	case m.Dimension < 1 || m.Dimension > maxDimension:
		return fmt.Errorf("embedding of %d dimensions", m.Dimension)
	case m.Distance != loc2vec.Euclidean && m.Distance != loc2vec.Cosine:
		return fmt.Errorf("unknown distance %q", m.Distance)
	case m.Input.Type != "uint8" || !slices.Equal(m.Input.Shape, []int{-1, loc2vec.NumLayers, m.Raster.Pixels, m.Raster.Pixels}):
		return fmt.Errorf("input %s%v does not fit the raster", m.Input.Type, m.Input.Shape)
	case m.Output.Type != "float32" || !slices.Equal(m.Output.Shape, []int{-1, m.Dimension}):
		return fmt.Errorf("output %s%v does not fit the dimension", m.Output.Type, m.Output.Shape)
	}
	return nil
}

// rasterBytes is C*H*W.
func (m *Manifest) rasterBytes() int { return loc2vec.NumLayers * m.Raster.Pixels * m.Raster.Pixels }

// space is the canonical text of everything that the numbers of a vector depend on.
func (m *Manifest) space() string {
	return fmt.Sprintf("loc2vec space 1\nmodel %s\nschema %s\nmetres %v\npixels %d\ndimension %d\ndistance %s\n",
		m.Files[modelEntry], m.SchemaHash, m.Raster.Metres, m.Raster.Pixels, m.Dimension, m.Distance)
}

// spaceID names the embedding space.
func (m *Manifest) spaceID() string { return sha256Hex([]byte(m.space()))[:16] }

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// CheckSchemas returns an error wrapping loc2vec.ErrSchemaMismatch, with both hashes in its message,
// unless the pack and the bundle were made with the same layer schema.
func CheckSchemas(p *pack.Metadata, m *Manifest) error {
	if p.SchemaHash == m.SchemaHash {
		return nil
	}
	return fmt.Errorf("%w: pack %q has schema %s, the bundle has schema %s",
		loc2vec.ErrSchemaMismatch, p.Name, p.SchemaHash, m.SchemaHash)
}
