package events_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/flexible/events"
)

// fullJob has something in every field that encoders like to rewrite.
func fullJob() events.Job {
	return events.Job{
		ID: "evt_1", Handler: "paid", Source: "stripe", Tenant: "acme", Type: "payment_intent.succeeded", Order: "cus_1",
		Vars:     map[string]json.RawMessage{"amount": json.RawMessage("12345678901234567890.10"), "html": json.RawMessage(`"<b>&\u003c"`)},
		Header:   map[string]string{"x-github-event": "push"},
		Payload:  json.RawMessage("{ \"a\" : 1e2,\n\t\"b\": \"<&>\u2028\" , \"\\u0061\": \"\\/\"}\n"),
		Received: time.Date(2026, 11, 28, 23, 59, 59, 123456789, time.UTC),
	}
}

func TestJobReadsBackToTheSameBytes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in, into any
	}{
		{"job", fullJob(), new(events.Job)},
		{"job without anything", events.Job{}, new(events.Job)},
		{"payload of no bytes is not no payload", events.Job{Payload: json.RawMessage{}}, new(events.Job)},
		{"delivery", events.Delivery{Job: fullJob(), Attempt: 3}, new(events.Delivery)},
		{"dead job", events.DeadJob{Job: fullJob(), DeadID: "d1", Attempts: 5, Reason: "refused <b>", Died: time.Unix(1, 0).UTC()}, new(events.DeadJob)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, tt.into); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			if diff := cmp.Diff(tt.in, deref(tt.into)); diff != "" {
				t.Errorf("read back (-in +out):\n%s", diff)
			}
		})
	}
}

func deref(v any) any {
	switch v := v.(type) {
	case *events.Job:
		return *v
	case *events.Delivery:
		return *v
	case *events.DeadJob:
		return *v
	}
	return nil
}

// A job that could be half understood is an error, so that a queue can set it
// aside in place of losing a part of it.
func TestJobOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"later version":   `{"v":2,"id":"a","handler":"h","source":"s","received":"2026-11-28T00:00:00Z"}`,
		"no version":      `{"id":"a","handler":"h","source":"s","received":"2026-11-28T00:00:00Z"}`,
		"unknown name":    `{"v":1,"id":"a","priority":1,"received":"2026-11-28T00:00:00Z"}`,
		"no job":          `[]`,
		"wrong type":      `{"v":1,"id":7}`,
		"torn in the end": `{"v":1,"id":"a"`,
	} {
		var d events.Delivery
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("%s: %s reads as %+v", name, text, d)
		}
	}
	if _, err := json.Marshal(events.Job{ID: "a\xff"}); err == nil {
		t.Error("a job that is not UTF-8 has JSON, which cannot read back to it")
	}
}

func TestPermanent(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such customer")
	err := events.Permanent(cause)
	if !events.IsPermanent(err) || !errors.Is(err, cause) || err.Error() != cause.Error() {
		t.Errorf("Permanent(%v) = %v, permanent %v", cause, err, events.IsPermanent(err))
	}
	if events.IsPermanent(cause) || events.Permanent(nil) != nil || events.IsPermanent(nil) {
		t.Error("an unmarked error or none is permanent")
	}
}
