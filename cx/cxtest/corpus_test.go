package cxtest_test

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/cx/cxtest"
	"github.com/cxhook/cxhook/internal/corpus"
)

// echo answers with what it got, so that a difference in what is replayed
// shows in the answer.
func echo(_ context.Context, req *cxpb.WebhookRequest) (*cxpb.WebhookResponse, error) {
	return &cxpb.WebhookResponse{
		FulfillmentResponse: &cxpb.WebhookResponse_FulfillmentResponse{Messages: req.GetMessages()},
		SessionInfo:         req.GetSessionInfo(),
		Payload:             req.GetPayload(),
	}, nil
}

// Every recorded request is recorded again from the wire and replays.
func TestRecordedRequestsReplayCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "request-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recorded requests, %v", len(files), err)
	}
	service := cx.NewHTTPHandler(cx.HandlerFunc(echo), cx.WithLogger(slog.New(slog.DiscardHandler)))
	url, dir := recording(t, service.ServeHTTP)
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		send(t, http.MethodPost, url+"/webhook", "application/json", string(body))
	}
	recorded := archives(t, dir)
	if len(recorded) != len(files) {
		t.Errorf("%d archives of %d requests", len(recorded), len(files))
	}
	lenient := protojson.UnmarshalOptions{DiscardUnknown: true}
	for name, data := range recorded {
		e, err := cxtest.ParseExchange([]byte(data))
		if err != nil || e.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d, %v", name, e.StatusCode, err)
			continue
		}
		req, resp := &cxpb.WebhookRequest{}, &cxpb.WebhookResponse{}
		if err := lenient.Unmarshal(e.RequestBody, req); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := protojson.Unmarshal(e.ResponseBody, resp); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(req.GetSessionInfo(), resp.GetSessionInfo(), protocmp.Transform()); diff != "" {
			t.Errorf("%s: session (-request +answer):\n%s", name, diff)
		}
	}
	cxtest.Replay(t, os.DirFS(dir), "*.txtar", service)
}
