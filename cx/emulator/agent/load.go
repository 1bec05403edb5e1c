package agent

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"

	"github.com/cxhook/cxhook/internal/exportjson"
)

// loader builds an agent out of its files.
type loader struct {
	agent *Agent
	file  string // the file being read
	place string // within it

	phrases  []file // read after the intents and entity types they belong to
	entities []file
	pages    []file // read after the flows
}

func load(files []file) (*Agent, error) {
	files, err := rooted(files)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	l := &loader{agent: &Agent{
		Flows: make(map[string]*Flow), Intents: make(map[string]*Intent), EntityTypes: make(map[string]*EntityType),
		Webhooks: make(map[string]*cxpb.Webhook), RouteGroups: make(map[string]*RouteGroup),
		Playbooks: make(map[string]*Playbook), Generators: make(map[string]*Generator),
	}}
	for _, f := range files {
		l.read(f)
	}
	for _, f := range l.pages {
		l.readFlowPart(f)
	}
	for _, f := range slices.Concat(l.phrases, l.entities) {
		l.readWords(f)
	}
	l.check()
	slices.SortStableFunc(l.agent.Faults, func(a, b Fault) int { return cmp.Compare(a.File, b.File) })
	return l.agent, nil
}

// read reads a file by its place in the export.
func (l *loader) read(f file) {
	l.file, l.place = f.path, ""
	part := strings.Split(f.path, "/")
	switch {
	case f.path == "agent.json":
		l.readAgent(f)
	case part[0] == "flows" && len(part) == 3:
		l.readFlow(f)
	case part[0] == "flows" && len(part) == 4:
		l.pages = append(l.pages, f)
	case part[0] == "agentTransitionRouteGroups" && len(part) == 2:
		l.readGroup(f, l.agent.RouteGroups)
	case part[0] == "intents" && len(part) == 3:
		l.readIntent(f)
	case part[0] == "intents" && len(part) == 4:
		l.phrases = append(l.phrases, f)
	case part[0] == "entityTypes" && len(part) == 3:
		l.readEntityType(f)
	case part[0] == "entityTypes" && len(part) == 4:
		l.entities = append(l.entities, f)
	case part[0] == "webhooks" && len(part) == 2:
		l.readWebhook(f)
	case part[0] == "testCases":
		l.readTestCase(f)
	case part[0] == "playbooks" && len(part) == 3:
		if w, ok := decode[wireNamed](l, f); ok {
			add(l, l.agent.Playbooks, w.DisplayName, &Playbook{w.Name, w.DisplayName, w.Goal})
		}
	case part[0] == "generators" && len(part) == 3:
		if w, ok := decode[wireNamed](l, f); ok {
			add(l, l.agent.Generators, w.DisplayName, &Generator{w.Name, w.DisplayName})
		}
	}
}

// decode reads a file's JSON; what cannot be read is reported. A value of the
// wrong type leaves its field empty and the rest as it is.
func decode[T any](l *loader, f file) (T, bool) {
	var w T
	data := bytes.TrimPrefix(f.data, []byte("\ufeff"))
	err := json.Unmarshal(data, &w)
	if err == nil {
		return w, true
	}
	l.fault(FaultMalformed, "", err.Error())
	_, partly := err.(*json.UnmarshalTypeError) //nolint:errorlint // json returns it unwrapped
	return w, partly
}

// add puts an item into its map and reports a second one of the same name.
func add[T any](l *loader, m map[string]*T, name string, item *T) {
	if name == "" {
		name = fileName(l.file)
	}
	if m[name] != nil {
		l.fault(FaultDuplicate, "", fmt.Sprintf("%q is there twice; the later counts", name))
	}
	m[name] = item
}

// fileName is the display name that a file's name encodes.
func fileName(p string) string {
	base := strings.TrimSuffix(path.Base(p), ".json")
	if name, err := url.PathUnescape(base); err == nil {
		return name
	}
	return base
}

func (l *loader) fault(kind FaultKind, place, text string) {
	if place == "" {
		place = cmp.Or(l.place, "file")
	}
	l.agent.Faults = append(l.agent.Faults, Fault{Kind: kind, File: l.file, Place: place, Text: text})
}

