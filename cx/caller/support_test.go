package caller_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx/caller"
)

const hookURI = "https://orders.example.com/webhook"

// resource returns a standard webhook with the given settings.
func resource(change ...func(*cxpb.Webhook_GenericWebService)) *cxpb.Webhook {
	s := &cxpb.Webhook_GenericWebService{Uri: hookURI}
	for _, f := range change {
		f(s)
	}
	return &cxpb.Webhook{
		DisplayName: "orders",
		Webhook:     &cxpb.Webhook_GenericWebService_{GenericWebService: s},
	}
}

func withTimeout(w *cxpb.Webhook, d time.Duration) *cxpb.Webhook {
	w.Timeout = durationpb.New(d)
	return w
}

func newCaller(t testing.TB, w *cxpb.Webhook, target caller.Target, opts ...caller.Option) *caller.Caller {
	t.Helper()
	c, err := caller.New(w, target, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// request parses the JSON of a request.
func request(t testing.TB, text string) *cxpb.WebhookRequest {
	t.Helper()
	req := &cxpb.WebhookRequest{}
	if err := protojson.Unmarshal([]byte(text), req); err != nil {
		t.Fatal(err)
	}
	return req
}

func turn(t testing.TB) *caller.Turn {
	t.Helper()
	return &caller.Turn{Request: request(t, `{"detectIntentResponseId":"r1","fulfillmentInfo":{"tag":"order-status"}}`)}
}

func call(t testing.TB, c *caller.Caller, tn *caller.Turn) *caller.Result {
	t.Helper()
	res, err := c.Call(context.Background(), tn)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// answering is a service that gives one answer.
func answering(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		} else {
			w.Header()["Content-Type"] = nil
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonAnswer(body string) http.HandlerFunc {
	return answering(http.StatusOK, "application/json", body)
}

// overSocket serves h on a loopback port and returns a caller of it.
func overSocket(t testing.TB, w *cxpb.Webhook, h http.Handler, opts ...caller.Option) *caller.Caller {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return newCaller(t, w, caller.ToURL(srv.URL), append(opts, caller.AllowLocal())...)
}

// jsonEqual compares two JSON texts by meaning.
func jsonEqual(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	return cmp.Equal(x, y)
}
