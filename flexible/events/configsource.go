package events

import (
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// sourceFields are the keys that change fields of any preset.
func (r *fileReader) sourceFields(s *section) map[string]field {
	set := func(f func(*Source)) { s.set = append(s.set, f) }
	return map[string]field{
		"id":    r.override(set, func(src *Source, v string) { src.ID, src.IDFunc = v, nil }),
		"type":  r.override(set, func(src *Source, v string) { src.Type = v }),
		"order": r.override(set, func(src *Source, v string) { src.Order = v }),
		"headers": func(n *yaml.Node, path string) {
			var list []string
			r.texts(&list)(n, path)
			set(func(src *Source) { src.Headers = list })
		},
		"unsigned": func(n *yaml.Node, path string) {
			var list []string
			r.texts(&list)(n, path)
			set(func(src *Source) {
				src.Unsigned = nil
				for _, part := range list {
					src.Unsigned = append(src.Unsigned, Part(part))
				}
			})
		},
		"picks": func(n *yaml.Node, path string) {
			var list []Pick
			r.list(r.pick(&list))(n, path)
			set(func(src *Source) { src.Picks = list })
		},
		"flows": func(n *yaml.Node, path string) {
			var list []Flow
			r.list(r.flow(&list))(n, path)
			set(func(src *Source) { src.Flows = list })
		},
		"reply": func(n *yaml.Node, path string) {
			reply := r.reply(n, path)
			set(func(src *Source) { src.Reply = reply })
		},
		"run_limit": func(n *yaml.Node, path string) {
			limit := r.duration(n, path)
			set(func(src *Source) { src.RunLimit = limit })
		},
		"max_bytes": func(n *yaml.Node, path string) {
			var limit int
			r.whole(&limit)(n, path)
			set(func(src *Source) { src.MaxBytes = int64(limit) })
		},
		"unknown": func(n *yaml.Node, path string) {
			var word string
			r.oneOf(&word, "refuse", "ignore")(n, path)
			set(func(src *Source) {
				src.Unknown = map[string]Unknown{"refuse": UnknownRefused, "ignore": UnknownIgnored}[word]
			})
		},
		"store_down": func(n *yaml.Node, path string) {
			var word string
			r.oneOf(&word, "refuse", "take")(n, path)
			set(func(src *Source) { src.OnceOpen = word == "take" })
		},
	}
}

func (r *fileReader) override(set func(func(*Source)), into func(*Source, string)) field {
	return func(n *yaml.Node, path string) {
		var text string
		r.text(&text)(n, path)
		set(func(src *Source) { into(src, text) })
	}
}

func (r *fileReader) duration(n *yaml.Node, path string) time.Duration {
	var text string
	r.text(&text)(n, path)
	d, err := time.ParseDuration(text)
	if err != nil && text != "" {
		r.fail(n, path, "is %.32q, need a time such as 10s", text)
	}
	return d
}

func (r *fileReader) pick(list *[]Pick) field {
	return func(n *yaml.Node, path string) {
		var p Pick
		var from string
		r.object(n, path, map[string]field{
			"from": r.oneOf(&from, string(FromHeader), string(FromQuery), string(FromBody)),
			"path": r.text(&p.Path), "alias": r.text(&p.Alias),
		})
		p.From = PickFrom(from)
		*list = append(*list, p)
	}
}

func (r *fileReader) flow(list *[]Flow) field {
	return func(n *yaml.Node, path string) {
		var f Flow
		r.object(n, path, map[string]field{
			"triggers": r.texts(&f.Triggers),
			"branches": r.list(func(n *yaml.Node, path string) {
				var b Branch
				fields := r.target(&b.Target)
				fields["when"] = r.text(&b.When)
				r.object(n, path, fields)
				f.Branches = append(f.Branches, b)
			}),
			"default": func(n *yaml.Node, path string) {
				f.Default = &Target{}
				r.object(n, path, r.target(f.Default))
			},
		})
		*list = append(*list, f)
	}
}

func (r *fileReader) target(t *Target) map[string]field {
	return map[string]field{
		"handler": r.text(&t.Handler), "run": r.text(&t.Run), "ignore": r.flag(&t.Ignore), "payload": r.text(&t.Payload),
		"reply": func(n *yaml.Node, path string) { t.Reply = r.reply(n, path) },
	}
}

func (r *fileReader) reply(n *yaml.Node, path string) *Reply {
	reply := &Reply{}
	r.object(n, path, map[string]field{
		"status": r.whole(&reply.Status), "body": r.text(&reply.Body),
		"headers": func(n *yaml.Node, path string) {
			reply.Header = make(map[string]string)
			names := make(map[string]field)
			values := make(map[string]*string)
			for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
				name := n.Content[i].Value
				values[name] = new(string)
				names[name] = r.text(values[name])
			}
			r.object(n, path, names)
			for _, name := range slices.Sorted(maps.Keys(values)) {
				reply.Header[name] = *values[name]
			}
		},
	})
	return reply
}

func (r *fileReader) rate(into *Rate) field {
	return func(n *yaml.Node, path string) {
		r.object(n, path, map[string]field{
			"per_second": r.number(&into.PerSecond), "burst": r.whole(&into.Burst), "max_keys": r.whole(&into.MaxKeys),
		})
	}
}
