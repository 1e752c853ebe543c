package mobile_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestSignatures: the package exports nothing that gobind would drop or that breaks the rules of the package
// comment.
func TestSignatures(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = string(text)
	}
	c := checkFacade(t, sources)
	for _, problem := range c.problems {
		t.Error(problem)
	}
	var known []string
	for _, proxy := range proxies() {
		known = append(known, reflect.TypeOf(proxy).Elem().Name())
	}
	if slices.Sort(c.proxies); !slices.Equal(c.proxies, known) {
		t.Errorf("types with methods: %v, but zero values are tested of %v", c.proxies, known)
	}
}

// TestSignatureRules: each bad declaration breaks a rule, and no good one does.
func TestSignatureRules(t *testing.T) {
	for _, bad := range []string{
		"func F() ([]float32, error)",
		"func F(n uint) error",
		"func F(n uint64) error",
		"func F(m map[string]int) error",
		"func F() (time.Duration, error)",
		"func F(at time.Time) error",
		"func F() (string, string, error)",
		"func F() string",
		"func F(err error) error",
		"func F(names ...string) error",
		"func F(c chan int) error",
		"func F(f func()) error",
		"func F(t T) error",
		"func F(t *t) error",
		"func F(p *int) error",
		"func NewT() (*T, error)",
		"func F[P any](p P) error",
		"func (t T) F() error",
		"func (t *T) F() []byte",
		"type U struct{ Numbers []float32 }",
		"type U struct{ When time.Time }",
		"type U struct{ T }",
		"type U struct{ Class string }",
		"func (t *T) Notify() error",
		"type U int",
		"type U []byte",
		"type J interface{ F() }",
		"type J interface{ F(v []float32) error }",
		"var V = 1",
		"const C uint = 1",
	} {
		if len(checkFacade(t, map[string]string{"bad.go": facade(bad)}).problems) == 0 {
			t.Errorf("no problem with %s", bad)
		}
	}
	for _, good := range []string{
		"func F(b []byte, s string, i int, x float64, y float32, ok bool) (*T, error)",
		"func (t *T) F(i I) (int64, error)",
		"func (t *T) f() []float32",
		"type U struct{ Name string; Data []byte; Next *T; hidden []float32 }",
		"type J interface{ F(t *T) error }",
		`const C = "c"`,
	} {
		if p := checkFacade(t, map[string]string{"good.go": facade(good)}).problems; len(p) > 0 {
			t.Errorf("%s: %v", good, p)
		}
	}
}

// facade returns a package with one declaration, and two for it to refer to.
func facade(declaration string) string {
	return "package p\nimport \"time\"\ntype T struct{}\ntype t struct{}\ntype I interface{ G() error }\nvar _ time.Time\n" + declaration
}

// noImporter knows no package: types of other packages are invalid, and so must not be exported.
type noImporter struct{}

func (noImporter) Import(path string) (*types.Package, error) {
	return nil, errors.New("imports do not matter")
}

// checkFacade checks the exported declarations of a package.
func checkFacade(t *testing.T, sources map[string]string) *checker {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for name, text := range sources {
		f, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	config := types.Config{Importer: noImporter{}, Error: func(error) {}, IgnoreFuncBodies: true}
	pkg, _ := config.Check("mobile", fset, files, nil)
	c := &checker{pkg: pkg}
	for _, name := range pkg.Scope().Names() {
		if token.IsExported(name) {
			c.object(pkg.Scope().Lookup(name))
		}
	}
	slices.Sort(c.problems)
	return c
}

type checker struct {
	pkg      *types.Package
	problems []string // what is wrong
	proxies  []string // structs with methods
}

func (c *checker) report(name, format string, args ...any) {
	c.problems = append(c.problems, name+": "+fmt.Sprintf(format, args...))
}

func (c *checker) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		if !bindableBasic(o.Type()) {
			c.report(o.Name(), "gobind drops constants of type %v", o.Type())
		}
	case *types.Var:
		c.report(o.Name(), "a variable gets a public setter")
	case *types.Func:
		if strings.HasPrefix(o.Name(), "New") {
			c.report(o.Name(), "gobind makes a constructor of it, which loses its error; name it Open…")
		}
		c.signature(o.Name(), o.Type().(*types.Signature))
	case *types.TypeName:
		c.typeName(o)
	}
}

