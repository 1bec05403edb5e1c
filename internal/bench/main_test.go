package main

import (
	"strings"
	"testing"
	"time"
)

func TestRunPrintsOneTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(&out, 2, time.Millisecond, `^(decode|encode|handler) (1|0\.3) KB$`); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := 1 + 4 + 3 + 2; len(lines) != want {
		t.Fatalf("got %d lines, want %d:\n%s", len(lines), want, out.String())
	}
	for _, line := range lines[1:] {
		if strings.Contains(line, " protojson ") != strings.Contains(line, " 1.000 ") {
			t.Errorf("line %q: only protojson is compared with itself", line)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"no turns":       run(new(strings.Builder), 0, time.Second, ""),
		"no length":      run(new(strings.Builder), 1, 0, ""),
		"bad expression": run(new(strings.Builder), 1, time.Second, "("),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for want, walls := range map[float64][]float64{2: {9, 1, 2}, 3: {4, 1, 9, 2}, 7: {7}} {
		var rs []result
		for _, w := range walls {
			rs = append(rs, result{wall: w})
		}
		if got := median(rs, func(r result) float64 { return r.wall }); got != want {
			t.Errorf("median of %v = %v, want %v", walls, got, want)
		}
	}
}

// A contender's failure stops the run: numbers of work that was not done are
// worse than none.
func TestMeasureFails(t *testing.T) {
	t.Parallel()
	if err := called("other", ""); err == nil {
		t.Fatal("called accepts any tag")
	}
	_, err := measure([]contender{{"failing", func(int) error { return called("other", "") }}}, 1, time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "failing") {
		t.Errorf("measure = %v, want an error that names the contender", err)
	}
}
