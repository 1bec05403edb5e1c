package main

import (
	"encoding/json"
	"fmt"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// sizes of requests, and of the answers that go with them.
var sizes = []struct {
	name           string
	request, reply int
}{
	{"1 KB", 1 << 10, 300},
	{"4 KB", 4 << 10, 2 << 10},
	{"16 KB", 16 << 10, 2 << 10},
	{"60 KB", 60 << 10, 60 << 10},
	{"1 MB", 1 << 20, 60 << 10},
}

// steps lists everything that is measured.
func steps() []step {
	var all []step
	for _, s := range sizes {
		all = append(all,
			step{"handler " + s.name, func() ([]contender, error) {
				return handlers(body.Request(s.request, body.Pretty), body.Response(s.reply))
			}},
			step{"decode " + s.name, func() ([]contender, error) {
				return decoders(body.Request(s.request, body.Pretty)), nil
			}},
			step{"decode " + s.name + " compact", func() ([]contender, error) {
				return decoders(body.Request(s.request, body.Compact)), nil
			}},
		)
	}
	for _, s := range []struct {
		name  string
		reply int
	}{{"0.3 KB", 300}, {"2 KB", 2 << 10}, {"60 KB", 60 << 10}} {
		all = append(all, step{"encode " + s.name, func() ([]contender, error) {
			return encoders(body.Response(s.reply)), nil
		}})
	}
	return all
}

var lenient = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: webhookjson.DefaultDepth}

// limits leave room for the largest body.
var limits = webhookjson.Limits{}

func times(n int, work func() error) error {
	for range n {
		if err := work(); err != nil {
			return err
		}
	}
	return nil
}

// handlers do a whole call without HTTP: read the request, look at the tag,
// write the answer.
func handlers(raw []byte, resp *cxpb.WebhookResponse) ([]contender, error) {
	generic, err := mapHandler(raw, resp)
	if err != nil {
		return nil, err
	}
	var out []byte
	return []contender{
		{"protojson", func(n int) error {
			return times(n, func() error {
				var req cxpb.WebhookRequest
				if err := lenient.Unmarshal(raw, &req); err != nil {
					return err
				}
				if err := tagged(req.GetFulfillmentInfo().GetTag()); err != nil {
					return err
				}
				var err error
				out, err = protojson.MarshalOptions{}.MarshalAppend(out[:0], resp)
				return err
			})
		}},
		{"encoding/json map", generic},
		{"cxhook", func(n int) error {
			return times(n, func() error {
				var req cxpb.WebhookRequest
				if err := webhookjson.Decode(raw, &req, limits); err != nil {
					return err
				}
				if err := tagged(req.GetFulfillmentInfo().GetTag()); err != nil {
					return err
				}
				var err error
				out, err = webhookjson.Append(out[:0], resp)
				return err
			})
		}},
		{"cxhook raw", func(n int) error {
			var view webhookjson.Raw
			return times(n, func() error {
				if err := view.Scan(raw, limits); err != nil {
					return err
				}
				if err := tagged(view.Tag()); err != nil {
					return err
				}
				var err error
				out, err = webhookjson.Append(out[:0], resp)
				return err
			})
		}},
	}, nil
}

// tagged keeps the work from being done for nothing.
func tagged(tag string) error {
	if tag != "confirm-order" {
		return fmt.Errorf("have tag %q, want %q", tag, "confirm-order")
	}
	return nil
}

// mapHandler is a handler without any types, as many are written.
func mapHandler(raw []byte, resp *cxpb.WebhookResponse) (func(int) error, error) {
	text, err := protojson.Marshal(resp)
	if err != nil {
		return nil, err
	}
	answer := map[string]any{}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	return func(n int) error {
		return times(n, func() error {
			var req map[string]any
			if err := json.Unmarshal(raw, &req); err != nil {
				return err
			}
			info, _ := req["fulfillmentInfo"].(map[string]any)
			tag, _ := info["tag"].(string)
			if err := tagged(tag); err != nil {
				return err
			}
			_, err := json.Marshal(answer)
			return err
		})
	}, nil
}

func decoders(raw []byte) []contender {
	var view webhookjson.Raw
	return []contender{
		{"protojson", func(n int) error {
			return times(n, func() error { return lenient.Unmarshal(raw, new(cxpb.WebhookRequest)) })
		}},
		{"cxhook", func(n int) error {
			return times(n, func() error { return webhookjson.Decode(raw, new(cxpb.WebhookRequest), limits) })
		}},
		{"cxhook scan", func(n int) error {
			return times(n, func() error { return view.Scan(raw, limits) })
		}},
	}
}

func encoders(resp *cxpb.WebhookResponse) []contender {
	out := make([]byte, 0, 2*proto.Size(resp))
	return []contender{
		{"protojson", func(n int) error {
			return times(n, func() error {
				_, err := protojson.MarshalOptions{}.MarshalAppend(out[:0], resp)
				return err
			})
		}},
		{"cxhook", func(n int) error {
			return times(n, func() error {
				_, err := webhookjson.Append(out[:0], resp)
				return err
			})
		}},
	}
}
