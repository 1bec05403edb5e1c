package sessions_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	cx "cloud.google.com/go/dialogflow/cx/apiv3"
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"golang.org/x/tools/txtar"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// name is what the client of the tests calls the agent.
const name = "projects/demo-1/locations/europe-west1/agents/0e1d2c3b"

// bakery loads the agent of the tests.
func bakery(t testing.TB) *agent.Agent {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "bakery.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(ar)
	if err != nil {
		t.Fatal(err)
	}
	a, err := agent.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Faults {
		t.Errorf("testdata: %s", f)
	}
	return a
}

// emulate runs the agent with its webhooks served by a handler; nil leaves
// them unreachable.
func emulate(t testing.TB, h http.Handler, opts ...emulator.Option) *emulator.Emulator {
	t.Helper()
	a := bakery(t)
	callers := make(emulator.Callers)
	for hook, w := range a.Webhooks {
		if h == nil {
			break
		}
		c, err := caller.New(w, caller.ToHandler(h), caller.Unauthenticated())
		if err != nil {
			t.Fatal(err)
		}
		callers[hook] = c
	}
	em, err := emulator.New(a, append([]emulator.Option{emulator.WithMatcher(emulator.ExactMatcher(a)), emulator.WithWebhooks(callers)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return em
}

// serve serves an emulated agent on a free port of the loopback and returns
// the address.
func serve(t testing.TB, em *emulator.Emulator, opts ...sessions.Option) string {
	t.Helper()
	srv, err := sessions.New(em, opts...)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := grpc.NewServer()
	cxpb.RegisterSessionsServer(g, srv)
	ended := make(chan error, 1)
	go func() { ended <- g.Serve(l) }()
	t.Cleanup(func() {
		g.Stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// client is Google's client, changed in nothing but the endpoint.
func client(t testing.TB, addr string) *cx.SessionsClient {
	t.Helper()
	c, err := cx.NewSessionsClient(t.Context(), option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// office serves both webhooks of the bakery: orders get a number, prices
// stand in cents, complaints find nobody there.
func office(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if bread, ok := strings.CutPrefix(r.URL.Path, "/prices/"); ok {
		fmt.Fprintf(w, `{"cents": %d, "bread": %q}`, 100*len(bread), bread)
		return
	}
	var req struct {
		FulfillmentInfo struct{ Tag string }
		SessionInfo     struct {
			Session    string
			Parameters map[string]any
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if req.FulfillmentInfo.Tag == "complaint" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	session := req.SessionInfo.Session[strings.LastIndex(req.SessionInfo.Session, "/")+1:]
	fmt.Fprintf(w, `{"sessionInfo": {"parameters": {"order_number": "%s-%v-%v"}}, "payload": {"for": %q}}`,
		session, req.SessionInfo.Parameters["count"], req.SessionInfo.Parameters["bread"], session)
}

// say is a request with a text.
func say(session, text string) *cxpb.DetectIntentRequest {
	return &cxpb.DetectIntentRequest{Session: name + "/sessions/" + session, QueryInput: textInput(text)}
}

func textInput(text string) *cxpb.QueryInput {
	return &cxpb.QueryInput{LanguageCode: "en", Input: &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: text}}}
}

// texts are the replies in text.
func texts(r *cxpb.QueryResult) []string {
	var list []string
	for _, m := range r.GetResponseMessages() {
		list = append(list, m.GetText().GetText()...)
	}
	return list
}
