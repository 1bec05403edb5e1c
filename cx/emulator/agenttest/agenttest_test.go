package agenttest_test

import (
	"context"
	"io/fs"
	"testing"

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
