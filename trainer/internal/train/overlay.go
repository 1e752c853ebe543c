package train

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// MaxSettings is the greatest size of a file of settings or of a plan, in bytes. All keys together have 2 kB.
const MaxSettings = 1 << 20

// rateAlias is a second name of the key that users set most.
const (
	rateAlias = "rate"
	rateKey   = "schedule.peak"
)

// Overlay sets the values of a JSON object over c. Groups are objects, as in Config's own JSON, or keys
// with dots. A layer that sets one of steps and for replaces the other. Unknown keys, values of the wrong
// type and null are errors that name the key; after an error c is unchanged.
func (c *Config) Overlay(data []byte) error {
	values := map[string]any{}
	if err := flatten(values, "", data); err != nil {
		return err
	}
	return c.layer(values)
}

// Set sets one value, as "batch.places=40" or "loss_params.margin=0.2". It is an Overlay of that value alone.
func (c *Config) Set(assignment string) error {
	key, value, ok := strings.Cut(assignment, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return fmt.Errorf("%q is not of the form key=value", assignment)
	}
	return c.layer(map[string]any{key: text(value)})
}

// text is a value from a command line, whose type is that of its key.
type text string

// flatten puts the members of a JSON object into values under keys with dots.
func flatten(values map[string]any, prefix string, data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return syntaxError(data, err)
	}
	if members == nil {
		return errors.New("want a JSON object of keys and values, not null")
	}
	for name, raw := range members {
		key := prefix + name
		if raw[0] == '{' {
			if err := flatten(values, key+".", raw); err != nil {
				return err
			}
			continue
		}
		if _, ok := values[key]; ok {
			return fmt.Errorf("%s is set twice", key)
		}
		values[key] = raw
	}
	return nil
}

// syntaxError adds the line to an error of package json.
func syntaxError(data []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + strings.Count(string(data[:min(int(syntax.Offset), len(data))]), "\n")
		return fmt.Errorf("line %d: %w", line, err)
	}
	return errors.New("want a JSON object of keys and values")
}

// layer sets all values, each a json.RawMessage or a text, or on an error none.
func (c *Config) layer(values map[string]any) error {
	next := *c
	next.LossParams = maps.Clone(c.LossParams)
	fields := next.fields()
	set := map[string]bool{}
	for _, given := range slices.Sorted(maps.Keys(values)) {
		key := given
		if key == rateAlias {
			key = rateKey
		}
		if set[key] {
			return fmt.Errorf("%s and %s are the same key", rateAlias, rateKey)
		}
		set[key] = true
		var err error
		if name, ok := strings.CutPrefix(key, "loss_params."); ok && name != "" {
			err = next.setLossParam(name, values[given])
		} else if field, ok := fields[key]; ok {
			err = setField(field, values[given])
		} else {
			return unknownKey(given, fields)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", given, err)
		}
	}
	switch {
	case set["steps"] && !set["for"]:
		next.For = 0
	case set["for"] && !set["steps"]:
		next.Steps = 0
	}
	*c = next
	return nil
}

// setLossParam sets a parameter of the loss: a number, a string or a boolean, kept as text.
func (c *Config) setLossParam(name string, value any) error {
	var s string
	switch v := value.(type) {
	case text:
		s = string(v)
	case json.RawMessage:
		if v[0] == '[' || string(v) == "null" {
			return fmt.Errorf("want a number or a word, not %s", v)
		}
		if s = string(v); v[0] == '"' {
			if err := json.Unmarshal(v, &s); err != nil {
				return err
			}
		}
	}
	if c.LossParams == nil {
		c.LossParams = map[string]string{}
	}
	c.LossParams[name] = s
	return nil
}

// fields maps the keys of c, groups and parameters of the loss left out, to its fields.
func (c *Config) fields() map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			switch f := v.Field(i); f.Kind() {
			case reflect.Struct:
				walk(prefix+name+".", f)
			case reflect.Map: // loss_params
			default:
				fields[prefix+name] = f
			}
		}
	}
	walk("", reflect.ValueOf(c).Elem())
	return fields
}

// setField sets a field to a json.RawMessage or a text.
func setField(field reflect.Value, value any) error {
	var s string
	switch v := value.(type) {
	case text:
		s = string(v)
	case json.RawMessage:
		want := byte('0')
		switch _, isText := field.Addr().Interface().(encoding.TextUnmarshaler); {
		case isText || field.Kind() == reflect.String:
			want = '"'
		case field.Kind() == reflect.Bool:
			want = 't'
		}
		if kindOf(v) != want {
			return fmt.Errorf("want %s, not %s", wanted(field), v)
		}
		if s = string(v); want == '"' {
			if err := json.Unmarshal(v, &s); err != nil {
				return err
			}
		}
	}
	if err := parse(field, strings.TrimSpace(s)); err != nil {
		return fmt.Errorf("want %s, not %q", wanted(field), s)
	}
	return nil
}

// kindOf returns '"' for a string, 't' for a boolean, '0' for a number, or the first byte of anything else.
func kindOf(raw json.RawMessage) byte {
	switch b := raw[0]; {
	case b == '-' || b >= '0' && b <= '9':
		return '0'
	case b == 'f':
		return 't'
	default:
		return b
	}
}

// parse sets a field from text.
func parse(field reflect.Value, s string) (err error) {
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	switch field.Kind() {
	case reflect.String:
		field.SetString(s)
	case reflect.Bool:
		var v bool
		if v, err = strconv.ParseBool(s); err == nil {
			field.SetBool(v)
		}
	case reflect.Int:
		var v int64
		if v, err = strconv.ParseInt(s, 10, strconv.IntSize); err == nil {
			field.SetInt(v)
		}
	case reflect.Uint64:
		var v uint64
		if v, err = strconv.ParseUint(s, 10, 64); err == nil {
			field.SetUint(v)
		}
	case reflect.Float64:
		var v float64
		if v, err = strconv.ParseFloat(s, 64); err == nil {
			field.SetFloat(v)
		}
	default:
		panic(fmt.Sprintf("train: Config has a field of kind %v", field.Kind()))
	}
	return err
}

// wanted names the type of a field as a user reads it.
func wanted(field reflect.Value) string {
	if _, ok := field.Addr().Interface().(*Duration); ok {
		return `a duration such as "5m"`
	}
	switch field.Kind() {
	case reflect.String:
		return "a word"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Uint64:
		return "a whole number"
	}
	return "a number"
}

// unknownKey is the error for a key that Config does not have. It names the keys whose spelling is nearest.
func unknownKey(key string, fields map[string]reflect.Value) error {
	var near, members []string
	least := len(key)
	last := func(key string) string { return key[strings.LastIndex(key, ".")+1:] }
	for _, other := range append(slices.Sorted(maps.Keys(fields)), rateAlias) {
		if strings.HasPrefix(other, key+".") {
			members = append(members, other)
		}
		d := min(distance(key, other), distance(last(key), last(other)))
		if d > 1+len(last(other))/4 || d > least {
			continue
		}
		if d < least {
			near, least = nil, d
		}
		near = append(near, other)
	}
	switch {
	case key == "loss_params":
		return errors.New("loss_params is a group: set loss_params.NAME")
	case members != nil:
		return fmt.Errorf("%s is a group: set %s", key, strings.Join(members, ", "))
	case near != nil:
		return fmt.Errorf("unknown key %q: did you mean %s?", key, strings.Join(near, " or "))
	}
	return fmt.Errorf("unknown key %q: there are %s and loss_params.NAME", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
}

// distance is the Levenshtein distance of two words, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
