package schema

import (
	"strconv"
	"strings"
)

// A width outside these bounds, in metres, is a mistake of the mapper.
const (
	minWidth = 0.5
	maxWidth = 150
)

// ParseMetres reads a length as mappers write it, such as "3.5", "4 m", "12'", "7'6\"", "10 ft" or
// "2,5". It returns false for other text and for a length that no way has as its width.
func ParseMetres(s string) (float64, bool) {
	s = strings.TrimSpace(strings.ReplaceAll(s, ",", "."))
	if feet, inches, ok := strings.Cut(s, "'"); ok {
		f, err := strconv.ParseFloat(strings.TrimSpace(feet), 64)
		if err != nil {
			return 0, false
		}
		in := 0.0
		if inches = strings.Trim(inches, ` "`); inches != "" {
			if in, err = strconv.ParseFloat(inches, 64); err != nil {
				return 0, false
			}
		}
		return widthInBounds(f*0.3048 + in*0.0254)
	}
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := 1.0
	switch strings.ToLower(strings.TrimSpace(s[len(number):])) {
	case "", "m", "meter", "meters", "metre", "metres":
	case "cm":
		unit = 0.01
	case "ft", "feet", "foot":
		unit = 0.3048
	default:
		return 0, false
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	return widthInBounds(v * unit)
}

func widthInBounds(w float64) (float64, bool) {
	// Both comparisons are false for NaN.
	return w, w >= minWidth && w <= maxWidth
}
