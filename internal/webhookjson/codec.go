package webhookjson

import (
	"bytes"
	"encoding/json"
	"fmt"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
)

// Decode reads body into req, which it resets first. The error wraps
// [ErrSyntax].
func Decode(body []byte, req *cxpb.WebhookRequest, lim Limits) error {
	if lim.Depth == 0 {
		lim.Depth = DefaultDepth
	}
	if lim.Elements == 0 {
		lim.Elements = DefaultElements
	}
	if err := countElements(body, lim.Elements); err != nil {
		return err
	}
	opts := protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: lim.Depth}
	if err := opts.Unmarshal(body, req); err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return nil
}

// countElements refuses a body with more values than allowed before anything
// is built from it. Every value but the first of its container follows a
// comma, so commas and openings outside strings bound the count from above
// by no more than the closings of empty containers.
func countElements(body []byte, limit int) error {
	n := 1
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			for i++; i < len(body) && body[i] != '"'; i++ {
				if body[i] == '\\' {
					i++
				}
			}
		case ',', '[', '{':
			n++
			if n > limit {
				return &LimitError{What: "elements", Limit: limit, Have: n, ByteOffset: i}
			}
		}
	}
	return nil
}

// Append appends the compact JSON of resp to dst. It fails on what JSON or
// protobuf cannot hold: NaN, infinities, invalid UTF-8, empty values.
func Append(dst []byte, resp *cxpb.WebhookResponse) ([]byte, error) {
	raw, err := protojson.Marshal(resp)
	if err != nil {
		return dst, fmt.Errorf("webhookjson: %w", err)
	}
	buf := bytes.NewBuffer(dst)
	if err := json.Compact(buf, raw); err != nil {
		return dst, fmt.Errorf("webhookjson: %w", err)
	}
	return buf.Bytes(), nil
}
