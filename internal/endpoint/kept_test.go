package endpoint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/cxhook/cxhook/internal/endpoint"
)

func TestKeptAnswers(t *testing.T) {
	t.Parallel()
	for _, k := range []endpoint.Kept{
		{Status: 200, Answer: endpoint.Answer{Status: 200, ContentType: "application/json", Body: []byte("{}")}},
		{Status: 200, Answer: endpoint.Answer{Status: 200}},
		{Status: 202, Answer: endpoint.Answer{Status: 202, Body: []byte("\x00\xff")}},
		{Status: 404, Reason: "error", Public: "no order 17"},
		{Status: 503, Reason: strings.Repeat("r", 300)},
	} {
		got, err := endpoint.ParseKept(endpoint.AppendKept(k))
		if err != nil {
			t.Errorf("%+v: %v", k, err)
		}
		if d := cmp.Diff(k, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("kept (-want +have):\n%s", d)
		}
	}
}

func TestMalformedKeptAnswers(t *testing.T) {
	t.Parallel()
	for name, form := range map[string]string{
		"empty":                         "",
		"cut":                           "\x01\x00\xc8",
		"another form":                  "\x03\x00\xc8\x00{}",
		"a status that is none":         "\x01\x00\x10\x00{}",
		"an answer of status 1000":      "\x01\x03\xe8\x00{}",
		"a content type beyond the end": "\x01\x00\xc8\x10application",
		"a length without an end":       "\x01\x00\xc8\xff\xff",
		"a length beyond all":           "\x01\x00\xc8\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"a failure without a reason":    "\x02\x01\xf7\x00no",
		"a failure of status 200":       "\x02\x00\xc8\x01rno",
		"a failure of unknown status":   "\x02\x01\xaa\x01rno",
	} {
		if k, err := endpoint.ParseKept([]byte(form)); err == nil {
			t.Errorf("%s: read as %+v", name, k)
		}
	}
}

// What is read says the same when it is kept and read again.
func FuzzKept(f *testing.F) {
	f.Add([]byte("\x01\x00\xc8\x10application/json{}"))
	f.Add([]byte("\x02\x01\x94\x05errorno order 17"))
	f.Fuzz(func(t *testing.T, form []byte) {
		k, err := endpoint.ParseKept(form)
		if err != nil {
			return
		}
		again, err := endpoint.ParseKept(endpoint.AppendKept(k))
		if err != nil {
			t.Fatalf("%q was read, and not again: %v", form, err)
		}
		if d := cmp.Diff(k, again, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("read again (-first +second):\n%s", d)
		}
	})
}
