package sessions_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"net"
	"testing/fstest"

	dialogflow "cloud.google.com/go/dialogflow/cx/apiv3"
	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cxhook/cxhook/cx/emulator"
	"github.com/cxhook/cxhook/cx/emulator/agent"
	"github.com/cxhook/cxhook/cx/emulator/sessions"
)

// exported stands for the export of an agent, a folder or a zip.
func exported() fs.FS {
	return fstest.MapFS{
		"agent.json":                            {Data: []byte(`{"startFlow": "Default Start Flow", "defaultLanguageCode": "en"}`)},
		"intents/hello/hello.json":              {Data: []byte(`{"displayName": "hello"}`)},
		"intents/hello/trainingPhrases/en.json": {Data: []byte(`{"trainingPhrases": [{"parts": [{"text": "hello"}]}]}`)},
		"flows/Default Start Flow/Default Start Flow.json": {Data: []byte(`{"name": "00000000-0000-0000-0000-000000000000", "displayName": "Default Start Flow",
			"transitionRoutes": [{"intent": "hello", "triggerFulfillment": {"messages": [{"text": {"text": ["Hello from this machine."]}}]}}]}`)},
	}
}

// serveAgent serves an agent on the loopback until the context ends.
func serveAgent(ctx context.Context, a *agent.Agent) (addr string, err error) {
	em, err := emulator.New(a, emulator.WithMatcher(emulator.ExactMatcher(a)))
	if err != nil {
		return "", err
	}
	srv, err := sessions.New(em)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	g := grpc.NewServer()
	cxpb.RegisterSessionsServer(g, srv)
	context.AfterFunc(ctx, g.GracefulStop)
	go func() {
		if err := g.Serve(l); err != nil {
			log.Print(err)
		}
	}()
	return l.Addr().String(), nil
}

// An agent answers Google's client from this machine: the endpoint and the
// credentials are all that differs from a program for the product.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := agent.Load(exported())
	if err != nil {
		log.Fatal(err)
	}
	addr, err := serveAgent(ctx, a)
	if err != nil {
		log.Fatal(err)
	}
	c, err := dialogflow.NewSessionsClient(ctx, option.WithEndpoint(addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	res, err := c.DetectIntent(ctx, &cxpb.DetectIntentRequest{
		Session: "projects/my-project/locations/global/agents/my-agent/sessions/anna",
		QueryInput: &cxpb.QueryInput{
			LanguageCode: "en",
			Input:        &cxpb.QueryInput_Text{Text: &cxpb.TextInput{Text: "hello"}},
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range res.GetQueryResult().GetResponseMessages() {
		fmt.Println(m.GetText().GetText()[0])
	}
	fmt.Println(res.GetQueryResult().GetCurrentPage().GetName())
	// Output:
	// Hello from this machine.
	// projects/my-project/locations/global/agents/my-agent/flows/00000000-0000-0000-0000-000000000000/pages/START_PAGE
}
