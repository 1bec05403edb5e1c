package jsonpath_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/cxhook/cxhook/internal/jsonpath"
)

// FuzzPath wants: no panic; errors of the two kinds only; a canonical spelling
// that reads back to itself and selects the same.
func FuzzPath(f *testing.F) {
	for _, src := range []string{
		"$.a.b[0]", "a[*]['b','c']..d[1:2:3]", "$[?(@.a == 'x' && (@.b==true || !@.c))].d", "$..[?@['a\\u00e9'] <= $.x]", "[-1]", "$[?@ != 1e3]",
	} {
		f.Add(src, `{"a":[{"b":[1,2,{"d":[0,1,2]}],"c":null}],"x":"y"}`)
	}
	f.Fuzz(func(t *testing.T, src, doc string) {
		p, err := jsonpath.Parse(src)
		if err != nil {
			if !errors.As(err, new(*jsonpath.SyntaxError)) && !errors.As(err, new(*jsonpath.LimitError)) {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		canonical := p.String()
		again, err := jsonpath.Parse(canonical)
		if len(canonical) > jsonpath.MaxPathBytes {
			return
		}
		if errors.As(err, new(*jsonpath.LimitError)) {
			return // written groups may nest deeper than the source
		}
		if err != nil || again.String() != canonical || again.Definite() != p.Definite() {
			t.Fatalf("%q is written as %q, which reads as %v, %v", src, canonical, again, err)
		}
		var v any
		if json.Unmarshal([]byte(doc), &v) != nil {
			return
		}
		one, err1 := p.Select(v)
		two, err2 := again.Select(v)
		if (err1 == nil) != (err2 == nil) || len(one) != len(two) || !reflect.DeepEqual(one, two) {
			t.Fatalf("%q and %q differ on %s: %v, %v; %v, %v", src, canonical, doc, one, err1, two, err2)
		}
	})
}

func BenchmarkDefinite(b *testing.B) {
	p, err := jsonpath.Parse("$.routes[0].legs[0].distance.value")
	if err != nil {
		b.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal([]byte(trip), &doc); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, found, _ := p.Get(doc); !found {
			b.Fatal("not found")
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	p, err := jsonpath.Parse("$.parts[?(@.sure==true && ((@.kind == 'city') || (@.kind == 'code')))].name.text")
	if err != nil {
		b.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal([]byte(trip), &doc); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, found, _ := p.Get(doc); !found {
			b.Fatal("not found")
		}
	}
}
