// Package imports_test checks which packages of the module may import which.
package imports_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/cxhook/cxhook/"

// deps returns all packages that the given ones link, themselves included.
func deps(t *testing.T, packages ...string) map[string]bool {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{.ImportPath}}"}, packages...)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = "../.."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	set := make(map[string]bool)
	for line := range strings.Lines(string(out)) {
		set[strings.TrimSpace(line)] = true
	}
	return set
}

// existing returns those of the packages that the module has.
func existing(t *testing.T, packages ...string) []string {
	t.Helper()
	all := deps(t, "./...")
	var list []string
	for _, p := range packages {
		if all[module+p] {
			list = append(list, p)
		}
	}
	return list
}

func TestPublicSiblingsDoNotImportOneAnother(t *testing.T) {
	t.Parallel()
	siblings := existing(t, "cx", "flexible", "auth", "cx/once")
	for _, from := range siblings {
		linked := deps(t, "./"+from)
		for _, to := range siblings {
			if from != to && linked[module+to] {
				t.Errorf("%s links %s", from, to)
			}
		}
	}
}

func TestServiceLinksNothingHeavy(t *testing.T) {
	t.Parallel()
	var roots []string
	for _, p := range existing(t, "cx", "flexible", "auth") {
		roots = append(roots, "./"+p)
	}
	for p := range deps(t, roots...) {
		for _, banned := range []string{
			"github.com/nats-io/", module + "cx/emulator", module + "cx/cxtest", module + "cx/caller", module + "internal/corpus",
			"testing", "github.com/google/go-cmp", "github.com/go-jose/", "golang.org/x/tools", "github.com/nyaruka/",
		} {
			if p == banned || strings.HasSuffix(banned, "/") && strings.HasPrefix(p, banned) {
				t.Errorf("a service that imports cx, flexible and auth links %s", p)
			}
		}
	}
}

// Events are received without a durable queue, unless a program imports one.
func TestEventsLinkNoQueueServer(t *testing.T) {
	t.Parallel()
	for p := range deps(t, "./flexible/events") {
		for _, banned := range []string{"github.com/nats-io/", module + "cx/emulator", "github.com/prometheus/", "google.golang.org/grpc", "testing"} {
			if p == banned || strings.HasSuffix(banned, "/") && strings.HasPrefix(p, banned) {
				t.Errorf("flexible/events links %s", p)
			}
		}
	}
}

// Every direct dependency is named, with its reason, where contributors look.
func TestDependenciesHaveReasons(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{if not (or .Indirect .Main)}}{{.Path}}{{end}}", "all")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := os.ReadFile("../../.github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if dep := strings.TrimSpace(line); dep != "" && !bytes.Contains(reasons, []byte("| "+dep+" | ")) {
			t.Errorf("CONTRIBUTING names no reason for %s", dep)
		}
	}
}

func TestAuthLinksNoProtobuf(t *testing.T) {
	t.Parallel()
	for _, root := range existing(t, "auth") {
		for p := range deps(t, "./"+root) {
			if strings.HasPrefix(p, "google.golang.org/protobuf") || strings.HasPrefix(p, "cloud.google.com/") || strings.HasPrefix(p, "google.golang.org/grpc") {
				t.Errorf("auth links %s", p)
			}
		}
	}
}

func TestOnlyProgramsImportTheEmulator(t *testing.T) {
	t.Parallel()
	for p := range deps(t, "./...") {
		rel, ok := strings.CutPrefix(p, module)
		if !ok || rel == "cx/emulator" || strings.HasPrefix(rel, "cx/emulator/") ||
			strings.HasPrefix(rel, "cx/cmd/") || strings.HasPrefix(rel, "examples/") || strings.HasPrefix(rel, "flexible/events/notify") {
			continue
		}
		if deps(t, "./"+rel)[module+"cx/emulator"] {
			t.Errorf("%s links the emulator", rel)
		}
	}
}
