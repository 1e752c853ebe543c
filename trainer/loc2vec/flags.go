package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/loc2vec/loc2vec/trainer/internal/pipeline"
)

// list is the value of a flag that lists things. Commas separate the items; repeating the flag adds more.
type list struct{ items *[]string }

func (l list) String() string {
	if l.items == nil {
		return ""
	}
	return strings.Join(*l.items, ",")
}

func (l list) Set(text string) error {
	for _, item := range strings.Split(text, ",") {
		if item == "" {
			return errors.New("a name in the list is empty")
		}
		*l.items = append(*l.items, item)
	}
	return nil
}

func (list) Type() string { return "list" }

// fileList is a list of files. A comma that belongs to the name of an existing file does not separate.
type fileList struct{ list }

func (l fileList) Set(text string) error {
	parts := strings.Split(text, ",")
	for len(parts) > 0 {
		n := len(parts)
		for n > 1 && !exists(strings.Join(parts[:n], ",")) {
			n--
		}
		file := strings.Join(parts[:n], ",")
		if file == "" {
			return errors.New("a name in the list is empty")
		}
		*l.items = append(*l.items, file)
		parts = parts[n:]
	}
	return nil
}

// exists reports whether there is a file at path.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// hasEnding reports whether the name of a file has an ending such as ".png".
func hasEnding(path, ending string) bool { return strings.EqualFold(filepath.Ext(path), ending) }

// filesFlag adds a flag that lists files.
func filesFlag(cmd *cobra.Command, items *[]string, name, usage string) {
	cmd.Flags().Var(fileList{list{items}}, name, usage)
}

// listFlag adds a flag that lists things.
func listFlag(cmd *cobra.Command, items *[]string, name, usage string) {
	cmd.Flags().Var(list{items}, name, usage)
}

// repeated is the value of a flag that takes one item, commas included. Repeating the flag adds more.
type repeated struct{ items *[]string }

func (r repeated) String() string {
	if r.items == nil {
		return ""
	}
	return strings.Join(*r.items, " ")
}

func (r repeated) Set(text string) error {
	*r.items = append(*r.items, text)
	return nil
}

func (repeated) Type() string { return "string" }

// placeholder is the value of a flag with the name that its help shows for the value.
type placeholder struct {
	pflag.Value
	name string
}

func (p placeholder) Type() string { return p.name }

// setPlaceholders takes the placeholders of flags from their usage, where a bar ends them: "FILE|bundle to write".
func setPlaceholders(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		name, usage, ok := strings.Cut(f.Usage, "|")
		if !ok {
			return
		}
		if f.Value, f.Usage = (placeholder{f.Value, name}), usage; f.DefValue == "0s" {
			f.DefValue = "" // no default in the help
		}
	})
}

// Endings of file names, for shell completion.
const (
	packEnding   = "pmtiles"
	bundleEnding = "l2v"
)

// packFlag adds --pack. Verbs that take packs as arguments as well complete those too.
func packFlag(cmd *cobra.Command, packs *[]string, use string) {
	filesFlag(cmd, packs, "pack", "FILES|region packs"+use+", separated by commas (a comma in the name of an existing file does not separate); may be repeated")
	completeFiles(cmd, "pack", packEnding)
}

// bundleFlag adds --bundle.
func bundleFlag(cmd *cobra.Command, bundle *string, use string) {
	cmd.Flags().StringVar(bundle, "bundle", *bundle, "FILE|model bundle"+use+", or "+pipeline.BaseModel+" for the one that comes with loc2vec")
	completeBundles(cmd, "bundle")
}

// outputFlag adds --output and its shorthand.
func outputFlag(cmd *cobra.Command, path *string, usage string, endings ...string) {
	cmd.Flags().StringVarP(path, "output", "o", *path, usage)
	completeFiles(cmd, "output", endings...)
}

// jsonFlag adds --json.
func jsonFlag(cmd *cobra.Command, asJSON *bool, what string) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print "+what+" as JSON")
}

// completeFiles completes a flag with files of some endings, or of any.
func completeFiles(cmd *cobra.Command, flag string, endings ...string) {
	must(cmd.MarkFlagFilename(flag, endings...))
}

// completeBundles completes a flag with bundles and the name of the base model.
func completeBundles(cmd *cobra.Command, flag string) {
	must(cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		if typed != "" && strings.HasPrefix(pipeline.BaseModel, typed) {
			return []string{pipeline.BaseModel}, cobra.ShellCompDirectiveDefault
		}
		return []string{bundleEnding}, cobra.ShellCompDirectiveFilterFileExt
	}))
}

// completeNames completes a flag with the names that it takes.
func completeNames(cmd *cobra.Command, flag string, names func() []string) {
	must(cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return names(), cobra.ShellCompDirectiveNoFileComp
	}))
}

// completeArguments completes arguments with files of some endings.
func completeArguments(cmd *cobra.Command, endings ...string) {
	cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
}

// noArguments refuses arguments.
func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}

// someFiles requires one or more arguments.
func someFiles(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("a file is needed")
	}
	return nil
}

// must panics when a verb completes a flag that it does not have.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("loc2vec: %v", err))
	}
}

// flagError turns an error of package pflag into a usage error with a suggestion.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing):
		dashes, name := "--", missing.GetSpecifiedName()
		if short := missing.GetSpecifiedShortnames(); short != "" {
			dashes = "-"
			name, _, _ = strings.Cut(short, "=")
		}
		return unknownFlag(cmd, dashes, name)
	case errors.As(err, &invalid):
		cause := invalid.Unwrap()
		var number *strconv.NumError
		if errors.As(cause, &number) {
			cause = number.Err
		}
		return usagef("invalid value %q for --%s: %w", invalid.GetValue(), invalid.GetFlag().Name, cause)
	}
	return usageError{err}
}

// unknownFlag is the error for a flag that a verb does not have.
func unknownFlag(cmd *cobra.Command, dashes, name string) error {
	if now, ok := oldFlags(cmd.Name())[name]; ok {
		return usagef("%s%s: %s", dashes, name, now)
	}
	var near []string
	for _, flag := range flagsLike(cmd, name) {
		near = append(near, "--"+flag)
	}
	return usagef("unknown flag %s%s%s", dashes, name, didYouMean(near))
}

// flagsLike returns the flags of a verb that a word begins, or else those that resemble it as cobra finds similar
// verbs.
func flagsLike(cmd *cobra.Command, word string) []string {
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	similar := names.SuggestionsFor(word)
	begun := slices.DeleteFunc(slices.Clone(similar), func(name string) bool { return !strings.HasPrefix(name, word) })
	if len(begun) > 0 {
		return begun
	}
	return similar
}
