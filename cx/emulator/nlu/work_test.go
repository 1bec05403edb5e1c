package nlu_test

import (
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

// nested makes entries of entries of entries: without a bound the ways to
// read a text of one word repeated are beyond counting.
func nested() *nlu.Model {
	return nlu.Compile(nlu.Config{EntityTypes: []nlu.EntityType{
		{Name: "x", Kind: nlu.List, Entities: entries("a", "a a", "a a a", "a a a a")},
		{Name: "y", Kind: nlu.List, Entities: entries("@x @x @x @x", "@x @x @x @x b")},
		{Name: "z", Kind: nlu.List, Entities: entries("@x @x @x @x @x @x @x @x @x @x b", "@y @y @y @y b")},
	}})
}

func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	m := nested()
	in := text(strings.Repeat("a ", 400))
	if got := nlu.Steps(m, in, "z"); got > 2*nlu.MaxSteps {
		t.Errorf("%d steps, want about %d at most", got, nlu.MaxSteps)
	}
	short := text("a a a a a a a a a a b")
	if v, ok := m.Extract(short, "z"); !ok || v.Original != short.Text {
		t.Errorf("%+v, %v: want all of the text where it is short", v, ok)
	}
}

// TestLongText: what lies beyond the longest text is not looked at.
func TestLongText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", nlu.MaxText) + " 42"
	if v, ok := empty().Extract(text(long), "@sys.number"); ok {
		t.Errorf("found %v", v)
	}
	v, ok := empty().Extract(text(long), "@sys.any")
	if !ok || len(v.Original) > nlu.MaxText {
		t.Errorf("%d bytes, want %d at most", len(v.Original), nlu.MaxText)
	}
}
