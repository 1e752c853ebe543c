package elfcheck

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// compile builds a small shared library with the flags and returns its path.
func compile(t *testing.T, source string, flags ...string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc: not installed")
	}
	dir := t.TempDir()
	c, so := filepath.Join(dir, "x.c"), filepath.Join(dir, "libx.so")
	if err := os.WriteFile(c, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "gcc", append([]string{"-o", so, c}, flags...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return so
}

func machine(t *testing.T, path string) elf.Machine {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return f.Machine
}

// hostRules are the rules for a good library on this machine.
func hostRules(t *testing.T, path string) Rules {
	return Rules{
		Machine: machine(t, path), PageSize: 16 << 10, SOName: "libx.so",
		Needed: []string{"libc.so.6"}, Versions: []string{"GLIBC_*"}, Exports: []string{"Java_"},
	}
}

const (
	plain = "#include <stdio.h>\nint Java_f(void) { return puts(\"\"); }\n"
	good  = "-fPIC -shared -Wl,-z,max-page-size=16384 -Wl,-z,common-page-size=16384 -Wl,-soname,libx.so"
)

func TestCheck(t *testing.T) {
	for _, test := range []struct {
		name, source, flags string
		change              func(*Rules)
		want                string // a part of the error, "" for no error
	}{
		{name: "good", flags: good},
		{name: "small pages", flags: strings.ReplaceAll(good, "16384", "4096"), want: "is aligned to 4096 bytes"},
		{name: "no name", flags: "-fPIC -shared -Wl,-z,max-page-size=16384", want: "its name is []"},
		{name: "another library", flags: good + " -Wl,--no-as-needed -lm", want: "it needs libm.so.6"},
		{name: "a path", flags: good + " -Wl,-rpath,/opt", want: "DT_RUNPATH"},
		{name: "executable stack", flags: good + " -Wl,-z,execstack", want: "stack is executable"},
		{name: "a program", flags: "-fPIE -pie -rdynamic", source: plain + "int main(void) { return 0; }", want: "it is a program"},
		{name: "foreign versions", flags: good, change: func(r *Rules) { r.Versions = []string{"LIBC"} }, want: "of version GLIBC_2"},
		{name: "another processor", flags: good, change: func(r *Rules) { r.Machine = elf.EM_RISCV }, want: "EM_RISCV"},
		{name: "nothing for Java", flags: good, source: "int f(void) { return 0; }", want: "it exports no Java_"},
		{name: "more than for Java", flags: good, source: plain + "int GetVersion(void) { return 0; }", want: "it exports GetVersion"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := test.source
			if source == "" {
				source = plain
			}
			so := compile(t, source, strings.Fields(test.flags)...)
			rules := hostRules(t, so)
			if test.change != nil {
				test.change(&rules)
			}
			f, err := os.Open(so)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			err = Check(f, rules)
			if test.want == "" && err != nil {
				t.Errorf("error %v", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// FuzzCheck: Check returns an error for any file that is not a library.
func FuzzCheck(f *testing.F) {
	self, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(self)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole[:min(len(whole), 4096)])
	f.Add([]byte("\x7fELF"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		if Check(bytes.NewReader(file), Android(elf.EM_AARCH64, "libgojni.so")) == nil {
			t.Error("no library, and no error")
		}
	})
}
