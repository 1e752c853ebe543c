package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/loc2vec/loc2vec/trainer/internal/train"
)

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
