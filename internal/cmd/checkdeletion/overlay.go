package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
)

// variable names the environment variable that says which check is removed.
const variable = "CHECKDELETION_REMOVED"

// switchName is the function that the overlay adds to each package.
const switchName = "checkdeletionRemoved"

// switchFile is the name of the file that holds it.
const switchFile = "checkdeletion_overlay.go"

// switchSource is that file.
func switchSource(pkg string) string {
	return fmt.Sprintf("package %s\n\nimport \"os\"\n\nvar %sNow = os.Getenv(%q)\n\nfunc %s(n string) bool { return %sNow == n }\n",
		pkg, switchName, variable, switchName, switchName)
}

// target is a package whose checks are removed.
type target struct {
	Dir     string
	Name    string
	GoFiles []string
	binary  string // its tests over the overlay
}

// list describes a package.
func list(ctx context.Context, pkg string) (*target, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-json=Dir,Name,GoFiles", pkg).Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w", pkg, err)
	}
	var t target
	if err := json.Unmarshal(out, &t); err != nil {
		return nil, err
	}
	return &t, nil
}

// switched returns the source with each check behind a switch of its own.
func switched(src []byte, checks []check) []byte {
	type edit struct {
		at   int
		text string
	}
	var edits []edit
	for _, c := range checks {
		removed := switchName + "(" + strconv.Quote(c.id()) + ")"
		if c.must {
			edits = append(edits, edit{c.start, "(" + removed + " || ("}, edit{c.end, "))"})
		} else {
			edits = append(edits, edit{c.start, "(!" + removed + " && ("}, edit{c.end, "))"})
		}
	}
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].at < edits[j].at })
	var out []byte
	last := 0
	for _, e := range edits {
		out = append(append(out, src[last:e.at]...), e.text...)
		last = e.at
	}
	return append(out, src[last:]...)
}

// layOver writes an overlay into dir that puts every check of the packages
// behind its switch, and returns its path and the checks that only lets pass.
func layOver(dir string, targets []*target, only *regexp.Regexp) (overlay string, chosen []check, err error) {
	replace := map[string]string{}
	write := func(original string, content []byte) error {
		path := filepath.Join(dir, strconv.Itoa(len(replace))+".go")
		replace[original] = path
		return os.WriteFile(path, content, 0o600)
	}
	for _, t := range targets {
		if err := write(filepath.Join(t.Dir, switchFile), []byte(switchSource(t.Name))); err != nil {
			return "", nil, err
		}
		for _, name := range t.GoFiles {
			path := filepath.Join(t.Dir, name)
			src, err := os.ReadFile(path)
			if err != nil {
				return "", nil, err
			}
			checks, err := findChecks(path, src)
			if err != nil {
				return "", nil, err
			}
			if err := write(path, switched(src, checks)); err != nil {
				return "", nil, err
			}
			for _, c := range checks {
				if only.MatchString(c.place() + " " + c.text) {
					chosen = append(chosen, c)
				}
			}
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", nil, err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, chosen, os.WriteFile(overlay, data, 0o600)
}

// build compiles the tests of the packages over the overlay into dir.
func build(ctx context.Context, dir, overlay string, packages []string, targets []*target) error {
	for i, pkg := range packages {
		targets[i].binary = filepath.Join(dir, strconv.Itoa(i)+".test")
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", targets[i].binary, pkg)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go test -c %s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}
