// Package binding builds the native library of package mobile with its Java and Objective-C sides.
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
	// JavaPackage contains the Java package of the facade, "mobile".
	JavaPackage = "io.github.loc2vec"
	// ObjCPrefix starts all names in Objective-C.
	ObjCPrefix = "L2V"
	// LibraryFile is the library that the generated Java loads.
	LibraryFile = "libgojni.so"

	facade = "github.com/loc2vec/loc2vec/mobile"
)

// Root returns the directory of the module that contains the working directory.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("looking for the module: %w", err)
	}
	file := strings.TrimSpace(string(out))
	if file == "" || file == os.DevNull {
		return "", errors.New("looking for the module: the working directory is outside any module")
	}
	return filepath.Dir(file), nil
}

// Generate runs the gobind version of go.mod for languages such as "go", "java" and "objc". It writes Java to
// dir/java, everything else to dir/src/gobind.
func Generate(ctx context.Context, root, dir string, languages ...string) error {
	return run(ctx, root, nil, "go", "tool", "gobind", "-lang="+strings.Join(languages, ","),
		"-javapkg="+JavaPackage, "-prefix="+ObjCPrefix, "-outdir="+dir, facade)
}

// run runs a program in a directory, "" for the working directory, with more environment variables. The error
// contains its output.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}
