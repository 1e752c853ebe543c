//go:build cgo

package sdk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// ortVersion is the oldest ONNX Runtime with the interface that this build needs (API 24).
const ortVersion = "1.24"

// ortLibrary is the shared library of this process. The wrapper keeps it in global variables, so all
// encoders share it, and it is never unloaded.
var ortLibrary struct {
	sync.Mutex
	path string
}

// loadORT loads ONNX Runtime from the first candidate that can be loaded, unless it is loaded already.
func loadORT(library string) (path string, err error) {
	ortLibrary.Lock()
	defer ortLibrary.Unlock()
	candidates, err := ortCandidates(library)
	if err != nil {
		return "", err
	}
	if ort.IsInitialized() {
		if library != "" && !slices.Contains(candidates, ortLibrary.path) {
			return "", fmt.Errorf("ONNX Runtime %s: %s is already loaded", library, ortLibrary.path)
		}
		return ortLibrary.path, nil
	}
	var reasons, absent []string
	for _, candidate := range candidates {
		if filepath.IsAbs(candidate) {
			_, err := os.Stat(candidate)
			if errors.Is(err, os.ErrNotExist) {
				absent = append(absent, candidate)
				continue
			}
			if err != nil {
				reasons = append(reasons, ortReason(candidate, err))
				continue
			}
		}
		ort.SetSharedLibraryPath(candidate)
		err := ort.InitializeEnvironment(ort.WithLogLevelError())
		if err == nil {
			ortLibrary.path = candidate
			return candidate, nil
		}
		reasons = append(reasons, ortReason(candidate, err))
	}
	if len(reasons) == 0 {
		reasons = []string{ortAbsence(absent)}
	}
	return "", fmt.Errorf("ONNX Runtime %s or newer is needed: %s", ortVersion, strings.Join(reasons, "; "))
}

// ortAbsence describes that none of the files exists.
func ortAbsence(absent []string) string {
	switch len(absent) {
	case 0:
		return "the directory of the executable is unknown"
	case 1:
		return absent[0] + ": no such file"
	}
	var names, dirs []string
	for _, path := range absent {
		names, dirs = append(names, filepath.Base(path)), append(dirs, filepath.Dir(path))
	}
	slices.Sort(names)
	return fmt.Sprintf("no %s in %s", strings.Join(slices.Compact(names), " or "), strings.Join(slices.Compact(dirs), ", "))
}

// ortReason describes why a file could not be loaded.
func ortReason(path string, err error) string {
	// The wrapper has no other sign for a library without the interface.
	if strings.Contains(err.Error(), "setting ORT API base") {
		return path + " is too old"
	}
	cause := err
	for u := errors.Unwrap(cause); u != nil; u = errors.Unwrap(cause) {
		cause = u
	}
	message := cause.Error()
	if i := strings.LastIndex(message, "\": "); i >= 0 {
		message = message[i+3:] // the path is added below
	}
	if message == "" {
		message = "not ONNX Runtime" // a library without the entry point: the loader gives no reason
	}
	if !strings.HasPrefix(message, path) {
		message = path + ": " + message
	}
	return message
}

// ortCandidates returns the files to try. If one is named with its directory, it is the only one. All paths are
// absolute, so that neither the working directory nor an empty entry of a search path supplies code; except on phones,
// where an app has no other libraries than its own and those of the system.
func ortCandidates(library string) ([]string, error) {
	if library == "" {
		library = os.Getenv("LOC2VEC_ONNXRUNTIME")
	}
	if filepath.Base(library) != library && library != "" {
		path, err := filepath.Abs(library)
		if err != nil {
			return nil, fmt.Errorf("ONNX Runtime %s: %w", library, err)
		}
		return []string{path}, nil
	}
	names := ortNames(runtime.GOOS)
	if library != "" {
		names = []string{library}
	}
	if runtime.GOOS == "android" || runtime.GOOS == "ios" {
		return names, nil
	}
	executable, err := os.Executable()
	if err != nil {
		executable = ""
	}
	var candidates []string
	for _, dir := range ortDirectories(runtime.GOOS, runtime.GOARCH, filepath.Dir(executable), os.Getenv("LD_LIBRARY_PATH")) {
		for _, name := range names {
			candidates = append(candidates, filepath.Join(dir, name))
		}
	}
	return candidates, nil
}

// ortNames returns the names of the library on a system.
func ortNames(goos string) []string {
	switch goos {
	case "windows":
		return []string{"onnxruntime.dll"}
	case "darwin", "ios":
		return []string{"libonnxruntime.dylib"}
	case "android":
		return []string{"libonnxruntime.so"}
	}
	return []string{"libonnxruntime.so.1", "libonnxruntime.so"}
}

// ortDirectories returns the directories to look in: that of the executable, then those of the system. Windows has
// an old ONNX Runtime of its own in its directory, so only that of the executable counts there.
func ortDirectories(goos, goarch, executable, searchPath string) []string {
	dirs := []string{executable}
	switch goos {
	case "windows":
	case "darwin":
		dirs = append(dirs, "/opt/homebrew/lib", "/usr/local/lib")
	default:
		dirs = append(dirs, filepath.SplitList(searchPath)...)
		dirs = append(dirs, "/usr/local/lib", "/usr/lib64", "/usr/lib")
		if triplet := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[goarch]; triplet != "" {
			dirs = append(dirs, "/usr/lib/"+triplet+"-linux-gnu")
		}
	}
	return slices.DeleteFunc(dirs, func(dir string) bool { return !filepath.IsAbs(dir) })
}
