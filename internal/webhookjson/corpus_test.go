package webhookjson_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/corpus"
	"google.golang.org/protobuf/encoding/protojson"
)

func TestCorpusRecorded(t *testing.T) {
	t.Parallel()
	dir := corpus.Dir(t, "recorded")
	requests, answers := 0, 0
	for path := range jsonFiles(t, dir) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, raw) // an answer is a request with unknown fields
		if strings.HasPrefix(filepath.Base(path), "request") {
			requests++
			continue
		}
		answers++
		sameAnswerOf(t, raw)
	}
	if requests == 0 || answers == 0 {
		t.Errorf("found %d requests and %d answers", requests, answers)
	}
}

// Everything in exported agents that can occur in a call: messages,
// parameters and payloads.
func TestCorpusAgents(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	for path := range jsonFiles(t, corpus.Dir(t, "agents")) {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if json.Unmarshal(raw, &doc) != nil {
			continue // not every file of a repository is JSON all through
		}
		parts(doc, func(key string, v any) {
			var request, answer any
			switch key {
			case "messages":
				request = map[string]any{"messages": v}
				answer = map[string]any{"fulfillmentResponse": request}
			case "sessionParameters", "injectedParameters":
				request = map[string]any{"sessionInfo": map[string]any{"parameters": v}}
				answer = request
			case "payload":
				request = map[string]any{"payload": v, "messages": []any{map[string]any{"payload": v}}}
				answer = map[string]any{"payload": v}
			case "value", "defaultValue":
				request = map[string]any{"pageInfo": map[string]any{"formInfo": map[string]any{"parameterInfo": []any{map[string]any{"value": v}}}}}
				answer = request
			default:
				return
			}
			found[key]++
			same(t, marshal(t, request))
			sameAnswerOf(t, marshal(t, answer))
		})
	}
	for _, key := range []string{"messages", "sessionParameters", "payload", "value"} {
		if found[key] == 0 {
			t.Errorf("found no %q", key)
		}
	}
	t.Logf("compared %v", found)
}

// sameAnswerOf compares what is written for an answer that was read leniently.
func sameAnswerOf(t *testing.T, raw []byte) {
	t.Helper()
	var resp cxpb.WebhookResponse
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, &resp); err == nil {
		sameAnswer(t, &resp)
	}
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// parts calls visit for every member of every object in doc.
func parts(doc any, visit func(key string, v any)) {
	switch doc := doc.(type) {
	case map[string]any:
		for key, v := range doc {
			visit(key, v)
			parts(v, visit)
		}
	case []any:
		for _, v := range doc {
			parts(v, visit)
		}
	}
}

func jsonFiles(t *testing.T, dir string) func(func(string) bool) {
	return func(yield func(string) bool) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) == ".json" && !yield(path) {
				return filepath.SkipAll
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
