package jose_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/jose"
)

func TestParseClaimsTakesOneReading(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return `{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}` }
	tests := []struct {
		name, payload string
		ok            bool
	}{
		{"object", `{"iss":"a"}`, true},
		{"empty object", `{}`, true},
		{"white space around", " {} \r\n", true},
		{"nothing", ``, false},
		{"array", `[]`, false},
		{"string", `"x"`, false},
		{"null", `null`, false},
		{"second object", `{}{}`, false},
		{"second value", `{} 1`, false},
		{"NUL behind", "{}\x00", false},
		{"duplicate name", `{"aud":"a","aud":"b"}`, false},
		{"duplicate name by escape", `{"aud":"a","\u0061ud":"b"}`, false},
		{"duplicate name inside", `{"x":{"a":1,"a":2}}`, false},
		{"names of other case are other names", `{"aud":"a","AUD":"b"}`, true},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", false},
		{"lone surrogate", `{"a":"\ud800"}`, false},
		{"trailing comma", `{"a":1,}`, false},
		{"comment", `{/**/}`, false},
		{"NaN", `{"a":NaN}`, false},
		{"byte order mark", "\ufeff{}", false},
		{"depth at the limit", nested(16), true},
		{"depth over the limit", nested(17), false},
		{"depth of brackets in strings", `{"a":["` + strings.Repeat(`[\"{`, 50) + `"]}`, true},
		{"ten thousand levels", nested(10000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := jose.ParseClaims([]byte(tt.payload))
			if tt.ok != (err == nil) || (err != nil && !errors.Is(err, jose.ErrClaims)) {
				t.Errorf("ParseClaims error = %v, want ok %v", err, tt.ok)
			}
			if twice := strings.HasPrefix(tt.name, "duplicate"); errors.Is(err, jose.ErrDuplicate) != twice {
				t.Errorf("ParseClaims error = %v, want ErrDuplicate %v", err, twice)
			}
		})
	}
}

func TestClaimsOfOtherTypesAreNotThere(t *testing.T) {
	t.Parallel()
	c, err := jose.ParseClaims([]byte(`{"s":"x","e":"\u0041","n":1,"l":["a","b"],"m":["a",1],"z":null,"t":true,"f":false,"o":{},"empty":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"s": "x", "e": "A", "n": "", "l": "", "z": "", "t": "", "absent": "", "S": ""} {
		if got, ok := c.String(name); got != want || ok != (want != "") {
			t.Errorf("String(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
	lists := map[string][]string{"s": {"x"}, "l": {"a", "b"}}
	for _, name := range []string{"s", "l", "m", "n", "z", "o", "absent"} {
		if got, ok := c.Strings(name); ok != (lists[name] != nil) || (ok && !slices.Equal(got, lists[name])) {
			t.Errorf("Strings(%q) = %q, %v, want %q", name, got, ok, lists[name])
		}
	}
	if got, ok := c.Strings("empty"); len(got) != 0 || !ok {
		t.Errorf("Strings(empty) = %q, %v, want an empty list", got, ok)
	}
	for name, want := range map[string][2]bool{"t": {true, true}, "f": {false, true}, "s": {}, "n": {}, "z": {}, "absent": {}} {
		if v, ok := c.Bool(name); v != want[0] || ok != want[1] {
			t.Errorf("Bool(%q) = %v, %v, want %v", name, v, ok, want)
		}
	}
	if !c.Has("z") || c.Has("absent") {
		t.Errorf("Has(z), Has(absent) = %v, %v, want true, false", c.Has("z"), c.Has("absent"))
	}
}

func TestNumericDate(t *testing.T) {
	t.Parallel()
	at := func(sec, nsec int64) time.Time { return time.Unix(sec, nsec) }
	tests := []struct {
		text string
		want time.Time // zero for a refusal
	}{
		{`1800000000`, at(1800000000, 0)},
		{`0`, at(0, 0)},
		{`1800000000.9`, at(1800000000, 9e8)},
		{`1800000000.000000001`, at(1800000000, 1)},
		{`99999999999`, at(99999999999, 0)},
		{`999999999999`, time.Time{}},
		{`1234567890123456789012345678901234567890`, time.Time{}},
		{`1800000000.0000000001`, time.Time{}},
		{`-1`, time.Time{}},
		{`-0`, time.Time{}},
		{`1e308`, time.Time{}},
		{`1.8e9`, time.Time{}},
		{`"1800000000"`, time.Time{}},
		{`null`, time.Time{}},
		{`true`, time.Time{}},
		{`[1800000000]`, time.Time{}},
	}
	for _, tt := range tests {
		c, err := jose.ParseClaims([]byte(`{"exp":` + tt.text + `}`))
		if err != nil {
			t.Fatalf("%s: %v", tt.text, err)
		}
		got, ok := c.Time("exp")
		if ok == tt.want.IsZero() || !got.Equal(tt.want) {
			t.Errorf("Time of %s = %v, %v, want %v", tt.text, got, ok, tt.want)
		}
	}
}
