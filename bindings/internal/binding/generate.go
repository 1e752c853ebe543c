// Package binding generates the Java and Objective-C sides of package mobile, and builds the library
// that is behind the Java side.
package binding

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	// JavaPackage is what the Java package of the facade, "mobile", lies in.
	JavaPackage = "io.github.loc2vec"
	// ObjCPrefix begins all names in Objective-C.
	ObjCPrefix = "L2V"
	// LibraryFile is the library that the generated Java loads.
	LibraryFile = "libgojni.so"

	facade = "github.com/loc2vec/loc2vec/mobile"
)

// Root returns the folder of the module that the working directory lies in.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return "", errors.New("looking for the module: the working directory is outside of it")
	}
	return filepath.Dir(file), nil
}

// Generate runs gobind, of the version in go.mod, for languages such as "go", "java" and "objc". Java
// appears in dir/java, everything else in dir/src/gobind.
func Generate(ctx context.Context, root, dir string, languages ...string) error {
	return run(ctx, root, nil, "go", "tool", "gobind", "-lang="+strings.Join(languages, ","),
		"-javapkg="+JavaPackage, "-prefix="+ObjCPrefix, "-outdir="+dir, facade)
}

// run runs a program in a folder, empty for the working directory, with variables added to the
// environment. The error holds what it printed.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}
