package events_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/auth"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
)

// chatSite serves the chat platform with workers, and collects what handlers
// see.
func chatSite(t testing.TB, store once.Store, logger ...*slog.Logger) (*site, *events.Figures, func(n int) []events.ChatEvent) {
	t.Helper()
	var mu sync.Mutex
	var seen []events.ChatEvent
	arrived := make(chan struct{}, 1<<17)
	note := func(_ context.Context, e events.ChatEvent) error {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, e)
		arrived <- struct{}{}
		return nil
	}
	handlers := events.ChatHandlers{MessageIn: note, MessageOut: note, MessageGenerated: note, DeviceConnected: note, DeviceDisconnected: note}.Handlers()
	figures := events.NewFigures()
	quiet := slog.New(slog.DiscardHandler)
	queue := startedQueue(t, events.MemoryQueueConfig{MaxJobs: 100_000, Workers: 1, Logger: quiet}, events.WorkConfig{Handlers: handlers, Figures: figures, Logger: quiet})
	source := must(t)(events.ChatPlatform(events.ChatConfig{Secrets: auth.FixedSecrets(secret)}))
	cfg := events.Config{Sources: []events.Source{source}, Handlers: handlers, Queue: queue, Once: store, Figures: figures}
	if len(logger) > 0 {
		cfg.Logger = logger[0]
	}
	return newSite(t, cfg), figures, func(n int) []events.ChatEvent {
		for range n {
			<-arrived
		}
		mu.Lock()
		defer mu.Unlock()
		return append([]events.ChatEvent(nil), seen...)
	}
}

// startedQueue is a memory queue with workers that end with the test.
func startedQueue(t testing.TB, q events.MemoryQueueConfig, w events.WorkConfig) events.Queue {
	t.Helper()
	queue, err := events.NewMemoryQueue(q)
	if err != nil {
		t.Fatal(err)
	}
	work, err := events.NewWorkHandler(w)
	if err != nil {
		t.Fatal(err)
	}
	workers := events.StartWorkers(queue, work.Deliver)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = workers.Shutdown(ctx) // what was lost is the test's own matter
	})
	return queue
}

const chatMessage = `{"event":"channel.message_in","timestamp":"2026-11-28T12:00:00Z","conversation_id":"c1","conversation_label":"vip","need_human":true,
 "message":{"id":"m1","sender_name":"Ana","channel":{"id":"ch1","name":"Line","engine":"wa"},"bisnis":{"id":"b1","name":"Shop"},"user":{"id":7,"name":"Ana"},
 "content":{"type":"text","text":"hello","attachments":[{"url":"https://x.example/a.png"}]},"agent":{"name":"Budi"},"ai":{"name":"Bot"}}}`

func TestChatEventAsGoTypes(t *testing.T) {
	t.Parallel()
	s, _, seen := chatSite(t, memoryStore(t))
	a := s.post(t, "/webhook", chatMessage, headers("Authorization", secret))
	if a.status != http.StatusOK || a.body != "OK" {
		t.Fatalf("%d %q, want 200 OK", a.status, a.body)
	}
	want := []events.ChatEvent{{
		Event: "channel.message_in", Timestamp: "2026-11-28T12:00:00Z", ConversationID: "c1", ConversationLabel: "vip", NeedHuman: true,
		Message: &events.ChatMessage{
			ID: "m1", SenderName: "Ana", Channel: events.ChatChannel{ID: "ch1", Name: "Line", Engine: "wa"},
			Bisnis: events.ChatParty{ID: "b1", Name: "Shop"}, User: events.ChatParty{ID: "7", Name: "Ana"},
			Content: events.ChatContent{Type: "text", Text: "hello", Attachments: []json.RawMessage{json.RawMessage(`{"url":"https://x.example/a.png"}`)}},
			Agent:   &events.ChatName{Name: "Budi"}, AI: &events.ChatName{Name: "Bot"},
		},
	}}
	if diff := cmp.Diff(want, seen(1)); diff != "" {
		t.Errorf("handler saw (-want +got):\n%s", diff)
	}
}

func TestChatStatuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, body, authorization string
		status                            int
		reason                            string
	}{
		{"wrong method", "GET", "", secret, 405, events.ReasonMethod},
		{"no secret", "POST", chatMessage, "", 401, string(auth.ReasonNoCredential)},
		{"wrong secret", "POST", chatMessage, secret + "x", 401, string(auth.ReasonMismatch)},
		{"a scheme before it: compared verbatim", "POST", chatMessage, "Bearer " + secret, 401, string(auth.ReasonMismatch)},
		{"another case", "POST", chatMessage, strings.ToUpper(secret), 401, string(auth.ReasonMismatch)},
		{"no JSON", "POST", "event=x", secret, 400, events.ReasonMalformed},
		{"too large", "POST", strings.Repeat(" ", 1<<20+1), secret, 413, events.ReasonTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, _, _ := chatSite(t, memoryStore(t))
			r, err := http.NewRequestWithContext(t.Context(), tt.method, s.URL+"/webhook", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			s.refused(t, s.send(t, r), tt.status, tt.reason)
		})
	}
}

func TestChatUnknownEventIsLoggedAndAnswered(t *testing.T) {
	t.Parallel()
	s, _, _ := chatSite(t, memoryStore(t))
	a := s.post(t, "/webhook", `{"event":"channel.renamed","message":{"id":"m1"}}`, headers("Authorization", secret))
	if r := s.logs.await(t, "event", 1)[0]; a.status != http.StatusOK || a.body != "OK" || r["outcome"] != "unknown type ignored" || r["type"] != "channel.renamed" || r["level"] != "WARN" {
		t.Errorf("%d %q, log %v", a.status, a.body, r)
	}
}

// Device events have no message. Each one is its own event, and only one that
// comes again is a duplicate.
func TestChatDeviceEventsAreNotAllDuplicates(t *testing.T) {
	t.Parallel()
	s, figures, seen := chatSite(t, memoryStore(t))
	device := func(event, id, at string) string {
		return fmt.Sprintf(`{"event":"device.%s","timestamp":%s,"device":{"id":%q,"name":"Phone"}}`, event, at, id)
	}
	bodies := []string{
		device("connected", "d1", "1"), device("connected", "d1", "2"), device("connected", "d2", "1"),
		device("disconnected", "d1", "1"), device("connected", "d1", `"1"`), // the last is the first again
		device("connected", "d1", "null"), device("connected", "d1", "null"), // nothing tells these apart
	}
	for _, body := range bodies {
		if a := s.post(t, "/webhook", body, headers("Authorization", secret)); a.status != http.StatusOK {
			t.Fatalf("%s: %d %s", body, a.status, a.body)
		}
	}
	if got := seen(6); len(got) != 6 || figures.Duplicates() != 1 {
		t.Errorf("%d of 7 events handled, %d duplicates, want 6 and 1", len(got), figures.Duplicates())
	}
}

// The last 10,000 ids are known, whatever order others came in; one before them
// is not.
func TestChatKnowsTheLast10000IDs(t *testing.T) {
	t.Parallel()
	store, err := once.NewMemory(once.MemoryConfig{Entries: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	s, figures, seen := chatSite(t, store, slog.New(slog.DiscardHandler))
	send := func(i int) {
		body := fmt.Sprintf(`{"event":"channel.message_in","message":{"id":"m%d"}}`, i)
		if w := receive(t, s.receiver, "/webhook", body, []string{"Authorization", secret}); w.Code != http.StatusOK {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	const all = 10_001
	for i := range all {
		send(i)
	}
	const again = 101
	for i := range again { // the first of the last 10,000, every hundredth, the last
		send(1 + i*(all-2)/(again-1))
	}
	if n := figures.Duplicates(); n != again {
		t.Errorf("%d of %d ids among the last 10,000 were known", n, again)
	}
	send(0) // the one before: forgotten, so it runs again
	if got := len(seen(all + 1)); got != all+1 {
		t.Errorf("%d events handled, want %d", got, all+1)
	}
}
