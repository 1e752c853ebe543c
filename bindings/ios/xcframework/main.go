// Command xcframework builds the framework behind the Swift package: bindings/ios/build/
// Loc2VecCore.xcframework, for devices and simulators. It copies the base model into the package.
//
//	go run ./bindings/ios/xcframework
//
// It needs macOS with Xcode. It uses the versions of gobind and gomobile in go.mod.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

// minIOS is the oldest iOS version that apps can support.
const minIOS = "13.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "xcframework: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	root, err := binding.Root(ctx)
	if err != nil {
		return err
	}
	if err := checkTools(runtime.GOOS, exec.LookPath); err != nil {
		return err
	}
	bin := filepath.Join(root, "build", "bin")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		return err
	}
	// gomobile looks for gobind on the path.
	env := append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	for _, tool := range []string{"gobind", "gomobile"} {
		if err := command(ctx, root, env, "go", "build", "-o", bin, "golang.org/x/mobile/cmd/"+tool); err != nil {
			return err
		}
	}
	resource := filepath.Join(root, "bindings", "ios", "Sources", "Loc2Vec", "Base", "base.l2v")
	present, err := binding.CopyBaseModel(root, resource)
	if err != nil {
		return err
	}
	if !present {
		fmt.Fprintln(os.Stderr, "xcframework: "+binding.NoBaseModel)
	}
	out := filepath.Join(root, "bindings", "ios", "build", "Loc2VecCore.xcframework")
	if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return err
	}
	return command(ctx, root, env, filepath.Join(bin, "gomobile"), "bind",
		"-target=ios,iossimulator", "-iosversion="+minIOS, "-prefix="+binding.ObjCPrefix,
		"-trimpath", "-ldflags=-s -w", "-o", out, "./mobile")
}

// checkTools returns an error that says what is missing on this system.
func checkTools(system string, look func(string) (string, error)) error {
	if system != "darwin" {
		return fmt.Errorf("needs macOS for Apple's compilers and linkers: this is %s", system)
	}
	for _, tool := range []string{"xcodebuild", "xcrun"} {
		if _, err := look(tool); err != nil {
			return errors.New("needs Xcode: install it and run xcode-select --install")
		}
	}
	return nil
}

func command(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return nil
}
