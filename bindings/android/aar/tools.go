package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/loc2vec/loc2vec/bindings/internal/binding"
	"github.com/loc2vec/loc2vec/bindings/internal/elfcheck"
)

// tools are the programs and files that build the library.
type tools struct {
	jdk     binding.JDK
	kotlin  binding.Kotlin
	android string // android.jar
	targets []target
}

// target is one processor that the library is built for.
type target struct {
	abi     string // its name in Android
	library binding.Library
	rules   elfcheck.Rules
}

// findTools looks for all tools. Its error lists everything that is missing.
func findTools(root string, f facts) (tools, error) {
	var t tools
	var errs [4]error
	t.jdk, errs[0] = binding.FindJDK()
	if t.kotlin, errs[1] = binding.FindKotlin(root); errs[1] != nil {
		errs[1] = fmt.Errorf("%w (run make tools)", errs[1])
	}
	sdk := os.Getenv("ANDROID_HOME")
	t.android, errs[2] = findPlatform(sdk, f["COMPILE_SDK"])
	t.targets, errs[3] = findTargets(sdk, f["MIN_SDK"])
	return t, errors.Join(errs[:]...)
}

// findPlatform returns the android.jar of an API level.
func findPlatform(sdk, level string) (string, error) {
	if sdk == "" {
		return "", fmt.Errorf("needs the Android SDK: set ANDROID_HOME to its directory, which contains platforms/android-%s", level)
	}
	jar := filepath.Join(sdk, "platforms", "android-"+level, "android.jar")
	if _, err := os.Stat(jar); err != nil {
		return "", fmt.Errorf("needs API level %s of the Android SDK: %s does not exist; install it with sdkmanager %q", level, jar, "platforms;android-"+level)
	}
	return jar, nil
}

// findTargets returns the 64-bit processors of Android, with their compilers in the NDK.
func findTargets(sdk, level string) ([]target, error) {
	ndk, err := findNDK(sdk)
	if err != nil {
		return nil, err
	}
	host := map[string]string{"linux": "linux-x86_64", "darwin": "darwin-x86_64"}[runtime.GOOS]
	if host == "" {
		return nil, fmt.Errorf("needs Linux or macOS: this is %s", runtime.GOOS)
	}
	bin := filepath.Join(ndk, "toolchains", "llvm", "prebuilt", host, "bin")
	var all []target
	for _, a := range []struct {
		abi, arch, triple string
		machine           elf.Machine
	}{
		{"arm64-v8a", "arm64", "aarch64-linux-android", elf.EM_AARCH64},
		{"x86_64", "amd64", "x86_64-linux-android", elf.EM_X86_64},
	} {
		cc := filepath.Join(bin, a.triple+level+"-clang")
		if _, err := os.Stat(cc); err != nil {
			return nil, fmt.Errorf("needs another version of the Android NDK: %s does not exist", cc)
		}
		all = append(all, target{
			abi:     a.abi,
			library: binding.Library{OS: "android", Arch: a.arch, CC: cc},
			rules:   elfcheck.Android(a.machine, binding.LibraryFile),
		})
	}
	return all, nil
}

// findNDK returns the NDK of ANDROID_NDK_HOME, or the newest one in the SDK.
func findNDK(sdk string) (string, error) {
	if ndk := os.Getenv("ANDROID_NDK_HOME"); ndk != "" {
		if _, err := os.Stat(filepath.Join(ndk, "toolchains")); err != nil {
			return "", fmt.Errorf("needs the Android NDK: ANDROID_NDK_HOME is %s, which has no toolchains", ndk)
		}
		return ndk, nil
	}
	all, err := filepath.Glob(filepath.Join(sdk, "ndk", "*", "toolchains"))
	if sdk == "" || err != nil || len(all) == 0 {
		return "", errors.New(`needs the Android NDK: set ANDROID_NDK_HOME to its directory, or install it into the SDK with sdkmanager "ndk;28.2.13676358"`)
	}
	return filepath.Dir(slices.MaxFunc(all, func(a, b string) int {
		return slices.Compare(ndkVersion(a), ndkVersion(b))
	})), nil
}

// ndkVersion returns the numbers in the name of the NDK directory that contains path.
func ndkVersion(path string) []int {
	var version []int
	for _, part := range strings.Split(filepath.Base(filepath.Dir(path)), ".") {
		n, _ := strconv.Atoi(part)
		version = append(version, n)
	}
	return version
}
