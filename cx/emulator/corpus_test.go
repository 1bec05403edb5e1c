package emulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/corpus"
)

// The floors lie a little below what the emulator reaches in its recorded
// modes: parts of the recorded turns whose page, or whose replies, come out.
const (
	pagesFloor   = 0.975
	repliesFloor = 0.895
)

// Every recorded case of every agent runs to its end. In most turns the page
// and the replies are those of the product.
func TestCorpusCases(t *testing.T) {
	t.Parallel()
	dir := corpus.Dir(t, "agents")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	total := tally{}
	for _, e := range entries {
		a, err := agent.OpenFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		runner := &emulator.CaseRunner{Agent: a, Matcher: emulator.ExactMatcher(a), RecordedMatching: true, RecordedWebhooks: true}
		sum := tally{}
		for _, c := range a.TestCases {
			report := runner.Run(t.Context(), c)
			if report.Err != nil {
				t.Errorf("%s: %s: %v", e.Name(), c.DisplayName, report.Err)
			}
			sum.add(report)
		}
		if sum.cases > 0 {
			t.Logf("%s: %s", e.Name(), sum)
		}
		total.join(sum)
	}
	t.Logf("total: %s", total)
	if got := total.part(total.pages); got < pagesFloor {
		t.Errorf("pages %.3f, want at least %.3f", got, pagesFloor)
	}
	if got := total.part(total.replies); got < repliesFloor {
		t.Errorf("replies %.3f, want at least %.3f", got, repliesFloor)
	}
}

// tally counts what comes out as recorded.
type tally struct{ cases, rightCases, turns, rightTurns, pages, replies, flows, intents, parameters int }

func (s *tally) add(r *emulator.CaseReport) {
	s.cases++
	if !r.Failed() {
		s.rightCases++
	}
	for _, turn := range r.Turns {
		s.turns++
		if len(turn.Differences) == 0 {
			s.rightTurns++
		}
		for kind, n := range map[emulator.DiffKind]*int{
			emulator.DiffPage: &s.pages, emulator.DiffUtterance: &s.replies, emulator.DiffFlow: &s.flows,
			emulator.DiffIntent: &s.intents, emulator.DiffParameters: &s.parameters,
		} {
			if !slices.ContainsFunc(turn.Differences, func(d emulator.Difference) bool { return d.Kind == kind }) {
				*n++
			}
		}
	}
}

func (s *tally) join(o tally) {
	s.cases, s.rightCases, s.turns, s.rightTurns = s.cases+o.cases, s.rightCases+o.rightCases, s.turns+o.turns, s.rightTurns+o.rightTurns
	s.pages, s.replies, s.flows, s.intents, s.parameters = s.pages+o.pages, s.replies+o.replies, s.flows+o.flows, s.intents+o.intents, s.parameters+o.parameters
}

func (s tally) part(n int) float64 { return float64(n) / float64(max(s.turns, 1)) }

func (s tally) String() string {
	return fmt.Sprintf("cases %d/%d turns %d/%d pages %.1f %% replies %.1f %% flows %.1f %% intents %.1f %% parameters %.1f %%",
		s.rightCases, s.cases, s.rightTurns, s.turns, 100*s.part(s.pages), 100*s.part(s.replies), 100*s.part(s.flows), 100*s.part(s.intents), 100*s.part(s.parameters))
}

// The time of a turn without a webhook on the largest agents that have cases.
func TestCorpusTurnTime(t *testing.T) {
	dir := corpus.Dir(t, "agents")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var times []time.Duration
	for _, e := range entries {
		a, err := agent.OpenFile(filepath.Join(dir, e.Name()))
		if err != nil || len(a.TestCases) < 100 {
			continue
		}
		em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range a.TestCases {
			s := em.NewSession(c.DisplayName)
			for _, turn := range c.Turns {
				if turn.Text == nil {
					continue
				}
				start := time.Now()
				res, err := s.Detect(t.Context(), emulator.Input{Text: *turn.Text})
				if err != nil {
					t.Fatal(err)
				}
				if len(res.Webhooks) == 0 {
					times = append(times, time.Since(start))
				}
			}
		}
	}
	slices.Sort(times)
	if len(times) > 0 {
		t.Logf("%d turns: median %v, 99 %% under %v", len(times), times[len(times)/2], times[len(times)*99/100])
	}
}
