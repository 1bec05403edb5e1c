package agent_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cxhook/cxhook/cx/emulator/agent"
)

// files is an export with the format's own rules in it.
func files() map[string]string {
	return map[string]string{
		"agent.json":                                       `{"displayName":"Shop","defaultLanguageCode":"en","supportedLanguageCodes":["pt-BR"],"startFlow":"Start Flow","timeZone":"Europe/Berlin","projectNumber":123456789012}`,
		"flows/Start Flow/Start Flow.json":                 `{"name":"f1","displayName":"Start Flow","transitionRoutes":[{"intent":"buy","targetPage":"Size: which?"},{"condition":"$x =","targetPage":"End Session"},{"intent":"gone","targetPage":"Nowhere"},{"condition":"true","targetFlow":"No Flow"}],"nluSettings":{"classificationThreshold":0.30000001}}`,
		"flows/Start Flow/pages/Size%3a which%3f.json":     `{"name":"p1","displayName":"Size: which?","entryFulfillment":{"webhook":"ship:it","tag":"size","messages":[{"text":{"text":["A","B"]},"languageCode":"en"},{"payload":{"a":1},"languageCode":"pt-br"}],"setParameterActions":[{"parameter":"x","value":null}]},"form":{"parameters":[{"displayName":"size","required":true,"entityType":"@size","fillBehavior":{"initialPromptFulfillment":{}}}]}}`,
		"flows/Start Flow/pages/Lonely.json":               `{"displayName":"Lonely","transitionRoutes":[{"intent":"buy","targetPage":"END_FLOW_WITH_FAILURE"}]}`,
		"flows/Start Flow/transitionRouteGroups/More.json": `{"displayName":"More","transitionRoutes":[]}`,
		"intents/buy/buy.json":                             `{"name":"i1","displayName":"buy","priority":500000,"parameters":[{"id":"size","entityType":"@size"}],"labels":[{"key":"sys-head","value":"sys-head"}],"numTrainingPhrases":1}`,
		"intents/buy/trainingPhrases/en.json":              `{"trainingPhrases":[{"parts":[{"text":"a "},{"text":"small","parameterId":"size","auto":true}],"repeatCount":1,"languageCode":"en"}]}`,
		"entityTypes/size/size.json":                       `{"displayName":"size","kind":"KIND_MAP"}`,
		"entityTypes/size/entities/en.json":                `{"entities":[{"value":"S","synonyms":["small"],"languageCode":"en"}]}`,
		"webhooks/ship%3ait.json":                          `{"displayName":"ship:it","timeout":{"seconds":7},"genericWebService":{"uri":"https://example.com","requestHeaders":[{"key":"a","value":"b"}]}}`,
		"testCases/One.json":                               `{"displayName":"One","testConfig":{"flow":"Start Flow"},"creationTime":{"seconds":1600000000},"testCaseConversationTurns":[{"userInput":{"isWebhookEnabled":true,"input":{"text":{"text":"hi"}}},"virtualAgentOutput":{"triggeredIntent":{"name":"buy"},"textResponses":[{"text":["A"]}],"currentPage":{"name":"Size: which?","flow":"Start Flow"},"currentFlow":{"name":"projects/p/flows/f1","displayName":"Start Flow"}}}]}`,
	}
}

