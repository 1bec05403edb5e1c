package emulator_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// archive opens an agent of testdata.
func archive(t testing.TB, name string) fs.FS {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(ar)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

// load opens an agent of testdata and fails if anything is wrong in it.
func load(t testing.TB, name string) *agent.Agent {
	t.Helper()
	a, err := agent.Load(archive(t, name))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Faults {
		if f.Kind != agent.FaultUnreachable { // some pages are for cases that start there
			t.Errorf("testdata: %s", f)
		}
	}
	return a
}

// Each agent holds conversations whose replies, pages and parameters follow
// from the documented rules; the names of the cases say which.
func TestConversations(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"scope", "forms", "flows", "events"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := load(t, name)
			runner := &emulator.CaseRunner{Agent: a, Matcher: emulator.ExactMatcher(a)}
			for _, c := range a.TestCases {
				t.Run(c.DisplayName, func(t *testing.T) {
					t.Parallel()
					report := runner.Run(t.Context(), c)
					if report.Err != nil {
						t.Fatal(report.Err)
					}
					for i, turn := range report.Turns {
						for _, d := range turn.Differences {
							t.Errorf("turn %d: %s", i+1, d)
						}
						if !t.Failed() || len(turn.Differences) == 0 {
							continue
						}
						for _, s := range turn.Result.Steps {
							t.Logf("  %s %s @ %s/%s", s.Kind, s.Name, s.Flow, s.Page)
						}
					}
				})
			}
		})
	}
}
