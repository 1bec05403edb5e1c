package flexible_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/mux"
)

// silent drops log lines.
func silent() flexible.Option { return flexible.WithLogger(slog.New(slog.DiscardHandler)) }

type echoIn struct {
	ID    string         `cx:"path:id"`
	Page  int            `cx:"query:page"`
	Tags  []string       `cx:"query:tag"`
	Place map[string]any `cx:"query:place"`
	Brand string         `cx:"header:X-Brand"`
	Size  string         `cx:"size"`
	Count int64          `json:"count"`
	Inner *struct {
		Zip string `json:"zip"`
	} `json:"inner"`
}

func echo(_ context.Context, in echoIn) (echoIn, error) { return in, nil }

type exchange struct {
	method, path, contentType, body string
	header                          http.Header
}

// call sends one request over a real connection, its path as it is written.
func call(t *testing.T, server *httptest.Server, e exchange) (status int, header http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), e.method, server.URL+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range e.header {
		req.Header[name] = values
	}
	if e.contentType != "" {
		req.Header.Set("Content-Type", e.contentType)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

func TestHandlerBinds(t *testing.T) {
	t.Parallel()
	routes := http.NewServeMux()
	routes.Handle("/orders/{id}/x", flexible.NewHandler(echo, silent()))
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	const path = "/orders/A%2F7/x?page=2&tag=a&tag=b&place=%7B%22city%22%3A%22Leiden%22%7D"
	want := echoIn{
		ID: "A/7", Page: 2, Tags: []string{"a", "b"}, Place: map[string]any{"city": "Leiden"}, Brand: "tea",
		Size: "L", Count: 9007199254740993, Inner: &struct {
			Zip string `json:"zip"`
		}{"2311"},
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "GET", "DELETE", "OPTIONS"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			status, header, body := call(t, server, exchange{
				method: method, path: path, contentType: "application/json; charset=UTF-8",
				body:   ` {"size":"L","COUNT":9007199254740993,"inner":{"zip":"2311","more":[]},"more":1}` + "\n",
				header: http.Header{"X-Brand": {"tea"}},
			})
			if status != http.StatusOK || header.Get("Content-Type") != "application/json" {
				t.Fatalf("have %d, %v: %s", status, header, body)
			}
			var got echoIn
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("HEAD", func(t *testing.T) {
		t.Parallel()
		if status, _, body := call(t, server, exchange{method: "HEAD", path: path}); status != http.StatusOK || body != "" {
			t.Errorf("have %d %q", status, body)
		}
	})
}

// A path variable may hold anything, encoded slashes and percent signs too,
// and comes decoded once whatever routes it.
func TestHandlerPathVariables(t *testing.T) {
	t.Parallel()
	h := flexible.NewHandler(func(_ context.Context, in echoIn) (string, error) { return in.ID, nil }, silent())
	std := http.NewServeMux()
	std.Handle("GET /o/{id}", h)
	gorilla := cx.NewRouter()
	gorilla.Handle("/o/{id}", h).Methods(http.MethodGet)
	decoded := mux.NewRouter() // matches decoded paths: no slash can be in a variable
	decoded.Handle("/o/{id}", h)
	w, err := flexible.Compile(webhook(&service{Uri: "https://shop.example/o/$session.params.id"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, routes := range map[string]http.Handler{"ServeMux": std, "gorilla": gorilla, "gorilla on decoded paths": decoded} {
		server := httptest.NewServer(routes)
		t.Cleanup(server.Close)
		for _, id := range []string{"7", "A/7", "a b", "100%", "%2F", "%252F", "a?b#c&d", "é😀", "~._-", `\x`} {
			if routes == http.Handler(decoded) && strings.Contains(id, "/") {
				continue
			}
			t.Run(name+" "+id, func(t *testing.T) {
				t.Parallel()
				req, err := w.NewRequest(t.Context(), map[string]any{"id": id})
				if err != nil {
					t.Fatal(err)
				}
				status, _, body := call(t, server, exchange{method: "GET", path: req.URL.RequestURI()})
				var got string
				if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK || got != id {
					t.Errorf("have %d %s, %v", status, body, err)
				}
			})
		}
	}
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	type strict struct {
		Size  string `cx:"size,required"`
		Count int    `cx:"count"`
		Page  int    `cx:"query:page"`
	}
	called := func(context.Context, strict) (string, error) { return "called", nil }
	server := httptest.NewServer(flexible.NewHandler(called, silent(), flexible.WithMaxRequestBytes(2000), flexible.WithMaxElements(100)))
	t.Cleanup(server.Close)
	const jsonType = "application/json"
	tests := []struct {
		name, path, contentType, body, want string // want is a part of the public text; empty: accepted
	}{
		{"accepted", "/?page=1", jsonType, `{"size":"L","count":2}`, ""},
		{"no body, though it is needed", "/", "", "", "size"},
		{"a required field that is null", "/", jsonType, `{"size":null}`, "size"},
		{"a number for a text", "/", jsonType, `{"size":7}`, "size"},
		{"a fraction for an integer", "/", jsonType, `{"size":"L","count":2.5}`, "count"},
		{"a text for an integer", "/", jsonType, `{"size":"L","count":"2"}`, "count"},
		{"letters for an integer in the query", "/?page=x", jsonType, `{"size":"L"}`, "page"},
		{"a broken query", "/?page=%zz", jsonType, `{"size":"L"}`, "query"},
		{"a list", "/", jsonType, `[1]`, "JSON object"},
		{"no JSON", "/", jsonType, `size=L`, "JSON"},
		{"two values", "/", jsonType, `{"size":"L"}{}`, "JSON"},
		{"a key twice", "/", jsonType, `{"size":"L","size":"M"}`, "JSON"},
		{"a key twice, once with escapes", "/", jsonType, `{"size":"L","\u0073ize":"M"}`, "JSON"},
		{"a key twice, deep within", "/", jsonType, `{"size":"L","x":[{"a":{"b":1,"c":2,"b":3}}]}`, "JSON"},
		{"a key twice among many", "/", jsonType, `{"size":"L",` + manyKeys(40) + `,"k7":1}`, "JSON"},
		{"a late key twice among many", "/", jsonType, `{"size":"L",` + manyKeys(40) + `,"k38":1}`, "JSON"},
		{"equal keys of different objects", "/", jsonType, `{"size":"L","x":{"size":"M","x":{"size":1}},"y":{"size":2}}`, ""},
		{"many different keys", "/", jsonType, `{"size":"L",` + manyKeys(40) + `}`, ""},
		{"not UTF-8", "/", jsonType, "{\"size\":\"\xff\"}", "JSON"},
		{"as deep as allowed", "/", jsonType, `{"size":"L","x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`, ""},
		{"too deep", "/", jsonType, `{"size":"L","x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`, "JSON"},
		{"too many values", "/", jsonType, `{"size":"L","x":[` + strings.Repeat("1,", 200) + `1]}`, "JSON"},
		{"too long", "/", jsonType, `{"size":"` + strings.Repeat("L", 2000) + `"}`, "more than 2000 bytes"},
		{"another type", "/", "text/plain", `{"size":"L"}`, "content type"},
		{"another character set", "/", "application/json; charset=latin1", `{"size":"L"}`, "content type"},
		{"no type", "/", "", `{"size":"L"}`, "content type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, _, body := call(t, server, exchange{method: "POST", path: tt.path, contentType: tt.contentType, body: tt.body})
			if tt.want == "" {
				if status != http.StatusOK || body != `"called"` {
					t.Errorf("have %d %s, want it accepted", status, body)
				}
				return
			}
			if status != http.StatusBadRequest || !strings.Contains(body, tt.want) {
				t.Errorf("have %d %s, want 400 on %s", status, body, tt.want)
			}
		})
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":0`, i)
	}
	return strings.Join(keys, ",")
}

func TestHandlerAllowsMissingContentType(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(flexible.NewHandler(echo, silent(), flexible.AllowMissingContentType()))
	t.Cleanup(server.Close)
	if status, _, body := call(t, server, exchange{method: "POST", path: "/", body: `{"size":"L"}`}); status != http.StatusOK {
		t.Errorf("have %d %s", status, body)
	}
}

func TestHandlerOtherTypes(t *testing.T) {
	t.Parallel()
	serve := func(h http.Handler) *httptest.Server {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return server
	}
	raw := serve(flexible.NewHandler(func(_ context.Context, in json.RawMessage) (json.RawMessage, error) { return in, nil }, silent()))
	list := serve(flexible.NewHandler(func(_ context.Context, in []int) (int, error) { return len(in), nil }, silent()))
	pointer := serve(flexible.NewHandler(func(_ context.Context, in *echoIn) (*echoIn, error) { return nil, nil }, silent()))
	nothing := serve(flexible.NewHandler(func(context.Context, struct{}) (struct{}, error) { return struct{}{}, nil }, silent()))
	tests := []struct {
		name       string
		server     *httptest.Server
		body, want string
		status     int
	}{
		{"raw, compacted", raw, ` {"a": 1.50, "<": "\u0041"} `, `{"a":1.50,"<":"\u0041"}`, 200},
		{"raw without a body", raw, ``, `null`, 200},
		{"a list", list, `[1,2,3]`, `3`, 200},
		{"a list without a body", list, ``, `0`, 200},
		{"an unfit list", list, `[1,"x"]`, ``, 400},
		{"a nil pointer", pointer, `{}`, `null`, 200},
		{"nothing in, nothing out", nothing, `[{"whatever":1}]`, `{}`, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, _, body := call(t, tt.server, exchange{method: "POST", path: "/", contentType: "application/json", body: tt.body})
			if status != tt.status || (tt.status == 200 && body != tt.want) {
				t.Errorf("have %d %s, want %d %s", status, body, tt.status, tt.want)
			}
		})
	}
}

func TestHandlerErrors(t *testing.T) {
	t.Parallel()
	secret := errors.New("dial db.internal: refused")
	tests := []struct {
		name   string
		out    any
		err    error
		status int
		want   string // of the public text
	}{
		{"chosen", nil, flexible.Errorf(http.StatusNotFound, "no order %q", "7").WithCause(secret), 404, `no order \"7\"`},
		{"chosen, but unknown to Dialogflow", nil, flexible.Errorf(http.StatusTooManyRequests, "later"), 503, "later"},
		{"any other", nil, secret, 500, "internal error"},
		{"a deadline of its own", nil, fmt.Errorf("db: %w", context.DeadlineExceeded), 503, "in time"},
		{"an answer over the limit", strings.Repeat("x", flexible.MaxResponseBytes-1), nil, 500, "too large"},
		{"an answer at the limit", strings.Repeat("x", flexible.MaxResponseBytes-2), nil, 200, "xxx"},
		{"no answer that JSON can hold", math.NaN(), nil, 500, "cannot be encoded"},
		{"raw text that is not JSON", json.RawMessage("{"), nil, 500, "cannot be encoded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var seen flexible.Call
			done := make(chan struct{})
			observe := func(_ context.Context, c flexible.Call) { seen = c; close(done) }
			server := httptest.NewServer(flexible.NewHandler(func(context.Context, struct{}) (any, error) { return tt.out, tt.err },
				silent(), flexible.WithObserver(observe)))
			t.Cleanup(server.Close)
			status, _, body := call(t, server, exchange{method: "GET", path: "/"})
			if status != tt.status || !strings.Contains(body, tt.want) || strings.Contains(body, "db") {
				t.Errorf("have %d %.200s, want %d with %q", status, body, tt.status, tt.want)
			}
			<-done
			if seen.Status != tt.status || seen.ResponseBytes != len(body) || (seen.Err == nil) != (tt.status == 200) {
				t.Errorf("observed %+v", seen)
			}
			if errors.Is(tt.err, secret) && !errors.Is(seen.Err, secret) {
				t.Errorf("the observer lost the cause: %v", seen.Err)
			}
		})
	}
}

func TestHandlerPanics(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(flexible.NewHandler(func(context.Context, struct{}) (any, error) { panic("of " + t.Name()) }, silent()))
	t.Cleanup(server.Close)
	status, _, body := call(t, server, exchange{method: "GET", path: "/"})
	if status != http.StatusInternalServerError || strings.Contains(body, "panic") || strings.Contains(body, t.Name()) {
		t.Errorf("have %d %s", status, body)
	}
}

func TestHandlerDeadline(t *testing.T) {
	t.Parallel()
	slow := func(ctx context.Context, _ struct{}) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	sorry := func(context.Context, struct{}) (string, error) { return "sorry", nil }
	for _, tt := range []struct {
		name   string
		opts   []flexible.Option
		after  time.Duration
		status int
		body   string
	}{
		{"by default", nil, 4500 * time.Millisecond, 503, ""},
		{"with a longer time", []flexible.Option{flexible.WithTimeout(30 * time.Second)}, 29500 * time.Millisecond, 503, ""},
		{"with a fallback", []flexible.Option{flexible.WithFallback(sorry)}, 4500 * time.Millisecond, 200, `"sorry"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := flexible.NewHandler(slow, append(tt.opts, silent())...)
				w := httptest.NewRecorder()
				start := time.Now()
				h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
				if took := time.Since(start); took != tt.after {
					t.Errorf("answered after %v, want %v", took, tt.after)
				}
				if w.Code != tt.status || (tt.body != "" && w.Body.String() != tt.body) {
					t.Errorf("have %d %s", w.Code, w.Body)
				}
			})
		})
	}
}

func TestNewHandlerPanics(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, struct{}) (string, error) { return "", nil }
	other := func(context.Context, struct{}) (int, error) { return 0, nil }
	for name, f := range map[string]func(){
		"nil function": func() { flexible.NewHandler[struct{}, string](nil) },
		"unknown source": func() {
			flexible.NewHandler(func(context.Context, struct {
				A int `cx:"cookie:a"`
			}) (int, error) {
				return 0, nil
			})
		},
		"unbindable":       func() { flexible.NewHandler(func(context.Context, chan int) (int, error) { return 0, nil }) },
		"unbindable field": func() { flexible.NewHandler(func(context.Context, struct{ A func() }) (int, error) { return 0, nil }) },
		"unencodable answer": func() {
			flexible.NewHandler(func(context.Context, struct{}) (map[string]chan int, error) { return nil, nil })
		},
		"another fallback":  func() { flexible.NewHandler(ok, flexible.WithFallback(other)) },
		"nil fallback":      func() { flexible.WithFallback[int, int](nil) },
		"no time":           func() { flexible.WithTimeout(0) },
		"too much time":     func() { flexible.WithTimeout(time.Minute) },
		"no bytes":          func() { flexible.WithMaxRequestBytes(0) },
		"no bytes in use":   func() { flexible.WithMaxBytesInUse(0) },
		"no elements":       func() { flexible.WithMaxElements(0) },
		"no stuck handlers": func() { flexible.WithMaxStuck(0) },
		"nil logger":        func() { flexible.WithLogger(nil) },
		"nil observer":      func() { flexible.WithObserver(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			f()
		})
	}
}
