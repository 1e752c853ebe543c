package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// TestExitStatus: 0 for help, 1 for a failure, 2 for a usage error, with the reason on the right stream.
func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		args     string
		status   int
		out, err string // what the streams hold
	}{
		{"", 2, "", "loc2vec VERB [flags]"},
		{"help", 0, "loc2vec VERB [flags]", ""},
		{"-h", 0, "loc2vec VERB [flags]", ""},
		{"dance", 2, "", `unknown verb "dance"`},
		{"extract", 2, "", "are needed"},
		{"extract -h", 0, "loc2vec extract FILE...", ""},
		{"train --steps many", 2, "", `invalid value "many" for --steps`},
		{"train --pack p", 2, "", "--output (-o) is missing"},
		{"train -o m", 2, "", "a region pack to train on is needed"},
		{"train -o m --pack p --loss hope", 2, "", `unknown loss "hope"`},
		{"train -o m --pack p --net huge", 2, "", `unknown net "huge"`},
		{"train -o m --pack p --set margin", 2, "", "not of the form key=value"},
		{"train -o m --pack p --steps 5 --for 1m", 2, "", "give either --steps or --for"},
		{"train -o m --pack p --rate 0", 2, "", "schedule.peak is 0"},
		{"train --losses", 0, "infonce_euclid", ""},
		{"train -o m --pack no-such-file", 1, "", "no-such-file"},
		{"train -o m no-such-file", 1, "", "no-such-file"},
		{"raster extra", 2, "", `unexpected argument "extra"`},
		{"demo --city atlantis", 2, "", `no city "atlantis"`},
		{"fieldtest --bundle b --pack p --generate -5m", 2, "", "--generate is how long"},
		{"fieldtest --bundle b --pack p t.gpx --generate -5m", 2, "", "--generate is how long"},
		{"verify ../../sdk/base/base.l2v --ort-library none.so", 1, "", "loc2vec verify: --ort-library: opening model: ONNX Runtime"},
		{"version", 0, schema.Hash(), ""},
		{"demo --for 0s", 2, "", "above zero"},
		{"--version", 0, "loc2vec version ", ""},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out, err bytes.Buffer
			status := run(t.Context(), stdio{in: strings.NewReader(""), out: &out, err: &err}, strings.Fields(tt.args))
			if status != tt.status {
				t.Errorf("status %d, want %d; %s", status, tt.status, err.String())
			}
			if !strings.Contains(out.String(), tt.out) || tt.out == "" && out.Len() > 0 {
				t.Errorf("standard output is %q, want %q in it", out.String(), tt.out)
			}
			if !strings.Contains(err.String(), tt.err) || tt.err == "" && err.Len() > 0 {
				t.Errorf("standard error is %q, want %q in it", err.String(), tt.err)
			}
		})
	}
}

// TestEveryVerbExplainsItself: help is on standard output, the same in all its forms, with examples of the verb and
// readable placeholders.
func TestEveryVerbExplainsItself(t *testing.T) {
	flag := regexp.MustCompile(`^ +(-., )?--`)
	lowerCase := regexp.MustCompile(`^ +(-., )?--[a-z-]+ [a-z]`) // a placeholder, as pflag makes them of types
	for _, cmd := range newRoot(stdio{}).Commands() {
		name := cmd.Name()
		t.Run(name, func(t *testing.T) {
			var texts []string
			for _, args := range [][]string{{name, "--help"}, {name, "-h"}, {"help", name}} {
				var out, err bytes.Buffer
				status := run(t.Context(), stdio{in: strings.NewReader(""), out: &out, err: &err}, args)
				if status != 0 || err.Len() > 0 {
					t.Errorf("%v: status %d, %s", args, status, err.String())
				}
				texts = append(texts, out.String())
			}
			if texts[0] != texts[1] || texts[0] != texts[2] || !strings.Contains(texts[0], "\nUsage:\n  loc2vec "+name) {
				t.Errorf("help differs, or has no usage:\n%s", texts[0])
			}
			if cmd.GroupID == "" || cmd.Short == "" || !strings.Contains(cmd.Example, "  loc2vec "+name) && name != "help" {
				t.Errorf("group %q, %q, examples %q", cmd.GroupID, cmd.Short, cmd.Example)
			}
			for _, line := range strings.Split(texts[0], "\n") {
				if flag.MatchString(line) && strings.ContainsAny(line, "`|") || lowerCase.MatchString(line) || len(line) > 120 {
					t.Errorf("%q", line)
				}
			}
		})
	}
}
