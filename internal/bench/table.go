package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// row is a line of the table. What was not measured is 0 and printed as "-".
type row struct {
	step, contender string
	summary
	load // over HTTP only
}

// load is what the clients saw.
type load struct {
	rate        float64 // requests in a second
	ofProtojson float64
	half, worst float64 // microseconds that half and 99 % of the calls stayed below
}

type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer) *table {
	t := &table{tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	// A writer that fails is found by Flush.
	_, _ = fmt.Fprintln(t.w, "step\tcontender\tCPU µs\tof protojson\tof bare\tadds µs\treq/s\tof protojson\tp50 µs\tp99 µs\tallocs\tof protojson\tbytes\t")
	return t
}

func (t *table) add(r row) {
	adds := "-"
	if r.summary.ofProtojson.cpu == 0 {
		adds = fmt.Sprintf("%+.2f", r.more.cpu/1e3)
	}
	_, _ = fmt.Fprintf(t.w, "%s\t%s\t%.2f\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f\t%s\t%.0f\t\n", r.step, r.contender,
		r.cpu/1e3, number("%.3f", r.summary.ofProtojson.cpu), number("%.2f", r.ofBare.cpu), adds,
		number("%.0f", r.rate), number("%.2f", r.load.ofProtojson), number("%.0f", r.half), number("%.0f", r.worst),
		r.allocs, number("%.3f", r.summary.ofProtojson.allocs), r.bytes)
}

func number(format string, v float64) string {
	if v == 0 {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
