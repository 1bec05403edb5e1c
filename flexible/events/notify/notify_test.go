package notify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/notify"
)

// A payment moves a waiting conversation on, over Google's own client, once for
// two deliveries.
func TestPaymentMovesTheAgentOn(t *testing.T) {
	t.Parallel()
	srv := office(t)
	say := func(text string) []string {
		t.Helper()
		resp, err := srv.DetectIntent(t.Context(), &cxpb.DetectIntentRequest{
			Session:    theAgent + "/sessions/anna",
			QueryInput: &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: text}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return texts(resp.GetQueryResult())
	}
	n := newNotifier(t, notify.Config{Options: serve(t, srv), Once: memory(t)})
	say("a ticket please")
	if got, want := say("have I paid"), []string{"No payment yet."}; !slices.Equal(got, want) {
		t.Fatalf("before: %q, want %q", got, want)
	}
	note := notify.Notification{Session: "anna", Event: "payment-received", Params: map[string]any{"amount": 12, "currency": "EUR"}}
	want := []string{"Your payment of 12 EUR has arrived.", "Here is your ticket. Enjoy the concert!"}
	for attempt := 1; attempt <= 2; attempt++ {
		answer, err := n.Notify(t.Context(), delivery("evt_1"), note)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(answer); !slices.Equal(got, want) {
			t.Errorf("delivery %d: %q, want %q", attempt, got, want)
		}
	}
	if got, want := say("have I paid"), []string{"You have paid 12 EUR."}; !slices.Equal(got, want) {
		t.Errorf("after: %q, want %q", got, want)
	}
}

// service answers as it is told and keeps what it was asked.
type service struct {
	cxpb.UnimplementedSessionsServer
	mu    sync.Mutex
	asked []*cxpb.DetectIntentRequest
	next  []codes.Code // of the calls to come; OK afterwards
}

func (s *service) DetectIntent(_ context.Context, r *cxpb.DetectIntentRequest) (*cxpb.DetectIntentResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	if len(s.next) > 0 {
		code := s.next[0]
		s.next = s.next[1:]
		if code != codes.OK {
			return nil, status.Error(code, "refused: "+canary)
		}
	}
	return &cxpb.DetectIntentResponse{QueryResult: &cxpb.QueryResult{LanguageCode: r.GetQueryInput().GetLanguageCode()}}, nil
}

func (s *service) calls() []*cxpb.DetectIntentRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

func TestRequestIsWhatTheAPITakes(t *testing.T) {
	t.Parallel()
	s := new(service)
	n := newNotifier(t, notify.Config{Agent: theAgent + "/environments/prod", Options: serve(t, s), Language: "de"})
	_, err := n.Notify(t.Context(), delivery("evt_1"), notify.Notification{
		Session: theAgent + "/environments/prod/sessions/anna", Event: "paid", TimeZone: "Europe/Berlin", Params: map[string]any{"amount": 12.5},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := s.calls()[0]
	if got, want := r.GetSession(), theAgent+"/environments/prod/sessions/anna"; got != want {
		t.Errorf("session %q, want %q", got, want)
	}
	if r.GetQueryInput().GetEvent().GetEvent() != "paid" || r.GetQueryInput().GetLanguageCode() != "de" {
		t.Errorf("input %v, want the event paid in de", r.GetQueryInput())
	}
	if r.GetQueryParams().GetParameters().GetFields()["amount"].GetNumberValue() != 12.5 || r.GetQueryParams().GetTimeZone() != "Europe/Berlin" {
		t.Errorf("parameters %v", r.GetQueryParams())
	}
}

func TestWhatComesOfErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, reason string
		answers      []codes.Code
		calls        int
		fails        bool
		permanent    bool
	}{
		{"unavailable at first", "the service was away for a moment", []codes.Code{codes.Unavailable, codes.Unavailable}, 3, false, false},
		{"not found", "the agent is gone", []codes.Code{codes.NotFound}, 1, true, true},
		{"invalid", "the request stays what it is", []codes.Code{codes.InvalidArgument}, 1, true, true},
		{"denied", "a role can be given", []codes.Code{codes.PermissionDenied}, 1, true, false},
		{"exhausted", "quota comes back", []codes.Code{codes.ResourceExhausted}, 1, true, false},
		{"internal", "the turn may have run: the queue decides", []codes.Code{codes.Internal}, 1, true, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := &service{next: test.answers}
			n := newNotifier(t, notify.Config{Options: serve(t, s), Once: memory(t)})
			note := notify.Notification{Session: "anna", Event: "paid", Params: map[string]any{"card": canary}}
			_, err := n.Notify(t.Context(), delivery("evt_1"), note)
			if (err != nil) != test.fails || events.IsPermanent(err) != test.permanent {
				t.Errorf("Notify = %v, permanent %v: %s", err, events.IsPermanent(err), test.reason)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error tells a parameter: %v", err)
			}
			if err != nil && status.Code(err) != test.answers[0] {
				t.Errorf("code %v, want %v", status.Code(err), test.answers[0])
			}
			if got := len(s.calls()); got != test.calls {
				t.Errorf("%d calls, want %d", got, test.calls)
			}
			// What failed left no claim behind.
			if _, err := n.Notify(t.Context(), delivery("evt_1"), note); err != nil {
				t.Errorf("the next delivery: %v", err)
			}
		})
	}
}

