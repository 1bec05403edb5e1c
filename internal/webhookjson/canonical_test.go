package webhookjson_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

func canonical(text string) string { return string(webhookjson.AppendCanonical(nil, []byte(text))) }

func TestCanonicalSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, a, b string }{
		{"blanks", `{"a":[1,{"b":null}]}`, " {\n \"a\" :\t[ 1 , { \"b\" : null } ] } "},
		{"order", `{"a":1,"b":{"c":true,"d":[{"e":"x","f":0}]}}`, `{"b":{"d":[{"f":0,"e":"x"}],"c":true},"a":1}`},
		{"order of names where one begins as another", `{"a":1,"ab":2,"a-":3,"":4}`, `{"":4,"ab":2,"a-":3,"a":1}`},
		{"escapes", `{"it's":"<b>/é\"\\\n😀"}`, `{"it\u0027s":"\u003cb\u003E\/\u00e9\u0022\u005c\u000a\ud83d\ude00"}`},
		{"empty", `{}`, ` { } `},
		{"empty list", `[]`, `[ ]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if a, b := canonical(tt.a), canonical(tt.b); a != b {
				t.Errorf("%s and %s differ: %q, %q", tt.a, tt.b, a, b)
			}
		})
	}
}

func TestCanonicalDiffers(t *testing.T) {
	t.Parallel()
	values := []string{
		`{}`, `[]`, `null`, `true`, `false`, `""`, `"null"`, `0`, `1`, `1.0`, `"1"`, `-1`, `9007199254740993`, `9007199254740992`,
		`{"a":1}`, `{"a":"1"}`, `{"A":1}`, `{"a":[1]}`, `{"a":{"b":1}}`, `{"a":1,"b":1}`, `{"a,b":1}`, `{"a":1,"a":2}`, `{"a":2,"a":1}`,
		`[1,2]`, `[2,1]`, `[[1],2]`, `[1,[2]]`, `[12]`, `["a","b"]`, `["a\",\"b"]`, `["a\\\",\\\"b"]`, `"a\\nb"`, `"a\nb"`, `"é"`, `"e\u0301"`, `"\u0000"`,
	}
	seen := make(map[string]string)
	for _, v := range values {
		c := canonical(v)
		if other, ok := seen[c]; ok {
			t.Errorf("%s and %s have one form %q", v, other, c)
		}
		seen[c] = v
	}
}

// shuffled writes v with its members in a random order and random blanks.
func shuffled(dst []byte, v any, r *rand.Rand) []byte {
	blank := func() { dst = append(dst, " \n\t  "[:r.IntN(5)]...) }
	blank()
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		dst = append(dst, '{')
		for i, name := range names {
			if i > 0 {
				dst = append(dst, ',')
			}
			quoted, _ := json.Marshal(name)
			blank()
			dst = append(dst, quoted...)
			blank()
			dst = shuffled(append(dst, ':'), v[name], r)
		}
		dst = append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = shuffled(dst, item, r)
		}
		dst = append(dst, ']')
	case json.Number:
		dst = append(dst, v...)
	default:
		plain, _ := json.Marshal(v)
		dst = append(dst, plain...)
	}
	blank()
	return dst
}

func plainly(tb testing.TB, raw []byte) any {
	tb.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestCanonicalOfRequests(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1 << 10, 4 << 10, 64 << 10} {
		raw := body.Request(size, body.Pretty)
		want := webhookjson.AppendCanonical(nil, raw)
		for range 20 {
			other := shuffled(nil, plainly(t, raw), r)
			if got := webhookjson.AppendCanonical([]byte("x"), other); string(got) != "x"+string(want) {
				t.Fatalf("a request of %d bytes in another order has another form", size)
			}
		}
		changed := bytes.Replace(raw, []byte("a"), []byte("b"), 1)
		if bytes.Equal(webhookjson.AppendCanonical(nil, changed), want) {
			t.Errorf("a request of %d bytes with another letter has the same form", size)
		}
	}
}

// Two bodies have one form if and only if they say the same, as encoding/json
// with exact numbers reads them.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"sessionInfo":{"parameters":{"a":1,"b":[1.50,"x\u0041"]}}}`), uint64(1))
	f.Add([]byte(`{"payload":{"a":{},"":[[],[{}]]},"text":"\"\\\ud83d\ude00"}`), uint64(2))
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		var scan webhookjson.Raw
		if scan.Scan(raw, webhookjson.Limits{}) != nil || !json.Valid(raw) {
			return
		}
		form := webhookjson.AppendCanonical(nil, raw)
		if again := webhookjson.AppendCanonical(nil, shuffled(nil, plainly(t, raw), rand.New(rand.NewPCG(seed, 1)))); unique(raw) && !bytes.Equal(form, again) {
			t.Errorf("%q has the form %q, in another order %q", raw, form, again)
		}
	})
}

// unique reports whether no object of a JSON value repeats a name: the oracle
// keeps the last of several, which only fields that are discarded may have.
func unique(raw []byte) bool {
	n := 0
	d := json.NewDecoder(bytes.NewReader(raw))
	var count func(v any)
	count = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			n += len(v)
			for _, item := range v {
				count(item)
			}
		case []any:
			for _, item := range v {
				count(item)
			}
		}
	}
	var v any
	if d.Decode(&v) != nil {
		return false
	}
	count(v)
	return bytes.Count(webhookjson.AppendCanonical(nil, raw), []byte(`":`)) == n
}

func BenchmarkCanonical(b *testing.B) {
	raw := body.Request(4<<10, body.Pretty)
	var dst []byte
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		dst = webhookjson.AppendCanonical(dst[:0], raw)
	}
}

// What one large value needed does not stay for all that follow.
func TestCanonicalKeepsLittle(t *testing.T) {
	t.Parallel()
	const most = 256 << 10
	many := []byte(`{"z":0` + strings.Repeat(`,"a":0`, 60_000) + `}`)
	long := []byte(`{"z":0,"a":"` + strings.Repeat(`\"`, 400_000) + `"}`)
	for name, value := range map[string][]byte{"many members": many, "a long text": long} {
		if n := webhookjson.KeptAfterCanonical(value); n > most {
			t.Errorf("%s: %d bytes wait, want at most %d", name, n, most)
		}
	}
}
