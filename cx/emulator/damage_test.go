package emulator_test

import (
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// FuzzDamaged damages one file of an export: what still loads runs all its
// cases to their end, and every reply can be sent.
func FuzzDamaged(f *testing.F) {
	var exports []fstest.MapFS
	var names [][]string
	for _, name := range []string{"scope", "forms", "flows", "events", "cases", "webhooks"} {
		files := fstest.MapFS{}
		err := fs.WalkDir(archive(f, name), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(archive(f, name), path)
			files[path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil {
			f.Fatal(err)
		}
		var paths []string
		for path := range files {
			paths = append(paths, path)
		}
		slices.Sort(paths)
		exports, names = append(exports, files), append(names, paths)
	}
	for export := range exports {
		for file := range names[export] {
			f.Add(uint8(export), uint8(file), uint16(30), uint16(4), `"x":[{}],`)
		}
	}
	f.Add(uint8(1), uint8(1), uint16(0), uint16(60000), `{"displayName":"Start","transitionRoutes":[{"condition":"true","targetFlow":"Start"}]}`)
	f.Add(uint8(2), uint8(1), uint16(0), uint16(60000), `{"displayName":"Start","pages":null,"eventHandlers":[{"event":"sys.no-match-default","targetPage":"PREVIOUS_PAGE"}]}`)
	f.Fuzz(func(t *testing.T, export, file uint8, at, cut uint16, put string) {
		if int(export) >= len(exports) || int(file) >= len(names[export]) || len(put) > 1<<12 {
			return // another export is none
		}
		files := fstest.MapFS{}
		for path, f := range exports[export] {
			files[path] = f
		}
		path := names[export][file]
		data := files[path].Data
		from := min(int(at), len(data))
		to := min(from+int(cut), len(data))
		files[path] = &fstest.MapFile{Data: slices.Concat(data[:from], []byte(put), data[to:])}
		a, err := agent.Load(files)
		if err != nil {
			return // no export any more
		}
		runDamaged(t, a)
	})
}

func runDamaged(t *testing.T, a *agent.Agent) {
	t.Helper()
	runner := &emulator.CaseRunner{
		Agent: a, Matcher: emulator.ExactMatcher(a), RecordedMatching: true, RecordedWebhooks: true,
		Options: []emulator.Option{emulator.WithClock(func() time.Time { return time.Unix(1_700_000_000, 0) })},
	}
	for _, c := range a.TestCases {
		report := runner.Run(t.Context(), c)
		if report.Err == nil && len(report.Turns) != len(c.Turns) {
			t.Errorf("%s: %d of %d turns", c.DisplayName, len(report.Turns), len(c.Turns))
		}
		for _, turn := range report.Turns {
			for _, m := range turn.Result.Messages {
				if _, err := proto.Marshal(m.Message); err != nil {
					t.Errorf("%s: %v", c.DisplayName, err)
				}
			}
		}
	}
}
