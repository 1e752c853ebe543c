package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

// program is the name of the command.
const program = "loc2vec"

// errNoVerb is the error of a command line without a verb, after the help has been printed.
var errNoVerb = errors.New("a verb is needed")

// Groups of verbs in the help.
const (
	makeGroup  = "make"
	useGroup   = "use"
	judgeGroup = "judge"
	filesGroup = "files"
	otherGroup = "other"
)

// newRoot builds the command line.
func newRoot(std stdio) *cobra.Command {
	root := &cobra.Command{
		Use:           program,
		Short:         "Learns what places have in common from OpenStreetMap, and computes embeddings of places.",
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       moduleVersion(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			printHelp(std.err, cmd)
			return errNoVerb
		},
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddGroup(
		&cobra.Group{ID: makeGroup, Title: "Make packs and models"},
		&cobra.Group{ID: useGroup, Title: "Use a model"},
		&cobra.Group{ID: judgeGroup, Title: "Judge models"},
		&cobra.Group{ID: filesGroup, Title: "Look after files"},
		&cobra.Group{ID: otherGroup, Title: "Other"},
	)
	for _, add := range []func(stdio) *cobra.Command{
		newExtract, newTrain, newEmbed, newRaster, newFieldtest, newEvaluate, newAblate, newWeights,
		newInspect, newVerify, newSign, newDemo, newVersion,
	} {
		cmd := add(std)
		cmd.Flags().SortFlags = false // the flags that people need come first
		root.AddCommand(cmd)
	}
	root.SetHelpCommand(newHelp(std, root))
	root.SetHelpCommandGroupID(otherGroup)
	root.SetCompletionCommandGroupID(otherGroup)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(std.out, cmd) })
	root.SetFlagErrorFunc(flagError)
	return root
}

// execute runs one command line. name is the command that ran, such as "loc2vec train".
func execute(ctx context.Context, std stdio, args []string) (name string, err error) {
	std.command = strings.Join(append([]string{program}, args...), " ")
	root := newRoot(std)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	if err := checkVerb(root, args); err != nil {
		return program, err
	}
	if cmd := verbOf(root, args); cmd != nil {
		if err := checkOldForms(cmd, args); err != nil {
			return cmd.CommandPath(), err
		}
	}
	root.SetArgs(append([]string{}, args...)) // never nil: cobra would read the process's arguments
	cmd, err := root.ExecuteContextC(ctx)
	return cmd.CommandPath(), err
}

// verbOf returns the command that the first argument names, the root if that is a flag, or nil.
func verbOf(root *cobra.Command, args []string) *cobra.Command {
	if len(args) == 0 {
		return nil
	}
	if strings.HasPrefix(args[0], "-") {
		return root
	}
	for _, cmd := range root.Commands() {
		if cmd.Name() == args[0] {
			return cmd
		}
	}
	return nil
}

// checkVerb returns an error that names the nearest verbs when the first argument is none of them.
func checkVerb(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) || verbOf(root, args) != nil {
		return nil
	}
	return unknownVerb(root, args[0])
}

func unknownVerb(root *cobra.Command, name string) error {
	root.SuggestionsMinimumDistance = 2
	return usagef("unknown verb %q%s", name, didYouMean(root.SuggestionsFor(name)))
}

// didYouMean is the end of an error about a word that resembles others.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}

// settingsTopic is the help topic that lists the configuration keys of train.
const settingsTopic = "settings"

// newHelp is the verb help.
func newHelp(std stdio, root *cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: "help [VERB | settings]", Short: "explain a verb, or the settings of train", GroupID: otherGroup,
		Args: cobra.ArbitraryArgs,
		Example: `  loc2vec help train
  loc2vec help settings`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			names := []string{settingsTopic}
			for _, cmd := range root.Commands() {
				if cmd.IsAvailableCommand() {
					names = append(names, cmd.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 && args[0] == settingsTopic {
			return printSettings(std.out)
		}
		target := root
		for _, name := range args {
			next := verbOf(target, []string{name})
			if next == nil {
				return unknownVerb(root, name)
			}
			target = next
		}
		printHelp(std.out, target)
		return nil
	}
	return cmd
}

// printHelp prints what a command does, its usage, examples, commands and flags.
func printHelp(w io.Writer, cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	cmd.InitDefaultVersionFlag()
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	fmt.Fprintf(w, "%s\n\nUsage:\n", strings.TrimSpace(text))
	if cmd.HasParent() && cmd.Runnable() {
		fmt.Fprintf(w, "  %s\n", cmd.UseLine())
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s VERB [flags]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	for _, g := range cmd.Groups() {
		printCommands(w, cmd, g.ID, g.Title)
	}
	if len(cmd.Groups()) == 0 {
		printCommands(w, cmd, "", "Verbs")
	}
	if cmd.HasAvailableFlags() {
		const columns = 110
		fmt.Fprintf(w, "\nFlags:\n%s", cmd.Flags().FlagUsagesWrapped(columns))
	}
	if !cmd.HasParent() {
		fmt.Fprintf(w, "\n%s help VERB explains a verb and its flags.\n", program)
	}
}

// printCommands lists the subcommands of a group, if there are any.
func printCommands(w io.Writer, cmd *cobra.Command, group, title string) {
	var lines []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.GroupID == group {
			short := strings.ToLower(c.Short[:1]) + c.Short[1:]
			lines = append(lines, fmt.Sprintf("  %-11s %s\n", c.Name(), short))
		}
	}
	if len(lines) > 0 {
		fmt.Fprintf(w, "\n%s:\n%s", title, strings.Join(lines, ""))
	}
}

// printSettings lists the keys of a training configuration with their defaults.
func printSettings(w io.Writer) error {
	fmt.Fprint(w, `Settings of train, as --set KEY=VALUE and the files of --config take them.

Layers, each over those before it: the defaults, what a run takes from the model of --from (net, raster,
rotations and a lower rate), --preset, --config, --set, and the flags of train.

`)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tDEFAULT\tMEANING")
	for _, k := range train.Keys() {
		fmt.Fprintf(t, "%s\t%s\t%s\n", k.Name, k.Default, k.Doc)
	}
	fmt.Fprintln(t, "loss_params.NAME\t\tparameter of the loss; train --losses lists them")
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nPresets: %s\n", strings.Join(train.Presets(), ", "))
	return err
}

// moduleVersion is the version of the module that the program was built from.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown" // a build without modules
}
