package caller_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/cx/caller"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	generic := func(uri string) *cxpb.Webhook {
		return resource(func(s *cxpb.Webhook_GenericWebService) { s.Uri = uri })
	}
	nothing := caller.ToHandler(http.NotFoundHandler())
	tests := []struct {
		name   string
		w      *cxpb.Webhook
		target caller.Target
		opts   []caller.Option
		want   string
	}{
		{"nil", nil, nothing, nil, "nil webhook"},
		{"empty", &cxpb.Webhook{}, nothing, nil, "neither"},
		{"nil handler", resource(), caller.ToHandler(nil), nil, "nil handler"},
		{"31 seconds", withTimeout(resource(), caller.MaxTimeout+time.Second), nothing, nil, "the timeout is 31s, want 0 for the default or at most 30s"},
		{"negative timeout", withTimeout(resource(), -time.Second), nothing, nil, "the timeout is -1s, want 0 for the default or at most 30s"},
		{"target without scheme", resource(), caller.ToURL("127.0.0.1:80"), nil, `URI "127.0.0.1:80" has no scheme, write https://127.0.0.1:80 (or http://127.0.0.1:80, with AllowLocal)`},
		{"name and port", resource(), caller.ToURL("localhost:80"), nil, "or http://localhost:80"},
		{"no URI", generic(""), caller.ToResource(), nil, "the resource has no URI"},
		{"http", generic("http://orders.example.com/"), caller.ToResource(), nil, "need https"},
		{"http target", resource(), caller.ToURL("http://127.0.0.1:1"), nil, "need https"},
		{"other scheme", generic("ftp://orders.example.com/"), caller.ToResource(), []caller.Option{caller.AllowLocal()}, "scheme"},
		{"no host", generic("https:///webhook"), caller.ToResource(), nil, "no host"},
		{"not a URL", generic("https://<YOUR-HOST>/webhook"), caller.ToResource(), nil, "not a host name"},
		{"reference for a host", generic("https://$session.params.host/webhook"), caller.ToResource(), nil, "not a host name"},
		{"credentials in the URI", generic("https://a:b@orders.example.com/"), caller.ToResource(), nil, "holds credentials"},
		{"control characters in a header", resource(func(s *cxpb.Webhook_GenericWebService) { s.RequestHeaders = map[string]string{"X-A": "a\r\nB: c"} }), nothing, nil, "X-A"},
		{"unknown type", resource(func(s *cxpb.Webhook_GenericWebService) { s.WebhookType = 9 }), nothing, nil, "unknown type 9"},
		{"negative delay", resource(), nothing, []caller.Option{caller.WithRetryDelay(-1)}, "negative"},
		{"broken certificate", resource(func(s *cxpb.Webhook_GenericWebService) { s.AllowedCaCerts = [][]byte{[]byte("x")} }), caller.ToResource(), nil, "allowedCaCerts[0]"},
		{"service directory without resolver", &cxpb.Webhook{Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
			Service: "s", GenericWebService: &cxpb.Webhook_GenericWebService{Uri: hookURI}}}}, caller.ToResource(), nil, "WithServiceDirectory"},
	}
	for _, tt := range tests {
		_, err := caller.New(tt.w, tt.target, tt.opts...)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "caller: ") {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Host + r.RequestURI)
		jsonAnswer("{}")(w, r)
	})
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	tests := []struct {
		name, uri string
		target    caller.Target
		want      string
	}{
		{"handler", " https://orders.example.com/a/b?c=d#e ", caller.ToHandler(h), "orders.example.com/a/b?c=d"},
		{"handler, no path", "https://orders.example.com", caller.ToHandler(h), "orders.example.com/"},
		{"handler, placeholder", "https://<YOUR-HOST>/hook?k=v", caller.ToHandler(h), "localhost/hook?k=v"},
		{"handler, no URI", "", caller.ToHandler(h), "localhost/"},
		{"host alone keeps the path", "https://orders.example.com/a?c=d", caller.ToURL(srv.URL), host + "/a?c=d"},
		{"host with a slash keeps the path", "https://<YOUR-HOST>/a", caller.ToURL(srv.URL + "/"), host + "/a"},
		{"whole URL", "https://orders.example.com/a?c=d", caller.ToURL(srv.URL + "/x"), host + "/x"},
		{"the resource itself", srv.URL + "/y?z", caller.ToResource(), host + "/y?z"},
	}
	for _, tt := range tests {
		w := resource(func(s *cxpb.Webhook_GenericWebService) { s.Uri = tt.uri })
		res := call(t, newCaller(t, w, tt.target, caller.AllowLocal()), turn(t))
		if res.Failure != nil || seen.Load() != tt.want {
			t.Errorf("%s: called %v, failure %v; want %s", tt.name, seen.Load(), res.Failure, tt.want)
		}
	}
}
