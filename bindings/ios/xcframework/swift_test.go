package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// foundation lists the members that the Swift package uses of objects that are neither generated nor its own.
const foundation = `append async bitPattern boolValue combine components concurrent dropFirst failure forEach init isEmpty
	joined littleEndian loadUnaligned localizedDescription map module path rawValue resume self streamError success
	unlock url userInitiated withUnsafeBytes`

// TestSwiftNames: the classes, functions and members that the Swift package uses are in the header. If the class of
// an object is unknown, its member must be the package's own or Foundation's.
func TestSwiftNames(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "L2VMobile.objc.h"))
	if err != nil {
		t.Fatal(err)
	}
	header := readHeader(string(text))
	files, err := filepath.Glob(filepath.Join("..", "Sources", "Loc2Vec", "*.swift"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d Swift files, %v", len(files), err)
	}
	sources, others := map[string]string{}, map[string]bool{}
	for _, name := range strings.Fields(foundation) {
		others[name] = true
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources[file] = regexp.MustCompile(`//.*|"(\\.|[^"\\])*"`).ReplaceAllString(string(source), "")
		for _, m := range regexp.MustCompile("\\b(?:let|var|func|case) `?(\\w+)").FindAllStringSubmatch(sources[file], -1) {
			others[m[1]] = true
		}
	}
	used := map[string]bool{}
	for file, source := range sources {
		header.walk(source, func(class, name string) {
			known := others[name]
			if class != "" {
				_, known = header[class][name]
			}
			if !known {
				t.Errorf("%s uses %s.%s, which the header lacks", filepath.Base(file), class, name)
			}
			used[class] = true
		})
	}
	for class := range header {
		if _, protocol := header[global][class+"Protocol"]; !protocol && !used[class] {
			t.Errorf("no member of %s is used: has its receiver been missed?", class)
		}
	}
}

// objc maps each class of a header to its members, under their Swift names, with the class that each of them
// returns, if it is generated.
type objc map[string]map[string]string

// global is the module, used like a class: its members are functions, and types, which are called to make an object.
const global = "Loc2VecCore"

var (
	generated = regexp.MustCompile(`L2VMobile\w+`)
	// A class or protocol; a method; a property; a function or constant.
	headerLine = regexp.MustCompile(`^@(interface|protocol) (\w+) [:<]|^- \((.*?)\)(\w+)|^@property.*\) (.*?)(\w+);|^FOUNDATION_EXPORT (.*?)(L2VMobile\w+)[(;]`)
	// A preposition at the end of a method's name becomes the label of its argument.
	preposition = regexp.MustCompile(`(At|From|To)$`)
)

func readHeader(text string) objc {
	header := objc{global: {}}
	class := ""
	for line := range strings.Lines(text) {
		m := headerLine.FindStringSubmatch(line)
		switch {
		case m == nil:
		case m[1] == "interface":
			class = m[2]
			header[class] = map[string]string{}
			header[global][class] = class
		case m[1] == "protocol":
			class = m[2]
			header[class] = map[string]string{}
			header[global][class+"Protocol"] = ""
		case m[4] != "":
			header[class][preposition.ReplaceAllString(m[4], "")] = generated.FindString(m[3])
		case m[6] != "":
			header[class][m[6]] = generated.FindString(m[5])
		default:
			header[global][m[8]] = generated.FindString(m[7])
		}
	}
	return header
}

// A let without a type; a name with its type; a member; a generated type or function.
var swiftToken = regexp.MustCompile(`[\n{}()]|\blet (\w+) = |(\w+): ([A-Z]\w*)|(\w*)[?!]?\.([a-z]\w*)|L2VMobile\w+`)

// walk calls use with everything of the header that a Swift source uses, and with all other members, whose class is
// empty. The class of an object is that of the nearest declaration of its name: a type, or the first generated call
// of a let.
func (o objc) walk(source string, use func(class, name string)) {
	scopes := []map[string]string{{}}
	parameters := map[string]string{} // of the block that the next brace opens
	depth := 0                        // of parentheses
	infer := func(string) {}          // gives a let its class
	for _, m := range swiftToken.FindAllStringSubmatch(source, -1) {
		scope := scopes[len(scopes)-1]
		switch {
		case m[0] == "\n":
			infer = func(string) {}
		case m[0] == "{":
			scopes, parameters = append(scopes, parameters), map[string]string{}
		case m[0] == "}":
			scopes = scopes[:len(scopes)-1]
		case m[0] == "(":
			depth++
		case m[0] == ")":
			depth--
		case m[1] != "":
			scope[m[1]] = ""
			infer = func(class string) {
				if scope[m[1]] == "" {
					scope[m[1]] = class
				}
			}
		case m[2] != "":
			if depth > 0 {
				scope = parameters
			}
			if scope[m[2]] = generated.FindString(m[3]); scope[m[2]] != "" {
				use(global, m[3])
			}
		case m[5] != "":
			class := ""
			for i := len(scopes) - 1; i >= 0; i-- {
				if of, declared := scopes[i][m[4]]; declared {
					class = of
					break
				}
			}
			use(class, m[5])
			infer(o[class][m[5]])
		default:
			use(global, m[0])
			infer(o[global][m[0]])
		}
	}
}
