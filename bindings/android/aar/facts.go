package main

import (
	"fmt"
	"os"
	"strings"
)

// facts are the properties that Gradle and this command share.
type facts map[string]string

// readFacts reads a file of lines "NAME=value". It must define all names that this command uses.
func readFacts(path string) (facts, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := facts{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(name, "#") {
			f[name] = value
		}
	}
	for _, name := range []string{"GROUP", "ARTIFACT", "VERSION", "MIN_SDK", "COMPILE_SDK", "KOTLIN", "COROUTINES", "ONNX_RUNTIME"} {
		if f[name] == "" {
			return nil, fmt.Errorf("%s does not define %s", path, name)
		}
	}
	return f, nil
}
