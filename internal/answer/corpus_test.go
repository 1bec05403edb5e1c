package answer_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"github.com/cxhook/cxhook/internal/corpus"
	"google.golang.org/protobuf/encoding/protojson"
)

// Answers that services gave to Dialogflow are good by both weights.
func TestCorpusAnswers(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "response-*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded answers: %v", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		resp := new(cxpb.WebhookResponse)
		if err := protojson.Unmarshal(raw, resp); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		if err := answer.Strict(resp); err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

// Messages that agents hold are messages that Dialogflow takes: whatever Check
// calls an error in them is counted and has a reason here.
func TestCorpusMessages(t *testing.T) {
	var count, lesser int
	refused := make(map[string]int)
	err := filepath.WalkDir(corpus.Dir(t, "agents"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var tree any
		if json.Unmarshal(raw, &tree) != nil {
			return nil // other tools leave files there, too
		}
		eachMessage(tree, func(m *cxpb.ResponseMessage) {
			count++
			err := answer.Check(messages(m), func(*answer.Fault) { lesser++ })
			if f, ok := errors.AsType[*answer.Fault](err); ok {
				_, place, _ := strings.Cut(f.Path, "]")
				refused[place+": "+f.Err.Error()]++
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d messages, %d lesser faults, refused: %v", count, lesser, refused)
	if count == 0 {
		t.Fatal("no messages found")
	}
	for reason, n := range refused {
		t.Errorf("%d messages of agents are refused: %s", n, reason)
	}
}

// eachMessage calls f for the messages in the fulfillments of an exported file.
func eachMessage(tree any, f func(*cxpb.ResponseMessage)) {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			eachMessage(item, f)
		}
	case map[string]any:
		for name, item := range v {
			list, ok := item.([]any)
			if name != "messages" || !ok {
				eachMessage(item, f)
				continue
			}
			for _, item := range list {
				raw, err := json.Marshal(item)
				if err != nil {
					continue
				}
				m := new(cxpb.ResponseMessage)
				if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, m) == nil {
					f(m)
				}
			}
		}
	}
}
