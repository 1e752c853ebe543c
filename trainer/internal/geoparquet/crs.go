package geoparquet

import (
	"encoding/json"
	"fmt"
	"strings"
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
		return checkCRSName(strings.Trim(string(crs), `"`))
	}
	if p.ID == nil {
		if name := strings.ToUpper(p.Name); strings.HasPrefix(name, "WGS 84") && !strings.Contains(name, "/") || name == "WGS84" {
			return nil
		}
		return errCRS(p.Name)
	}
	name := p.ID.Authority + ":" + strings.Trim(string(p.ID.Code), `"`)
	if err := checkCRSName(name); err != nil {
		return errCRS(fmt.Sprintf("%s (%s)", name, p.Name))
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
	return errCRS(name)
}

func errCRS(name string) error {
	return fmt.Errorf("its coordinates are in %s: only longitude and latitude of WGS 84 (OGC:CRS84, EPSG:4326) are read", name)
}
