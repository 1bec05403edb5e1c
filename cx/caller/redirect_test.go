package caller_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/caller"
)

// A redirect is a failed call, wherever it leads: nothing is sent to its
// target, and so no credentials are.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Int32
	arrived := func(w http.ResponseWriter, r *http.Request) {
		followed.Add(1)
		t.Errorf("a request arrived at the target, with Authorization %q", r.Header.Get("Authorization"))
		jsonAnswer("{}")(w, r)
	}
	other := httptest.NewServer(http.HandlerFunc(arrived))
	t.Cleanup(other.Close)
	targets := []string{"/other", "//" + other.Listener.Addr().String() + "/other", other.URL, "https://169.254.169.254/computeMetadata/v1/", "http://localhost/", "file:///etc/passwd", "::", ""}
	for _, kind := range []cxpb.Webhook_GenericWebService_WebhookType{cxpb.Webhook_GenericWebService_STANDARD, cxpb.Webhook_GenericWebService_FLEXIBLE} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, target := range targets {
				var asked atomic.Int32
				mux := http.NewServeMux()
				mux.HandleFunc("/webhook", func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					w.Header()["Location"] = []string{target}
					w.WriteHeader(status)
				})
				mux.HandleFunc("/other", arrived)
				w := resource(func(s *service) {
					s.WebhookType = kind
					s.RequestHeaders = map[string]string{"Authorization": "Bearer secret"}
				})
				res := call(t, overSocket(t, w, mux), turn(t))
				checkFailure(t, "redirect to "+target, res, caller.BadStatus, caller.EventError)
				if res.StatusCode != status || asked.Load() != 1 {
					t.Errorf("redirect to %q: status %d after %d requests, want %d after one", target, res.StatusCode, asked.Load(), status)
				}
			}
		}
	}
	if n := followed.Load(); n != 0 {
		t.Errorf("%d redirects were followed", n)
	}
}