func (l *loader) readAgent(f file) {
	w, _ := decode[wireAgent](l, f)
	a := l.agent
	a.DisplayName, a.TimeZone = w.DisplayName, w.TimeZone
	a.DefaultLanguage = strings.ToLower(cmp.Or(w.DefaultLanguageCode, "en"))
	for _, code := range w.SupportedLanguageCodes {
		a.Languages = append(a.Languages, strings.ToLower(code))
	}
	a.StartFlow, a.StartPlaybook, a.ProjectNumber = w.StartFlow, w.StartPlaybook, w.ProjectNumber.String()
}

func (l *loader) readFlow(f file) {
	w, ok := decode[wireFlow](l, f)
	if !ok {
		return
	}
	name := cmp.Or(w.DisplayName, fileName(f.path))
	add(l, l.agent.Flows, name, &Flow{
		ID: w.Name, DisplayName: name, File: f.path,
		Routes: l.routes(w.TransitionRoutes), Events: l.handlers(w.EventHandlers),
		GroupNames: w.TransitionRouteGroups, AgentGroups: w.AgentTransitionRouteGroups,
		Knowledge: w.KnowledgeConnectorSettings.on(), Threshold: w.NluSettings.ClassificationThreshold,
		Pages: make(map[string]*Page), Groups: make(map[string]*RouteGroup),
	})
}

// readFlowPart reads a page or a route group of a flow.
func (l *loader) readFlowPart(f file) {
	l.file, l.place = f.path, ""
	part := strings.Split(f.path, "/")
	flow := l.flowOf(part[1])
	if flow == nil {
		l.fault(FaultDangling, "", "its flow is not in the export")
		return
	}
	switch part[2] {
	case "pages":
		l.readPage(f, flow)
	case "transitionRouteGroups":
		l.readGroup(f, flow.Groups)
	}
}

// flowOf finds the flow of a folder.
func (l *loader) flowOf(folder string) *Flow {
	if name, err := url.PathUnescape(folder); err == nil && l.agent.Flows[name] != nil {
		return l.agent.Flows[name]
	}
	for _, flow := range l.agent.Flows {
		if path.Base(path.Dir(flow.File)) == folder {
			return flow
		}
	}
	return nil
}

func (l *loader) readPage(f file, flow *Flow) {
	w, ok := decode[wirePage](l, f)
	if !ok {
		return
	}
	name := cmp.Or(w.DisplayName, fileName(f.path))
	p := &Page{
		ID: w.Name, DisplayName: name, Flow: flow, File: f.path,
		Entry: l.fulfillment(w.EntryFulfillment), Routes: l.routes(w.TransitionRoutes), Events: l.handlers(w.EventHandlers),
		GroupNames: w.TransitionRouteGroups, AgentGroups: w.AgentTransitionRouteGroups,
		Knowledge: w.KnowledgeConnectorSettings.on(),
	}
	for i := range w.Form.Parameters {
		fp := &w.Form.Parameters[i]
		p.Form = append(p.Form, &FormParameter{
			DisplayName: fp.DisplayName, EntityType: fp.EntityType, IsList: fp.IsList, Required: fp.Required,
			Redact: fp.Redact, Default: fp.DefaultValue,
			Prompt: l.fulfillment(fp.FillBehavior.InitialPromptFulfillment), Reprompts: l.handlers(fp.FillBehavior.RepromptEventHandlers),
		})
	}
	add(l, flow.Pages, name, p)
}

func (l *loader) readGroup(f file, groups map[string]*RouteGroup) {
	w, ok := decode[wireGroup](l, f)
	if !ok {
		return
	}
	name := cmp.Or(w.DisplayName, fileName(f.path))
	add(l, groups, name, &RouteGroup{ID: w.Name, DisplayName: name, Routes: l.routes(w.TransitionRoutes), File: f.path})
}

func (l *loader) readIntent(f file) {
	w, ok := decode[wireIntent](l, f)
	if !ok {
		return
	}
	name := cmp.Or(w.DisplayName, fileName(f.path))
	in := &Intent{
		ID: w.Name, DisplayName: name, Priority: w.Priority, IsFallback: w.IsFallback, DTMFPattern: w.DtmfPattern,
		Phrases: make(map[string][]Phrase), Labels: make(map[string]string), File: f.path,
	}
	for _, p := range w.Parameters {
		in.Parameters = append(in.Parameters, IntentParameter{p.ID, p.EntityType, p.IsList, p.Redact})
	}
	for _, label := range w.Labels {
		in.Labels[label.Key] = label.Value
	}
	add(l, l.agent.Intents, name, in)
}

