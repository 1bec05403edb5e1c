package caller_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx/caller"
)

func environment(overrides ...*cxpb.Webhook) *cxpb.Environment {
	return &cxpb.Environment{WebhookConfig: &cxpb.Environment_WebhookConfig{WebhookOverrides: overrides}}
}

func TestEnvironmentOverrides(t *testing.T) {
	t.Parallel()
	base := resource(func(s *service) {
		s.RequestHeaders = map[string]string{"X-A": "1", "X-B": "2"}
		s.Username, s.Password = "u", "p"
	})
	base.Name = "projects/p/webhooks/w"
	generic := func(name, display string, s *service) *cxpb.Webhook {
		return &cxpb.Webhook{Name: name, DisplayName: display, Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: s}}
	}
	staging := &service{Uri: "https://staging.example.com/hook", RequestHeaders: map[string]string{"X-C": "3"}}
	directory := &cxpb.Webhook{Name: base.Name, Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
		Service: "s", GenericWebService: &service{Uri: "https://inside.example.com/hook"}}}}
	tests := []struct {
		name      string
		overrides []*cxpb.Webhook
		host      string
		headers   []string // X-A, X-B, X-C
	}{
		{"none", nil, "orders.example.com", []string{"1", "2", ""}},
		{"by name, maps replaced whole", []*cxpb.Webhook{generic(base.Name, "", staging)}, "staging.example.com", []string{"", "", "3"}},
		{"by display name", []*cxpb.Webhook{generic("", "orders", staging)}, "staging.example.com", []string{"", "", "3"}},
		{"of another webhook", []*cxpb.Webhook{generic("projects/p/webhooks/x", "orders", staging)}, "orders.example.com", []string{"1", "2", ""}},
		{"service directory keeps the rest", []*cxpb.Webhook{directory}, "inside.example.com", []string{"1", "2", ""}},
	}
	for _, tt := range tests {
		var got *http.Request
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			got = r
			jsonAnswer("{}")(w, r)
		})
		kept := proto.CloneOf(base)
		call(t, newCaller(t, base, caller.ToHandler(h), caller.WithEnvironment(environment(tt.overrides...))), turn(t))
		headers := []string{got.Header.Get("X-A"), got.Header.Get("X-B"), got.Header.Get("X-C")}
		if got.Host != tt.host || !cmp.Equal(headers, tt.headers) {
			t.Errorf("%s: host %s, headers %q; want %s, %q", tt.name, got.Host, headers, tt.host, tt.headers)
		}
		if user, _, _ := got.BasicAuth(); user != "u" {
			t.Errorf("%s: user %q, want the one that is not overridden", tt.name, user)
		}
		if diff := cmp.Diff(kept, base, protocmp.Transform()); diff != "" {
			t.Errorf("%s: the resource was changed (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestEnvironmentOverridesTheTimeout(t *testing.T) {
	t.Parallel()
	w := resource()
	o := &cxpb.Webhook{DisplayName: "orders", Timeout: durationpb.New(31 * time.Second)}
	if _, err := caller.New(w, caller.ToHandler(http.NotFoundHandler()), caller.WithEnvironment(environment(o))); err == nil {
		t.Error("a timeout of 31 s in the override was accepted")
	}
}
