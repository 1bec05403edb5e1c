package main

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

// resource returns a compiled resource of the agent, and a caller that plays
// Dialogflow's part of it against the desk.
func resource(t *testing.T, name string) (*flexible.Webhook, *caller.Caller) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/webhooks/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := flexible.LoadWebhook(data)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := flexible.Compile(w)
	if err != nil {
		t.Fatal(err)
	}
	c, err := caller.New(w, caller.ToHandler(service(t)))
	if err != nil {
		t.Fatal(err)
	}
	return compiled, c
}

func TestResourcesFitTheHandlers(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]func(*flexible.Webhook) error{
		"stock":       flexible.Check[stockIn, stockOut],
		"place-order": flexible.Check[placeIn, placeOut],
		"address":     flexible.Check[addressIn, addressOut],
	} {
		w, _ := resource(t, name)
		if err := check(w); err != nil {
			t.Errorf("%s has drifted from its handler: %v", name, err)
		}
	}
}

func TestFlexibleCalls(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		resource      string
		session, flow map[string]any
		wantSession   map[string]any
		wantFlow      map[string]any
		event         string
	}{
		{
			name: "a GET whose query holds references", resource: "stock",
			session: map[string]any{"product_code": "LA-7"}, flow: map[string]any{"town": "Sankt Gallen/Ost"},
			wantSession: map[string]any{"product_code": "LA-7", "product": "Desk lamp", "stock_left": 7.0},
			wantFlow:    map[string]any{"town": "Sankt Gallen/Ost"},
		},
		{
			name: "an article that nobody has", resource: "stock",
			session: map[string]any{"product_code": "?&town=x"}, flow: map[string]any{},
			wantSession: map[string]any{"product_code": "?&town=x"}, wantFlow: map[string]any{},
			event: caller.EventError,
		},
		{
			name: "a body with a number, a list and text around references", resource: "place-order",
			session: map[string]any{
				"product_code": "KT-1", "count": 3.0, "note": `ring "twice"`,
				"customer": map[string]any{"name": "Ada", "original": "I am Ada"}, "extras": []any{"card", "wrap"},
			},
			wantSession: map[string]any{
				"product_code": "KT-1", "count": 3.0, "note": `ring "twice"`, "order_number": "NKT-1",
				"customer": map[string]any{"name": "Ada", "original": "I am Ada"}, "extras": []any{"card", "wrap"},
			},
			wantFlow: map[string]any{"total_cents": 10470.0},
		},
		{
			name: "a count that is not to be had", resource: "place-order",
			session:     map[string]any{"product_code": "KT-1", "count": 500.0},
			wantSession: map[string]any{"product_code": "KT-1", "count": 500.0}, wantFlow: map[string]any{},
			event: caller.EventBadRequest,
		},
		{
			name: "filters pick the town and what is doubtful", resource: "address",
			flow:        map[string]any{"address_lines": []any{"Long Street", "9000 Sankt Gallen"}},
			wantSession: map[string]any{},
			wantFlow: map[string]any{
				"address_lines": []any{"Long Street", "9000 Sankt Gallen"},
				"town":          []any{"Sankt Gallen"}, "doubtful": []any{"street"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := resource(t, tt.resource)
			a, err := c.Call(t.Context(), &caller.Turn{Scopes: caller.Scopes{Session: tt.session, Flow: tt.flow}})
			if err != nil {
				t.Fatal(err)
			}
			if a.Event() != tt.event {
				t.Fatalf("event = %q (%v), want %q", a.Event(), a.Failure, tt.event)
			}
			if diff := cmp.Diff(tt.wantSession, a.Session); diff != "" {
				t.Errorf("session parameters (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.wantFlow, a.Flow); tt.wantFlow != nil && diff != "" {
				t.Errorf("flow parameters (-want +got):\n%s", diff)
			}
		})
	}
}
