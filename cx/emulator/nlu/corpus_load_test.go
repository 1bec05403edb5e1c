package nlu_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
	"github.com/cxhook/cxhook/internal/corpus"
)

// exported is what the measurements read of an agent.
type exported struct {
	name       string
	config     nlu.Config
	intents    map[string]nlu.Intent
	forms      map[string][]nlu.Parameter // by "flow/page"
	slots      map[string][]nlu.Parameter // by parameter name: all that may set it
	cases      []recordedCase
	scopeNames []string
}

type recordedCase struct {
	Created struct {
		Seconds int64 `json:"seconds"`
	} `json:"creationTime"`
	Language string `json:"languageCode"`
	Turns    []struct {
		User struct {
			Injected map[string]any `json:"injectedParameters"`
			Input    struct {
				Language string `json:"languageCode"`
				Text     struct {
					Text string `json:"text"`
				} `json:"text"`
			} `json:"input"`
		} `json:"userInput"`
		Agent struct {
			Parameters map[string]any `json:"sessionParameters"`
			Intent     struct {
				Name string `json:"name"`
			} `json:"triggeredIntent"`
			Page struct {
				Name string `json:"name"`
				Flow string `json:"flow"`
			} `json:"currentPage"`
		} `json:"virtualAgentOutput"`
	} `json:"testCaseConversationTurns"`
}

func loadCorpus(tb testing.TB) []*exported {
	tb.Helper()
	root := corpus.Dir(tb, "agents")
	entries, err := os.ReadDir(root)
	if err != nil {
		tb.Fatal(err)
	}
	var all []*exported
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, loadAgent(tb, filepath.Join(root, e.Name())))
		}
	}
	return all
}

func loadAgent(tb testing.TB, root string) *exported {
	tb.Helper()
	a := &exported{
		name: filepath.Base(root), intents: map[string]nlu.Intent{},
		forms: map[string][]nlu.Parameter{}, slots: map[string][]nlu.Parameter{},
	}
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		dir := filepath.Dir(path)
		switch {
		case filepath.Base(path) == "agent.json":
			var v struct {
				Language string `json:"defaultLanguageCode"`
			}
			readJSON(tb, path, &v)
			a.config.DefaultLanguage = v.Language
		case filepath.Base(filepath.Dir(dir)) == "intents":
			a.loadIntent(tb, path)
		case filepath.Base(filepath.Dir(dir)) == "entityTypes":
			a.loadEntityType(tb, path)
		case filepath.Base(dir) == "pages":
			a.loadPage(tb, path)
		case filepath.Base(dir) == "testCases":
			var c recordedCase
			readJSON(tb, path, &c)
			a.cases = append(a.cases, c)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func readJSON(tb testing.TB, path string, v any) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		tb.Fatalf("%s: %v", path, err)
	}
}

type exportedParameter struct {
	ID          string `json:"id"`
	DisplayName string `json:"displayName"`
	EntityType  string `json:"entityType"`
	IsList      bool   `json:"isList"`
}

func (a *exported) loadIntent(tb testing.TB, path string) {
	var v struct {
		DisplayName string              `json:"displayName"`
		Priority    int                 `json:"priority"`
		IsFallback  bool                `json:"isFallback"`
		Parameters  []exportedParameter `json:"parameters"`
	}
	readJSON(tb, path, &v)
	in := nlu.Intent{Name: v.DisplayName, Priority: v.Priority, IsFallback: v.IsFallback, Phrases: map[string][]nlu.Phrase{}}
	for _, p := range v.Parameters {
		in.Parameters = append(in.Parameters, nlu.Parameter{ID: p.ID, EntityType: p.EntityType, IsList: p.IsList})
		a.slots[p.ID] = append(a.slots[p.ID], nlu.Parameter{ID: p.ID, EntityType: p.EntityType, IsList: p.IsList})
	}
	files, _ := filepath.Glob(filepath.Join(globSafe(filepath.Dir(path)), "trainingPhrases", "*.json"))
	for _, f := range files {
		var phrases struct {
			List []struct {
				Parts []struct {
					Text      string `json:"text"`
					Parameter string `json:"parameterId"`
				} `json:"parts"`
			} `json:"trainingPhrases"`
		}
		readJSON(tb, f, &phrases)
		lang := strings.TrimSuffix(filepath.Base(f), ".json")
		for _, p := range phrases.List {
			var phrase nlu.Phrase
			for _, part := range p.Parts {
				phrase = append(phrase, nlu.Part{Text: part.Text, Parameter: part.Parameter})
			}
			in.Phrases[lang] = append(in.Phrases[lang], phrase)
		}
	}
	a.config.Intents = append(a.config.Intents, in)
	a.intents[in.Name] = in
	a.scopeNames = append(a.scopeNames, in.Name)
}

