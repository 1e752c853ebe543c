// Command aar builds the Android library: the AAR, its POM and its sources, as a Maven repository in
// build/android/maven.
//
//	go run ./bindings/android/aar            the AAR
//	go run ./bindings/android/aar -prepare   only what the Gradle project needs: Java, libraries, base model
//	go run ./bindings/android/aar -app DIR   first looks for another Go library in the app, which would crash
//
// It needs the Android SDK and NDK, a JDK, and the Kotlin compiler that make tools installs. It uses the gobind
// version of go.mod. It does not use gomobile bind, which resolves the dependencies of the module again over the
// network, to versions that were not tested.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
)

func main() {
	prepare := flag.Bool("prepare", false, "write only what the Gradle project needs")
	app := flag.String("app", "", "`PATH` of the app that will contain the library, or of another library in it: an error if gomobile has made one")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *app, *prepare); err != nil {
		fmt.Fprintf(os.Stderr, "aar: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, app string, onlyPrepare bool) error {
	if app != "" {
		if err := checkClash(app); err != nil {
			return err
		}
	}
	root, err := binding.Root(ctx)
	if err != nil {
		return err
	}
	facts, err := readFacts(filepath.Join(root, "bindings", "android", "gradle.properties"))
	if err != nil {
		return err
	}
	tools, err := findTools(root, facts)
	if err != nil {
		return err
	}
	b := &build{root: root, out: filepath.Join(root, "build", "android"), facts: facts, tools: tools}
	if err := b.prepare(ctx); err != nil || onlyPrepare {
		return err
	}
	return b.assemble(ctx)
}
