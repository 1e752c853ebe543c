// Package elfcheck checks that every Android version that an app supports can load a shared library.
package elfcheck

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Rules are the requirements of a library.
type Rules struct {
	Machine  elf.Machine
	PageSize uint64   // segments are aligned to a multiple of it
	SOName   string   // the name that the library must have
	Needed   []string // libraries that it may need
	Versions []string // versions of symbols that it may need: names, or prefixes with a star
	Exports  []string // prefixes of the names that it exports: at least one name of each, and no others
}

// Android returns the rules for an app's library on 64-bit Android: 16 KB pages, and only dependencies that every
// system since API level 24 has.
func Android(machine elf.Machine, soname string) Rules {
	return Rules{
		Machine: machine, PageSize: 16 << 10, SOName: soname,
		Needed:   []string{"libc.so", "libdl.so", "libm.so", "liblog.so", "libandroid.so"},
		Versions: []string{"LIBC", "LIBC_N", "LIBC_PLATFORM", "LIBLOG"},
		Exports:  []string{"Java_"},
	}
}

// Linux returns the same rules for glibc: for a library that is built like Android's without Android's tools.
func Linux(machine elf.Machine, soname string) Rules {
	r := Android(machine, soname)
	r.Needed = []string{"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
	r.Versions = []string{"GLIBC_*"}
	return r
}

// Check reads a library and returns an error that joins all violations of the rules. It also returns an error for
// damaged files.
func Check(r io.ReaderAt, rules Rules) error {
	f, err := elf.NewFile(r)
	if err != nil {
		return fmt.Errorf("reading the library: %w", err)
	}
	defer f.Close()
	return errors.Join(rules.header(f), rules.segments(f), rules.dynamic(f), rules.symbols(f))
}

func (r Rules) header(f *elf.File) error {
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Type != elf.ET_DYN || f.Machine != r.Machine {
		return fmt.Errorf("it is %v %v %v for %v, want a 64-bit little-endian shared library for %v",
			f.Class, f.Data, f.Type, f.Machine, r.Machine)
	}
	return nil
}

func (r Rules) segments(f *elf.File) error {
	var errs []error
	loads := 0
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_LOAD:
			loads++
			if p.Align%r.PageSize != 0 || p.Align == 0 {
				errs = append(errs, fmt.Errorf("segment at %#x is aligned to %d bytes, want %d", p.Vaddr, p.Align, r.PageSize))
			}
			if (p.Vaddr-p.Off)%r.PageSize != 0 {
				errs = append(errs, fmt.Errorf("segment at %#x cannot be mapped from offset %#x in pages of %d", p.Vaddr, p.Off, r.PageSize))
			}
			if p.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
				errs = append(errs, fmt.Errorf("segment at %#x is writable and executable", p.Vaddr))
			}
		case elf.PT_GNU_RELRO:
			// The loader write-protects whole pages: the rest of the last page must not be writable data.
			if end := p.Vaddr + p.Memsz; end%r.PageSize != 0 && r.written(f, end) {
				errs = append(errs, fmt.Errorf("the read-only segment ends at %#x, within a page of writable data", end))
			}
		case elf.PT_GNU_STACK:
			if p.Flags&elf.PF_X != 0 {
				errs = append(errs, errors.New("the stack is executable"))
			}
		case elf.PT_INTERP:
			errs = append(errs, errors.New("it is a program: it names a loader"))
		}
	}
	if loads == 0 {
		errs = append(errs, errors.New("it has no segment to load"))
	}
	return errors.Join(errs...)
}

// written reports whether a writable segment continues after an address, in the same page.
func (r Rules) written(f *elf.File, addr uint64) bool {
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool {
		return p.Type == elf.PT_LOAD && p.Flags&elf.PF_W != 0 && p.Vaddr <= addr && addr < p.Vaddr+p.Memsz
	})
}

func (r Rules) dynamic(f *elf.File) error {
	var errs []error
	soname, err := f.DynString(elf.DT_SONAME)
	if err != nil {
		return fmt.Errorf("reading the dynamic section: %w", err)
	}
	if !slices.Equal(soname, []string{r.SOName}) {
		errs = append(errs, fmt.Errorf("its name is %q, want %q", soname, r.SOName))
	}
	needed, err := f.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("reading the dynamic section: %w", err)
	}
	for _, name := range needed {
		if !slices.Contains(r.Needed, name) {
			errs = append(errs, fmt.Errorf("it needs %s, want none but %v", name, r.Needed))
		}
	}
	for _, tag := range []elf.DynTag{elf.DT_TEXTREL, elf.DT_RPATH, elf.DT_RUNPATH} {
		values, err := f.DynValue(tag)
		if err != nil {
			return fmt.Errorf("reading the dynamic section: %w", err)
		}
		if len(values) > 0 {
			errs = append(errs, fmt.Errorf("it has %v", tag))
		}
	}
	return errors.Join(errs...)
}

func (r Rules) symbols(f *elf.File) error {
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("reading the symbols: %w", err)
	}
	var errs []error
	var exported, foreign []string
	for _, s := range symbols {
		if elf.ST_BIND(s.Info) == elf.STB_LOCAL {
			continue
		}
		if s.Section != elf.SHN_UNDEF {
			exported = append(exported, s.Name)
			continue
		}
		if s.Version != "" && !r.allowsVersion(s.Version) && !slices.Contains(foreign, s.Version) {
			foreign = append(foreign, s.Version)
			errs = append(errs, fmt.Errorf("it needs %s of version %s, want only %v", s.Name, s.Version, r.Versions))
		}
	}
	return errors.Join(append(errs, r.exports(exported))...)
}

// exports checks the names that a library exports: others could clash with names of other libraries in the app.
func (r Rules) exports(names []string) error {
	var errs []error
	found := map[string]bool{}
	for _, name := range names {
		i := slices.IndexFunc(r.Exports, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
		if i < 0 {
			errs = append(errs, fmt.Errorf("it exports %s, want only %v", name, r.Exports))
			continue
		}
		found[r.Exports[i]] = true
	}
	for _, prefix := range r.Exports {
		if !found[prefix] {
			errs = append(errs, fmt.Errorf("it exports no %s", prefix))
		}
	}
	return errors.Join(errs...)
}

func (r Rules) allowsVersion(version string) bool {
	return slices.ContainsFunc(r.Versions, func(allowed string) bool {
		if beginning, ok := strings.CutSuffix(allowed, "*"); ok {
			return strings.HasPrefix(version, beginning)
		}
		return version == allowed
	})
}
