package architecture

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// readAtRoot returns a file of the module.
func readAtRoot(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// thirdParty returns the licences of the modules that the tables of THIRD_PARTY.md name.
func thirdParty(t *testing.T) map[string][]string {
	t.Helper()
	licences := map[string][]string{}
	for line := range strings.Lines(readAtRoot(t, "THIRD_PARTY.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.Contains(line, "---") {
			continue
		}
		modules, _, _ := strings.Cut(cells[1], "(")
		for module := range strings.SplitSeq(modules, ",") {
			for licence := range strings.SplitSeq(cells[2], ",") {
				module := strings.TrimSpace(module)
				licences[module] = append(licences[module], strings.TrimSpace(licence))
			}
		}
	}
	return licences
}

// goModule is a module that is linked, and where its files are.
type goModule struct{ Path, Dir string }

// linked returns the modules that the program and the apps link on some platform.
func linked(t *testing.T) (modules []goModule) {
	t.Helper()
	for _, p := range platforms() {
		roots := []string{module + "/mobile", module + "/sdk/base"}
		if p.os == "linux" { // the server's system
			roots = append(roots, module+"/trainer/loc2vec")
		}
		cmd := exec.Command("go", append([]string{"list", "-e", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"}, roots...)...)
		cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED="+p.cgo)
		out, err := cmd.Output()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip("needs the go command: not installed")
		}
		if err != nil {
			t.Fatal(err)
		}
		for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
			path, dir, _ := strings.Cut(s.Text(), "\t")
			if m := (goModule{path, dir}); path != "" && !slices.Contains(modules, m) {
				modules = append(modules, m)
			}
		}
	}
	return modules
}

// TestThirdParty: THIRD_PARTY.md names every module that go.mod requires directly or that the program or an app links,
// with the licences that the module's own file states.
func TestThirdParty(t *testing.T) {
	page := thirdParty(t)
	for line := range strings.Lines(readAtRoot(t, "go.mod")) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "require ")
		module, version, found := strings.Cut(line, " ")
		if found && strings.HasPrefix(version, "v") && !strings.Contains(version, "// indirect") && page[module] == nil {
			t.Errorf("THIRD_PARTY.md does not name %s", module)
		}
	}
	modules := linked(t)
	if len(modules) < 30 {
		t.Errorf("%d modules linked", len(modules))
	}
	for _, m := range modules {
		if page[m.Path] == nil {
			t.Errorf("THIRD_PARTY.md does not name %s, which is linked", m.Path)
			continue
		}
		checkLicence(t, m, page[m.Path])
	}
}

// checkLicence compares the licences of a module on the page with its file: the file states each of them, and the page names
// the one that the file begins with.
func checkLicence(t *testing.T, m goModule, claimed []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.Dir, "LICEN[CS]E*"))
	if err != nil || len(files) == 0 {
		t.Errorf("%s has no file of its licence in %s: %v", m.Path, m.Dir, err)
		return
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	found := licencesIn(string(text))
	if len(found) == 0 || !slices.Contains(claimed, found[0]) {
		t.Errorf("%s is under %v, THIRD_PARTY.md says %v", m.Path, found, claimed)
	}
	for _, licence := range claimed {
		if !slices.Contains(found, licence) {
			t.Errorf("%s is under %v, THIRD_PARTY.md says %s", m.Path, found, licence)
		}
	}
}

// licencesIn returns the licences that a text states, in their order, by sentences that all copies of them have.
func licencesIn(text string) (found []string) {
	text = strings.Join(strings.Fields(text), " ")
	type statement struct {
		licence string
		at      int
	}
	var all []statement
	add := func(licence, sentence string) {
		if at := strings.Index(text, sentence); at >= 0 {
			all = append(all, statement{licence, at})
		}
	}
	add("Apache-2.0", "Apache License")
	add("MIT", "Permission is hereby granted, free of charge")
	bsd := "BSD-2-Clause"
	if strings.Contains(text, "endorse or promote products derived from") {
		bsd = "BSD-3-Clause"
	}
	add(bsd, "Redistribution and use in source and binary forms")
	slices.SortFunc(all, func(a, b statement) int { return a.at - b.at })
	for _, s := range all {
		found = append(found, s.licence)
	}
	return found
}

// TestThirdPartyPackages: THIRD_PARTY.md names every npm package that tests use, also through others, and each is under one of
// the licences that it lists. The lock file of npm names no address, and a checksum for each package.
func TestThirdPartyPackages(t *testing.T) {
	page := readAtRoot(t, "THIRD_PARTY.md")
	var lock struct {
		Packages map[string]struct {
			Resolved, Integrity, License string
			OS                           []string // of a package for one platform
		}
	}
	if err := json.Unmarshal([]byte(readAtRoot(t, ".ci/npm/package-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	// BSD-3-Clause, by its LICENSE.md: the lock file repeats what package.json says in a form of npm's first years.
	unstated := "@mapbox/sphericalmercator"
	for path, p := range lock.Packages {
		if path == "" {
			continue
		}
		if p.Resolved != "" || p.Integrity == "" {
			t.Errorf("package-lock.json: %s has the address %q and the checksum %q", path, p.Resolved, p.Integrity)
		}
		name := strings.TrimPrefix(path, "node_modules/")
		if p.OS == nil && !strings.Contains(page, "`"+name+"`") {
			t.Errorf("THIRD_PARTY.md does not name the npm package %s", name)
		}
		if !slices.Contains([]string{"MIT", "ISC", "BSD-3-Clause", "Apache-2.0"}, p.License) && name != unstated {
			t.Errorf("the npm package %s is under %q", name, p.License)
		}
	}
	if len(lock.Packages) < 20 {
		t.Errorf("%d npm packages", len(lock.Packages))
	}
}
