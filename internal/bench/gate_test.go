package main

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// counts returns counts of which every step but one is at its limit, and that
// one has the given part of what protojson needs, in thousandths.
func counts(index, thousandths int) string {
	const reference = 1_000_000
	var b strings.Builder
	for i, l := range limits {
		n := l.promised * (100 + slack) / 100
		if i == index {
			n = thousandths
		}
		fmt.Fprintf(&b, "%s %d %d\n%s %d %d\n", l.step, l.size, n*reference/1000, l.reference, l.size, reference)
	}
	return b.String()
}

func TestGateHoldsEveryLimit(t *testing.T) {
	t.Parallel()
	for i, l := range limits {
		allowed := l.promised * (100 + slack) / 100
		if err := judge(strings.NewReader(counts(i, allowed)), io.Discard); err != nil {
			t.Errorf("%s of %d bytes at its limit: %v", l.step, l.size, err)
		}
		if err := judge(strings.NewReader(counts(i, allowed+1)), io.Discard); err == nil {
			t.Errorf("%s of %d bytes over its limit passes", l.step, l.size)
		}
	}
}

func TestGateNeedsEveryCount(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(counts(0, 1), "\n")
	for _, tt := range []struct{ name, counts string }{
		{"nothing was counted", ""},
		{"a step is missing", strings.Join(lines[1:], "")},
		{"a count is no number", "decode 1024 many\n"},
	} {
		if err := judge(strings.NewReader(tt.counts), io.Discard); err == nil {
			t.Errorf("%s: no error", tt.name)
		}
	}
}

// What the gate asks for can be counted.
func TestGateCountsWhatItNeeds(t *testing.T) {
	t.Parallel()
	var asked strings.Builder
	if err := needed(&asked); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(asked.String()) {
		var step string
		var size int
		if _, err := fmt.Sscan(line, &step, &size); err != nil {
			t.Fatal(err)
		}
		prepare, ok := counted[step]
		if !ok {
			t.Fatalf("nobody counts %q", step)
		}
		c, err := prepare(size)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.work(2); err != nil {
			t.Errorf("%s: %v", step, err)
		}
	}
}
