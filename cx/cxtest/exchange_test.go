package cxtest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/cxtest"
)

const archive = `recorded in the shop
-- request --
POST /webhook?a=b HTTP/1.1
Host: orders.example.com
Content-Type: application/json
X-Many: 1
X-Many: 2
-- request.json --
{"fulfillmentInfo":{"tag":"t"}}
-- response --
HTTP/1.1 404 Not Found
Content-Type: text/plain
-- response.txt --
no such tag

`

func TestParseExchange(t *testing.T) {
	t.Parallel()
	want := &cxtest.Exchange{
		Comment: "recorded in the shop\n",
		Method:  "POST", Target: "/webhook?a=b", Host: "orders.example.com",
		RequestHeader:  http.Header{"Content-Type": {"application/json"}, "X-Many": {"1", "2"}},
		RequestBody:    []byte(`{"fulfillmentInfo":{"tag":"t"}}`),
		StatusCode:     404,
		ResponseHeader: http.Header{"Content-Type": {"text/plain"}},
		ResponseBody:   []byte("no such tag\n"),
	}
	got, err := cxtest.ParseExchange([]byte(archive))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("exchange (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(archive, string(got.Format())); diff != "" {
		t.Errorf("archive formatted again (-want +got):\n%s", diff)
	}
}

// A request without an answer is an archive, too.
func TestParseExchangeWithoutAnswer(t *testing.T) {
	t.Parallel()
	request, _, _ := strings.Cut(archive, "-- response --")
	e, err := cxtest.ParseExchange([]byte(request))
	if err != nil || e.StatusCode != 0 || e.ResponseHeader != nil || e.ResponseBody != nil || e.Target != "/webhook?a=b" {
		t.Fatalf("exchange %+v, %v; want a request without an answer", e, err)
	}
	if diff := cmp.Diff(request, string(e.Format())); diff != "" {
		t.Errorf("archive formatted again (-want +got):\n%s", diff)
	}
}

func TestParseExchangeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, old, new, want string }{
		{"no response", "-- response --", "-- other --", `"other"`},
		{"no request", "-- request --\n", "", "request.json"},
		{"nothing", archive, "", `no part "request"`},
		{"a body of no answer", "-- response --\nHTTP/1.1 404 Not Found\nContent-Type: text/plain\n", "", `comes before part "response"`},
		{"twice", "-- response.txt --", "-- request --", `"request"`},
		{"two bodies", "-- response --", "-- request.txt --\nx\n-- response --", "request.txt"},
		{"unknown kind", "response.txt", "response.xml", "unknown name"},
		{"method", "POST /", "PO(ST /", "method"},
		{"HTTP/2", "b HTTP/1.1", "b HTTP/2", "first line"},
		{"absolute target", "/webhook?a=b", "http://x/", "target"},
		{"blank in the target", "/webhook?a=b", "/web hook", "first line"},
		{"host", "orders.example.com", "a b", "host"},
		{"two hosts", "X-Many: 1", "Host: other", "2 Host"},
		{"header without colon", "X-Many: 1", "X-Many", "line 4"},
		{"header name", "X-Many: 1", "X Many: 1", "line 4"},
		{"header value", "X-Many: 1", "X-Many: \x01", "line 4"},
		{"status", "404 Not Found", "40x", "first line"},
		{"informational status", "404 Not Found", "103 Early Hints", "first line"},
		{"not JSON", `{"fulfillmentInfo"`, `{fulfillmentInfo`, "not JSON"},
	}
	for _, tt := range tests {
		text := strings.Replace(archive, tt.old, tt.new, 1)
		if text == archive {
			t.Fatalf("%s: nothing was replaced", tt.name)
		}
		_, err := cxtest.ParseExchange([]byte(text))
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "cxtest: ") {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestBodiesSurviveTheArchive(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "x", "x\n", "\n", "a\r\nb", "\xff\x00", "-- request --\n", "a\n-- b --", `{"a": 1}`, "null", `{"a":"\u2028"}`} {
		e := &cxtest.Exchange{Method: "GET", Target: "/", StatusCode: 299, RequestBody: []byte(body), ResponseBody: []byte(body)}
		got, err := cxtest.ParseExchange(e.Format())
		if err != nil {
			t.Errorf("%q: %v\n%s", body, err, e.Format())
			continue
		}
		if string(got.RequestBody) != body || string(got.ResponseBody) != body {
			t.Errorf("%q became %q and %q", body, got.RequestBody, got.ResponseBody)
		}
	}
}

// What parses formats to something that parses to the same, and from then on
// the text is stable.
func FuzzParseExchange(f *testing.F) {
	f.Add([]byte(archive))
	f.Add([]byte("-- request --\nGET / HTTP/1.1\n-- response --\nHTTP/1.1 200 OK\n"))
	f.Add([]byte("-- request --\nGET / HTTP/1.1\n"))
	f.Add([]byte("-- request --\r\nGET /%20?a HTTP/1.1\r\nA:\r\n-- request.base64 --\n/w==\n-- response --\nHTTP/1.1 999\nB: x\n-- response.txt --\nx"))
	f.Add([]byte("a\n-- request --\nGET / HTTP/1.1\n-- request.json --\n [1,\n2] \n-- response --\nHTTP/1.1 204 No\n-- response.base64 --\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := cxtest.ParseExchange(data)
		if err != nil {
			return
		}
		text := e.Format()
		again, err := cxtest.ParseExchange(text)
		if err != nil {
			t.Fatalf("%v in the formatted archive:\n%s", err, text)
		}
		if len(e.RequestBody) == 0 {
			e.RequestBody = again.RequestBody
		}
		if len(e.ResponseBody) == 0 {
			e.ResponseBody = again.ResponseBody
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Errorf("exchange changed (-want +got):\n%s\n%s", diff, text)
		}
		if !bytes.Equal(text, again.Format()) {
			t.Errorf("formatted twice:\n%s\n\n%s", text, again.Format())
		}
	})
}
