package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"sync"

	dialogflow "cloud.google.com/go/dialogflow/cx/apiv3"
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/gorilla/mux"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/flexible/events"
	"github.com/cxhook/cxhook/flexible/events/notify"
)

//go:embed all:testdata/agent
var exported embed.FS

// emulated is what the agent of testdata is called.
const emulated = "projects/example/locations/global/agents/ticket-office"

// Types of Stripe's events.
const (
	succeeded = "payment_intent.succeeded"
	failed    = "payment_intent.payment_failed"
)

// office is the conversation with the agent.
type office struct {
	agent    string
	client   *dialogflow.SessionsClient
	notifier *notify.Notifier
	stop     func()

	mu    sync.Mutex
	inbox map[string][]string // what was said to a session unasked
}

// openOffice connects to an agent of Dialogflow, or without a name to the
// emulated one.
func openOffice(ctx context.Context, name string, store once.Store) (o *office, err error) {
	o = &office{agent: name, stop: func() {}, inbox: make(map[string][]string)}
	var opts []option.ClientOption
	if name == "" {
		o.agent = emulated
		if opts, o.stop, err = emulate(ctx); err != nil {
			return nil, err
		}
	}
	defer func() {
		if err != nil {
			o.stop()
		}
	}()
	o.notifier, err = notify.New(ctx, notify.Config{Agent: o.agent, Once: store, Options: opts})
	if err != nil {
		return nil, err
	}
	location := strings.Split(o.agent, "/")[3] // notify has checked the form
	endpoint := "dialogflow.googleapis.com:443"
	if location != "global" {
		endpoint = location + "-" + endpoint
	}
	o.client, err = dialogflow.NewSessionsClient(ctx, append([]option.ClientOption{option.WithEndpoint(endpoint)}, opts...)...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("payments: %w", err), o.notifier.Close())
	}
	return o, nil
}

func (o *office) close() {
	_ = o.client.Close()   // nothing is on its way
	_ = o.notifier.Close() // likewise
	o.stop()
}

// emulate serves the agent of testdata on the loopback.
func emulate(ctx context.Context) ([]option.ClientOption, func(), error) {
	dir, err := fs.Sub(exported, "testdata/agent")
	if err != nil {
		return nil, nil, fmt.Errorf("payments: %w", err)
	}
	a, err := agent.Load(dir)
	if err != nil {
		return nil, nil, err
	}
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		return nil, nil, err
	}
	srv, err := sessions.New(em, sessions.WithAgentName(emulated))
	if err != nil {
		return nil, nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("payments: %w", err)
	}
	g := grpc.NewServer()
	cxpb.RegisterSessionsServer(g, srv)
	go func() { _ = g.Serve(l) }() // ends with Stop
	return []option.ClientOption{
		option.WithEndpoint(l.Addr().String()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}, g.Stop, nil
}

// intent is the part of a Stripe event that the office reads.
type intent struct {
	Type string `json:"type"`
	Data struct {
		Object struct {
			Amount   int64  `json:"amount"` // in cents
			Currency string `json:"currency"`
			Metadata struct {
				Session string `json:"session"` // given to Stripe with the payment
			} `json:"metadata"`
		} `json:"object"`
	} `json:"data"`
}

// payment tells the conversation of a payment, and keeps what the agent says to
// it for the user.
func (o *office) payment() events.HandlerFunc {
	pick := func(_ context.Context, d events.Delivery) (notify.Notification, error) {
		var in intent
		if err := json.Unmarshal(d.Payload, &in); err != nil {
			return notify.Notification{}, events.Permanent(errors.New("payments: the event is no payment"))
		}
		note := notify.Notification{
			Session: in.Data.Object.Metadata.Session, Event: "payment-received",
			Params: map[string]any{"amount": float64(in.Data.Object.Amount) / 100, "currency": strings.ToUpper(in.Data.Object.Currency)},
		}
		if in.Type == failed {
			note.Event = "payment-failed"
		}
		return note, nil
	}
	return o.notifier.Handler(pick, func(_ context.Context, d events.Delivery, answer *cxpb.QueryResult) error {
		var in intent
		if err := json.Unmarshal(d.Payload, &in); err != nil {
			return events.Permanent(err)
		}
		o.push(in.Data.Object.Metadata.Session, texts(answer))
		return nil
	})
}

// maxInbox bounds what waits for one user, and how many users it waits for.
const maxInbox = 1000

func (o *office) push(session string, lines []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.inbox[session])+len(lines) <= maxInbox && (len(o.inbox) < maxInbox || o.inbox[session] != nil) {
		o.inbox[session] = append(o.inbox[session], lines...)
	}
}

// say sends what a user says to the agent and answers what the agent says.
func (o *office) say(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1024))
	if err != nil {
		http.Error(w, "at most 1024 bytes", http.StatusBadRequest)
		return
	}
	resp, err := o.client.DetectIntent(r.Context(), &cxpb.DetectIntentRequest{
		Session:    o.agent + "/sessions/" + mux.Vars(r)["session"],
		QueryInput: &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: string(text)}}},
	})
	if err != nil {
		http.Error(w, "the agent does not answer", http.StatusServiceUnavailable)
		return
	}
	writeLines(w, texts(resp.GetQueryResult()))
}

// read answers what the agent said since the last time.
func (o *office) read(w http.ResponseWriter, r *http.Request) {
	session := mux.Vars(r)["session"]
	o.mu.Lock()
	lines := o.inbox[session]
	delete(o.inbox, session)
	o.mu.Unlock()
	writeLines(w, lines)
}

func writeLines(w http.ResponseWriter, lines []string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}

func texts(r *cxpb.QueryResult) []string {
	var list []string
	for _, m := range r.GetResponseMessages() {
		if variants := m.GetText().GetText(); len(variants) > 0 {
			list = append(list, variants[0])
		}
	}
	return list
}