// The service stays away: the attempts end with the time, and the job is not
// given up.
func TestUnavailableForLong(t *testing.T) {
	t.Parallel()
	s := &service{next: slices.Repeat([]codes.Code{codes.Unavailable}, 1000)}
	n := newNotifier(t, notify.Config{Options: serve(t, s), Timeout: 300 * time.Millisecond})
	_, err := n.Notify(t.Context(), delivery("evt_1"), notify.Notification{Session: "anna", Event: "paid"})
	if err == nil || events.IsPermanent(err) {
		t.Errorf("Notify = %v, want an error that the queue repeats", err)
	}
}

// One event, many deliveries at once, on one store: one request. Without a
// store there are as many as deliveries, which the same count sees.
func TestNotifiedOnce(t *testing.T) {
	t.Parallel()
	const deliveries = 20
	for _, test := range []struct {
		name  string
		store once.Store
		want  int
	}{{"with a store", memory(t), 1}, {"control without one", nil, deliveries}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := new(service)
			n := newNotifier(t, notify.Config{Options: serve(t, s), Once: test.store})
			var wg sync.WaitGroup
			for range deliveries {
				wg.Go(func() {
					if _, err := n.Notify(t.Context(), delivery("evt_1"), notify.Notification{Session: "anna", Event: "paid"}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := len(s.calls()); got != test.want {
				t.Errorf("%d requests, want %d", got, test.want)
			}
			if _, err := n.Notify(t.Context(), delivery("evt_2"), notify.Notification{Session: "anna", Event: "paid"}); err != nil {
				t.Error(err)
			}
			if got := len(s.calls()); got != test.want+1 {
				t.Errorf("%d requests after another event, want %d", got, test.want+1)
			}
		})
	}
}

// A session comes from an event: it must not lead to another agent.
func TestForeignSessionsAreRefused(t *testing.T) {
	t.Parallel()
	s := new(service)
	n := newNotifier(t, notify.Config{Options: serve(t, s)})
	for _, note := range []notify.Notification{
		{Session: "", Event: "paid"},
		{Session: "projects/other/locations/global/agents/a/sessions/anna", Event: "paid"},
		{Session: theAgent + "/environments/draft/sessions/anna", Event: "paid"},
		{Session: "../../agents/other/sessions/anna", Event: "paid"},
		{Session: "a/b", Event: "paid"},
		{Session: strings.Repeat("x", 37), Event: "paid"},
		{Session: "anna", Event: ""},
		{Session: "anna", Event: "paid", Params: map[string]any{"f": func() {}}},
	} {
		_, err := n.Notify(t.Context(), delivery("evt_1"), note)
		if !errors.Is(err, notify.ErrNotification) || !events.IsPermanent(err) {
			t.Errorf("Notify(%q, %q) = %v, want ErrNotification, for good", note.Session, note.Event, err)
		}
	}
	if got := len(s.calls()); got != 0 {
		t.Errorf("%d requests, want none", got)
	}
}

func TestHandlerPushesTheAnswer(t *testing.T) {
	t.Parallel()
	n := newNotifier(t, notify.Config{Options: serve(t, office(t)), Once: memory(t)})
	var pushed []string
	refused := errors.New("no session in the event")
	h := n.Handler(func(_ context.Context, d events.Delivery) (notify.Notification, error) {
		if d.ID == "evt_bad" {
			return notify.Notification{}, refused
		}
		return notify.Notification{Session: "anna", Event: "sys.no-match-default"}, nil
	}, func(_ context.Context, d events.Delivery, answer *cxpb.QueryResult) error {
		pushed = append(pushed, d.ID+": "+strings.Join(texts(answer), " "))
		return nil
	})
	if err := h(t.Context(), delivery("evt_1")); err != nil {
		t.Fatal(err)
	}
	if err := h(t.Context(), delivery("evt_bad")); !errors.Is(err, refused) {
		t.Errorf("handler = %v, want the error of pick", err)
	}
	if want := []string{"evt_1: I sell tickets. Shall I?"}; !slices.Equal(pushed, want) {
		t.Errorf("pushed %q, want %q", pushed, want)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "anna", "projects/p/locations/l", "projects/p/locations/evil.example.com#/agents/a", "projects/p/locations/eu-west1/x/agents/a",
		"projects/p/locations/global/agents/a/sessions/s", theAgent + "/", "projects/p/locations//agents/a",
	} {
		if _, err := notify.New(t.Context(), notify.Config{Agent: name, Options: []option.ClientOption{option.WithoutAuthentication()}}); !errors.Is(err, notify.ErrConfig) {
			t.Errorf("New with agent %q = %v, want ErrConfig", name, err)
		}
	}
	if _, err := notify.New(t.Context(), notify.Config{Agent: theAgent, Timeout: -1}); !errors.Is(err, notify.ErrConfig) {
		t.Errorf("New with a negative timeout = %v, want ErrConfig", err)
	}
}

// https://docs.cloud.google.com/dialogflow/cx/docs/concept/region#api.
func TestEndpointOfTheRegion(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"global":       "dialogflow.googleapis.com:443",
		"us":           "us-dialogflow.googleapis.com:443",
		"eu":           "eu-dialogflow.googleapis.com:443",
		"europe-west1": "europe-west1-dialogflow.googleapis.com:443",
		"us-central1":  "us-central1-dialogflow.googleapis.com:443",
	} {
		got, err := notify.EndpointOf("projects/p/locations/" + location + "/agents/a")
		if err != nil || got != want {
			t.Errorf("endpoint of %s = %q, %v, want %q", location, got, err, want)
		}
	}
}
