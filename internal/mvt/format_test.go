package mvt_test

import (
	"bytes"
	"testing"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/internal/formatdoc"
	"github.com/loc2vec/loc2vec/internal/mvt"
)

// TestFormatVectorTile encodes the features of FORMAT.md's example tile.
func TestFormatVectorTile(t *testing.T) {
	want := formatdoc.Read(t, "../../FORMAT.md").Hex(t, "hex vector tile")
	var e mvt.Encoder
	got, err := e.AppendTile(nil, []loc2vec.Feature{
		{Layer: loc2vec.Building, Kind: loc2vec.KindArea, Parts: [][]loc2vec.TilePoint{
			{{X: 100, Y: 100}, {X: 160, Y: 100}, {X: 160, Y: 140}, {X: 100, Y: 140}},
			{{X: 120, Y: 110}, {X: 120, Y: 130}, {X: 140, Y: 130}, {X: 140, Y: 110}},
		}},
		{Layer: loc2vec.MinorRoad, Kind: loc2vec.KindLine, Size: 60, Parts: [][]loc2vec.TilePoint{{{X: 0, Y: 200}, {X: 300, Y: 220}}}},
		{Layer: loc2vec.Commerce, Kind: loc2vec.KindDisc, Size: 100, Parts: [][]loc2vec.TilePoint{{{X: 110, Y: 120}}}},
	})
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the tile is % x, %v", got, err)
	}
}