func (l *loader) readEntityType(f file) {
	w, ok := decode[wireEntityType](l, f)
	if !ok {
		return
	}
	name := cmp.Or(w.DisplayName, fileName(f.path))
	add(l, l.agent.EntityTypes, name, &EntityType{
		ID: w.Name, DisplayName: name, Kind: cmp.Or(w.Kind, KindMap), Redact: w.Redact,
		Expand: w.AutoExpansionMode == "AUTO_EXPANSION_MODE_DEFAULT", Fuzzy: w.EnableFuzzyExtraction,
		Entities: make(map[string][]Entity), Excluded: make(map[string][]string), File: f.path,
	})
}

// readWords reads the training phrases of an intent or the entries of an
// entity type in one language.
func (l *loader) readWords(f file) {
	l.file, l.place = f.path, ""
	part := strings.Split(f.path, "/")
	owner := path.Join(part[0], part[1])
	lang := strings.ToLower(fileName(f.path))
	switch part[2] {
	case "trainingPhrases":
		for _, in := range l.agent.Intents {
			if path.Dir(in.File) == owner {
				l.readPhrases(f, in, lang)
				return
			}
		}
	case "entities", "excludedPhrases":
		for _, e := range l.agent.EntityTypes {
			if path.Dir(e.File) == owner {
				l.readEntities(f, e, lang)
				return
			}
		}
	default:
		return
	}
	l.fault(FaultDangling, "", "what it belongs to is not in the export")
}

func (l *loader) readPhrases(f file, in *Intent, lang string) {
	w, ok := decode[wirePhrases](l, f)
	if !ok {
		return
	}
	for _, p := range w.TrainingPhrases {
		phrase := Phrase{Repeat: max(p.RepeatCount, 1)}
		for _, part := range p.Parts {
			phrase.Parts = append(phrase.Parts, PhrasePart{part.Text, part.ParameterID})
		}
		code := strings.ToLower(cmp.Or(p.LanguageCode, lang))
		in.Phrases[code] = append(in.Phrases[code], phrase)
	}
}

func (l *loader) readEntities(f file, e *EntityType, lang string) {
	w, ok := decode[wireEntities](l, f)
	if !ok {
		return
	}
	for _, entry := range w.Entities {
		code := strings.ToLower(cmp.Or(entry.LanguageCode, lang))
		e.Entities[code] = append(e.Entities[code], Entity{entry.Value, entry.Synonyms, entry.DtmfPattern})
	}
	for _, x := range w.ExcludedPhrases {
		code := strings.ToLower(cmp.Or(x.LanguageCode, lang))
		e.Excluded[code] = append(e.Excluded[code], x.Value)
	}
}

func (l *loader) readWebhook(f file) {
	w := new(cxpb.Webhook)
	if err := exportjson.Unmarshal(f.data, w); err != nil {
		l.fault(FaultMalformed, "", err.Error())
		return
	}
	if w.DisplayName == "" {
		w.DisplayName = fileName(f.path)
	}
	add(l, l.agent.Webhooks, w.DisplayName, w)
}

func (l *loader) readTestCase(f file) {
	w, ok := decode[wireTestCase](l, f)
	if !ok {
		return
	}
	c := &TestCase{
		File: f.path, DisplayName: cmp.Or(w.DisplayName, fileName(f.path)), Tags: w.Tags, Notes: w.Notes, Language: w.LanguageCode,
		Flow: w.TestConfig.Flow, Page: w.TestConfig.Page, Tracking: w.TestConfig.TrackingParameters, Playbook: len(w.ConversationTurns) > 0,
	}
	if w.CreationTime.Seconds != 0 {
		c.Created = time.Unix(w.CreationTime.Seconds, w.CreationTime.Nanos).UTC()
	}
	for i := range w.TestCaseConversationTurns {
		t, err := l.turn(&w.TestCaseConversationTurns[i])
		if err != nil {
			l.fault(FaultMalformed, fmt.Sprintf("turn %d", i+1), err.Error())
		}
		c.Turns = append(c.Turns, t)
	}
	l.agent.TestCases = append(l.agent.TestCases, c)
}
