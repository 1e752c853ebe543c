package main

import (
	"fmt"
	"io"

	"github.com/loc2vec/loc2vec/trainer/internal/metric"
)

// listLosses prints every loss with its paper and parameters.
func listLosses(w io.Writer) error {
	for _, name := range metric.Names() {
		spec, err := metric.Lookup(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s  (%s)\n    %s\n    %s\n", spec.Name, spec.Space.Metric(), spec.Doc, spec.Paper)
		for _, p := range spec.Params {
			fmt.Fprintf(w, "    --set loss_params.%s  %s\n", p.Usage(), p.Doc)
		}
	}
	return nil
}
