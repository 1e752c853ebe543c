package geoparquet

import (
	"github.com/loc2vec/loc2vec/bundle"
	"github.com/loc2vec/loc2vec/pack"
)

// Describe returns the description of vectors that a model computes from regions. The name is the bundle's; files are
// base names of the packs of the regions, in their order.
func Describe(name string, m *bundle.Manifest, regions []*pack.Metadata, files []string) Embeddings {
	e := Embeddings{Model: name, Space: m.SpaceID, Metric: m.Distance, Pixels: m.Raster.Pixels, Metres: m.Raster.Metres}
	for i, r := range regions {
		s := Source{Name: r.Name, ContentSHA256: r.ContentSHA256, Date: r.Date(), Attribution: r.Attribution}
		if i < len(files) {
			s.File = files[i]
		}
		e.Sources = append(e.Sources, s)
	}
	return e
}
