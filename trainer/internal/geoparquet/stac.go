package geoparquet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/loc2vec/loc2vec"
)

// The versions of STAC that items have.
const (
	stacVersion        = "1.0.0"
	stacExtension      = "https://stac-extensions.github.io/embeddings/v" + extensionVersion + "/schema.json"
	processingFields   = "https://stac-extensions.github.io/processing/v1.2.0/schema.json"
	parquetContentType = "application/vnd.apache.parquet"
	pmtilesContentType = "application/vnd.pmtiles"
)

// ItemOptions are what a STAC item says besides what its file holds.
type ItemOptions struct {
	File     string    // base name of the GeoParquet file, in the folder of the item
	Created  time.Time // when the vectors were computed
	Software string    // such as "loc2vec 1.0"
}

// stacItem is an item of a SpatioTemporal Asset Catalog (https://stacspec.org) with the extension of embeddings.
type stacItem struct {
	Version    string               `json:"stac_version"`
	Extensions []string             `json:"stac_extensions"`
	Type       string               `json:"type"`
	ID         string               `json:"id"`
	Geometry   *stacPolygon         `json:"geometry"`
	BBox       []float64            `json:"bbox,omitempty"`
	Properties stacProperties       `json:"properties"`
	Links      []stacLink           `json:"links"`
	Assets     map[string]stacAsset `json:"assets"`
}

type stacPolygon struct {
	Type        string         `json:"type"`
	Coordinates [][][2]float64 `json:"coordinates"`
}

type stacProperties struct {
	Datetime     *string         `json:"datetime"` // null: a span of time
	Start        string          `json:"start_datetime,omitempty"`
	End          string          `json:"end_datetime,omitempty"`
	Processed    string          `json:"processing:datetime"`
	Software     map[string]any  `json:"processing:software,omitempty"`
	DataType     string          `json:"data_type"`
	GSD          float64         `json:"gsd"`
	Parameters   stacParameters  `json:"emb:runtime_parameters"`
	Quantization *Quantization   `json:"emb:quantization,omitempty"`
	FitForUse    []string        `json:"emb:fit_for_use"`
	Providers    []stacProviders `json:"providers,omitempty"`
}

// stacParameters are the parameters of the run. Their structure is the model's.
type stacParameters struct {
	Model      string         `json:"model"`
	Space      string         `json:"space"`
	Metric     loc2vec.Metric `json:"metric"`
	Dimensions int            `json:"dimensions"`
	Column     string         `json:"column"`
	ChipSize   [2]int         `json:"chip_size"`
	ChipMetres float64        `json:"chip_size_m"`
	Rows       int            `json:"rows"`
	Vectors    int            `json:"vectors"`
}

// stacProviders names whose maps the vectors were computed from.
type stacProviders struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

type stacLink struct {
	Rel   string `json:"rel"`
	Href  string `json:"href"`
	Type  string `json:"type,omitempty"`
	Title string `json:"title,omitempty"`
}

type stacAsset struct {
	Href  string   `json:"href"`
	Type  string   `json:"type"`
	Title string   `json:"title"`
	Roles []string `json:"roles"`
}

// Item returns a STAC item, in JSON, for a file of vectors that a Writer has written.
func Item(e *Embeddings, dimensions int, s *Summary, opts ItemOptions) ([]byte, error) {
	created := opts.Created.UTC().Format(time.RFC3339)
	item := stacItem{
		Version: stacVersion, Extensions: []string{stacExtension, processingFields}, Type: "Feature",
		ID: strings.TrimSuffix(opts.File, filepath.Ext(opts.File)),
		Properties: stacProperties{
			Processed: created, DataType: dataType(s.Quantization), GSD: e.Metres, Quantization: s.Quantization,
			FitForUse: []string{"retrieval", "similarity_search"},
			Parameters: stacParameters{
				Model: e.Model, Space: e.Space, Metric: e.Metric, Dimensions: dimensions, Column: VectorColumn,
				ChipSize: [2]int{e.Pixels, e.Pixels}, ChipMetres: e.Metres, Rows: s.Rows, Vectors: s.Vectors,
			},
		},
		Links: []stacLink{},
		Assets: map[string]stacAsset{"embeddings": {
			"./" + opts.File, parquetContentType, fmt.Sprintf("Vectors of %d places", s.Vectors), []string{"data"},
		}},
	}
	if name, version, ok := strings.Cut(opts.Software, " "); ok {
		item.Properties.Software = map[string]any{name: version}
	}
	item.setPlace(s)
	item.setSources(e.Sources, created)
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	if err := out.Encode(item); err != nil {
		return nil, fmt.Errorf("writing a STAC item: %w", err)
	}
	return b.Bytes(), nil
}

// setPlace sets the box around the places. An item without places has none.
func (i *stacItem) setPlace(s *Summary) {
	if s.Places == 0 {
		return
	}
	west, south, east, north := s.Bounds.Min.Lon, s.Bounds.Min.Lat, s.Bounds.Max.Lon, s.Bounds.Max.Lat
	i.BBox = []float64{west, south, east, north}
	i.Geometry = &stacPolygon{"Polygon", [][][2]float64{{
		{west, south}, {east, south}, {east, north}, {west, north}, {west, south},
	}}}
}

// setSources sets the dates and links of the packs: the time that their maps show, or that of the run if none is known.
func (i *stacItem) setSources(sources []Source, created string) {
	p := &i.Properties
	for _, s := range sources {
		if s.Date != "" {
			if p.Start == "" || s.Date < p.Start {
				p.Start = s.Date
			}
			p.End = max(p.End, s.Date)
		}
		i.Links = append(i.Links, stacLink{"emb:source-data", "./" + s.File, pmtilesContentType, s.Name + ": " + s.Attribution})
		known := false
		for _, provider := range p.Providers {
			known = known || provider.Name == s.Attribution
		}
		if s.Attribution != "" && !known {
			p.Providers = append(p.Providers, stacProviders{s.Attribution, []string{"producer", "licensor"}})
		}
	}
	switch p.Start {
	case "":
		p.Datetime = &created
	case p.End:
		date := p.End
		p.Datetime, p.Start, p.End = &date, "", ""
	}
}
