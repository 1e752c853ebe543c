package mobile_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoNetwork: no data leaves the device, because the library has no code that could send it or start another
// program.
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
