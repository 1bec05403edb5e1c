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
	return v, v != ""
}

// decodedVar decodes a variable of a gorilla route that matches encoded
// paths. The request does not tell which kind of route it was, but only a
// variable that is still encoded stands in the encoded path as it is: in a
// decoded one every percent sign was encoded there.
func decodedVar(r *http.Request, v string) string {
	if strings.IndexByte(v, '%') < 0 || !strings.Contains(r.URL.EscapedPath(), v) {
		return v
	}
	decoded, err := url.PathUnescape(v)
	if err != nil {
		return v
	}
	return decoded
}
