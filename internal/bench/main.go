// Bench measures what the library does with a call against what others do,
// all in one run and in turns, and prints one table:
//
//	go run ./internal/bench
//	go run ./internal/bench -turns 30 -match 'handler.*4 KB'
//
// Each row is one contender at one step: the median wall time of an
// operation, the median time of all CPUs together (which holds the garbage
// collector's), both as a ratio to the first contender of the step, and the
// allocations. The ratios are what matters: times depend on the machine.
// Bodies come from package body and are the same in every run.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"text/tabwriter"
	"time"
)

func main() {
	turns := flag.Int("turns", 11, "how often every contender has its turn")
	turn := flag.Duration("turn", 20*time.Millisecond, "length of a turn")
	match := flag.String("match", "", "only steps whose name matches this expression")
	flag.Parse()
	if err := run(os.Stdout, *turns, *turn, *match); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, turns int, turn time.Duration, match string) error {
	if turns < 1 || turn <= 0 {
		return fmt.Errorf("have %d turns of %v, want at least one of some length", turns, turn)
	}
	only, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	// A writer that fails is found by Flush.
	_, _ = fmt.Fprintln(tw, "step\tcontender\twall µs\tratio\tCPU µs\tratio\tallocs\tratio\tbytes\t")
	for _, s := range steps() {
		if !only.MatchString(s.name) {
			continue
		}
		contenders, err := s.prepare()
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		results, err := measure(contenders, turns, turn)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for i, r := range results {
			_, _ = fmt.Fprintf(tw, "%s\t%s\t%.2f\t%s\t%.2f\t%s\t%.0f\t%s\t%.0f\t\n", s.name, contenders[i].name,
				r.wall/1e3, ratio(r.ratio.wall), r.cpu/1e3, ratio(r.ratio.cpu), r.allocs, ratio(r.ratio.allocs), r.bytes)
		}
	}
	return tw.Flush()
}

func ratio(v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}
