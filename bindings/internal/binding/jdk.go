package binding

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// JDK is an installed Java development kit.
type JDK struct{ home string }

// FindJDK returns the JDK of JAVA_HOME or, if that is not set, of javac. The error says what is missing, as the
// reason to skip a test.
func FindJDK() (JDK, error) {
	home := os.Getenv("JAVA_HOME")
	if home == "" {
		javac, err := exec.LookPath("javac")
		if err != nil {
			return JDK{}, fmt.Errorf("needs javac: not installed")
		}
		if javac, err = filepath.EvalSymlinks(javac); err != nil {
			return JDK{}, fmt.Errorf("needs javac: %w", err)
		}
		home = filepath.Dir(filepath.Dir(javac))
	}
	j := JDK{home}
	for _, file := range []string{j.tool("javac"), j.tool("java"), filepath.Join(home, "include", "jni.h")} {
		if _, err := os.Stat(file); err != nil {
			return JDK{}, fmt.Errorf("needs a Java development kit: %s has no %s", home, filepath.Base(file))
		}
	}
	return j, nil
}

func (j JDK) tool(name string) string { return filepath.Join(j.home, "bin", name) }

// Java returns the path of the program java.
func (j JDK) Java() string { return j.tool("java") }

// Headers returns the directories of jni.h and of the files that it includes.
func (j JDK) Headers() []string {
	include := filepath.Join(j.home, "include")
	return []string{include, filepath.Join(include, runtime.GOOS)}
}

// Compile compiles Java files and directories to classes for the Java version of Android. classpath contains the
// classes that they use.
func (j JDK) Compile(ctx context.Context, classes string, classpath []string, sources ...string) error {
	var files []string
	for _, source := range sources {
		err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".java" {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	if err := os.MkdirAll(classes, 0o777); err != nil {
		return err
	}
	args := append([]string{
		"-encoding", "UTF-8", "--release", "8", "-Xlint:-options", "-d", classes,
		"-cp", strings.Join(classpath, string(filepath.ListSeparator)),
	}, files...)
	return run(ctx, "", nil, j.tool("javac"), args...)
}
