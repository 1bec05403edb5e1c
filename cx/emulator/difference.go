package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// DiffKind is what a turn differs in, in Dialogflow's own terms.
type DiffKind string

// The kinds of differences between a turn and its recording.
const (
	DiffIntent     DiffKind = "INTENT"
	DiffPage       DiffKind = "PAGE"
	DiffFlow       DiffKind = "FLOW"
	DiffParameters DiffKind = "PARAMETERS"
	DiffUtterance  DiffKind = "UTTERANCE"
)

// Difference is something that a turn did otherwise than recorded.
type Difference struct {
	Kind       DiffKind
	Have, Want string
}

// String says both in one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s: have %s, want %s", d.Kind, d.Have, d.Want)
}

// compareTurn compares a turn with its recording, in what was recorded.
func compareTurn(want *agent.Turn, have *Result) []Difference {
	var diffs []Difference
	add := func(kind DiffKind, ok bool, have, want string) {
		if !ok {
			diffs = append(diffs, Difference{kind, have, want})
		}
	}
	if want.Intent != "" {
		add(DiffIntent, squeeze(want.Intent) == squeeze(have.Match.Intent), quote(have.Match.Intent), quote(want.Intent))
	}
	if want.Page != "" {
		add(DiffPage, samePage(want.Page, have.Page), quote(have.Page), quote(want.Page))
	}
	flow := want.Flow
	if flow == "" {
		flow = want.PageFlow
	}
	if flow != "" {
		add(DiffFlow, samePage(flow, have.Flow), quote(have.Flow), quote(flow))
	}
	for _, name := range slices.Sorted(maps.Keys(want.Parameters)) {
		if strings.HasPrefix(name, "$") {
			continue
		}
		v, ok := have.Parameters[name]
		add(DiffParameters, ok && sameValue(v, want.Parameters[name]), name+" = "+jsonText(v, ok), name+" = "+jsonText(want.Parameters[name], true))
	}
	if want.Texts != nil {
		ok, haveText, wantText := sameTexts(want.Texts, have)
		add(DiffUtterance, ok, haveText, wantText)
	}
	return diffs
}

// sameTexts compares the replies: as many, and each recorded one a variant of
// the one at its place.
func sameTexts(recorded [][]string, have *Result) (ok bool, haveText, wantText string) {
	var want []string
	for _, texts := range recorded {
		want = append(want, texts...)
	}
	var variants [][]string
	var chosen []string
	for _, m := range have.Messages {
		if m.Message.GetText() != nil {
			variants = append(variants, m.Variants)
			chosen = append(chosen, strings.Join(m.Message.GetText().GetText(), " "))
		}
	}
	ok = len(want) == len(variants)
	for i := 0; ok && i < len(want); i++ {
		ok = slices.ContainsFunc(variants[i], func(v string) bool { return squeeze(v) == squeeze(want[i]) })
	}
	return ok, fmt.Sprintf("%q", chosen), fmt.Sprintf("%q", want)
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

func jsonText(v any, ok bool) string {
	if !ok {
		return "nothing"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// samePage compares names of pages in either spelling of the special ones.
func samePage(a, b string) bool {
	if s, ok := agent.ParseSpecial(a); ok {
		a = string(s)
	}
	if s, ok := agent.ParseSpecial(b); ok {
		b = string(s)
	}
	return strings.EqualFold(squeeze(a), squeeze(b))
}

// sameValue compares plain JSON; numbers may differ by rounding.
func sameValue(a, b any) bool {
	switch x := a.(type) {
	case float64:
		y, ok := b.(float64)
		return ok && math.Abs(x-y) <= 1e-6*max(1, math.Abs(x), math.Abs(y))
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameValue)
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, sameValue)
	}
	return equalJSON(a, b)
}

// plainName strips the scope of a session parameter's name.
func plainName(name string) string {
	return strings.TrimPrefix(name, "$session.params.")
}
