package geoparquet

import (
	"encoding/json"

	"github.com/loc2vec/loc2vec"
)

// extensionVersion is the version of the STAC extension of embeddings whose fields the key "emb" has.
const extensionVersion = "0.0.1"

// Embeddings describes the vectors of a file.
type Embeddings struct {
	Model   string // name of the bundle
	Space   string // id of the embedding space: vectors of equal ids can be compared
	Metric  loc2vec.Metric
	Pixels  int      // side of the rasters that the model reads
	Metres  float64  // side of the rasters on the ground
	Sources []Source // of the maps that the vectors were computed from
	// Coverages are the columns with the shares that layers cover; nil: there are none.
	Coverages []CoverageColumn
}

// CoverageColumn is a column with the share of the window, 0 to 1, that a layer covers.
type CoverageColumn struct {
	Layer  string `json:"layer"`
	Column string `json:"column"`
}

// Source is a region pack.
type Source struct {
	Name          string // of the region
	File          string // base name of the file
	ContentSHA256 string
	Date          string // of its newest source, RFC 3339; empty: unknown
	Attribution   string
}

// Quantization says how whole numbers of 8 bits stand for numbers: value = Scale · number + Offset, with one scale
// and one offset an axis. No number is off by more than half a scale.
type Quantization struct {
	Method    string    `json:"method"`
	Original  string    `json:"original_dtype"`
	Quantized string    `json:"quantized_dtype"`
	Scale     []float64 `json:"scale"`
	Offset    []float64 `json:"offset"`
}

// embMetadata is the key "emb": the fields of the STAC extension without its prefix, with what it leaves to models.
type embMetadata struct {
	Version      string         `json:"version"`
	Type         string         `json:"type"`
	Column       string         `json:"column"`
	Dimensions   int            `json:"dimensions"`
	DataType     string         `json:"data_type"`
	Metric       loc2vec.Metric `json:"metric"`
	Model        embModel       `json:"model"`
	GSD          float64        `json:"gsd"`
	ChipLayout   chipLayout     `json:"chip_layout"`
	ChipSize     float64        `json:"chip_size_m"`
	Quantization *Quantization  `json:"quantization,omitempty"`
	Sources      []embSource    `json:"source_data"`

	Coverages []CoverageColumn `json:"coverage,omitempty"`
}

type embModel struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type chipLayout struct {
	Type string `json:"layout_type"`
	Size [2]int `json:"chip_size"` // height and width in pixels
}

type embSource struct {
	Name        string `json:"name"`
	SHA256      string `json:"content_sha256,omitempty"`
	Date        string `json:"datetime,omitempty"`
	Attribution string `json:"attribution,omitempty"`
}

// dataType is the type of the numbers of vectors, as STAC names it.
func dataType(q *Quantization) string {
	if q != nil {
		return "int8"
	}
	return "float32"
}

// metadata returns the value of the key "emb" of a file. The vectors are in the given column.
func (e *Embeddings) metadata(column string, dimensions int, q *Quantization) (string, error) {
	m := embMetadata{
		Version: extensionVersion, Type: "chip", Column: column, Dimensions: dimensions, DataType: dataType(q), Metric: e.Metric,
		Model: embModel{ID: e.Space, Name: e.Model},
		// STAC: the ground that an embedding spans.
		GSD: e.Metres, ChipSize: e.Metres, ChipLayout: chipLayout{"variable_grid", [2]int{e.Pixels, e.Pixels}},
		Quantization: q, Sources: []embSource{}, Coverages: e.Coverages,
	}
	for _, s := range e.Sources {
		m.Sources = append(m.Sources, embSource{s.Name, s.ContentSHA256, s.Date, s.Attribution})
	}
	text, err := json.Marshal(m)
	return string(text), err
}
