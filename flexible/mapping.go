package flexible

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/endpoint"
)

// MaxResponseBytes is the largest answer that Dialogflow accepts: 64 KiB.
const MaxResponseBytes = endpoint.MaxResponseBytes

// mapping is one entry of a parameterMapping.
type mapping struct {
	target string
	path   *Path
}

func (w *Webhook) compileMapping(g *cxpb.Webhook_GenericWebService) (faults Faults) {
	seen := map[string]string{}
	for _, target := range slices.Sorted(maps.Keys(g.GetParameterMapping())) {
		field := fmt.Sprintf("parameterMapping[%q]", target)
		if err := checkTarget(target); err != nil {
			faults = append(faults, Faults{faultf(-1, "%w", err)}.in(field)...)
		}
		folded := strings.ToLower(target)
		if other, dup := seen[folded]; dup {
			faults = append(faults, Faults{faultf(-1, "the same parameter as %q, whose name differs in case only", other)}.in(field)...)
		}
		seen[folded] = target
		path, wrong := parsePath(g.GetParameterMapping()[target])
		faults = append(faults, wrong.in(field)...)
		w.mappings = append(w.mappings, mapping{target, path})
	}
	return faults
}

// checkTarget refuses what is no key of a parameterMapping.
func checkTarget(target string) error {
	name := strings.TrimPrefix(target, "$flow.")
	switch {
	case strings.HasPrefix(name, "$session.params."):
		return fmt.Errorf("a session parameter is written without $session.params., %q", name[len("$session.params."):])
	case strings.HasPrefix(name, "$"):
		return errors.New("only session parameters (x) and flow parameters ($flow.x) can be set")
	case name == "":
		return errors.New("the name of the parameter is empty")
	case !parameterName.MatchString(name):
		return errors.New("the name of a parameter consists of letters, digits and . _ -")
	}
	return nil
}

// Targets returns the parameters that the answer sets, sorted, with their
// paths: x for a session parameter, $flow.x for a flow parameter.
func (w *Webhook) Targets() map[string]*Path {
	m := make(map[string]*Path, len(w.mappings))
	for _, t := range w.mappings {
		m[t.target] = t.path
	}
	return m
}

// Extract takes the mapped parameters out of an answer's body, under the keys
// of the resource's parameterMapping. A nil value means that Dialogflow
// forgets the parameter. Numbers are float64. Nothing else of the answer
// counts: a WebhookResponse in it is data.
//
// The error is [ErrEmptyAnswer] for a body without content, or wraps
// [ErrAnswerSize] or [ErrAnswerSyntax]; then no parameter is set. Whether such an
// answer raises an event in the agent is documented only for its size.
func (w *Webhook) Extract(body []byte) (map[string]any, error) {
	if len(body) > MaxResponseBytes {
		return nil, fmt.Errorf("%w: it is %d bytes, Dialogflow accepts %d", ErrAnswerSize, len(body), MaxResponseBytes)
	}
	if len(bytes.Trim(body, blanks)) == 0 {
		return nil, ErrEmptyAnswer
	}
	var answer any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswerSyntax, err)
	}
	params := make(map[string]any, len(w.mappings))
	for _, m := range w.mappings {
		v, found, err := m.path.Get(answer)
		if err != nil {
			return nil, fmt.Errorf("flexible: parameter %q: %w", m.target, err)
		}
		if found || !w.set.keepMissing || !m.path.Definite() {
			params[m.target] = v
		}
	}
	return params, nil
}
