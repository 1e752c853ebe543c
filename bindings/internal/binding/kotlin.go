package binding

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Kotlin is the Kotlin compiler that make tools installs in the module.
type Kotlin struct{ home string }

// FindKotlin returns the compiler of the module. The error says what is missing, as the reason to skip a test.
func FindKotlin(root string) (Kotlin, error) {
	home := filepath.Join(root, "build", "kotlin")
	if _, err := os.Stat(filepath.Join(home, "version")); err != nil {
		return Kotlin{}, errors.New("needs the Kotlin compiler in build/kotlin: not installed")
	}
	return Kotlin{home}, nil
}

// Runtime returns the libraries that compiled Kotlin needs.
func (k Kotlin) Runtime() []string {
	return []string{
		filepath.Join(k.home, "lib", "kotlin-stdlib.jar"),
		filepath.Join(k.home, "lib", "kotlinx-coroutines-core-jvm.jar"),
	}
}

// Compile compiles the Kotlin sources in some directories to classes for the Java version of Android and for apps
// with Kotlin 2.2. Warnings are errors, and visibility must be explicit.
func (k Kotlin) Compile(ctx context.Context, jdk JDK, classes string, classpath []string, folders ...string) error {
	args := []string{
		filepath.Join(k.home, "bin", "kotlinc"), "-Werror", "-jvm-target", "1.8", "-language-version", "2.2", "-api-version", "2.2", "-Xexplicit-api=strict",
		"-d", classes, "-cp", strings.Join(append(classpath, k.Runtime()...), string(filepath.ListSeparator)),
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".kt" {
				args = append(args, path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return run(ctx, "", []string{"JAVA_HOME=" + jdk.home}, "bash", args...)
}
