package expr_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/expr"
	"github.com/cxhook/cxhook/internal/expr/phone"
)

// shop is a session in the middle of an order.
func shop() expr.Params {
	return expr.Params{
		expr.Session: {
			"size": "L", "count": 2.0, "price": 9.5, "gift": true, "empty": "", "forgotten": nil,
			"colour.name": "red", "colour": map[string]any{"name": "blue", "code": 7.0},
			"items": []any{
				map[string]any{"name": "shirt", "tags": []any{"new", "cotton"}},
				map[string]any{"name": "socks"},
			},
			"sizes":    []any{"S", "M", "L"},
			"due":      map[string]any{"year": 2024.0, "month": 2.0, "day": 29.0},
			"at":       map[string]any{"hours": 9.0, "minutes": 5.0, "seconds": 0.0, "nanos": 0.0},
			"customer": map[string]any{"original": "ada lovelace", "sys.given-name": "Ada"},
			"trap":     "$session.params.size $sys.func.NOW()",
			"Ünïcode":  1.0, "__proto__": "plain", "a[0]": "bracket",
		},
		expr.Flow:    {"step": 1.0, "zip": []any{"94043"}, "retry-count": 3.0},
		expr.Intent:  {"city": "Zürich", "city.original": "zurich", "city.resolved": "Zürich"},
		expr.Page:    {"status": "FINAL", "size.status": "UPDATED", "size": "L"},
		expr.Request: {"session-id": "s-1", "payload": map[string]any{"telephony": map[string]any{"caller_id": "+41441234567"}}},
		"loyalty":    {"tier": "gold"},
	}
}

// fixedEnv has the shop's parameters, a clock and randomness that stand still.
func fixedEnv() *expr.Env {
	return &expr.Env{
		Scope: shop(),
		Now:   func() time.Time { return time.Date(2026, 11, 22, 23, 30, 15, 500, time.UTC) },
		Rand:  func() float64 { return 0.25 },
		UUID:  func() string { return "0b0e1d5c-0000-4000-8000-000000000001" },
		Phone: phone.Plan{},
	}
}

func parseTemplate(t *testing.T, src string) *expr.Template {
	t.Helper()
	tmpl, err := expr.ParseTemplate(src)
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return tmpl
}

// single evaluates a text that is exactly one reference or call.
func single(t *testing.T, src string) (any, error) {
	t.Helper()
	p, ok := parseTemplate(t, src).Single()
	if !ok {
		t.Fatalf("%q is not exactly one reference or call", src)
	}
	return p.Eval(fixedEnv())
}

func parseCondition(t *testing.T, src string) *expr.Condition {
	t.Helper()
	c, err := expr.ParseCondition(src)
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return c
}

// wantSyntaxError checks the kind and the place of an error.
func wantSyntaxError(t *testing.T, src string, err error, offset int, expected string) {
	t.Helper()
	var syntax *expr.SyntaxError
	if !errors.As(err, &syntax) {
		t.Fatalf("%q: have %v, want a syntax error", src, err)
	}
	if syntax.Offset != offset || syntax.Expected != expected {
		t.Errorf("%q: have offset %d, expected %s; want offset %d, expected %s",
			src, syntax.Offset, syntax.Expected, offset, expected)
	}
}
