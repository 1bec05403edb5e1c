package flexible

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/gorilla/mux"
)

// request is an HTTP request as the input of a plan.
type request struct {
	r     *http.Request
	body  param.Value
	query url.Values
	path  []string // the path variables that are wanted
}

func (in *request) parseQuery() (err error) {
	in.query, err = url.ParseQuery(in.r.URL.RawQuery)
	return err
}

// Range implements [param.Input].
func (in *request) Range(wanted param.Wanted, yield func(source int, name string, v param.Value)) error {
	if wanted.Has(fromQuery) {
		for name, values := range in.query {
			yield(fromQuery, name, param.Text(values...))
		}
	}
	if wanted.Has(fromPath) {
		for _, name := range in.path {
			if v, ok := pathValue(in.r, name); ok {
				yield(fromPath, name, param.Text(v))
			}
		}
	}
	if wanted.Has(fromHeader) {
		for name, values := range in.r.Header {
			yield(fromHeader, name, param.Text(values...))
		}
	}
	if wanted.Has(fromBody) {
		return in.body.Range(func(name string, v param.Value) bool {
			yield(fromBody, name, v)
			return true
		})
	}
	return nil
}

// pathValue returns a variable of the route, decoded.
func pathValue(r *http.Request, name string) (string, bool) {
	if v, ok := mux.Vars(r)[name]; ok {
		return decodedVar(r, v), true
	}
	v := r.PathValue(name)
	return v, v != "" // ServeMux decodes it
}

// decodedVar decodes a variable of a gorilla route unless the route has done
// so.
func decodedVar(r *http.Request, v string) string {
	if strings.IndexByte(v, '%') < 0 || !matchedEncoded(r) {
		return v
	}
	decoded, err := url.PathUnescape(v)
	if err != nil {
		return v
	}
	return decoded
}

// matchedEncoded reports whether the route of r matched the encoded path. The
// request does not say so, but the path that the route makes of its variables
// is the one that it matched, or begins it. Where both fit, as only repeated
// encodings of a percent sign can, the variables are left as they are.
func matchedEncoded(r *http.Request) bool {
	route := mux.CurrentRoute(r)
	if route == nil {
		return false
	}
	var pairs []string
	for name, v := range mux.Vars(r) {
		pairs = append(pairs, name, v)
	}
	u, err := route.URLPath(pairs...)
	if err != nil {
		return false
	}
	// A handler behind http.StripPrefix sees the end of the path only.
	matched := func(path string) bool {
		return strings.HasPrefix(path, u.Path) || path != "" && strings.HasSuffix(u.Path, path)
	}
	return matched(r.URL.EscapedPath()) && !matched(r.URL.Path)
}
