package location

import (
	"math"
	"strings"
)

// parsePair reads two numbers.
func parsePair(text string) (Location, error) {
	inner := unbracket(text)
	for _, halves := range splits(inner) {
		if l, ok := parseHalves(halves); ok {
			return l, nil
		}
	}
	return Location{}, errText(text)
}

// unbracket removes brackets and quotation marks around a text.
func unbracket(text string) string {
	const pairs = "()[]<>\"\"''"
	for {
		text = strings.TrimSpace(text)
		if len(text) < 2 {
			return text
		}
		at := strings.IndexByte(pairs, text[0])
		if at < 0 || at%2 > 0 && pairs[at] != pairs[at-1] || text[len(text)-1] != pairs[at|1] {
			return text
		}
		text = text[1 : len(text)-1]
	}
}

// splits returns the ways to split a text into two coordinates, the surest first. A third part is a height.
func splits(text string) (ways [][]string) {
	for _, separator := range []string{";", "|", "/", "\t", ", "} {
		if parts := strings.Split(text, separator); len(parts) == 2 || len(parts) == 3 {
			ways = append(ways, parts)
		}
	}
	switch parts := strings.Split(text, ","); {
	case len(parts) == 2:
		ways = append(ways, parts)
	case len(parts) == 3 && strings.Contains(parts[0], ".") && strings.Contains(parts[1], "."): // else "53,07,8"
		ways = append(ways, parts)
	}
	if parts := strings.Fields(text); len(parts) == 2 || len(parts) == 3 {
		ways = append(ways, parts)
	}
	if at := strings.IndexAny(text, sides); at > 0 {
		ways = append(ways, []string{text[:at+1], text[at+1:]})
	} else if at == 0 {
		if next := strings.IndexAny(text[1:], sides); next >= 0 {
			ways = append(ways, []string{text[:next+1], text[next+1:]})
		}
	}
	return ways
}

// sides are the letters of the directions of the compass.
const sides = "NSEWnsew"

// parseHalves reads two coordinates, and a height.
func parseHalves(parts []string) (l Location, ok bool) {
	var first, second Order
	if l.First, first, ok = parseSided(parts[0]); !ok {
		return l, false
	}
	if l.Second, second, ok = parseSided(parts[1]); !ok || !finite(l.First) || !finite(l.Second) {
		return l, false
	}
	if len(parts) == 3 {
		if _, err := ParseNumber(trimQuotes(parts[2])); err != nil {
			return l, false
		}
	}
	switch {
	case first != Unknown && first == second: // two latitudes
		return l, false
	case first != Unknown:
		l.Order = first
	case second != Unknown:
		l.Order = LatFirst + LonFirst - second
	}
	return l, true
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// trimQuotes removes space and quotation marks. Those of seconds may go too: nothing follows them.
func trimQuotes(text string) string { return strings.Trim(text, " \t\r\n\"'") }

// parseSided reads a coordinate. With the letter of a side the order is that of a pair which it starts.
func parseSided(text string) (v float64, order Order, ok bool) {
	text = trimQuotes(text)
	if v, err := ParseDegrees(text, "N", "S"); err == nil {
		if strings.ContainsAny(text, "NSns") && strings.Trim(text, sides) != text {
			order = LatFirst
		}
		return v, order, true
	}
	v, err := ParseDegrees(text, "E", "W")
	return v, LonFirst, err == nil
}
