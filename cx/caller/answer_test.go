package caller_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/cxhook/cxhook/cx/caller"
)

// sized returns a valid answer of exactly n bytes.
func sized(n int) string {
	const head, tail = `{"payload":{"a":"`, `"}}`
	return head + strings.Repeat("x", n-len(head)-len(tail)) + tail
}

func compressed(t *testing.T, body string, to func(io.Writer) io.WriteCloser) string {
	t.Helper()
	var buf bytes.Buffer
	w := to(&buf)
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func codings(t *testing.T) map[string]func(string) string {
	t.Helper()
	rawDeflate := func(w io.Writer) io.WriteCloser {
		f, err := flate.NewWriter(w, 9)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return map[string]func(string) string{
		"":         func(s string) string { return s },
		"identity": func(s string) string { return s },
		"gzip": func(s string) string {
			return compressed(t, s, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
		},
		"deflate": func(s string) string {
			return compressed(t, s, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
		},
		"deflate, raw": func(s string) string { return compressed(t, s, rawDeflate) },
		"br": func(s string) string {
			return compressed(t, s, func(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) })
		},
	}
}

func encoded(coding, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if coding != "" {
			w.Header().Set("Content-Encoding", coding)
		}
		_, _ = io.WriteString(w, body)
	}
}

// The limit holds exactly, and on what comes out of a decompressor.
func TestAnswerLimit(t *testing.T) {
	t.Parallel()
	for name, encode := range codings(t) {
		t.Run("coding "+name, func(t *testing.T) {
			t.Parallel()
			coding, _, _ := strings.Cut(name, ",")
			for _, n := range []int{1000, caller.MaxAnswerBytes - 1, caller.MaxAnswerBytes, caller.MaxAnswerBytes + 1, 10 * caller.MaxAnswerBytes} {
				res := call(t, overSocket(t, resource(), encoded(coding, encode(sized(n)))), turn(t))
				if n <= caller.MaxAnswerBytes {
					checkFailure(t, fmt.Sprint(n), res, 0, "")
					if string(res.Body) != sized(n) {
						t.Errorf("%d bytes: the body came as %d", n, len(res.Body))
					}
					continue
				}
				checkFailure(t, fmt.Sprint(n), res, caller.TooLarge, caller.EventError)
				if len(res.Body) != caller.MaxAnswerBytes || res.StatusCode != 200 || len(res.Attempts) != 1 {
					t.Errorf("%d bytes: kept %d, status %d, %d attempts", n, len(res.Body), res.StatusCode, len(res.Attempts))
				}
				if !strings.Contains(res.Failure.Error(), "65536") {
					t.Errorf("failure %q does not name the limit", res.Failure)
				}
			}
		})
	}
}

func TestEndlessAnswerIsCut(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	checkFailure(t, "endless", call(t, overSocket(t, resource(), h), turn(t)), caller.TooLarge, caller.EventError)
}

// A compressed stream that grows without giving anything must end as well.
func TestEndlessCompressedAnswerIsCut(t *testing.T) {
	t.Parallel()
	empty := compressed(t, "", func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	members := strings.Repeat(empty, 1000)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, members); err != nil {
				return
			}
		}
	})
	checkFailure(t, "empty members", call(t, overSocket(t, resource(), h), turn(t)), caller.BadAnswer, caller.EventError)
}

func TestBrokenCompression(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ coding, body string }{
		{"gzip", "{}"}, {"gzip", ""}, {"deflate", "{}"}, {"deflate", "x"}, {"br", "{}{}{}{}{}"}, {"zstd", "{}"}, {"gzip, br", "{}"},
	} {
		res := call(t, overSocket(t, resource(), encoded(tt.coding, tt.body)), turn(t))
		checkFailure(t, tt.coding, res, caller.BadAnswer, caller.EventError)
	}
}
