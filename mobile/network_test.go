package mobile_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoNetwork: nothing leaves the device, because nothing in the library could send it, or start a
// program that does.
func TestNoNetwork(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Skipf("needs the go command: %v", err)
	}
	for pkg := range strings.Lines(string(out)) {
		switch pkg = strings.TrimSpace(pkg); {
		case pkg == "net", strings.HasPrefix(pkg, "net/"), pkg == "os/exec", pkg == "plugin":
			t.Errorf("the library is built from %s", pkg)
		}
	}
}
