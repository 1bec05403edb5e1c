package cx_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/cx"
)

type routeSpec struct {
	path    string
	methods string
}

// Of two routes that match one request the more specific must come first, as
// http.ServeMux orders them by itself; other overlaps are errors.
func TestCheckRoutes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		routes []routeSpec
		want   []string // parts of the error, none for no error
	}{
		{"apart", []routeSpec{{"/a/{x}", "GET"}, {"/b/{x}", "GET"}, {"/a/{x}/b", "GET"}, {"/", "GET"}}, nil},
		{"apart by method", []routeSpec{{"/a/{x}", "GET"}, {"/a/{y}", "POST"}, {"/a/new", "PUT"}}, nil},
		{"apart by pattern", []routeSpec{{"/a/{x:[0-9]+}", ""}, {"/a/{y:[a-z]+}", ""}}, nil},
		{"the special one first", []routeSpec{{"/a/new", ""}, {"/a/{x}", "GET"}, {"/a/{x}/{y:.*}", ""}}, nil},
		{"a pattern first", []routeSpec{{"/a/{x:[0-9]+}", "GET"}, {"/a/{y}", "GET"}}, nil},
		{"fewer methods first", []routeSpec{{"/a", "POST"}, {"/a", "POST,GET"}, {"/a", ""}}, nil},
		{"the general one first", []routeSpec{{"/a/{x}", ""}, {"/a/new", ""}}, []string{`"/a/new" is hidden by "/a/{x}"`}},
		{"the general one first, with methods", []routeSpec{{"/a/{x}", "GET,POST"}, {"/a/new", "POST"}}, []string{`"POST /a/new" is hidden by "GET,POST /a/{x}"`}},
		{"a pattern behind", []routeSpec{{"/a/{x}", ""}, {"/a/{y:[0-9]+}", ""}}, []string{`"/a/{y:[0-9]+}" is hidden`}},
		{"the same route", []routeSpec{{"/a/{x}", "POST"}, {"/a/{y}", "POST"}}, []string{`"POST /a/{y}" is hidden by "POST /a/{x}"`}},
		{"the same route of some methods", []routeSpec{{"/a", "GET,POST"}, {"/a", "POST,PUT"}}, []string{"is hidden"}},
		{"more methods first", []routeSpec{{"/a", ""}, {"/a", "POST"}}, []string{`"POST /a" is hidden by "/a"`}},
		{"wildcards across", []routeSpec{{"/a/{x}/b", ""}, {"/a/c/{y}", ""}}, []string{`"/a/{x}/b" and "/a/c/{y}" both match /a/c/b`}},
		{"a rest that takes all", []routeSpec{{"/a/{rest:.*}", ""}, {"/a/b/c", ""}}, []string{`"/a/b/c" is hidden by "/a/{rest:.*}"`}},
		{"health again", []routeSpec{{"/health", "GET"}}, []string{`"GET /health" is hidden by "GET,HEAD /health"`}},
		{"two faults", []routeSpec{{"/{x}", ""}, {"/a", ""}, {"/b", ""}}, []string{`"/a" is hidden by "/{x}"`, `"/b" is hidden by "/{x}"`}},
	}
	for _, tt := range tests {
		r := cx.NewRouter()
		for _, spec := range tt.routes {
			route := r.Handle(spec.path, http.NotFoundHandler())
			if spec.methods != "" {
				route.Methods(strings.Split(spec.methods, ",")...)
			}
		}
		err := cx.CheckRoutes(r)
		if (err == nil) != (len(tt.want) == 0) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
		for _, part := range tt.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s: error %v, want one with %s", tt.name, err, part)
			}
		}
	}
}

// Routes below prefixes, of hosts, and with matchers of the user's.
func TestCheckRoutesOfSubrouters(t *testing.T) {
	t.Parallel()
	h := http.NotFoundHandler()
	for name, tt := range map[string]struct {
		add  func(*mux.Router)
		fail bool
	}{
		"hosts apart": {func(r *mux.Router) {
			r.Host("a.example").Path("/x").Handler(h)
			r.Host("b.example").Path("/x").Handler(h)
		}, false},
		"a host first": {func(r *mux.Router) {
			r.Host("a.example").Path("/x").Handler(h)
			r.Path("/x").Handler(h)
		}, false},
		"a host behind": {func(r *mux.Router) {
			r.Path("/x").Handler(h)
			r.Host("a.example").Path("/x").Handler(h)
		}, true},
		"below a prefix": {func(r *mux.Router) {
			sub := r.PathPrefix("/api").Subrouter()
			sub.Handle("/{x}", h)
			sub.Handle("/y", h)
		}, true},
		"a prefix in front of all": {func(r *mux.Router) {
			r.PathPrefix("/").Handler(h)
			r.Handle("/a", h)
		}, true},
		"a prefix behind all": {func(r *mux.Router) {
			r.Handle("/a", h)
			r.PathPrefix("/").Handler(h)
		}, false},
		"queries first": {func(r *mux.Router) {
			r.Path("/a").Queries("q", "{q}").Handler(h)
			r.Handle("/a", h)
		}, false},
		"queries behind": {func(r *mux.Router) {
			r.Handle("/a", h)
			r.Path("/a").Queries("q", "{q}").Handler(h)
		}, true},
		"a function that panics on a request without a body": {func(r *mux.Router) {
			r.Handle("/a", h).MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool { panic(r.Method) })
			r.Handle("/a", h)
		}, false},
		"a route that cannot be": {func(r *mux.Router) { r.Handle("/{x", h) }, true},
	} {
		r := mux.NewRouter()
		tt.add(r)
		if err := cx.CheckRoutes(r); (err != nil) != tt.fail {
			t.Errorf("%s: error %v, want one: %v", name, err, tt.fail)
		}
	}
}

func TestServeRefusesHiddenRoutes(t *testing.T) {
	t.Parallel()
	r := cx.NewRouter()
	r.Handle("/a/{x}", http.NotFoundHandler())
	r.Handle("/a/new", http.NotFoundHandler())
	err := cx.Serve(t.Context(), r, cx.WithAddr("127.0.0.1:0"))
	if err == nil || !strings.Contains(err.Error(), `"/a/new" is hidden by "/a/{x}"`) {
		t.Errorf("error %v, want one about the hidden route", err)
	}
}
