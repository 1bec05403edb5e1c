package emulator_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/cxhook/cxhook/cx/emulator"
)

// A thousand sessions at once keep to themselves: each orders its own number.
func TestSessionsDoNotMix(t *testing.T) {
	t.Parallel()
	a := load(t, "forms")
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			s := em.NewSession(fmt.Sprint(i))
			for turn, text := range []string{"an order", "rye", fmt.Sprint(i + 1)} {
				res, err := s.Detect(t.Context(), emulator.Input{Text: text})
				if err != nil {
					t.Error(err)
					return
				}
				if turn < 2 {
					continue
				}
				want := []string{fmt.Sprintf("%d rye noted.", i+1), "Thank you."}
				if got := res.Texts(); !slices.Equal(got, want) || res.Parameters["count"] != float64(i+1) {
					t.Errorf("session %d: %q, %v", i, got, res.Parameters)
				}
			}
		})
	}
	wg.Wait()
}

// One session takes its turns one after the other, whoever asks.
func TestTurnsOfASessionDoNotOverlap(t *testing.T) {
	t.Parallel()
	a := load(t, "events")
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		t.Fatal(err)
	}
	s := em.NewSession("one")
	counts := make(map[string]int)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			res, err := s.Detect(t.Context(), emulator.Input{Text: "nothing that is known"})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			counts[res.Texts()[0]]++
		})
	}
	wg.Wait()
	if counts["First."] != 1 || counts["Second."] != 1 || counts["Further."] != 48 {
		t.Errorf("numbered no-matches %v", counts)
	}
}

func BenchmarkTurn(b *testing.B) {
	a := load(b, "scope")
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		b.Fatal(err)
	}
	s := em.NewSession("b")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Detect(b.Context(), emulator.Input{Text: "help"}); err != nil {
			b.Fatal(err)
		}
	}
}
