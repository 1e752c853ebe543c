package main

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// program is the name of the command.
const program = "loc2vec"

// errNoVerb is the error of a command line without a verb. Its report is the help, printed already.
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
		&cobra.Group{ID: judgeGroup, Title: "Judge a model"},
		&cobra.Group{ID: filesGroup, Title: "Check files"},
		&cobra.Group{ID: otherGroup, Title: "Other"},
	)
	for _, add := range []func(stdio) *cobra.Command{
		newExtract, newCut, newTrain, newEmbed, newSimilar, newExplain, newRaster, newFieldtest, newReport, newEvaluate, newAblate, newWeights,
		newInspect, newVerify, newSign, newDemo, newVersion,
	} {
		cmd := add(std)
		setPlaceholders(cmd.Flags())
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

// execute runs one command line. It returns the command that ran, such as "loc2vec train", and its error.
func execute(ctx context.Context, std stdio, args []string) (name string, err error) {
	std = std.harmless()
	std.command = strings.Join(append([]string{program}, args...), " ")
	root := newRoot(std)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	refuseUnknownShells(root)
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

// refuseUnknownShells makes completion for a shell that cobra does not know an error; cobra would print the help.
func refuseUnknownShells(root *cobra.Command) {
	completion := verbOf(root, []string{"completion"})
	completion.Args, completion.SuggestionsMinimumDistance = cobra.ArbitraryArgs, 2
	completion.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usagef("unknown shell %q%s", args[0], didYouMean(cmd.SuggestionsFor(args[0])))
		}
		return cmd.Help()
	}
	completion.Use = "completion SHELL"
	completion.Example = "  loc2vec completion bash > /etc/bash_completion.d/loc2vec"
	for _, shell := range completion.Commands() {
		shell.Args = noArguments
	}
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

// checkVerb returns an error with suggestions when the first argument is not a verb.
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

// didYouMean formats the words that an unknown one resembles, as the end of an error.
func didYouMean(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return "; did you mean " + strings.Join(words, " or ") + "?"
}

// moduleVersion is the version of the module that the program was built from.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown" // a build without modules
}
