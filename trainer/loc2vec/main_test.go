package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/loc2vec/loc2vec/osmextract/schema"
)

// TestExitStatus: 0 for help, 1 for a failure, 2 for a wrong command line, and the reason on the
// right stream.
func TestExitStatus(t *testing.T) {
	for _, tt := range []struct {
		args     string
		status   int
		out, err string // what the streams hold
	}{
		{"", 2, "", "usage: loc2vec VERB"},
		{"help", 0, "usage: loc2vec VERB", ""},
		{"-h", 0, "usage: loc2vec VERB", ""},
		{"dance", 2, "", `no verb "dance"`},
		{"extract", 2, "", "are needed"},
		{"extract -h", 0, "", "usage: loc2vec extract"},
		{"train -steps many", 2, "", `invalid value "many" for flag -steps`},
		{"train -pack p", 2, "", "-o is missing"},
		{"train -o m -pack p -loss hope", 2, "", `unknown loss "hope"`},
		{"train -o m -pack p -net huge", 2, "", `unknown net "huge"`},
		{"train -o m -pack p -loss-param margin", 2, "", "not of the form name=value"},
		{"train -o m -pack p -steps 5 -for 1m", 2, "", "either a number of steps or a time"},
		{"train -o m -pack p -rate 0", 2, "", "schedule.peak is 0"},
		{"train -losses", 0, "infonce_euclid", ""},
		{"train -o m -pack no-such-file", 1, "", "no-such-file"},
		{"train -o m -pack p extra", 2, "", `unexpected argument "extra"`},
		{"demo -city atlantis", 2, "", `no city "atlantis"`},
		{"train " + publishedFlags(), 2, "", "-o is missing"}, // the help can be taken at its word
		{"fieldtest -bundle b -pack p -generate -5m", 2, "", "-generate is how long"},
		{"fieldtest -bundle b -pack p -track t.gpx -generate -5m", 2, "", "-generate is how long"},
		{"verify ../../sdk/base/base.l2v -ort-library none.so", 1, "", "loc2vec verify: -ort-library: opening model: ONNX Runtime"},
		{"version", 0, schema.Hash(), ""},
		{"demo -for 0s", 2, "", "above zero"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out, err bytes.Buffer
			status := run(t.Context(), stdio{strings.NewReader(""), &out, &err}, strings.Fields(tt.args))
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

func TestEveryVerbExplainsItself(t *testing.T) {
	for _, v := range verbs() {
		var out, err bytes.Buffer
		if status := run(t.Context(), stdio{strings.NewReader(""), &out, &err}, []string{v.name, "-h"}); status != 0 {
			t.Errorf("loc2vec %s -h: status %d", v.name, status)
		}
		if !strings.HasPrefix(err.String(), "usage: loc2vec "+v.name+" ") || out.Len() > 0 {
			t.Errorf("loc2vec %s -h printed %q and %q", v.name, out.String(), err.String())
		}
	}
}
