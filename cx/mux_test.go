package cx_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx"
)

func named(name string) cx.Handler {
	return cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return say(name), nil
	})
}

func tagged(tag string) *cxpb.WebhookRequest {
	return &cxpb.WebhookRequest{FulfillmentInfo: &cxpb.WebhookRequest_FulfillmentInfo{Tag: tag}}
}

func TestMuxRoutesByTag(t *testing.T) {
	t.Parallel()
	inner := cx.NewMux()
	inner.Handle("inner", named("inner"))
	inner.Handle("shared", named("inner shared"))
	under := cx.NewMux()
	under.Handle("nested", named("nested"))
	m := cx.NewMux()
	m.Handle("a", named("a"))
	m.Handle("with blank: and/punctuation.", named("punctuated"))
	m.Handle("shared", named("outer shared"))
	m.Handle("nested", under)
	m.Fallback(inner)

	tests := []struct{ name, tag, want string }{
		{"own tag", "a", "a"},
		{"real tags hold blanks and punctuation", "with blank: and/punctuation.", "punctuated"},
		{"the outer mux wins", "shared", "outer shared"},
		{"a mux under a tag looks the tag up again", "nested", "nested"},
		{"a mux as fallback", "inner", "inner"},
	}
	for _, tt := range tests {
		resp, err := m.ServeWebhook(t.Context(), tagged(tt.tag))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := resp.GetFulfillmentResponse().GetMessages()[0].GetText().GetText()[0]; got != tt.want {
			t.Errorf("%s: tag %q reached %q, want %q", tt.name, tt.tag, got, tt.want)
		}
	}
	want := []string{"a", "inner", "nested", "shared", "with blank: and/punctuation."}
	if diff := cmp.Diff(want, m.Tags()); diff != "" {
		t.Errorf("Tags (-want +got):\n%s", diff)
	}
}

func TestMuxRefusesTags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		tag      string
		fallback bool
		status   int // 0 means served
	}{
		{"unknown", "b", false, 404},
		{"case matters", "A", false, 404},
		{"missing", "", false, 400},
		{"unknown with fallback", "b", true, 0},
		{"missing with fallback", "", true, 0},
		{"control character", "a\n", true, 400},
		{"too long", strings.Repeat("x", cx.MaxTagBytes+1), true, 400},
		{"longest", strings.Repeat("x", cx.MaxTagBytes), true, 0},
		{"invalid UTF-8", "a\xff", true, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := cx.NewMux()
			m.Handle("a", named("a"))
			if tt.fallback {
				m.Fallback(named("fallback"))
			}
			_, err := m.ServeWebhook(t.Context(), tagged(tt.tag))
			var e *cx.Error
			switch {
			case tt.status == 0 && err != nil:
				t.Errorf("error = %v, want none", err)
			case tt.status != 0 && (!errors.As(err, &e) || e.Status() != tt.status):
				t.Errorf("error = %v, want status %d", err, tt.status)
			}
		})
	}
}

func TestMuxWithoutFulfillmentInfo(t *testing.T) {
	t.Parallel()
	m := cx.NewMux()
	m.Handle("a", named("a"))
	_, err := m.ServeWebhook(t.Context(), &cxpb.WebhookRequest{})
	var e *cx.Error
	if !errors.As(err, &e) || e.Status() != http.StatusBadRequest {
		t.Errorf("error = %v, want status 400", err)
	}
}

func TestRegistrationMistakesPanic(t *testing.T) {
	t.Parallel()
	h := named("x")
	tests := []struct {
		name string
		want string // what the panic names
		do   func(m *cx.Mux)
	}{
		{"empty tag", "empty tag", func(m *cx.Mux) { m.Handle("", h) }},
		{"duplicate tag", `"taken"`, func(m *cx.Mux) { m.Handle("taken", h) }},
		{"duplicate by function", `"taken"`, func(m *cx.Mux) { m.HandleFunc("taken", h.ServeWebhook) }},
		{"malformed tag", `"a\x00"`, func(m *cx.Mux) { m.Handle("a\x00", h) }},
		{"nil handler", `"nil"`, func(m *cx.Mux) { m.Handle("nil", nil) }},
		{"nil function", `"nil"`, func(m *cx.Mux) { m.HandleFunc("nil", nil) }},
		{"nil HandlerFunc", `"nil"`, func(m *cx.Mux) { m.Handle("nil", cx.HandlerFunc(nil)) }},
		{"nil fallback", "nil fallback", func(m *cx.Mux) { m.Fallback(nil) }},
		{"second fallback", "twice", func(m *cx.Mux) { m.Fallback(h); m.Fallback(h) }},
		{"itself as fallback", "in itself", func(m *cx.Mux) { m.Fallback(m) }},
		{"itself under a tag", "in itself", func(m *cx.Mux) { m.Handle("a", m) }},
		{"a circle of two", "in itself", func(m *cx.Mux) { b := cx.NewMux(); m.Fallback(b); b.Handle("a", m) }},
		{"a circle through a time limit", "in itself", func(m *cx.Mux) { b := cx.NewMux(); m.Fallback(cx.TimeLimit(b, time.Second, nil)); b.Fallback(m) }},
		{"tag too long, both numbers", "1025 bytes, at most 1024", func(m *cx.Mux) { m.Handle(strings.Repeat("x", 1025), h) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := cx.NewMux()
			m.Handle("taken", h)
			defer func() {
				if v, _ := recover().(string); !strings.Contains(v, tt.want) {
					t.Errorf("panic = %q, want it to name %s", v, tt.want)
				}
			}()
			tt.do(m)
			t.Error("no panic")
		})
	}
}
