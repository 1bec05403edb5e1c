package flexible_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/flexible"
	"github.com/cxhook/cxhook/internal/corpus"
)

// generated answers every reference with a value that is hard to place.
func generated(seed int) flexible.Scope {
	values := []any{
		"a b/c?d#e&f=%2f\"\\", 3.5, true, []any{"x", 1.0, nil}, map[string]any{"k": "v", "n": []any{1.0}}, "", nil, "é😀\r\n",
	}
	return scopeFunc(func(space, name string) (any, bool) {
		i := (len(space) + len(name) + seed) % (len(values) + 1)
		if i == len(values) {
			return nil, false
		}
		return values[i], true
	})
}

// playWebhook compiles a flexible resource and renders it, and reports
// whether it is one.
func playWebhook(t *testing.T, resource *cxpb.Webhook) bool {
	w, err := flexible.Compile(resource)
	if errors.Is(err, flexible.ErrNotFlexible) {
		return false
	}
	if err != nil {
		t.Errorf("%s: %v", resource.GetDisplayName(), err)
		return true
	}
	for seed := range 9 {
		req, err := w.RequestIn(t.Context(), &flexible.Env{Scope: generated(seed)})
		if err != nil {
			t.Errorf("%s: %v", resource.GetDisplayName(), err)
			continue
		}
		got := observe(t, req)
		if _, err := url.Parse(got.URL); err != nil {
			t.Errorf("%s: %v", resource.GetDisplayName(), err)
		}
		if got.Body != "" && !json.Valid([]byte(got.Body)) {
			t.Errorf("%s: not JSON: %s", resource.GetDisplayName(), got.Body)
		}
	}
	params, err := w.Extract([]byte(`{}`))
	if err != nil || len(params) != len(w.Targets()) {
		t.Errorf("%s: have %v, %v from an empty answer", resource.GetDisplayName(), params, err)
	}
	return true
}

func TestCorpusWebhookLines(t *testing.T) {
	t.Parallel()
	f, err := os.Open(corpus.Dir(t, "webhooks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	loaded, played := 0, 0
	for lines.Scan() {
		var line struct{ Webhook json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		resource, err := flexible.LoadWebhook(line.Webhook)
		if err != nil {
			t.Error(err)
			continue
		}
		loaded++
		if playWebhook(t, resource) {
			played++
		}
	}
	t.Logf("%d resources loaded, %d flexible ones played", loaded, played)
	if lines.Err() != nil || loaded == 0 {
		t.Errorf("%d resources read: %v", loaded, lines.Err())
	}
}

func TestCorpusAgentWebhooks(t *testing.T) {
	t.Parallel()
	loaded, played := 0, 0
	err := filepath.WalkDir(corpus.Dir(t, "agents"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Base(filepath.Dir(path)) != "webhooks" || !strings.HasSuffix(path, ".json") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		resource, err := flexible.LoadWebhook(data)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			return nil
		}
		loaded++
		if playWebhook(t, resource) {
			played++
		}
		return nil
	})
	t.Logf("%d resources loaded, %d flexible ones played", loaded, played)
	if err != nil || loaded == 0 {
		t.Errorf("%d resources read: %v", loaded, err)
	}
}
