package jetstream_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// run is one run of the handler.
type run struct {
	id         int // of all runs
	instance   int
	start, end time.Time
	kept       bool // it answered 200
}

// call is one call as its client saw it.
type call struct {
	start, end time.Time
	status     int // 0 if the client hung up or the connection broke
	body       string
	deadline   bool // whether it is a 503 that came at the call's own deadline
}

// history is what happened to one key.
type history struct {
	runs  []run
	calls []call
}

// check says in which way a history is not that of a key which runs once: it
// is an exact check, because each run answers with its own id. The order of
// one atomic "run once" object must explain it:
//
//   - runs do not overlap, and none begins after one that was kept;
//   - the answers of the calls are all those of the kept run, which began
//     before the answer and after the first call;
//   - a call without that answer was refused at its own deadline, or got the
//     failure of a run whose claim overlaps it.
//
// Fails says that runs of this key may fail.
func (h *history) check(fails bool) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	slices.SortFunc(h.runs, func(a, b run) int { return a.start.Compare(b.start) })
	var kept *run
	for i := range h.runs {
		r := &h.runs[i]
		if i > 0 && r.start.Before(h.runs[i-1].end) {
			fault("runs %d and %d overlap", h.runs[i-1].id, r.id)
		}
		if kept != nil {
			fault("run %d after run %d was kept", r.id, kept.id)
		}
		if r.kept && kept == nil {
			kept = r
		}
		if !r.kept && !fails {
			fault("run %d failed", r.id)
		}
	}
	first := time.Time{}
	for _, c := range h.calls {
		if first.IsZero() || c.start.Before(first) {
			first = c.start
		}
	}
	answer := ""
	for _, c := range h.calls {
		switch {
		case c.status == 200 && kept == nil:
			fault("a call is answered without a run")
		case c.status == 200:
			if answer == "" {
				answer = c.body
			}
			if c.body != answer {
				fault("two answers: %q, %q", answer, c.body)
			}
			if !strings.Contains(c.body, fmt.Sprintf("run %d.", kept.id)) {
				fault("the answer %q is not that of run %d", c.body, kept.id)
			}
			if kept.start.After(c.end) || kept.start.Before(first) {
				fault("run %d is out of the time of its calls", kept.id)
			}
		case c.status == 503 && c.deadline, c.status == 0:
		case c.status == 503 && fails && h.failedDuring(c):
		default:
			fault("a call is answered %d %q after %v", c.status, c.body, c.end.Sub(c.start))
		}
	}
	return faults
}

// settling is how long a busy store may take to learn of a failure: until then
// the key is taken, and those that wait get that failure.
const settling = 10 * time.Second

func (h *history) failedDuring(c call) bool {
	return slices.ContainsFunc(h.runs, func(r run) bool { return !r.kept && r.start.Before(c.end) && c.start.Before(r.end.Add(settling)) })
}

// The check finds each way of failing.
func TestHistoryCheck(t *testing.T) {
	t.Parallel()
	at := func(ms int) time.Time { return time.Unix(0, 0).Add(time.Duration(ms) * time.Millisecond) }
	ran := func(id, start, end int, kept bool) run {
		return run{id: id, start: at(start), end: at(end), kept: kept}
	}
	ok := func(start, end int, body string) call {
		return call{start: at(start), end: at(end), status: 200, body: body}
	}
	tests := []struct {
		name  string
		h     history
		fails bool
		want  string // a part of the fault, empty for none
	}{
		{"one run, three calls", history{runs: []run{ran(1, 1, 5, true)}, calls: []call{ok(0, 6, "run 1."), ok(2, 6, "run 1."), ok(9, 10, "run 1.")}}, false, ""},
		{"hung up, then answered", history{runs: []run{ran(1, 1, 5, true)}, calls: []call{{start: at(0), end: at(2)}, ok(2, 6, "run 1.")}}, false, ""},
		{"at its deadline", history{runs: []run{ran(1, 1, 9, true)}, calls: []call{{start: at(0), end: at(5), status: 503, deadline: true}}}, false, ""},
		{"failed, then kept", history{runs: []run{ran(1, 1, 5, false), ran(2, 6, 7, true)}, calls: []call{{start: at(0), end: at(5), status: 503}, ok(5, 8, "run 2.")}}, true, ""},

		{"overlap", history{runs: []run{ran(1, 1, 5, true), ran(2, 3, 7, true)}}, false, "overlap"},
		{"second run after a kept one", history{runs: []run{ran(1, 1, 5, true), ran(2, 6, 7, true)}}, false, "after run 1 was kept"},
		{"two answers", history{runs: []run{ran(1, 1, 5, true)}, calls: []call{ok(0, 6, "run 1."), ok(0, 6, "run 2.")}}, false, "two answers"},
		{"answer from nowhere", history{calls: []call{ok(0, 6, "run 1.")}}, false, "without a run"},
		{"answer of another run", history{runs: []run{ran(1, 1, 5, true)}, calls: []call{ok(0, 6, "run 11.")}}, false, "not that of run 1"},
		{"answer before the run", history{runs: []run{ran(1, 8, 9, true)}, calls: []call{ok(0, 6, "run 1.")}}, false, "out of the time"},
		{"refused too early", history{runs: []run{ran(1, 1, 5, true)}, calls: []call{{start: at(0), end: at(1), status: 503}}}, false, "answered 503"},
		{"failure that must not be", history{runs: []run{ran(1, 1, 5, false)}}, false, "failed"},
		{"failure of no run", history{runs: []run{ran(1, 8000, 9000, false)}, calls: []call{{start: at(0), end: at(1), status: 503}}}, true, "answered 503"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(tt.h.check(tt.fails), "; ")
			if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("faults %q, want %q", got, tt.want)
			}
		})
	}
}
