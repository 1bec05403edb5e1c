package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/cxhook/cxhook/auth"
)

// section is what every section has, beside the fields of its kind.
type section struct {
	enabled bool
	verify  string // "none"
	weak    bool
	set     []func(*Source) // what overrides the preset's fields
}

// fields returns the keys of all sections, whose values land in the source that
// comes next.
func (r *fileReader) fields(s *section) map[string]field {
	fields := map[string]field{
		"enabled":    r.flag(&s.enabled),
		"verify":     r.oneOf(&s.verify, "none"),
		"allow_weak": r.flag(&s.weak),
	}
	maps.Copy(fields, r.sourceFields(s))
	return fields
}

// oneOf reads one of a few words.
func (r *fileReader) oneOf(into *string, words ...string) field {
	return func(n *yaml.Node, path string) {
		r.text(into)(n, path)
		if !slices.Contains(words, *into) && n.Kind == yaml.ScalarNode {
			r.fail(n, path, "is %q, need %s", *into, strings.Join(words, " or "))
		}
	}
}

// read reads a section under the path that its source will have.
func (r *fileReader) read(cfg *Config, n *yaml.Node, s *section, fields map[string]field, make func() (Source, error)) {
	// Whether secrets may be weak is known before they are read.
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "allow_weak" {
			_ = n.Content[i+1].Decode(&s.weak) // a wrong type is reported below
		}
	}
	path := fmt.Sprintf("sources[%d]", len(cfg.Sources))
	before := len(r.mistakes)
	r.object(n, path, fields)
	r.moved(path, "path", "paths")
	if len(r.mistakes) > before { // what follows would only repeat them
		cfg.Sources = append(cfg.Sources, Source{})
		return
	}
	src, err := make()
	if err != nil && s.enabled {
		for _, e := range split(err) {
			r.failBelow(n, path, e)
		}
	}
	for _, set := range s.set {
		set(&src)
	}
	src.Disabled = !s.enabled
	cfg.Sources = append(cfg.Sources, src)
}

// moved notes that a preset puts a key's value into another field.
func (r *fileReader) moved(path, from, to string) {
	if line := r.lines[below(path, from)]; line > 0 {
		r.lines[below(path, to)] = line
	}
}

// failBelow reports a mistake of a preset, at the key that it names.
func (r *fileReader) failBelow(n *yaml.Node, path string, err error) {
	var e *ConfigError
	if errors.As(err, &e) {
		at := below(path, e.Path)
		if line := r.lines[at]; line > 0 {
			n = &yaml.Node{Line: line}
		}
		path, err = at, e.Err
	}
	r.failErr(n, path, err)
}

// split takes joined errors apart.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

func (r *fileReader) workerSection(cfg *Config) field {
	return func(n *yaml.Node, _ string) {
		s := &section{enabled: true}
		var w WorkerConfig
		fields := r.fields(s)
		fields["public_base_url"] = func(n *yaml.Node, path string) {
			r.text(&cfg.PublicBaseURL)(n, path)
			r.lines["public_base_url"] = n.Line
		}
		fields["secret_header"] = r.text(&w.SecretHeader)
		fields["secret_key"] = r.secret(&w.SecretKey, auth.SecretHeader, &s.weak)
		fields["signatures"] = r.signatures(&w, &s.weak)
		fields["tenants"] = r.texts(&w.Tenants)
		r.read(cfg, n, s, fields, func() (Source, error) {
			w.AllowWeak, w.Unverified = s.weak, s.verify == "none"
			return WorkerEvents(w)
		})
	}
}

func (r *fileReader) signatures(w *WorkerConfig, weak *bool) field {
	return func(n *yaml.Node, path string) {
		w.Signatures = make(map[string]WorkerSignature)
		names := make(map[string]field)
		for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			names[name] = func(n *yaml.Node, path string) {
				var sig WorkerSignature
				r.object(n, path, map[string]field{
					"header": r.text(&sig.Header), "algorithm": r.text(&sig.Algorithm),
					"secret": r.secret(&sig.Secret, auth.SecretKey, weak),
				})
				w.Signatures[name] = sig
			}
		}
		r.object(n, path, names)
	}
}

func (r *fileReader) chatSection(cfg *Config) field {
	return func(n *yaml.Node, _ string) {
		s := &section{enabled: true}
		var c ChatConfig
		fields := r.fields(s)
		delete(fields, "verify")
		fields["path"] = r.text(&c.Path)
		fields["secret"] = r.secret(&c.Secrets, auth.SecretHeader, &s.weak)
		r.read(cfg, n, s, fields, func() (Source, error) {
			c.AllowWeak = s.weak
			return ChatPlatform(c)
		})
	}
}

func (r *fileReader) triggerSection(cfg *Config) field {
	return func(n *yaml.Node, _ string) {
		s := &section{enabled: true}
		var t TriggerConfig
		fields := r.fields(s)
		delete(fields, "flows")
		delete(fields, "type")
		fields["name"], fields["path"] = r.text(&t.Name), r.text(&t.Path)
		fields["basic"] = r.secret(&t.Credentials, auth.SecretUserPassword, &s.weak)
		fields["handler"], fields["run"] = r.text(&t.Handler), r.text(&t.Run)
		path := fmt.Sprintf("sources[%d]", len(cfg.Sources))
		r.read(cfg, n, s, fields, func() (Source, error) {
			t.AllowWeak, t.Unverified = s.weak, s.verify == "none"
			return WorkflowTrigger(t)
		})
		r.moved(path, "handler", "flows[0].default.handler")
		r.moved(path, "run", "flows[0].default.run")
	}
}

// senderPresets are the presets by their names.
var senderPresets = map[string]func(SenderConfig) (Source, error){
	"github": GitHub, "stripe": Stripe, "shopify": Shopify, "standard-webhooks": StandardWebhooks,
}

func (r *fileReader) senderSection(cfg *Config) field {
	return func(n *yaml.Node, _ string) {
		s := &section{enabled: true}
		var c SenderConfig
		var preset string
		var keys []string
		fields := r.fields(s)
		delete(fields, "verify")
		fields["preset"] = r.oneOf(&preset, slices.Sorted(maps.Keys(senderPresets))...)
		fields["name"], fields["path"] = r.text(&c.Name), r.text(&c.Path)
		fields["secret"] = r.secret(&c.Secrets, auth.SecretKey, &s.weak)
		fields["public_keys"] = r.texts(&keys)
		r.read(cfg, n, s, fields, func() (Source, error) {
			c.AllowWeak = s.weak
			for i, text := range keys {
				key, err := auth.ParseSignaturePublicKey(text)
				if err != nil {
					return Source{}, fmt.Errorf("public_keys[%d]: %w", i, err)
				}
				c.PublicKeys = append(c.PublicKeys, key)
			}
			if preset == "" {
				return Source{}, errors.New("has no preset")
			}
			return senderPresets[preset](c)
		})
	}
}
