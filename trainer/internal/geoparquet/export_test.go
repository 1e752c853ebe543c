package geoparquet

import "encoding/json"

// ShowValue returns a value as JSON decodes it.
func ShowValue(t Type, value any) (shown any) {
	if err := json.Unmarshal(appendJSON(nil, t, value), &shown); err != nil {
		return err
	}
	return shown
}
