package events_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/internal/jsonpath"
)

func TestProposals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, sample string
		want         []events.Pick
	}{
		{"a whole URL", "https://shop.example/hook?query[0][a]=1&b[c]=2#x", []events.Pick{{"query", "b.c", "b_c"}, {"query", "query[0].a", "query_0_a"}}},
		{"a bare query", "a=1&b%5Bc%5D=2", []events.Pick{{"query", "a", "a"}, {"query", "b.c", "b_c"}}},
		{"a query with its mark", "?a=1", []events.Pick{{"query", "a", "a"}}},
		{"a query with a URL in it", "next=https://x.example/?q=1", []events.Pick{{"query", "next", "next"}}},
		{"a URL without a query", "https://shop.example/hook", nil},
		{"a key that comes twice is a list", "a=1&a=2&b[]=3", []events.Pick{{"query", "a[0]", "a_0"}, {"query", "a[1]", "a_1"}, {"query", "b[0]", "b_0"}}},
		{"a JSON body", ` {"b":{"c":1},"query":[{"a":null}],"none":{}}`, []events.Pick{{"body", "b.c", "b_c"}, {"body", "query[0].a", "query_0_a"}}},
		{"a list", `[{"a":true}]`, []events.Pick{{"body", "[0].a", "_0_a"}}},
		{"names that need brackets", `{"a.b":{"it's":1},"":2,"1x":3}`, []events.Pick{{"body", "['']", "_"}, {"body", "['1x']", "_1x"}, {"body", "['a.b']['it\\'s']", "a_b_it_s"}}},
		{"aliases are unique", `{"a":{"b":1},"a_b":2,"a.b":3}`, []events.Pick{{"body", "a.b", "a_b"}, {"body", "['a.b']", "a_b_2"}, {"body", "a_b", "a_b_3"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := events.Propose(tt.sample)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("proposals (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSamplesThatOfferNothing(t *testing.T) {
	t.Parallel()
	deep := "a" + strings.Repeat("[b]", events.MaxQueryDepth)
	for name, sample := range map[string]string{
		"empty": " ", "torn JSON": `{"a":`, "a name twice": `{"a":1,"a":2}`, "a URL without a host": "http:///x?a=1",
		"nested too deeply": deep + "=1", "an index too large": fmt.Sprintf("a[%d]=1", events.MaxQueryIndex+1),
		"an index beyond all integers":     "a[99999999999999999999]=1",
		"a name and an index in one place": "a[x]=1&a[0]=2", "an index and a name": "a[0]=1&a[x]=2",
		"a value and an object": "a=1&a[b]=2", "an object and a value": "a[b]=1&a=2", "broken encoding": "a=%zz",
		"too many pairs": strings.Repeat("a=1&", events.MaxQueryPairs+1), "too many bytes": strings.Repeat("a", events.MaxQueryBytes+1),
		"too large": "{" + strings.Repeat(" ", events.MaxSampleBytes) + "}",
	} {
		if got, err := events.Propose(sample); err == nil {
			t.Errorf("%s: proposes %v", name, got)
		}
	}
	if got, err := events.Propose("a" + strings.Repeat("[b]", events.MaxQueryDepth-1) + "=1&a[" + fmt.Sprint(events.MaxQueryIndex) + "x]=1"); err != nil || len(got) != 2 {
		t.Errorf("at the depth allowed: %v, %v", got, err)
	}
}

func TestProposalsAreBounded(t *testing.T) {
	t.Parallel()
	got, err := events.Propose("[" + strings.Repeat("1,", 2*events.MaxProposals) + "1]")
	if err != nil || len(got) != events.MaxProposals {
		t.Errorf("%d proposals, %v, want %d", len(got), err, events.MaxProposals)
	}
}

// FuzzProposals: every proposal for a body selects a value of the body, and no
// alias comes twice.
func FuzzProposals(f *testing.F) {
	f.Add(`{"a.b":{"it's":[1,{"x\u0001":null}]},"é":2}`)
	f.Add("https://shop.example/hook?query[0][a]=1&b[c]=2")
	f.Add("a[]=1&a[]=2&b[0][0]=3")
	f.Fuzz(func(t *testing.T, sample string) {
		picks, err := events.Propose(sample)
		if err != nil {
			return
		}
		var body any
		aliases := make(map[string]bool)
		for _, p := range picks {
			path, err := jsonpath.Parse(p.Path)
			if err != nil {
				t.Fatalf("%q is no path: %v", p.Path, err)
			}
			if aliases[p.Alias] {
				t.Errorf("alias %q comes twice", p.Alias)
			}
			aliases[p.Alias] = true
			if p.From != events.FromBody {
				continue
			}
			if body == nil {
				if err := json.Unmarshal([]byte(sample), &body); err != nil {
					t.Fatal(err)
				}
			}
			if v, found, err := path.Get(body); err != nil || !found {
				t.Errorf("%q selects %v, %v, %v", p.Path, v, found, err)
			}
		}
	})
}

// FuzzQueries: a flat query reads as net/url reads it.
func FuzzQueries(f *testing.F) {
	f.Add("a=1&b=%20x&c")
	f.Fuzz(func(t *testing.T, raw string) {
		values, err := url.ParseQuery(raw)
		if err != nil || strings.ContainsAny(raw, "[") || strings.Contains(strings.ToLower(raw), "%5b") || strings.Contains(raw, "://") ||
			strings.TrimSpace(raw) != raw || strings.HasPrefix(raw, "?") || strings.HasPrefix(raw, "{") {
			return
		}
		picks, err := events.Propose(raw)
		if err != nil {
			return
		}
		n := 0
		for _, list := range values {
			n += len(list)
		}
		if len(picks) != min(n, events.MaxProposals) && raw != "" {
			t.Errorf("%q: %d proposals, net/url reads %d values", raw, len(picks), n)
		}
	})
}