func (a *exported) loadEntityType(tb testing.TB, path string) {
	var v struct {
		DisplayName string `json:"displayName"`
		Kind        string `json:"kind"`
		Fuzzy       bool   `json:"enableFuzzyExtraction"`
		Expand      string `json:"autoExpansionMode"`
	}
	readJSON(tb, path, &v)
	t := nlu.EntityType{
		Name: v.DisplayName, Fuzzy: v.Fuzzy, Expand: v.Expand != "",
		Kind:     map[string]nlu.Kind{"KIND_MAP": nlu.Map, "KIND_LIST": nlu.List, "KIND_REGEXP": nlu.Regexp}[v.Kind],
		Entities: map[string][]nlu.Entity{}, Excluded: map[string][]string{},
	}
	files, _ := filepath.Glob(filepath.Join(globSafe(filepath.Dir(path)), "entities", "*.json"))
	for _, f := range files {
		var entities struct {
			List []struct {
				Value    string   `json:"value"`
				Synonyms []string `json:"synonyms"`
			} `json:"entities"`
		}
		readJSON(tb, f, &entities)
		lang := strings.TrimSuffix(filepath.Base(f), ".json")
		for _, e := range entities.List {
			t.Entities[lang] = append(t.Entities[lang], nlu.Entity{Value: e.Value, Synonyms: e.Synonyms})
		}
	}
	files, _ = filepath.Glob(filepath.Join(globSafe(filepath.Dir(path)), "excludedPhrases", "*.json"))
	for _, f := range files {
		var excluded struct {
			List []struct {
				Value string `json:"value"`
			} `json:"excludedPhrases"`
		}
		readJSON(tb, f, &excluded)
		lang := strings.TrimSuffix(filepath.Base(f), ".json")
		for _, e := range excluded.List {
			t.Excluded[lang] = append(t.Excluded[lang], e.Value)
		}
	}
	a.config.EntityTypes = append(a.config.EntityTypes, t)
}

func (a *exported) loadPage(tb testing.TB, path string) {
	var v struct {
		DisplayName string `json:"displayName"`
		Form        struct {
			Parameters []exportedParameter `json:"parameters"`
		} `json:"form"`
	}
	readJSON(tb, path, &v)
	var flow struct {
		DisplayName string `json:"displayName"`
	}
	dir := filepath.Dir(filepath.Dir(path))
	readJSON(tb, filepath.Join(dir, filepath.Base(dir)+".json"), &flow)
	for _, p := range v.Form.Parameters {
		q := nlu.Parameter{ID: p.DisplayName, EntityType: p.EntityType, IsList: p.IsList}
		key := flow.DisplayName + "/" + v.DisplayName
		a.forms[key] = append(a.forms[key], q)
		a.slots[q.ID] = append(a.slots[q.ID], q)
	}
}

func globSafe(path string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`, "*", `\*`, "?", `\?`).Replace(path)
}

func (c *recordedCase) now() time.Time { return time.Unix(c.Created.Seconds, 0).UTC() }
