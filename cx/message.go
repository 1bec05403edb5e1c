package cx

import (
	"fmt"
	"unicode/utf8"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/answer"
	"google.golang.org/protobuf/proto"
)

// Text adds a message of one text. Each Text is a message, and so a bubble, of
// its own; [TextVariants] is one message with alternatives.
func Text(text string) Part { return texts("Text", text) }

// Textf adds a message of one text, made by fmt.Sprintf at once.
func Textf(format string, args ...any) Part {
	return texts("Textf", fmt.Sprintf(format, args...))
}

// TextVariants adds one message with several wordings, of which Dialogflow
// sends one. For several bubbles use several parts of [Text].
func TextVariants(variants ...string) Part { return texts("TextVariants", variants...) }

func texts(kind string, variants ...string) Part {
	return messagePart(kind, func() (*cxpb.ResponseMessage, error) {
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Text_{
			Text: &cxpb.ResponseMessage_Text{Text: append([]string(nil), variants...)},
		}}, nil
	})
}

// CustomPayload adds a message of the integration's own: any value whose JSON
// is an object (a struct, a map, a *structpb.Struct, a json.RawMessage).
// [SetParam] says how Go values become JSON. Dialogflow takes 24 levels of
// objects and lists, the payload being the first. For the payload of the
// webhook, which goes to the caller of the API beside the messages, see
// [WebhookPayload].
//
// Source: https://docs.cloud.google.com/dialogflow/cx/docs/concept/fulfillment.
func CustomPayload(payload any) Part {
	return messagePart("CustomPayload", func() (*cxpb.ResponseMessage, error) {
		s, err := answer.Payload(payload)
		if err == nil && s == nil {
			err = ErrNotObject
		}
		if err != nil {
			return nil, at("payload", err)
		}
		return &cxpb.ResponseMessage{Message: &cxpb.ResponseMessage_Payload{Payload: s}}, nil
	})
}

// Message adds a copy of a message that was made by hand.
func Message(m *cxpb.ResponseMessage) Part {
	return func(resp *cxpb.WebhookResponse) error {
		// Checked before it is copied: a copy of what contains itself would
		// never end.
		if err := answer.StrictMessage(len(resp.GetFulfillmentResponse().GetMessages()), m); err != nil {
			return failed("Message", "", err)
		}
		r := fulfillment(resp)
		r.Messages = append(r.Messages, proto.CloneOf(m))
		return nil
	}
}

// Channel ties the messages of the parts to a channel: they reach only clients
// that name it in the channel of their query parameters. Messages that have a
// channel already keep it. Parts that add no messages are applied as usual.
func Channel(name string, parts ...Part) Part {
	return func(resp *cxpb.WebhookResponse) error {
		switch {
		case name == "":
			return failed("Channel", "", answer.Say(ErrName, "the name of the channel is empty"))
		case !utf8.ValidString(name):
			return failed("Channel", "", answer.Say(ErrUTF8, "the name of the channel is not valid UTF-8"))
		}
		first := len(resp.GetFulfillmentResponse().GetMessages())
		if _, err := apply(resp, parts, nil); err != nil {
			return within("Channel", err)
		}
		for i, m := range resp.GetFulfillmentResponse().GetMessages() {
			if i >= first && m != nil && m.Channel == "" {
				m.Channel = name
			}
		}
		return nil
	}
}

// Append lets Dialogflow add the messages to those that already wait in this
// turn. It is the default; the part writes it down.
func Append() Part {
	return merge("Append", cxpb.WebhookResponse_FulfillmentResponse_APPEND)
}

// Replace lets the messages take the place of those that already wait in this
// turn. Without messages it only discards those.
func Replace() Part {
	return merge("Replace", cxpb.WebhookResponse_FulfillmentResponse_REPLACE)
}

func merge(kind string, b cxpb.WebhookResponse_FulfillmentResponse_MergeBehavior) Part {
	return func(resp *cxpb.WebhookResponse) error {
		r := fulfillment(resp)
		if r.MergeBehavior != cxpb.WebhookResponse_FulfillmentResponse_MERGE_BEHAVIOR_UNSPECIFIED && r.MergeBehavior != b {
			return failed(kind, "fulfillmentResponse.mergeBehavior", ErrConflict)
		}
		r.MergeBehavior = b
		return nil
	}
}

// messagePart makes a part of a function that makes a message, which is
// checked before it is added.
func messagePart(kind string, build func() (*cxpb.ResponseMessage, error)) Part {
	return func(resp *cxpb.WebhookResponse) error {
		index := len(resp.GetFulfillmentResponse().GetMessages())
		m, err := build()
		if err != nil {
			return failed(kind, "fulfillmentResponse.messages"+answer.Index(index), err)
		}
		if err := answer.StrictMessage(index, m); err != nil {
			return failed(kind, "", err)
		}
		r := fulfillment(resp)
		r.Messages = append(r.Messages, m)
		return nil
	}
}

func fulfillment(resp *cxpb.WebhookResponse) *cxpb.WebhookResponse_FulfillmentResponse {
	if resp.FulfillmentResponse == nil {
		resp.FulfillmentResponse = new(cxpb.WebhookResponse_FulfillmentResponse)
	}
	return resp.FulfillmentResponse
}