func (c *checker) typeName(o *types.TypeName) {
	named, ok := o.Type().(*types.Named)
	if !ok || o.IsAlias() {
		c.report(o.Name(), "gobind does not know aliases")
		return
	}
	switch u := named.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() {
				c.member(o.Name(), f.Name())
			}
			if f.Embedded() {
				c.report(o.Name(), "gobind does not promote what the field %s embeds", f.Name())
			} else if f.Exported() && !c.bindable(f.Type()) {
				c.report(o.Name()+"."+f.Name(), "gobind drops fields of type %v", f.Type())
			}
		}
		for m := range named.Methods() {
			if !m.Exported() {
				continue
			}
			c.member(o.Name(), m.Name())
			name := o.Name() + "." + m.Name()
			sig := m.Type().(*types.Signature)
			if _, pointer := sig.Recv().Type().(*types.Pointer); !pointer {
				c.report(name, "a value as receiver: null would panic before the method begins")
			}
			c.signature(name, sig)
			if !slices.Contains(c.proxies, o.Name()) {
				c.proxies = append(c.proxies, o.Name())
			}
		}
	case *types.Interface:
		for m := range u.Methods() {
			c.signature(o.Name()+"."+m.Name(), m.Type().(*types.Signature))
		}
	default:
		c.report(o.Name(), "gobind drops types like %v", u)
	}
}

// member checks that the name of a method or field is not that of a member of every object in Java or Objective-C.
func (c *checker) member(owner, name string) {
	taken := []string{
		"Class", "Clone", "Copy", "Description", "Equals", "Finalize", "GetClass", "Hash", "HashCode", "Init",
		"Notify", "NotifyAll", "Release", "Retain", "Self", "ToString", "Wait",
	}
	if slices.Contains(taken, name) {
		c.report(owner+"."+name, "every object in Java or Objective-C has a member of that name")
	}
}

// signature checks that all parameters are bindable, and that the results are at most one bindable value and an error.
func (c *checker) signature(name string, sig *types.Signature) {
	if sig.Variadic() || sig.TypeParams() != nil {
		c.report(name, "gobind drops variadic and generic functions")
	}
	for p := range sig.Params().Variables() {
		if !c.bindable(p.Type()) {
			c.report(name, "gobind drops functions with parameters of type %v", p.Type())
		}
	}
	results := sig.Results()
	n := results.Len()
	if n == 0 || n > 2 || !types.Identical(results.At(n-1).Type(), types.Universe.Lookup("error").Type()) {
		c.report(name, "must return an error, after at most one other result")
		return
	}
	if n == 2 && !c.bindable(results.At(0).Type()) {
		c.report(name, "gobind drops functions with results of type %v", results.At(0).Type())
	}
}

// bindable reports whether gobind supports the type.
func (c *checker) bindable(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return bindableBasic(t)
	case *types.Slice:
		return types.Identical(t.Elem(), types.Typ[types.Byte])
	case *types.Pointer:
		named, ok := t.Elem().(*types.Named)
		if !ok || !c.own(named) {
			return false
		}
		_, isStruct := named.Underlying().(*types.Struct)
		return isStruct
	case *types.Named:
		return c.own(t) && types.IsInterface(t)
	}
	return false
}

func (c *checker) own(t *types.Named) bool { return t.Obj().Pkg() == c.pkg && t.Obj().Exported() }

func bindableBasic(t types.Type) bool {
	basic, ok := t.(*types.Basic)
	return ok && slices.Contains([]types.BasicKind{
		types.Bool, types.UntypedBool, types.String, types.UntypedString, types.Int, types.UntypedInt,
		types.Int32, types.Int64, types.Float32, types.Float64, types.UntypedFloat,
	}, basic.Kind())
}
