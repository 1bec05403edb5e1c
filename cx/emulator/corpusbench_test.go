package emulator_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/corpus"
)

// A turn without a webhook, on each agent that has recorded conversations:
// what their users said, one session a conversation, webhooks switched off. The
// metrics are the middle of all turns and the slowest of a hundred.
func BenchmarkCorpusTurn(b *testing.B) {
	dir := corpus.Dir(b, "agents")
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range entries {
		a, err := agent.OpenFile(filepath.Join(dir, e.Name()))
		if err != nil {
			b.Fatal(err)
		}
		cases := slices.DeleteFunc(slices.Clone(a.TestCases), func(c *agent.TestCase) bool {
			return !slices.ContainsFunc(c.Turns, func(t agent.Turn) bool { return t.Text != nil })
		})
		if len(cases) == 0 {
			continue
		}
		em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(e.Name(), func(b *testing.B) { turns(b, em, cases) })
	}
}

// turns runs one turn an iteration and starts over after the last case.
func turns(b *testing.B, em *emulator.Emulator, cases []*agent.TestCase) {
	var took []time.Duration
	s, next, turn := em.NewSession("bench"), 0, 0
	b.ReportAllocs()
	for b.Loop() {
		for turn == len(cases[next].Turns) || cases[next].Turns[turn].Text == nil {
			if turn++; turn >= len(cases[next].Turns) {
				s, next, turn = em.NewSession("bench"), (next+1)%len(cases), 0
			}
		}
		in := emulator.Input{Text: *cases[next].Turns[turn].Text, Query: emulator.QueryParams{DisableWebhook: true}}
		start := time.Now()
		res, err := s.Detect(b.Context(), in)
		took = append(took, time.Since(start))
		if err != nil {
			b.Fatal(err)
		}
		if len(res.Webhooks) > 0 {
			b.Fatal("a webhook was called")
		}
		turn++
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns/turn")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns/turn")
}
