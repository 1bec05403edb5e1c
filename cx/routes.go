package cx

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
)

// CheckRoutes reports routes that overlap without the earlier one being more
// specific: the router takes the first that matches, so the later one is hidden
// in whole (/orders/{id} before /orders/new) or for some requests (/a/{x}/b
// before /a/c/{y}). [Serve] calls it for a *mux.Router and does not start with
// such routes.
//
// An overlap is found by a request that both routes match. None is made up for
// routes that ask for headers, that match by a function, or with a variable whose
// pattern takes none of a few common texts: those may overlap without being
// reported.
func CheckRoutes(r *mux.Router) error {
	var routes []*mux.Route
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if route.GetError() != nil {
			return fmt.Errorf("cx: %w", route.GetError())
		}
		if route.GetHandler() != nil {
			routes = append(routes, route)
		}
		return nil
	})
	if err != nil {
		return err
	}
	var errs []error
	for i, later := range routes {
		for _, earlier := range routes[:i] {
			if err := overlap(earlier, later); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// overlap compares two routes in their order.
func overlap(earlier, later *mux.Route) error {
	method, shared := sharedMethod(earlier, later)
	if !shared {
		return nil
	}
	both := sample(method, later, earlier) // a request that is as special as either asks for
	if both == nil || !matches(earlier, both) || !matches(later, both) {
		return nil
	}
	of := func(route *mux.Route) *http.Request { return sample(method, route, nil) }
	early, late := of(earlier), of(later)
	if early == nil || late == nil {
		return nil
	}
	inLater, inEarlier := matches(later, early), matches(earlier, late)
	switch {
	case !inEarlier && inLater: // the more specific one comes first
		return nil
	case !inEarlier:
		return fmt.Errorf("cx: the routes %s and %s both match %s, and neither is more specific", name(earlier), name(later), both.URL.Path)
	case inLater && fewerMethods(earlier, later):
		return nil
	}
	return fmt.Errorf("cx: the route %s is hidden by %s, which was registered before it", name(later), name(earlier))
}

// sharedMethod returns a method that both routes accept.
func sharedMethod(a, b *mux.Route) (string, bool) {
	ofA, errA := a.GetMethods()
	ofB, errB := b.GetMethods()
	switch {
	case errA != nil && errB != nil: // routes without methods accept all
		return http.MethodPost, true
	case errA != nil:
		return ofB[0], true
	case errB != nil:
		return ofA[0], true
	}
	for _, m := range ofA {
		if slices.Contains(ofB, m) {
			return m, true
		}
	}
	return "", false
}

// fewerMethods reports whether b accepts all methods of a, and others.
func fewerMethods(a, b *mux.Route) bool {
	ofA, errA := a.GetMethods()
	ofB, errB := b.GetMethods()
	if errA != nil || errB != nil {
		return errA == nil
	}
	missing := func(m string) bool { return !slices.Contains(ofB, m) }
	return len(ofA) < len(ofB) && !slices.ContainsFunc(ofA, missing)
}

// matches asks a route. A matcher of the user's that cannot take the request
// does not match it.
func matches(route *mux.Route, r *http.Request) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return route.Match(r, &mux.RouteMatch{})
}

// sampleTexts are tried as the values of variables, one after the other.
var sampleTexts = [...]string{"any-text", "7", "x", "1234567890", "2026-01-31", "4fd33dd0-bf7f-4ee4-9a1d-0a1c4c1b2a3c", "en-US", "ABC"}

// sample returns a request that the route matches by its path, host and query,
// or nil. Where it has a variable and other, if given, has written text, it has
// that text.
func sample(method string, route, other *mux.Route) *http.Request {
	texts := map[string]string{}
	if other != nil {
		ours, theirs := segments(route), segments(other)
		for i := range min(len(ours), len(theirs)) {
			if v, ok := variable(ours[i]); ok && !strings.Contains(theirs[i], "{") {
				texts[v] = theirs[i]
			}
		}
	}
	names, err := route.GetVarNames()
	if err != nil {
		return nil
	}
	for _, text := range sampleTexts {
		var pairs []string
		for _, n := range names {
			value := text
			if t, ok := texts[n]; ok {
				value = t
			}
			pairs = append(pairs, n, value)
		}
		u, err := route.URL(pairs...)
		if err != nil {
			continue
		}
		if u.Host == "" {
			u.Host = "localhost"
		}
		r := &http.Request{Method: method, URL: u, Host: u.Host, Header: http.Header{}, Body: http.NoBody}
		if matches(route, r) {
			return r
		}
	}
	return nil
}

// segments splits the template of a route's path, but not within variables.
func segments(route *mux.Route) []string {
	template, err := route.GetPathTemplate()
	if err != nil {
		return nil
	}
	var list []string
	depth, start := 0, 0
	for i, c := range template {
		switch {
		case c == '{':
			depth++
		case c == '}':
			depth--
		case c == '/' && depth == 0:
			list, start = append(list, template[start:i]), i+1
		}
	}
	return append(list, template[start:])
}

// variable returns the name of a segment that is one variable.
func variable(segment string) (name string, ok bool) {
	inner, open := strings.CutPrefix(segment, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	name, _, _ = strings.Cut(inner, ":")
	return name, open && closed && !strings.Contains(name, "}")
}

// name names a route for errors.
func name(route *mux.Route) string {
	template, err := route.GetPathTemplate()
	if err != nil {
		template = "without a path"
	}
	methods, _ := route.GetMethods()
	return fmt.Sprintf("%q", strings.TrimSpace(strings.Join(methods, ",")+" "+template))
}
