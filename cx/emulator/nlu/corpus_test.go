package nlu_test

import (
	"fmt"
	"reflect"
	"sort"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// matchFloor is a little below the share of recorded text turns with an
// intent that exact matching gets right with all intents in scope.
const matchFloor = 0.45

// slotFloor is a little below the share of recorded values of the parameters
// of the page's form or of the turn's intent that extraction reproduces.
const slotFloor = 0.90

func TestCorpusIntents(t *testing.T) {
	t.Parallel()
	var right, wrong, tied, none, total int
	var spent time.Duration
	for _, a := range loadCorpus(t) {
		model := nlu.Compile(a.config)
		r, w, n := 0, 0, 0
		for _, c := range a.cases {
			for _, turn := range c.Turns {
				want := turn.Agent.Intent.Name
				text := turn.User.Input.Text.Text
				if want == "" || text == "" {
					continue
				}
				if _, known := a.intents[want]; !known {
					continue
				}
				in := nlu.Input{Text: text, Language: turn.User.Input.Language, Now: c.now()}
				begin := time.Now()
				got, err := model.Match(t.Context(), in, a.scopeNames)
				spent += time.Since(begin)
				if err != nil {
					t.Fatal(err)
				}
				switch got.Intent {
				case want:
					r++
				case "":
					n++
				default:
					w++
					if alone, _ := model.Match(t.Context(), in, []string{want}); alone.Kind == got.Kind {
						tied++
						continue
					}
					if testing.Verbose() {
						t.Logf("%.12s %q: %s (%d), want %s", a.name, text, got.Intent, got.Kind, want)
					}
				}
			}
		}
		right, wrong, none, total = right+r, wrong+w, none+n, total+r+w+n
		if r+w+n > 0 {
			t.Logf("%-60s %5d turns: %5d right, %4d another, %5d none", a.name, r+w+n, r, w, n)
		}
	}
	if total == 0 {
		t.Fatal("no recorded turn with an intent")
	}
	share := float64(right) / float64(total)
	t.Logf("matched: %d of %d (%.1f %%), another intent %d (of which %d have a phrase as good), none %d; %v each", right, total, 100*share, wrong, tied, none, spent/time.Duration(total))
	if share < matchFloor {
		t.Errorf("%.3f of the turns are matched right, want at least %.3f", share, matchFloor)
	}
}

func TestCorpusSlots(t *testing.T) {
	t.Parallel()
	type tally struct{ right, other, none int }
	by := map[string]*tally{}
	var sum tally
	for _, a := range loadCorpus(t) {
		model := nlu.Compile(a.config)
		eachSlot(a, func(p nlu.Parameter, in nlu.Input, intent string, want any) {
			n := by[p.EntityType]
			if n == nil {
				n = &tally{}
				by[p.EntityType] = n
			}
			got := extractSlot(model, p, in, intent)
			switch {
			case sameValue(got, want):
				n.right++
				sum.right++
			case got == nil:
				n.none++
				sum.none++
			default:
				n.other++
				sum.other++
			}
			if testing.Verbose() && !sameValue(got, want) {
				t.Logf("%.12s %s %s %q: %v, want %v", a.name, p.EntityType, intent, in.Text, got, want)
			}
		})
	}
	names := make([]string, 0, len(by))
	for n := range by {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		t.Logf("%-30s %4d right, %4d other, %4d none", n, by[n].right, by[n].other, by[n].none)
	}
	total := sum.right + sum.other + sum.none
	if total == 0 {
		t.Fatal("no recorded value")
	}
	share := float64(sum.right) / float64(total)
	t.Logf("values: %d of %d (%.1f %%), another %d, none %d", sum.right, total, 100*share, sum.other, sum.none)
	if share < slotFloor {
		t.Errorf("%.3f of the values are right, want at least %.3f", share, slotFloor)
	}
}

// eachSlot visits the values that a turn's text can have given: new values of
// parameters of the turn's intent, and of the form of the page before, whose
// text does not say the value of another turn.
func eachSlot(a *exported, visit func(p nlu.Parameter, in nlu.Input, intent string, want any)) {
	for _, c := range a.cases {
		before := map[string]any{}
		page := ""
		for _, turn := range c.Turns {
			now := turn.Agent.Parameters
			form := a.forms[page]
			page = turn.Agent.Page.Flow + "/" + turn.Agent.Page.Name
			text := turn.User.Input.Text.Text
			in := nlu.Input{Text: text, Language: turn.User.Input.Language, Now: c.now()}
			intent := turn.Agent.Intent.Name
			known := map[string]bool{}
			candidates := append(append([]nlu.Parameter{}, a.intents[intent].Parameters...), form...)
			for _, p := range candidates {
				value, ok := now[p.ID]
				_, injected := turn.User.Injected[p.ID]
				if !ok || text == "" || known[p.ID] || injected || reflect.DeepEqual(before[p.ID], value) {
					continue
				}
				known[p.ID] = true
				of := ""
				for _, q := range a.intents[intent].Parameters {
					if q == p {
						of = intent
					}
				}
				visit(p, in, of, value)
			}
			before = now
		}
	}
}

func extractSlot(model *nlu.Model, p nlu.Parameter, in nlu.Input, intent string) any {
	var values map[string]nlu.Value
	if intent != "" {
		values = model.Parameters(in, intent)
	} else {
		values = model.Fill(in, []nlu.Parameter{p})
	}
	v, ok := values[p.ID]
	if !ok {
		return nil
	}
	return v.Resolved
}

// sameValue compares values. Recorded dates that are told from the day of the
// recording, which is not kept, count by their month and day, or by the text
// alone; see sameDate.
func sameValue(got, want any) bool {
	if reflect.DeepEqual(got, want) {
		return true
	}
	g, ok := got.(map[string]any)
	w, also := want.(map[string]any)
	if !ok || !also || w["year"] == nil || g["year"] == nil {
		return false
	}
	return fmt.Sprint(g["month"], g["day"], g["hours"]) == fmt.Sprint(w["month"], w["day"], w["hours"])
}
