package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
	"github.com/loc2vec/loc2vec/bindings/internal/elfcheck"
)

// build makes the library in out: prepared is what Gradle also needs, classes is intermediate, maven is the result.
type build struct {
	root, out string
	facts     facts
	tools     tools
}

func (b *build) prepared(elem ...string) string {
	return filepath.Join(append([]string{b.out, "prepared"}, elem...)...)
}

// prepare generates the Java side, builds and checks the libraries, and copies the base model.
func (b *build) prepare(ctx context.Context) error {
	if err := os.RemoveAll(b.prepared()); err != nil {
		return err
	}
	if err := binding.Generate(ctx, b.root, b.prepared(), "go", "java"); err != nil {
		return err
	}
	for _, t := range b.tools.targets {
		file := b.prepared("jni", t.abi, binding.LibraryFile)
		if err := t.library.Build(ctx, b.root, b.prepared(), file); err != nil {
			return err
		}
		if err := check(file, t.rules); err != nil {
			return fmt.Errorf("%s for %s cannot be shipped:\n%w", binding.LibraryFile, t.abi, err)
		}
	}
	present, err := binding.CopyBaseModel(b.root, b.prepared("assets", "loc2vec", "base.l2v"))
	if err == nil && !present {
		fmt.Fprintln(os.Stderr, "aar: "+binding.NoBaseModel)
		err = os.MkdirAll(b.prepared("assets"), 0o777)
	}
	return err
}

func check(file string, rules elfcheck.Rules) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return elfcheck.Check(f, rules)
}

// assemble compiles Java and Kotlin and writes the Maven repository.
func (b *build) assemble(ctx context.Context) error {
	library := filepath.Join(b.root, "bindings", "android", "loc2vec")
	kotlin := filepath.Join(library, "src", "main", "kotlin")
	classes := filepath.Join(b.out, "classes")
	if err := os.RemoveAll(classes); err != nil {
		return err
	}
	if err := b.tools.jdk.Compile(ctx, classes, []string{b.tools.android}, b.prepared("java")); err != nil {
		return err
	}
	if err := b.tools.kotlin.Compile(ctx, b.tools.jdk, classes, []string{classes, b.tools.android}, kotlin); err != nil {
		return err
	}
	rules, err := os.ReadFile(filepath.Join(library, "consumer-rules.pro"))
	if err != nil {
		return err
	}
	jar := newArchive()
	if err := jar.addFolder("", classes); err != nil {
		return err
	}
	classesJar, err := jar.bytes()
	if err != nil {
		return err
	}
	aar := newArchive()
	aar.add("AndroidManifest.xml", b.manifest())
	aar.add("META-INF/com/android/build/gradle/aar-metadata.properties", []byte(aarMetadata))
	aar.add("R.txt", nil)
	aar.add("classes.jar", classesJar)
	aar.add("proguard.txt", rules)
	if err := aar.addFolder("jni/", b.prepared("jni")); err != nil {
		return err
	}
	if err := aar.addFolder("assets/", b.prepared("assets")); err != nil {
		return err
	}
	sources := newArchive()
	for _, folder := range []string{b.prepared("java"), kotlin} {
		if err := sources.addFolder("", folder); err != nil {
			return err
		}
	}
	pom, err := b.pom()
	if err != nil {
		return err
	}
	return b.publish(aar, sources, pom)
}

// publish writes the files of the Maven repository and prints their sizes.
func (b *build) publish(aar, sources *archive, pom []byte) error {
	dir := filepath.Join(append([]string{b.out, "maven"}, mavenPath(b.facts)...)...)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	name := filepath.Join(dir, b.facts["ARTIFACT"]+"-"+b.facts["VERSION"])
	packed, err := aar.bytes()
	if err != nil {
		return err
	}
	packedSources, err := sources.bytes()
	if err != nil {
		return err
	}
	for _, file := range []struct {
		ending string
		data   []byte
	}{{".aar", packed}, {"-sources.jar", packedSources}, {".pom", pom}} {
		if err := writeWithHash(name+file.ending, file.data); err != nil {
			return err
		}
		fmt.Printf("%9d bytes  %s\n", len(file.data), name+file.ending)
	}
	return filepath.WalkDir(b.prepared("jni"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".so" {
			return err
		}
		info, err := d.Info()
		if err == nil {
			fmt.Printf("%9d bytes  %s\n", info.Size(), path)
		}
		return err
	})
}

// aarMetadata says which builds of apps can use the library: all.
const aarMetadata = `aarFormatVersion=1.0
aarMetadataVersion=1.0
minCompileSdk=1
minCompileSdkExtension=0
minAndroidGradlePluginVersion=1.0.0
`

// manifest returns the library's manifest. It requests no permission.
func (b *build) manifest() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="%s">
    <uses-sdk android:minSdkVersion="%s" />
</manifest>
`, b.facts["GROUP"], b.facts["MIN_SDK"])
}

// project is a POM.
type project struct {
	XMLName      xml.Name     `xml:"http://maven.apache.org/POM/4.0.0 project"`
	ModelVersion string       `xml:"modelVersion"`
	GroupID      string       `xml:"groupId"`
	ArtifactID   string       `xml:"artifactId"`
	Version      string       `xml:"version"`
	Packaging    string       `xml:"packaging"`
	Name         string       `xml:"name"`
	Description  string       `xml:"description"`
	URL          string       `xml:"url"`
	Licenses     []license    `xml:"licenses>license"`
	Dependencies []dependency `xml:"dependencies>dependency"`
}

type license struct {
	Name string `xml:"name"`
	URL  string `xml:"url"`
}

type dependency struct {
	GroupID    string `xml:"groupId"`
	ArtifactID string `xml:"artifactId"`
	Version    string `xml:"version"`
	Type       string `xml:"type,omitempty"`
	Scope      string `xml:"scope"`
	Optional   bool   `xml:"optional,omitempty"`
}

func (b *build) pom() ([]byte, error) {
	text, err := xml.MarshalIndent(project{
		ModelVersion: "4.0.0",
		GroupID:      b.facts["GROUP"], ArtifactID: b.facts["ARTIFACT"], Version: b.facts["VERSION"], Packaging: "aar",
		Name:        "loc2vec",
		Description: "A location encoder: a coordinate goes in, and numbers come out that describe what kind of place it is.",
		URL:         "https://github.com/loc2vec/loc2vec",
		Licenses:    []license{{"Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0"}},
		Dependencies: []dependency{
			{GroupID: "org.jetbrains.kotlin", ArtifactID: "kotlin-stdlib", Version: b.facts["KOTLIN"], Scope: "compile"},
			{GroupID: "org.jetbrains.kotlinx", ArtifactID: "kotlinx-coroutines-core", Version: b.facts["COROUTINES"], Scope: "compile"},
			// Optional: without it the engine in Go runs.
			{GroupID: "com.microsoft.onnxruntime", ArtifactID: "onnxruntime-android", Version: b.facts["ONNX_RUNTIME"],
				Type: "aar", Scope: "runtime", Optional: true},
		},
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(text, '\n')...), nil
}
