package awstest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// start runs a server that is an npm package, as a library: that way it tells its
// endpoint, and ends with its standard input even if the test is killed. script
// gets the folder of the package as its argument and prints the endpoint. env are
// more variables for it.
func start(t testing.TB, script, pkg, program string, env ...string) (endpoint string) {
	t.Helper()
	const ends = "\nprocess.stdin.resume().on('end', () => process.exit())"
	node := exec.Command(tool(t, "node"), "-e", script+ends, folder(t, pkg, program))
	node.Stderr = t.Output()
	node.Env = append(os.Environ(), env...)
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = node.Wait() // it has nothing to report
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s did not start: %v", pkg, err)
	}
	return strings.TrimSpace(line)
}

// folder is that of an npm package with a program; npx downloads it once.
func folder(t testing.TB, pkg, program string) string {
	t.Helper()
	if found := cached(pkg); found != "" {
		return found
	}
	out, err := exec.CommandContext(t.Context(), tool(t, "npx"), "--yes", "--package="+pkg, "-c", "command -v "+program).Output()
	if err != nil {
		t.Fatalf("npx could not get %s: %v", pkg, err)
	}
	dir, err := filepath.EvalSymlinks(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	for dir = filepath.Dir(dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "package.json")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatalf("%s has no package.json", pkg)
		}
	}
}

// cached looks for a package where npx keeps it, which spares half a second.
func cached(pkg string) string {
	name, version, _ := strings.Cut(pkg, "@")
	home, _ := os.UserHomeDir()
	manifests, _ := filepath.Glob(filepath.Join(home, ".npm/_npx/*/node_modules", name, "package.json"))
	for _, manifest := range manifests {
		if b, err := os.ReadFile(manifest); err == nil && strings.Contains(string(b), `"version": "`+version+`"`) {
			return filepath.Dir(manifest)
		}
	}
	return ""
}

func tool(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: %v", name, err)
	}
	t.Skipf("%s is not installed; with it, this test runs against a stand-in for AWS", name)
	return ""
}
