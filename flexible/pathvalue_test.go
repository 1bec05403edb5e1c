package flexible_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/flexible"
)

// A path variable is decoded once, whichever router matched it and whatever
// else the path holds: decoding it again would make other data of it, such as
// a slash out of the text %2F.
func TestPathVariablesAreDecodedOnce(t *testing.T) {
	t.Parallel()
	type in struct {
		A string `cx:"path:a"`
		B string `cx:"path:b"`
	}
	var got in
	h := flexible.NewHandler(func(_ context.Context, i in) (any, error) {
		got = i
		return nil, nil
	}, silent())
	plain := mux.NewRouter()
	plain.Handle("/o/{a}/{b}", h)
	plain.PathPrefix("/p/{a}/{b}").Handler(h)
	plain.PathPrefix("/s/{a}/{b}").Handler(http.StripPrefix("/s", h))
	encoded := cx.NewRouter()
	encoded.Handle("/o/{a}/{b}", h)
	encoded.PathPrefix("/p/{a}/{b}").Handler(h)
	encoded.PathPrefix("/s/{a}/{b}").Handler(http.StripPrefix("/s", h))
	std := http.NewServeMux()
	std.Handle("/o/{a}/{b}", h)
	std.Handle("/p/{a}/{b}/", h)
	std.Handle("/s/{a}/{b}", http.StripPrefix("/s", h))
	routers := map[string]http.Handler{"gorilla": plain, "gorilla on encoded paths": encoded, "ServeMux": std}
	tests := []struct {
		name, path string
		a, b       string
		slash      bool // of no use to a router on decoded paths
	}{
		{"an encoded percent sign", "/o/%2541/b", "%41", "b", false},
		{"the decoded variable stands in another segment", "/o/%2541/%41", "%41", "A", false},
		{"both ways round", "/o/%41/%2541", "A", "%41", false},
		{"twice encoded", "/o/%252541/%2541", "%2541", "%41", false},
		{"a percent sign alone", "/o/100%25/b", "100%", "b", false},
		{"below a prefix", "/p/%2541/%41/%41/x", "%41", "A", false},
		{"behind StripPrefix", "/s/%2541/%41", "%41", "A", false},
		{"an encoded slash", "/o/x%2Fy/%252F", "x/y", "%2F", true},
		{"an encoded slash behind StripPrefix", "/s/x%2Fy/%252F", "x/y", "%2F", true},
	}
	for name, router := range routers {
		for _, tt := range tests {
			if name == "gorilla" && tt.slash {
				continue
			}
			got = in{}
			w := httptest.NewRecorder()
			router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, tt.path, nil))
			if w.Code != http.StatusOK || got.A != tt.a || got.B != tt.b {
				t.Errorf("%s: %s: status %d, a = %q and b = %q, want %q and %q", name, tt.name, w.Code, got.A, got.B, tt.a, tt.b)
			}
		}
	}
	short := mux.NewRouter() // the variable begins the encoded path as well
	short.PathPrefix("/{a:.{3}}").Handler(h)
	short.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/%2525", nil))
	if got.A != "%25" {
		t.Errorf("where both paths fit a decoded variable is %q, want %%25", got.A)
	}
	r := mux.SetURLVars(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/%2541", nil), map[string]string{"a": "%41"})
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got.A != "%41" {
		t.Errorf("a variable that a test set is %q, want it as it was set", got.A)
	}
}
