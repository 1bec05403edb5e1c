// Count runs one step of the codec a fixed number of times, for a tool that
// counts instructions:
//
//	count -n 200 decode 4096
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/encoding/protojson"
)

func main() {
	n := flag.Int("n", 100, "how often")
	gc := flag.Bool("gc", true, "collect garbage between")
	flag.Parse()
	size, err := strconv.Atoi(flag.Arg(1))
	if err == nil {
		if !*gc {
			debug.SetGCPercent(-1)
		}
		err = run(flag.Arg(0), size, *n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "count:", err)
		os.Exit(1)
	}
}

func run(step string, size, n int) error {
	raw, resp := body.Request(min(size, 1<<20), body.Pretty), body.Response(min(size, 60<<10))
	var view webhookjson.Raw
	var out []byte
	for range n {
		var err error
		switch step {
		case "decode":
			err = webhookjson.Decode(raw, new(cxpb.WebhookRequest), webhookjson.Limits{})
		case "decode-protojson":
			err = protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 64}.Unmarshal(raw, new(cxpb.WebhookRequest))
		case "scan":
			err = view.Scan(raw, webhookjson.Limits{})
		case "encode":
			out, err = webhookjson.Append(out[:0], resp)
		case "encode-protojson":
			out, err = protojson.MarshalOptions{}.MarshalAppend(out[:0], resp)
		default:
			err = fmt.Errorf("unknown step %q", step)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
