package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// run prints the table of the checks of the packages and returns how many of
// them no test misses.
func run(ctx context.Context, out io.Writer, packages []string, opts options) (survivors int, err error) {
	if len(packages) == 0 {
		return 0, errNoPackages
	}
	var targets []*target
	for _, pkg := range packages {
		t, err := list(ctx, pkg)
		if err != nil {
			return 0, err
		}
		targets = append(targets, t)
	}
	dir, err := os.MkdirTemp("", "checkdeletion")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, checks, err := layOver(dir, targets, opts.only)
	if err != nil {
		return 0, err
	}
	checks = sample(checks, opts.every)
	if err := build(ctx, dir, overlay, packages, targets); err != nil {
		return 0, err
	}
	if killer, err := try(ctx, targets, check{}, opts); err != nil || killer != "" {
		return 0, fmt.Errorf("with all checks in place %s fails: %w", killer, err)
	}
	return table(ctx, out, targets, checks, opts)
}

// sample returns the first of every n checks.
func sample(checks []check, n int) []check {
	var chosen []check
	for i := 0; i < len(checks); i += max(1, n) {
		chosen = append(chosen, checks[i])
	}
	return chosen
}

// table tries the checks one at a time and prints a line for each.
func table(ctx context.Context, out io.Writer, targets []*target, checks []check, opts options) (survivors int, err error) {
	w := tabwriter.NewWriter(out, 24, 4, 2, ' ', 0)
	backstops := 0
	for _, c := range checks {
		killer, err := try(ctx, targets, c, opts)
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
		fmt.Fprintf(w, "%s\t%-62s\t%s\n", c.place(), cut(c.text, 60), killer)
		if err := w.Flush(); err != nil {
			return 0, err
		}
	}
	fmt.Fprintf(out, "%d checks removed in turn: %d missed by a test, %d backstops, %d missed by none\n",
		len(checks), len(checks)-survivors-backstops, backstops, survivors)
	return survivors, nil
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n-3] + "..."
}

// try runs the tests without the check, the check's own package first, and
// returns the first that fails, or "" when all pass.
func try(ctx context.Context, targets []*target, c check, opts options) (killer string, err error) {
	own := func(t *target) int {
		if t.Dir == filepath.Dir(c.file) {
			return 0
		}
		return 1
	}
	sorted := slices.SortedStableFunc(slices.Values(targets), func(a, b *target) int { return own(a) - own(b) })
	for _, t := range sorted {
		cmd := exec.CommandContext(ctx, t.binary, "-test.failfast", "-test.v", "-test.skip", opts.skip, "-test.timeout", opts.timeout.String())
		cmd.Dir = t.Dir
		cmd.Env = append(os.Environ(), variable+"="+c.id())
		output, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.As(err, &exit):
			return failed(c, output)
		case err != nil:
			return "", err
		}
	}
	return "", nil
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// failed names what failed in the output of the tests.
func failed(c check, output []byte) (string, error) {
	names := failLine.FindAllSubmatch(output, -1)
	switch {
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
