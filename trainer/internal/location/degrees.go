package location

import (
	"math"
	"strconv"
	"strings"
)

// ParseDegrees reads a number of degrees, such as 53.07, 53,07 or 53°4'12". The letter of a side may precede or follow it.
func ParseDegrees(text, positive, negative string) (float64, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	side := ""
	for _, s := range []string{positive, negative} {
		rest, found := strings.CutPrefix(text, s)
		if !found {
			rest, found = strings.CutSuffix(text, s)
		}
		if found {
			text, side = strings.TrimSpace(rest), s
			break
		}
	}
	v, err := parseAngle(text)
	switch {
	case err != nil:
		return 0, err
	case side == negative:
		return -math.Abs(v), nil
	case side == positive && v < 0:
		return 0, strconv.ErrSyntax
	}
	return v, nil
}

// ParseNumber reads a number with a decimal point or a decimal comma.
func ParseNumber(text string) (float64, error) {
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	return strconv.ParseFloat(text, 64)
}

// parseAngle reads a number of degrees with or without its sign. Minutes and seconds may follow it.
func parseAngle(text string) (float64, error) {
	if !strings.ContainsAny(text, "°º˚") {
		return ParseNumber(text)
	}
	text, negative := strings.CutPrefix(strings.ReplaceAll(text, "''", "\""), "-")
	sum, unit := 0.0, 1.0
	for _, marks := range []string{"°º˚", "'′’", "\"″”"} {
		number, rest := text, ""
		if at := strings.IndexAny(text, marks); at >= 0 {
			number, rest = text[:at], strings.TrimLeft(text[at:], marks)
		}
		v, err := ParseNumber(strings.TrimSpace(number))
		if err != nil || v < 0 || unit < 1 && v >= 60 {
			return 0, strconv.ErrSyntax
		}
		sum += v * unit
		unit /= 60
		if text = strings.TrimSpace(rest); text == "" {
			if negative {
				sum = -sum
			}
			return sum, nil
		}
	}
	return 0, strconv.ErrSyntax
}
