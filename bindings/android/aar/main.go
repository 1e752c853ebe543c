// Command aar builds the Android library: the AAR, its POM and its sources, as a Maven repository in
// build/android/maven.
//
//	go run ./bindings/android/aar            the AAR
//	go run ./bindings/android/aar -prepare   only what the Gradle project needs: Java, libraries, base model
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
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *prepare); err != nil {
		fmt.Fprintf(os.Stderr, "aar: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, onlyPrepare bool) error {
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