func tree(prefix string) fstest.MapFS {
	fsys := fstest.MapFS{"README.md": {Data: []byte("not part of it")}}
	for name, text := range files() {
		fsys[prefix+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func zipped(t *testing.T, prefix string, more ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	put := func(name, text string) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files() {
		put(prefix+name, text)
	}
	for _, name := range more {
		put(name, `{"displayName":"extra"}`)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, prefix string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range files() {
		if err := w.WriteHeader(&tar.Header{Name: prefix + name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Every way an export comes gives the same agent.
func TestSources(t *testing.T) {
	t.Parallel()
	long := "agent/testCases/" + strings.Repeat("a long name ", 40) + ".json" // over what file systems hold
	for name, read := range map[string]func() (*agent.Agent, error){
		"folder":                 func() (*agent.Agent, error) { return agent.Load(tree("")) },
		"folder with a wrapping": func() (*agent.Agent, error) { return agent.Load(tree("some/agent/")) },
		"zip":                    func() (*agent.Agent, error) { return agent.Read(zipped(t, "")) },
		"zip with a wrapping": func() (*agent.Agent, error) {
			return agent.Read(zipped(t, "agent/", "__MACOSX/agent/._agent.json", "__MACOSX/agent.json"))
		},
		"zip with a long name": func() (*agent.Agent, error) { return agent.Read(zipped(t, "agent/", long)) },
		"tar":                  func() (*agent.Agent, error) { return agent.Read(tarred(t, "")) },
		"tar with a wrapping":  func() (*agent.Agent, error) { return agent.Read(tarred(t, "./agent/")) },
		"tar.gz":               func() (*agent.Agent, error) { return agent.Read(gzipped(t, tarred(t, "x/"))) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := read()
			if err != nil {
				t.Fatal(err)
			}
			cases := 1
			if strings.Contains(name, "long") {
				cases = 2
			}
			if len(a.TestCases) != cases {
				t.Errorf("%d test cases, want %d", len(a.TestCases), cases)
			}
			checkShop(t, a)
		})
	}
}

func checkShop(t *testing.T, a *agent.Agent) {
	t.Helper()
	if a.DisplayName != "Shop" || a.StartFlow != "Start Flow" || a.ProjectNumber != "123456789012" || !slices.Equal(a.Languages, []string{"pt-br"}) {
		t.Errorf("agent %+v", a)
	}
	f := a.Flows["Start Flow"]
	if f == nil || f.Pages["Size: which?"] == nil || f.Groups["More"] == nil || f.Threshold < 0.3 || f.Threshold > 0.31 {
		t.Fatalf("flow %+v", f)
	}
	p := f.Pages["Size: which?"]
	if p.ID != "p1" || p.Entry.Webhook != "ship:it" || len(p.Entry.Messages) != 2 || p.Entry.Messages[1].Language != "pt-br" || p.Entry.Presets[0].Value != nil || !p.Form[0].Required {
		t.Errorf("page %+v", p)
	}
	in := a.Intents["buy"]
	if in == nil || in.Labels["sys-head"] != "sys-head" || len(in.Phrases["en"]) != 1 || in.Phrases["en"][0].Parts[1].Parameter != "size" {
		t.Errorf("intent %+v", in)
	}
	if e := a.EntityTypes["size"]; e == nil || e.Kind != agent.KindMap || e.Entities["en"][0].Synonyms[0] != "small" {
		t.Errorf("entity type %+v", e)
	}
	if w := a.Webhooks["ship:it"]; w.GetTimeout().GetSeconds() != 7 || w.GetGenericWebService().GetRequestHeaders()["a"] != "b" {
		t.Errorf("webhook %v", w)
	}
	c := a.TestCases[len(a.TestCases)-1]
	for _, other := range a.TestCases {
		if other.DisplayName == "One" {
			c = other
		}
	}
	if c.Created.Unix() != 1600000000 || c.Turns[0].Flow != "Start Flow" || c.Turns[0].Intent != "buy" || c.Turns[0].Said() != `"hi"` {
		t.Errorf("test case %+v", c)
	}
}

// The report names what is wrong and keeps nothing from loading.
func TestFaults(t *testing.T) {
	t.Parallel()
	fsys := tree("")
	fsys["flows/Start Flow/pages/Broken.json"] = &fstest.MapFile{Data: []byte(`{"displayName":`)}
	fsys["flows/Other/pages/Lost.json"] = &fstest.MapFile{Data: []byte(`{"displayName":"Lost"}`)}
	fsys["intents/buy2/buy2.json"] = &fstest.MapFile{Data: []byte(`{"displayName":"buy","parameters":[{"id":"x","entityType":"@nothing"}]}`)}
	a, err := agent.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for want, reason := range map[string]string{
		`flows/Start Flow/Start Flow.json: transitionRoutes[1]: expression`:                          "a condition without a right side",
		`flows/Start Flow/Start Flow.json: transitionRoutes[2]: dangling: there is no intent "gone"`: "an intent that is not there",
		`flow "Start Flow" has no page "Nowhere"`:                                                    "a page that is not there",
		`there is no flow "No Flow"`:                                                                 "a flow that is not there",
		`Lonely.json: page: unreachable`:                                                             "nothing leads there",
		`Broken.json: file: malformed`:                                                               "no JSON",
		`Lost.json: file: dangling`:                                                                  "a page without its flow",
		`"buy" is there twice`:                                                                       "two intents of a name",
		`there is no entity type "@nothing"`:                                                         "an entity type that is not there",
	} {
		if !slices.ContainsFunc(a.Faults, func(f agent.Fault) bool { return strings.Contains(f.String(), want) }) {
			t.Errorf("%s: no fault %q in %v", reason, want, a.Faults)
		}
	}
	if slices.ContainsFunc(a.Faults, func(f agent.Fault) bool { return strings.Contains(f.String(), "Size") }) {
		t.Errorf("a fault in a page that has none: %v", a.Faults)
	}
}

func TestNoExport(t *testing.T) {
	t.Parallel()
	if _, err := agent.Load(fstest.MapFS{"x.json": {Data: []byte(`{}`)}}); !errors.Is(err, agent.ErrNotExport) {
		t.Errorf("a folder without agent.json: %v", err)
	}
	if _, err := agent.OpenFile("no/such/file.zip"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := agent.Read([]byte("PK but no zip")); !errors.Is(err, zip.ErrFormat) {
		t.Errorf("a broken zip: %v", err)
	}
	text := []byte(strings.Repeat("no archive at all\n", 100))
	if _, err := agent.Read(text); !errors.Is(err, tar.ErrHeader) || !strings.Contains(err.Error(), "neither a zip nor a tar archive") {
		t.Errorf("a text: %v", err)
	}
}

func TestParseSpecial(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]agent.Special{
		"End Session": agent.EndSession, "END_FLOW_WITH_FAILURE": agent.EndFlowFailed, "Start Page": agent.StartPage,
		"projects/p/locations/l/agents/a/flows/f/pages/CURRENT_PAGE": agent.CurrentPage, "End": "", "Endings": "", "": "",
	} {
		got, ok := agent.ParseSpecial(name)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", name, got, ok, want)
		}
	}
}

// FuzzRead: whatever the bytes of an archive, reading ends without a panic, and
// an agent that loads has no flow without a name.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files() {
		if e, err := w.Create(name); err == nil {
			_, _ = e.Write([]byte(text))
		}
	}
	_ = w.Close()
	f.Add(b.Bytes())
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := agent.Read(data)
		if err != nil {
			return
		}
		for name, flow := range a.Flows {
			if name == "" || flow == nil {
				t.Errorf("flow %q is %v", name, flow)
			}
		}
	})
}

// FuzzPage: a page of any content leaves the rest of the agent as it is.
func FuzzPage(f *testing.F) {
	f.Add(`{"displayName":"Extra","form":{"parameters":[{"displayName":"size","defaultValue":{"a":[1]}}]}}`)
	f.Add(`{"entryFulfillment":{"conditionalCases":[{"cases":[{"caseContent":[{"additionalCases":{}}]}]}]},"transitionRoutes":[{"condition":"(("}]}`)
	f.Fuzz(func(t *testing.T, page string) {
		if strings.Contains(page, `which`) {
			return // it may replace the page that is checked
		}
		fsys := tree("")
		fsys["flows/Start Flow/pages/Extra.json"] = &fstest.MapFile{Data: []byte(page)}
		a, err := agent.Load(fsys)
		if err != nil {
			t.Fatal(err)
		}
		checkShop(t, a)
	})
}
