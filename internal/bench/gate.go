package main

import (
	"bufio"
	"fmt"
	"io"
)

// limit is the share of protojson's instructions that a step may need, in
// thousandths. Of what is promised for times a tenth more is let through.
type limit struct {
	step, reference string
	size            int
	promised        int
}

const slack = 10 // percent

var limits = []limit{
	{"decode", "decode-protojson", 1 << 10, 200},
	{"decode", "decode-protojson", 4 << 10, 180},
	{"scan", "decode-protojson", 4 << 10, 100},
	{"encode", "encode-protojson", 2 << 10, 80},
	{"plain", "call-protojson", 4 << 10, 180},
	{"typed", "call-protojson", 4 << 10, 150},
}

// counting is a step at a size.
type counting struct {
	step string
	size int
}

// needed prints what the gate has to count: a step and a size on each line.
func needed(w io.Writer) error {
	seen := map[counting]bool{}
	for _, l := range limits {
		for _, c := range []counting{{l.step, l.size}, {l.reference, l.size}} {
			if seen[c] {
				continue
			}
			seen[c] = true
			if _, err := fmt.Fprintln(w, c.step, c.size); err != nil {
				return err
			}
		}
	}
	return nil
}

// judge reads counts, each with its step and size on a line, and fails if one
// is over its limit or missing.
func judge(r io.Reader, w io.Writer) error {
	have := map[counting]int{}
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var c counting
		var n int
		if _, err := fmt.Sscan(lines.Text(), &c.step, &c.size, &n); err != nil {
			return fmt.Errorf("gate: line %q: %w", lines.Text(), err)
		}
		have[c] = n
	}
	over := 0
	for _, l := range limits {
		n, reference := have[counting{l.step, l.size}], have[counting{l.reference, l.size}]
		if n <= 0 || reference <= 0 {
			return fmt.Errorf("gate: no count of %s and %s for %d bytes", l.step, l.reference, l.size)
		}
		allowed := l.promised * (100 + slack) / 100
		verdict := "ok"
		if n*1000 > reference*allowed {
			verdict = "OVER"
			over++
		}
		_, err := fmt.Fprintf(w, "%-8s %6d bytes %8d instructions, %8d with protojson: %4d of 1000, at most %d: %s\n",
			l.step, l.size, n, reference, n*1000/reference, allowed, verdict)
		if err != nil {
			return err
		}
	}
	if over > 0 {
		return fmt.Errorf("gate: %d of %d steps are over their limit", over, len(limits))
	}
	return nil
}
