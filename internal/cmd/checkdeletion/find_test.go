package main

import (
	"strconv"
	"strings"
	"testing"
)

const source = `package p

func f(a, b int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	if a == 1 { // no check: it passes
		return 1, nil
	}
	switch {
	case a == 2, b == 2:
		return 0, errX
	case a == 3:
		b++
	}
	//backstop: f does it too
	if g(a) {
		return 0, errX
	}
	switch a {
	case 4:
		return 0, errX
	}
	return a, nil
}

func g(a int) bool {
	if a > 5 {
		return false
	}
	return true
}

func h(a int, ok bool) (int, bool) {
	if a > 6 || (g(a) || a < 0 && ok) {
		return 0, false
	}
	//backstop: one for both
	return a, ok &&
		a != 7
}
`

func TestFindChecks(t *testing.T) {
	t.Parallel()
	checks, err := findChecks("p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range checks {
		got = append(got, c.text)
	}
	if want := "err != nil|a == 2|b == 2|g(a)|a > 5|a > 6|g(a)|a < 0 && ok|ok|a != 7"; strings.Join(got, "|") != want {
		t.Errorf("checks = %q, want %q", got, want)
	}
	if checks[3].backstop != "f does it too" {
		t.Errorf("backstop = %q", checks[3].backstop)
	}
	for _, c := range checks[len(checks)-2:] {
		if !c.must || c.backstop != "one for both" {
			t.Errorf("%q: must = %t, backstop = %q", c.text, c.must, c.backstop)
		}
	}
}

func TestSwitched(t *testing.T) {
	t.Parallel()
	checks, err := findChecks("p.go", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	got := string(switched([]byte(source), checks))
	if n := strings.Count(got, switchName+"("); n != len(checks) {
		t.Errorf("%d switches, want %d", n, len(checks))
	}
	want := got // without the switches
	for _, c := range checks {
		removed := switchName + "(" + strconv.Quote(c.id()) + ")"
		want = strings.Replace(want, "(!"+removed+" && ("+c.text+"))", c.text, 1)
		want = strings.Replace(want, "("+removed+" || ("+c.text+"))", c.text, 1)
	}
	if want != source {
		t.Errorf("switched =\n%s", got)
	}
	if _, err := findChecks("p.go", []byte(got)); err != nil {
		t.Errorf("the switched source does not parse: %v", err)
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, output, want string
		ok                 bool
	}{
		{"deepest", "--- FAIL: TestA (0s)\n    --- FAIL: TestA/b (0s)\n--- FAIL: TestC (0s)\n", "TestA/b", true},
		{"hang", "panic: test timed out after 2m", "(the tests hang)", true},
		{"panic", "panic: runtime error", "(the tests panic)", true},
		{"unknown", "exit status 2", "", false},
	}
	for _, tt := range tests {
		got, err := failed(check{}, []byte(tt.output))
		if got != tt.want || (err == nil) != tt.ok {
			t.Errorf("%s: failed = %q, %v, want %q, ok %v", tt.name, got, err, tt.want, tt.ok)
		}
	}
}
