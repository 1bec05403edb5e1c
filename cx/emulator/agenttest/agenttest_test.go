package agenttest_test

import (
	"context"
	"io/fs"
	"net/http"
	"testing"
	"testing/fstest"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"golang.org/x/tools/txtar"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/emulator/agenttest"
)

func shop(t *testing.T) fs.FS {
	t.Helper()
	ar, err := txtar.ParseFile("../testdata/cases.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys, err := txtar.FS(ar)
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func hooks() *cx.Mux {
	mux := cx.NewMux()
	mux.Handle("greet", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.Text("Hello from the webhook."), cx.SetParam("greeted", true))
	}))
	mux.Handle("price", cx.HandlerFunc(func(context.Context, *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
		return cx.Respond(cx.SetParam("price", 12.5))
	}))
	return mux
}

func TestRun(t *testing.T) {
	t.Parallel()
	agenttest.Run(t, shop(t), cx.NewHTTPHandler(hooks()))
}

// The recordings alone carry the cases: nothing is served.
func TestRecorded(t *testing.T) {
	t.Parallel()
	agenttest.Run(t, shop(t), nil, agenttest.RecordedMatching(), agenttest.RecordedWebhooks())
}

// A webhook that nobody serves raises the agent's event; the handler is not
// called for it.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	hook := file(`{"displayName":"away","genericWebService":{"uri":"https://hooks.example.com/away"}}`)
	fsys := fstest.MapFS{
		"agent.json":         file(`{"startFlow":"Start","defaultLanguageCode":"en"}`),
		"webhooks/away.json": hook,
		"flows/Start/Start.json": file(`{"displayName":"Start","eventHandlers":[
			{"event":"webhook.error.not-found","triggerFulfillment":{"messages":[{"text":{"text":["Nobody there."]}}]}}],
			"transitionRoutes":[{"intent":"call","triggerFulfillment":{"webhook":"away","tag":"x"}}]}`),
		"intents/call/call.json":               file(`{"displayName":"call"}`),
		"intents/call/trainingPhrases/en.json": file(`{"trainingPhrases":[{"parts":[{"text":"call"}]}]}`),
		"testCases/call.json": file(`{"displayName":"call","testCaseConversationTurns":[{"userInput":{"isWebhookEnabled":true,"input":{"languageCode":"en","text":{"text":"call"}}},
			"virtualAgentOutput":{"textResponses":[{"text":["Nobody there."]}]}}]}`),
	}
	called := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	agenttest.Run(t, fsys, called, agenttest.Unreachable("away"))
}
