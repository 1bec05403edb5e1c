package expr_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/corpus"
	"github.com/cxhook/cxhook/internal/expr"
	"github.com/cxhook/cxhook/internal/expr/phone"
)

// agentTexts are the distinct texts of all exported agents.
type agentTexts struct {
	conditions map[string]bool
	texts      map[string]bool // strings with a dollar sign
}

func readAgents(t *testing.T) agentTexts {
	t.Helper()
	found := agentTexts{map[string]bool{}, map[string]bool{}}
	err := filepath.WalkDir(corpus.Dir(t, "agents"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var v any
		if json.Unmarshal(b, &v) == nil {
			found.collect("", v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (f agentTexts) collect(key string, v any) {
	switch v := v.(type) {
	case string:
		switch {
		case key == "condition":
			f.conditions[v] = true
		case strings.Contains(v, "$"):
			f.texts[v] = true
		}
	case []any:
		for _, item := range v {
			f.collect("", item)
		}
	case map[string]any:
		for k, item := range v {
			f.collect(k, item)
		}
	}
}

// randomScope gives every name some value, of any kind, or none.
func randomScope(rng *rand.Rand) expr.Scope {
	values := []any{
		nil, true, false, "", "FINAL", "a b", 0.0, 3.5, json.Number("12"), 7, []any{"a", 1.0, nil}, []any{},
		map[string]any{"year": 2024.0, "month": 2.0, "day": 29.0}, map[string]any{"original": "x"}, "2020-01-31",
	}
	return expr.ScopeFunc(func(string, string) (any, bool) {
		i := rng.IntN(len(values) + 3)
		if i >= len(values) {
			return nil, false
		}
		return values[i], true
	})
}

func randomEnv(rng *rand.Rand) *expr.Env {
	return &expr.Env{
		Scope: randomScope(rng),
		Now:   func() time.Time { return time.Unix(1.7e9, 0) },
		Phone: phone.Plan{},
	}
}

// share fails the test when more than one in a hundred is refused.
func share(t *testing.T, what string, refused, all int) {
	t.Helper()
	t.Logf("%s: %d of %d distinct are refused", what, refused, all)
	if refused*100 > all {
		t.Errorf("%s: %d of %d refused, at most 1 in 100 may be", what, refused, all)
	}
}

func TestConditionsCorpus(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	all, refused, warned, strict := readAgents(t).conditions, 0, 0, 0
	for src := range all {
		c, err := expr.ParseCondition(src)
		if err != nil {
			refused++
			t.Logf("%.200q: %v", src, err)
			continue
		}
		if len(c.Warnings()) > 0 {
			warned++
			t.Logf("warning: %.200q: %v", src, c.Warnings())
		}
		if _, err := expr.ParseCondition(src, expr.Strict()); err != nil {
			strict++
		}
		again, err := expr.ParseCondition(c.String())
		if err != nil || again.String() != c.String() {
			t.Errorf("%.200q is written as %.200q, which does not read back: %v", src, c, err)
		}
		for range 20 {
			_, err := c.Eval(randomEnv(rng))
			var failed *expr.FuncError
			if err != nil && !errors.As(err, &failed) {
				t.Errorf("%.200q: %v, want no error but of functions", src, err)
			}
		}
	}
	t.Logf("%d with warnings, %d refused under Strict", warned, strict)
	share(t, "conditions", refused, len(all))
}

func TestTextsCorpus(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	all, withCalls, broken, calls := readAgents(t).texts, 0, 0, 0
	for src := range all {
		tmpl, err := expr.ParseTemplate(src)
		if err != nil {
			t.Errorf("%.200q: %v", src, err)
			continue
		}
		checkPieces(t, tmpl)
		if strings.Contains(src, "$sys.func.") {
			withCalls++
		}
		if len(tmpl.Problems()) > 0 {
			broken++
			t.Logf("%.300q: %v", src, tmpl.Problems())
		}
		for _, p := range tmpl.Pieces() {
			if call := p.Call(); call != nil {
				calls++
				checkStable(t, call)
			}
		}
		for range 20 {
			if _, err := tmpl.Value(randomEnv(rng), nil); err != nil {
				t.Errorf("%.200q: %v", src, err)
			}
		}
	}
	t.Logf("%d texts, %d with functions, %d calls", len(all), withCalls, calls)
	share(t, "texts with functions", broken, withCalls)
}

// checkStable reads the canonical spelling of a call back.
func checkStable(t *testing.T, call *expr.Call) {
	t.Helper()
	canonical := call.String()
	tmpl, err := expr.ParseTemplate(canonical)
	if err != nil {
		t.Errorf("%.200q: %v", canonical, err)
		return
	}
	p, ok := tmpl.Single()
	if !ok || p.Call() == nil || p.Call().String() != canonical {
		t.Errorf("%.200q is written as %.200q, which does not read back", call.Source(), canonical)
	}
}

// checkPieces wants the pieces to cover the text without gaps.
func checkPieces(t *testing.T, tmpl *expr.Template) {
	t.Helper()
	at := 0
	for _, p := range tmpl.Pieces() {
		if p.Start != at || p.End <= p.Start || tmpl.String()[p.Start:p.End] != p.Source() {
			t.Errorf("%.200q: piece %q at %d:%d, want it at %d", tmpl, p.Source(), p.Start, p.End, at)
		}
		at = p.End
	}
	if at != len(tmpl.String()) {
		t.Errorf("%.200q: the pieces end at %d of %d", tmpl, at, len(tmpl.String()))
	}
}
