package main

import (
	"strconv"
	"strings"
	"testing"
)

const sample = `package p

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
`

func TestFindChecks(t *testing.T) {
	t.Parallel()
	checks, err := findChecks("p.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range checks {
		got = append(got, c.text)
	}
	if want := "err != nil|a == 2|b == 2|g(a)|a > 5"; strings.Join(got, "|") != want {
		t.Errorf("checks = %q, want %q", got, want)
	}
	if checks[3].backstop != "f does it too" {
		t.Errorf("backstop = %q", checks[3].backstop)
	}
}

func TestSwitched(t *testing.T) {
	t.Parallel()
	checks, err := findChecks("p.go", []byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	got := string(switched([]byte(sample), checks))
	want := sample
	for _, c := range checks {
		want = strings.Replace(want, " "+c.text, " !"+switchName+"("+strconv.Quote(c.id())+") && ("+c.text+")", 1)
	}
	if got != want {
		t.Errorf("switched =\n%s\nwant\n%s", got, want)
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
