package caller_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/corpus"
)

// Every recorded request, sent by the caller, arrives as the same message,
// and with the undocumented keys if the recording has them.
func TestRecordedRequestsAreSentAsTheyWereCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "request-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recorded requests, %v", len(files), err)
	}
	lenient := protojson.UnmarshalOptions{DiscardUnknown: true}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, got := &cxpb.WebhookRequest{}, &cxpb.WebhookRequest{}
			if err := lenient.Unmarshal(body, want); err != nil {
				t.Fatal(err)
			}
			var raw string
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				raw = string(b)
				if err := lenient.Unmarshal(b, got); err != nil {
					t.Error(err)
				}
				jsonAnswer("{}")(w, r)
			})
			res := call(t, newCaller(t, resource(), caller.ToHandler(h)), &caller.Turn{Request: want})
			if res.Failure != nil {
				t.Fatal(res.Failure)
			}
			ignore := protocmp.IgnoreFields(&cxpb.ResponseMessage{}, "response_type")
			if diff := cmp.Diff(want, got, protocmp.Transform(), ignore); diff != "" {
				t.Errorf("request (-recorded +sent):\n%s", diff)
			}
			for _, key := range []string{`"redactedText"`, `"source"`} {
				if strings.Count(raw, key) < strings.Count(string(body), key) {
					t.Errorf("%d times %s, the recording has it %d times", strings.Count(raw, key), key, strings.Count(string(body), key))
				}
			}
		})
	}
}

// Both recorded answers pass the strict check.
func TestRecordedAnswersPassCorpus(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "response-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recorded answers, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := newCaller(t, resource(), caller.ToHandler(jsonAnswer(string(body))))
		if res := call(t, c, turn(t)); res.Failure != nil || len(res.Messages) == 0 {
			t.Errorf("%s: failure %v, %d messages", filepath.Base(file), res.Failure, len(res.Messages))
		}
	}
}

// Every webhook resource found can be called: standard ones with a recorded
// kind of request, flexible ones with values for whatever they refer to. The
// URL and the body that arrive are whole.
func TestResourcesCanBeCalledCorpus(t *testing.T) {
	t.Parallel()
	standard, flexibles := 0, 0
	for name, data := range resources(t) {
		w, err := flexible.LoadWebhook(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var seen *http.Request
		var body []byte
		h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			seen = r
			body, _ = io.ReadAll(r.Body)
			jsonAnswer(`{}`)(rw, r)
		})
		c, err := caller.New(w, caller.ToHandler(h), caller.Unauthenticated())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		res := call(t, c, &caller.Turn{Request: request(t, fullRequest), Scopes: caller.Scopes{Flow: map[string]any{"api_url": "x"}}})
		if res.Failure != nil || seen == nil {
			t.Errorf("%s: %v", name, res.Failure)
			continue
		}
		if len(body) > 0 && !json.Valid(body) {
			t.Errorf("%s: the body is not JSON: %s", name, body)
		}
		if res.Response != nil {
			standard++
		} else {
			flexibles++
		}
	}
	t.Logf("%d standard and %d flexible resources called", standard, flexibles)
	if standard == 0 || flexibles == 0 {
		t.Error("a kind is missing")
	}
}

// resources returns the webhook resources of the material by name.
func resources(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	lines, err := os.ReadFile(corpus.Dir(t, "webhooks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		var entry struct {
			Repo, File string
			Webhook    json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		found[entry.Repo+"/"+entry.File] = entry.Webhook
	}
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t, "agents"), "*", "webhooks", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[file] = data
	}
	return found
}
