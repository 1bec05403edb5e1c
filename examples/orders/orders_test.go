package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/cxtest"
)

// recorded is the folder of the recorded exchanges.
const recorded = "../../testdata/orders"

// day is the date on which the tests run.
var day = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func service(t *testing.T) http.Handler {
	t.Helper()
	h, err := newHandler(t.Context(), func(string) string { return "" }, outside{}, &Hooks{Desk: NewDesk(), Now: func() time.Time { return day }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestDebugPathsAreNotServed: what linked packages register with the default
// mux is not on the desk's port.
func TestDebugPathsAreNotServed(t *testing.T) {
	t.Parallel()
	h := service(t)
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/vars", "/debug/requests", "/debug/events", "/metrics"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("GET %s is %d, want 404", path, w.Code)
		}
	}
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	cxtest.Replay(t, cxtest.Dir(recorded), "*.txtar", service(t))
}

func TestUnknownOrdersAreAskedForAgain(t *testing.T) {
	t.Parallel()
	c := cxtest.New(t, service(t))
	for _, tag := range []string{"order-status", "refund"} {
		a := c.Call(cxtest.Request(tag, cxtest.FormParam("order_number", "B1")))
		a.WantTexts("I cannot find an order B1.")
		a.WantInvalid("order_number")
		a.WantParams(map[string]any{"order_problem": "unknown"})
	}
}

func TestStatusClearsTheProblem(t *testing.T) {
	t.Parallel()
	a := cxtest.New(t, service(t)).Call(cxtest.Request("order-status", cxtest.FormParam("order_number", "A1002"), cxtest.Param("order_problem", "unknown")))
	a.WantTexts("Your Desk lamp is on its way.")
	a.WantParams(map[string]any{"order_state": "on its way", "order_problem": nil})
}

func TestDeliveryDays(t *testing.T) {
	t.Parallel()
	date := func(y, m, d int) map[string]any { return map[string]any{"year": y, "month": m, "day": d} }
	tests := []struct {
		name   string
		order  string
		day    any
		ok     bool
		phrase string
	}{
		{"a working day", "A1001", date(2026, 3, 5), true, "Thursday, 5 March 2026"},
		{"a Sunday", "A1001", date(2026, 3, 8), false, "Sundays"},
		{"a day that is over", "A1001", date(2026, 3, 1), false, "over"},
		{"an order that has come", "A1003", date(2026, 3, 5), true, "delivered already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := cxtest.New(t, service(t)).Call(cxtest.Request("reschedule-delivery",
				cxtest.FormParam("order_number", tt.order), cxtest.FormParam("delivery_day", tt.day)))
			if tt.ok {
				a.WantInvalid()
			} else {
				a.WantInvalid("delivery_day")
			}
			if text := a.Messages[0].GetText().GetText()[0]; !strings.Contains(text, tt.phrase) {
				t.Errorf("text = %q, want it to hold %q", text, tt.phrase)
			}
		})
	}
}

