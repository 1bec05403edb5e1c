package events

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
)

// Reply is the answer to an event.
type Reply struct {
	// Status is 200 where it is zero. A source's and a target's are 200, 201,
	// 202 or 204; a run's are 200 to 599 without 3xx.
	Status int `json:"status,omitempty"`
	// Header are set as they are. A body without a Content-Type is
	// text/plain in UTF-8.
	Header map[string]string `json:"header,omitempty"`
	// Body is at most MaxReplyBytes long.
	Body string `json:"body,omitempty"`
}

// MaxReplyBytes bounds the body of a [Reply].
const MaxReplyBytes = 64 << 10

// managedHeaders are the server's own.
var managedHeaders = []string{"Connection", "Content-Length", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade", "Set-Cookie"}

func (r *Reply) check() error {
	switch r.Status {
	case 0, http.StatusOK, http.StatusCreated, http.StatusAccepted:
	case http.StatusNoContent:
		if r.Body != "" {
			return errors.New("status 204 has no body")
		}
	default:
		return fmt.Errorf("status is %d, need 200, 201, 202 or 204", r.Status)
	}
	return r.checkContent()
}

// checkRun holds the reply of a run, whose status may be a failure.
func (r *Reply) checkRun() error {
	if r.Status != 0 && (r.Status < 200 || r.Status > 599 || r.Status/100 == 3) {
		return fmt.Errorf("status is %d, need 200 to 299 or 400 to 599", r.Status)
	}
	return r.checkContent()
}

func (r *Reply) checkContent() error {
	seen := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		key := http.CanonicalHeaderKey(name)
		if seen[key] {
			return fmt.Errorf("header %q is there twice, in two spellings", key)
		}
		seen[key] = true
		if !httpguts.ValidHeaderFieldName(name) || slices.Contains(managedHeaders, key) {
			return fmt.Errorf("header %q cannot be set", name)
		}
		if !httpguts.ValidHeaderFieldValue(r.Header[name]) || !utf8.ValidString(r.Header[name]) {
			return fmt.Errorf("header %q has a value that no header can carry", name)
		}
	}
	if len(r.Body) > MaxReplyBytes {
		return fmt.Errorf("body is %d bytes, at most %d are sent", len(r.Body), MaxReplyBytes)
	}
	return nil
}

func (r *Reply) write(w http.ResponseWriter) {
	h := w.Header()
	for name, value := range r.Header {
		h.Set(name, value)
	}
	code := r.Status
	if code == 0 {
		code = http.StatusOK
	}
	if r.Body != "" && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	if code != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(code)
	_, _ = w.Write([]byte(r.Body)) // a sender that is gone sends again
}
