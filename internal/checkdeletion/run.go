package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"
)

// run prints the table of the checks of the packages and returns how many of
// them no test misses.
func run(ctx context.Context, out io.Writer, packages []string, opts options) (survivors int, err error) {
	if len(packages) == 0 {
		return 0, errNoPackages
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	total, backstops := 0, 0
	for _, pkg := range packages {
		files, err := sources(ctx, pkg)
		if err != nil {
			return 0, err
		}
		for _, path := range files {
			src, err := os.ReadFile(path)
			if err != nil {
				return 0, err
			}
			checks, err := findChecks(path, src)
			if err != nil {
				return 0, err
			}
			for _, c := range checks {
				if !opts.only.MatchString(c.place() + " " + c.text) {
					continue
				}
				total++
				killer, err := try(ctx, packages, c, src, opts)
				if err != nil {
					return 0, err
				}
				switch {
				case killer == "" && c.backstop != "":
					backstops++
					killer = "(backstop: " + c.backstop + ")"
				case killer == "":
					survivors++
					killer = "NONE"
				}
				fmt.Fprintf(table, "%s\t%s\t%s\n", c.place(), cut(c.text, 60), killer)
			}
			if err := table.Flush(); err != nil {
				return 0, err
			}
		}
	}
	fmt.Fprintf(out, "%d checks removed in turn: %d missed by a test, %d backstops, %d missed by none\n",
		total, total-survivors-backstops, backstops, survivors)
	return survivors, nil
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

// sources returns the paths of a package's files without its tests.
func sources(ctx context.Context, pkg string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-json=Dir,GoFiles", pkg).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", pkg, err)
	}
	var listed struct {
		Dir     string
		GoFiles []string
	}
	if err := json.Unmarshal(out, &listed); err != nil {
		return nil, err
	}
	for i, name := range listed.GoFiles {
		listed.GoFiles[i] = filepath.Join(listed.Dir, name)
	}
	return listed.GoFiles, nil
}

// try runs the tests without the check and returns the first that fails, or ""
// when all pass.
func try(ctx context.Context, packages []string, c check, src []byte, opts options) (killer string, err error) {
	dir, err := os.MkdirTemp("", "checkdeletion")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, c.removed(src), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{c.file: changed}})
	if err != nil {
		return "", err
	}
	layer := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(layer, overlay, 0o600); err != nil {
		return "", err
	}
	for _, pkg := range packages {
		cmd := exec.CommandContext(ctx, "go", "test", "-overlay", layer, "-vet=off", "-failfast", "-skip", opts.skip,
			"-timeout", opts.timeout.String(), pkg)
		output, err := cmd.CombinedOutput()
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil {
			continue
		}
		return failed(c, output)
	}
	return "", nil
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// failed names what failed in the output of the tests.
func failed(c check, output []byte) (string, error) {
	names := failLine.FindAllSubmatch(output, -1)
	switch {
	case bytes.Contains(output, []byte("[build failed]")), bytes.Contains(output, []byte("[setup failed]")):
		return "", fmt.Errorf("%s: does not compile without %q:\n%s", c.place(), c.text, output)
	case bytes.Contains(output, []byte("panic: test timed out")):
		return "(the tests hang)", nil
	case len(names) > 0:
		deepest := string(names[0][1])
		for _, n := range names {
			if strings.HasPrefix(string(n[1]), deepest+"/") {
				deepest = string(n[1])
			}
		}
		return deepest, nil
	case bytes.Contains(output, []byte("panic:")):
		return "(the tests panic)", nil
	}
	return "", fmt.Errorf("%s: the tests fail without a name:\n%s", c.place(), output)
}
