package main

import (
	"net/http"

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
	{"60 KB", 60 << 10, 40 << 10},
	{"1 MiB", 1<<20 - 1<<10, 40 << 10}, // the most that is accepted
}

// steps lists everything that is measured.
func steps() []step {
	var all []step
	for _, s := range sizes {
		all = append(all,
			step{"handler " + s.name, func() ([]contender, error) {
				return handlers(body.Request(s.request, body.Pretty), body.Response(s.reply))
			}},
			step{"handler " + s.name + " compact", func() ([]contender, error) {
				return handlers(body.Request(s.request, body.Compact), body.Response(s.reply))
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
	return append(all, step{"around", wrappers}, step{"endpoint", frameworks})
}

var lenient = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: webhookjson.DefaultDepth}

func times(n int, work func() error) error {
	for range n {
		if err := work(); err != nil {
			return err
		}
	}
	return nil
}

// handlers call the services without a connection.
func handlers(raw []byte, resp *cxpb.WebhookResponse) ([]contender, error) {
	e := exchange{body: raw, want: http.StatusOK}
	var all []contender
	for _, s := range services {
		h, err := s.make(resp)
		if err != nil {
			return nil, err
		}
		all = append(all, contender{s.name, e.through(h)})
	}
	return all, nil
}

func decoders(raw []byte) []contender {
	var view webhookjson.Raw
	return []contender{
		{"protojson", func(n int) error {
			return times(n, func() error { return lenient.Unmarshal(raw, new(cxpb.WebhookRequest)) })
		}},
		{"cxhook", func(n int) error {
			return times(n, func() error { return webhookjson.Decode(raw, new(cxpb.WebhookRequest), webhookjson.Limits{}) })
		}},
		{"cxhook scan", func(n int) error {
			return times(n, func() error { return view.Scan(raw, webhookjson.Limits{}) })
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
