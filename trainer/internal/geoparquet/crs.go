package geoparquet

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/loc2vec/loc2vec"
	"github.com/loc2vec/loc2vec/trainer/internal/location"
)

// wgs84 are coordinate reference systems of longitude and latitude of WGS 84. Points in GeoParquet have longitude
// first, whatever the axes of the system are.
func wgs84() []string {
	return []string{"OGC:CRS84", "OGC:CRS84H", "EPSG:4326", "EPSG:4979", "SRID:4326"}
}

// projjson are the parts of a coordinate reference system that name it (https://proj.org/specifications/projjson.html).
type projjson struct {
	Name string `json:"name"`
	ID   *struct {
		Authority string          `json:"authority"`
		Code      json.RawMessage `json:"code"` // number or string
	} `json:"id"`
}

// checkPROJJSON returns an error that names the system of a column unless its coordinates are longitude and latitude
// of WGS 84. A missing system is just that, and null is taken for it: rows are checked anyway.
func checkPROJJSON(crs json.RawMessage) error {
	if len(crs) == 0 || string(crs) == "null" {
		return nil
	}
	var p projjson
	if err := json.Unmarshal(crs, &p); err != nil {
		var name string
		if err := json.Unmarshal(crs, &name); err != nil {
			return fmt.Errorf("%w: its coordinate reference system is no PROJJSON", loc2vec.ErrCorrupt)
		}
		// Before version 1.0 of GeoParquet the system was WKT, whose name comes first.
		if parts := strings.SplitN(name, `"`, 3); len(parts) == 3 && strings.HasSuffix(parts[0], "[") {
			return checkLongName(parts[1])
		}
		return checkCRSName(name)
	}
	if p.ID == nil {
		return checkLongName(p.Name)
	}
	name := p.ID.Authority + ":" + strings.Trim(string(p.ID.Code), `"`)
	if err := checkCRSName(name); err != nil {
		return location.ErrCRS(fmt.Sprintf("%s (%s)", name, p.Name))
	}
	return nil
}

// checkCRSName is checkPROJJSON for a name such as EPSG:4326.
func checkCRSName(name string) error {
	for _, known := range wgs84() {
		if strings.EqualFold(name, known) {
			return nil
		}
	}
	return location.ErrCRS(name)
}

// checkLongName is checkPROJJSON for a name in words. Those of projected systems continue after a stroke.
func checkLongName(name string) error {
	upper := strings.ToUpper(name)
	if strings.HasPrefix(upper, "WGS 84") && !strings.Contains(upper, "/") || upper == "WGS84" {
		return nil
	}
	return location.ErrCRS(name)
}
