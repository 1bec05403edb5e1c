package main

import (
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func standIn() *StandIn {
	return &StandIn{
		ClientID: "dialogflow", ClientSecret: "a-secret-of-the-example",
		Contacts: []Contact{{"003AA000001", "Ada Byron", "+15550123"}},
	}
}

func TestLookUp(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(standIn())
	t.Cleanup(srv.Close)
	tests := []struct {
		name  string
		phone string
		want  map[string]any
	}{
		{"a contact", "+15550123", map[string]any{"phone": "+15550123", "contact_id": "003AA000001", "contact_name": "Ada Byron", "contacts_found": 1.0}},
		{"nobody: a definite path without a hit forgets the parameter", "+1999", map[string]any{"phone": "+1999", "contacts_found": 0.0}},
		{"blanks and ampersands stay in the value", "+1 & q=x#%", map[string]any{"phone": "+1 & q=x#%", "contacts_found": 0.0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			result, err := lookUp(t.Context(), srv.URL, tt.phone)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, result.Session); diff != "" {
				t.Errorf("session parameters (-want +got):\n%s", diff)
			}
		})
	}
}

// Dialogflow escapes for the URL only: a quote in a value ends the text of the
// query. The agent must check what it puts there.
func TestAQuoteIsTheAgentsBusiness(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(standIn())
	defer srv.Close()
	if _, err := lookUp(t.Context(), srv.URL, "x' OR Name LIKE '%"); err == nil {
		t.Error("the stand-in accepted a query that a value has changed")
	}
}

func TestWrongClientGetsNoToken(t *testing.T) {
	t.Parallel()
	s := standIn()
	s.ClientSecret = "another secret of the stand-in"
	srv := httptest.NewServer(s)
	defer srv.Close()
	if _, err := lookUp(t.Context(), srv.URL, "+15550123"); err == nil {
		t.Error("a wrong client secret was accepted")
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"+15550123"}); err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), nil); err == nil {
		t.Error("run without a number: no error")
	}
}
