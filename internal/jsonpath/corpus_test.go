package jsonpath_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/cxhook/cxhook/internal/corpus"
	"github.com/cxhook/cxhook/internal/jsonpath"
)

// TestMappingsCorpus reads every path of the webhooks.
func TestMappingsCorpus(t *testing.T) {
	t.Parallel()
	paths := map[string]bool{}
	list, err := os.ReadFile(corpus.Dir(t, "webhooks.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	docs := bytes.Split(bytes.TrimSpace(list), []byte("\n"))
	files, err := filepath.Glob(filepath.Join(corpus.Dir(t, "agents"), "*", "webhooks", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, b)
	}
	for _, b := range docs {
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		collectPaths(paths, v)
	}
	indefinite := 0
	for src := range paths {
		p, err := jsonpath.Parse(src)
		if err != nil {
			t.Errorf("%q: %v", src, err)
			continue
		}
		if !p.Definite() {
			indefinite++
		}
		if _, _, err := p.Get(map[string]any{"result": map[string]any{"address": nil}}); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
	if len(paths) == 0 {
		t.Error("no paths were found")
	}
	t.Logf("%d distinct paths, %d indefinite", len(paths), indefinite)
}

// collectPaths finds the values of parameter mappings, which are lists of
// key and value, or objects.
func collectPaths(paths map[string]bool, v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			collectPaths(paths, item)
		}
	case map[string]any:
		for k, item := range v {
			if k != "parameterMapping" {
				collectPaths(paths, item)
				continue
			}
			entries, _ := item.([]any)
			for _, entry := range entries {
				if pair, ok := entry.(map[string]any); ok {
					if path, ok := pair["value"].(string); ok {
						paths[path] = true
					}
				}
			}
			object, _ := item.(map[string]any)
			for _, path := range object {
				if s, ok := path.(string); ok {
					paths[s] = true
				}
			}
		}
	}
}
