package train

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Variant is a line of an ablation's plan: a named layer over a configuration.
type Variant struct {
	Name     string
	From     string   // bundle of the model to start from, or "base"; empty for fresh weights
	Preset   string   // applied before the settings; may be empty
	Settings []string // assignments as Config.Set takes them
}

// ReadPlan reads the variants of a plan, one a line:
//
//	NAME: [from=BUNDLE] [preset=NAME] [key=value]…
//
// Empty lines and lines that start with # are skipped. An error names the line: of a name that is missing, used
// twice or not fit for a file, of an unknown preset or key, and of a value of the wrong type.
func ReadPlan(r io.Reader) ([]Variant, error) {
	var variants []Variant
	lines := bufio.NewScanner(r)
	n := 0
	for lines.Scan() {
		n++
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		v, err := parseVariant(line)
		if err == nil && slices.ContainsFunc(variants, func(o Variant) bool { return o.Name == v.Name }) {
			err = fmt.Errorf("a second variant is named %q", v.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		variants = append(variants, v)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", n+1, err)
	}
	return variants, nil
}

// parseVariant parses a line of a plan and checks that its settings can be applied.
func parseVariant(line string) (Variant, error) {
	name, settings, ok := strings.Cut(line, ":")
	v := Variant{Name: strings.TrimSpace(name)}
	if !ok || v.Name == "" || strings.ContainsAny(v.Name, `/\`) {
		return v, fmt.Errorf("%q does not start with a name and a colon", line)
	}
	for _, setting := range strings.Fields(settings) {
		switch key, value, _ := strings.Cut(setting, "="); key {
		case "from":
			v.From = value
		case "preset":
			v.Preset = value
		default:
			v.Settings = append(v.Settings, setting)
		}
	}
	c := DefaultConfig()
	return v, v.Apply(&c)
}

// Apply lays the variant over a configuration: its preset, the settings that all variants have in common, and its
// own settings.
func (v Variant) Apply(c *Config, common ...string) error {
	if v.Preset != "" {
		if err := c.ApplyPreset(v.Preset); err != nil {
			return err
		}
	}
	for _, setting := range slices.Concat(common, v.Settings) {
		if err := c.Set(setting); err != nil {
			return err
		}
	}
	return nil
}