func TestReschedulingTwiceIsOnce(t *testing.T) {
	t.Parallel()
	desk := NewDesk()
	for range 2 {
		if err := desk.Reschedule("A1001", day); err != nil {
			t.Fatal(err)
		}
	}
	if o, err := desk.Order("A1001"); err != nil || !o.Delivery.Equal(day) {
		t.Errorf("order = %v, %v, want delivery on %v", o, err, day)
	}
	if err := desk.Reschedule("B1", day); !errors.Is(err, ErrUnknownOrder) {
		t.Errorf("unknown order: %v, want ErrUnknownOrder", err)
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	c := cxtest.New(t, service(t))
	for range 2 { // Dialogflow may repeat a call
		a := c.Call(cxtest.Request("refund", cxtest.Param("order_number", "A1004")))
		a.WantTexts("I have refunded €29.50 for your Toaster, two slots.")
		a.WantParams(map[string]any{"refund_cents": 2950})
	}
	a := c.Call(cxtest.Request("refund", cxtest.Param("order_number", "A1003"), cxtest.Param("refund_reason", "wobbly")))
	handoff := a.Messages[1].GetLiveAgentHandoff().GetMetadata().AsMap()
	if handoff["order"] != "A1003" || handoff["reason"] != "wobbly" {
		t.Errorf("handoff = %v, want order and reason", handoff)
	}
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	c := cxtest.New(t, service(t))
	for category, want := range map[string]int{"": 4, "kitchen": 2, "office": 2} {
		a := c.Call(cxtest.Request("catalogue", cxtest.Param("category", category)))
		rows := a.Messages[1].GetPayload().AsMap()["richContent"].([]any)
		if got := len(rows[0].([]any)); got != want {
			t.Errorf("catalogue of %q has %d cards, want %d", category, got, want)
		}
	}
	a := c.Call(cxtest.Request("catalogue", cxtest.Param("category", "garden")))
	a.WantTexts("We have nothing in garden. We have kitchen and office goods.")
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	c := cxtest.New(t, service(t))
	c.Fails(cxtest.Request("order-status"), "webhook.error.bad-request")
	c.Fails(cxtest.Request("no such tag"), "webhook.error")
}

func TestCloudRunNeedsAVerifier(t *testing.T) {
	t.Parallel()
	env := map[string]string{"K_SERVICE": "orders", "PORT": "0"}
	if err := run(t.Context(), func(name string) string { return env[name] }, nil); !errors.Is(err, errNoVerifier) {
		t.Errorf("run on Cloud Run without a verifier = %v, want a refusal", err)
	}
}

// TestRunAnswersTheRecordings starts the program as main does and sends it
// every recorded request over a socket.
func TestRunAnswersTheRecordings(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	started := make(chan string, 1)
	result := make(chan error, 1)
	go func() {
		result <- run(ctx, func(name string) string { return map[string]string{"PORT": "0"}[name] }, func(desk, _ string) { started <- desk })
	}()
	var url string
	select {
	case addr := <-started:
		url = "http://" + addr
	case err := <-result:
		t.Fatalf("run: %v", err)
	}
	if host, _, _ := net.SplitHostPort(strings.TrimPrefix(url, "http://")); host != "127.0.0.1" {
		t.Errorf("listens on %s, want the loopback only", host)
	}
	target, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("recorded", func(t *testing.T) {
		cxtest.Replay(t, cxtest.Dir(recorded), "*.txtar", httputil.NewSingleHostReverseProxy(target))
	})
	stop()
	if err := <-result; err != nil {
		t.Errorf("run ended with %v, want nil", err)
	}
}

// TestCurlOfTheReadme sends what the README has the reader send, and expects
// the answer that it shows.
func TestCurlOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)-d '(.*?)'\n```\n\n```json\n(.*?)\n```").FindSubmatch(readme)
	if m == nil {
		t.Fatal("README has no curl line with an answer")
	}
	srv := httptest.NewServer(service(t))
	defer srv.Close()
	resp, err := srv.Client().Post(srv.URL+"/webhook", "application/json", bytes.NewReader(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	if json.Unmarshal(body, &got) != nil || json.Unmarshal(m[2], &want) != nil {
		t.Fatalf("not JSON: %s or %s", body, m[2])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-README +got):\n%s", diff)
	}
}

// Trial numbers fail with the status that they name, so that every event of a
// failed webhook can be raised at will; others are unknown as any number is.
func TestTrialNumbers(t *testing.T) {
	t.Parallel()
	c := cxtest.New(t, service(t))
	for number, event := range map[string]string{
		"T0400": "webhook.error.bad-request", "T0401": "webhook.error.rejected", "T0403": "webhook.error.rejected",
		"T0404": "webhook.error", "T0500": "webhook.error", "T0503": "webhook.error.unavailable",
	} {
		for _, tag := range []string{"order-status", "refund"} {
			c.Fails(cxtest.Request(tag, cxtest.FormParam("order_number", number)), event)
		}
	}
	for _, number := range []string{"T0200", "T0302", "T04", "T", "A0400"} {
		c.Call(cxtest.Request("order-status", cxtest.FormParam("order_number", number))).WantInvalid("order_number")
	}
}

// The archive answers a webhook that waits for it, and raises a timeout where
// one does not.
func TestArchive(t *testing.T) {
	t.Parallel()
	for name, timeout := range map[string]time.Duration{"patient": 3 * time.Second, "impatient": time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &cxpb.Webhook{Timeout: durationpb.New(timeout), Webhook: &cxpb.Webhook_GenericWebService_{
					GenericWebService: &cxpb.Webhook_GenericWebService{Uri: cxtest.URI},
				}}
				c := cxtest.NewWebhook(t, w, caller.ToHandler(service(t)))
				req := cxtest.Request("archived-order", cxtest.Param("archive_year", 2019))
				if name == "impatient" {
					c.Fails(req, caller.EventTimeout)
					return
				}
				c.Call(req).WantTexts("There is no order of yours from 2019.")
			})
		})
	}
}
