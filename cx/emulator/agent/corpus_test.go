package agent_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/internal/corpus"
)

// Every export in the material loads, with its cases; what is wrong in them is
// a report.
func TestCorpusLoads(t *testing.T) {
	t.Parallel()
	dir := corpus.Dir(t, "agents")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	agents, cases, turns := 0, 0, 0
	for _, e := range entries {
		start := time.Now()
		a, err := agent.OpenFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		agents++
		cases += len(a.TestCases)
		for _, c := range a.TestCases {
			turns += len(c.Turns)
		}
		kinds := make(map[agent.FaultKind]int)
		for _, f := range a.Faults {
			kinds[f.Kind]++
			if f.Kind == agent.FaultMalformed {
				t.Logf("  %s", f)
			}
		}
		t.Logf("%s: %d flows, %d intents, %d cases, %v, faults %v", e.Name(), len(a.Flows), len(a.Intents), len(a.TestCases),
			time.Since(start).Round(time.Millisecond), kinds)
	}
	if agents != len(entries) || agents < 20 {
		t.Errorf("%d of %d agents load", agents, len(entries))
	}
	t.Logf("%d agents, %d cases, %d turns", agents, cases, turns)
}
