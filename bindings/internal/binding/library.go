package binding

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PageSize is the alignment of the library's segments: the pages of Android devices have 4 or 16 KB.
const PageSize = 16 << 10

// Library says for which system the library is built. Systems other than Android have no logging library and take
// jni.h from a JDK; they run the Java side on a desktop and approximate the size of the library.
type Library struct {
	OS, Arch string
	CC       string // the C compiler, empty for the system's
	Headers  []string
}

// Build builds the library to a file from the "go" and "java" output of Generate. It compiles inside the module, in
// build/_gobind, so that the versions are those of go.mod and go.sum.
func (l Library) Build(ctx context.Context, root, generated, file string) error {
	// A fixed directory, because its name becomes part of the library.
	pkg := "./build/_gobind/" + l.OS + "-" + l.Arch
	source := filepath.Join(root, filepath.FromSlash(pkg))
	if err := os.RemoveAll(source); err != nil {
		return err
	}
	if err := l.copySources(filepath.Join(generated, "src", "gobind"), source); err != nil {
		return fmt.Errorf("preparing the library of %s/%s: %w", l.OS, l.Arch, err)
	}
	flags := []string{"-O2", "-D__GOBIND_ANDROID__"}
	if !l.android() {
		// JNIEnv** on Android is void** elsewhere.
		flags = append(flags, "-Wno-incompatible-pointer-types", "-I"+source)
	}
	for _, dir := range l.Headers {
		flags = append(flags, "-I"+dir)
	}
	env := []string{"CGO_ENABLED=1", "GOOS=" + l.OS, "GOARCH=" + l.Arch, "CGO_CFLAGS=" + strings.Join(flags, " ")}
	if l.CC != "" {
		env = append(env, "CC="+l.CC)
	}
	// Export only what Java looks up: C code in the library has names like GetVersion.
	exports := filepath.Join(source, "exports.map")
	if err := os.WriteFile(exports, []byte("{ global: Java_*; local: *; };\n"), 0o666); err != nil {
		return err
	}
	linker := fmt.Sprintf("-s -w -buildid= -extldflags=-Wl,-z,max-page-size=%d,-soname,%s,--version-script=%s",
		PageSize, LibraryFile, exports)
	return run(ctx, root, env, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags="+linker,
		"-buildmode=c-shared", "-o", file, pkg)
}

func (l Library) android() bool { return l.OS == "android" }

// copySources copies the sources of the Java side. For systems other than Android it removes what is specific to
// Android: the file suffix that constrains the build, and the logging library.
func (l Library) copySources(from, to string) error {
	if err := os.MkdirAll(to, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if strings.Contains(name, "_darwin.") || strings.HasSuffix(name, ".objc.h") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if !l.android() && !strings.HasSuffix(name, ".h") {
			name = strings.Replace(name, "_android.", "_desktop.", 1)
			// An empty comment, because an empty line would end the comment that cgo reads.
			text = bytes.Replace(text, []byte("//#cgo LDFLAGS: -llog\n"), []byte("//\n"), 1)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o666); err != nil {
			return err
		}
	}
	if l.android() {
		return nil
	}
	shim := filepath.Join(to, "android")
	if err := os.Mkdir(shim, 0o777); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(shim, "log.h"), []byte(logShim), 0o666)
}

// logShim replaces Android's log.h: messages go to standard error.
const logShim = `#pragma once
#include <stdio.h>
enum { ANDROID_LOG_INFO = 4, ANDROID_LOG_FATAL = 7 };
#define __android_log_print(priority, tag, ...) \
	(fprintf(stderr, "%s: ", tag), fprintf(stderr, __VA_ARGS__), fputc('\n', stderr))
`
