package cx_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
)

// manyTypes has a field of every kind, on all sources.
type manyTypes struct {
	everySource
	Any      any                        `cx:"any"`
	Intent   any                        `cx:"intent:any"`
	Form     any                        `cx:"form:any"`
	Payload  any                        `cx:"payload:any"`
	Deep     any                        `cx:"a.b.c"`
	Ints     []int8                     `cx:"ints"`
	Floats   map[string]float32         `cx:"floats"`
	Date     *cx.Date                   `cx:"date"`
	When     *cx.When                   `cx:"when"`
	Address  *cx.Address                `cx:"place"`
	Money    map[string]cx.UnitCurrency `cx:"money"`
	Time     time.Time                  `cx:"time"`
	Duration time.Duration              `cx:"duration"`
	Number   json.Number                `cx:"number"`
	ID       int64                      `cx:"id,string"`
	Raw      meaning                    `cx:"raw"`
}

// meaning is JSON that compares by what it means, whatever its spelling.
type meaning struct{ V any }

func (m *meaning) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &m.V) }

// sameNumber compares numbers as the doubles that they are in a message.
func sameNumber(a, b json.Number) bool {
	x, errX := a.Float64()
	y, errY := b.Float64()
	return a == b || x == y && errX == nil && errY == nil
}

// FuzzTypedRoads calls a handler with a body and with the message that
// protojson makes of it. What the message binds, the body binds to the same;
// what only the body binds is an integer that the message does not hold.
func FuzzTypedRoads(f *testing.F) {
	f.Add(everySourceBody)
	f.Add(string(fourKB(f)))
	f.Add(`{"session_info":{"parameters":{"any":[1.0,null],"date":{"year":1,"month":1,"day":1},"ints":[1,-128],"a.b":{"c":"x"},"floats":{"x":0.1}}}}`)
	f.Add(`{"sessionInfo":{"parameters":{"when":{"startDate":{"year":1,"month":1,"day":1},"endDate":{"year":1,"month":1,"day":2}},"place":"x","money":{"a":{"amount":1,"currency":"USD"}}}}}`)
	f.Add(`{"intentInfo":{"parameters":{"any":{"resolvedValue":{"a":1}}}},"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"ANY","value":2},{"value":3}]}}}`)
	f.Add(`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"any"},{"displayName":"any","value":2},{"displayName":"colours","value":null},{"displayName":"colours","value":["a"]}]}}}`)
	f.Add(`{"sessionInfo":{"parameters":{"raw":[9007199254740993],"number":9007199254740993,"id":"9007199254740993"}}}`)
	f.Add(`{"payload":{"any":"\ud83d\ude00"},"sessionInfo":{"parameters":{"Any":1,"aNY":2,"time":"2026-01-01T00:00:00Z","duration":{"amount":1,"unit":"h"}}}}`)
	f.Add(`{"sessionInfo":{"parameters":{"any":` + strings.Repeat("[", 28) + strings.Repeat("]", 28) + `}}}`)
	var fromBody, fromMessage manyTypes
	bodyHandler, messageHandler := keep(&fromBody), keep(&fromMessage)
	f.Fuzz(func(t *testing.T, body string) {
		fromBody, fromMessage = manyTypes{}, manyTypes{}
		_, bodyErr := cx.ServeBody(t.Context(), bodyHandler, []byte(body)) // no harm, whatever it is
		req := new(cxpb.WebhookRequest)
		if (protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: 64}).Unmarshal([]byte(body), req) != nil {
			return
		}
		_, messageErr := messageHandler.ServeWebhook(t.Context(), req)
		switch unfit := new(cx.ParamError); {
		case bodyErr != nil && !errors.As(bodyErr, &unfit):
			t.Fatalf("%s is malformed for the binder: %v", body, bodyErr)
		case messageErr != nil && bodyErr == nil && !errors.Is(messageErr, cx.ErrParamInexact):
			t.Fatalf("%s binds from the body, but not from the message: %v", body, messageErr)
		case messageErr == nil && bodyErr != nil:
			t.Fatalf("%s binds from the message, but not from the body: %v", body, bodyErr)
		case messageErr == nil:
			if sameNumber(fromMessage.Number, fromBody.Number) {
				fromMessage.Number = fromBody.Number
			}
			// cmp takes twice as long for each list around a value: it
			// compares what differs in the place of a time.
			if !reflect.DeepEqual(fromMessage, fromBody) && !cmp.Equal(fromMessage, fromBody, cmp.AllowUnexported(manyTypes{})) {
				t.Fatalf("%s is %+v from the body, %+v from the message", body, fromBody, fromMessage)
			}
		}
		fromMessage = manyTypes{}
		_, err := messageHandler.ServeWebhook(cx.WithRawBody(t.Context(), []byte(body)), req)
		if (err == nil) != (bodyErr == nil) {
			t.Fatalf("%s: the body alone says %v, the message beside it %v", body, bodyErr, err)
		}
	})
}

// FuzzEntities binds JSON to the entities with several forms. What binds must
// marshal to JSON that binds to the same.
func FuzzEntities(f *testing.F) {
	for _, seed := range []string{day, clock, moment, `"x"`, "\"\xe1\"", `{"startDate":` + day + `,"endDate":` + day + `}`, `{"startTime":` + clock + `,"endTime":` + clock + `}`, `{"city":"Bern"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		again[cx.When](t, text)
		again[cx.DateTime](t, text)
		again[cx.Address](t, text)
	})
}

func again[T any](t *testing.T, text string) {
	var first, second T
	if json.Unmarshal([]byte(text), &first) != nil {
		return
	}
	written, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("%s was read as %+v: %v", text, first, err)
	}
	if err := json.Unmarshal(written, &second); err != nil {
		t.Fatalf("%s became %s: %v", text, written, err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Fatalf("%s became %s (-first +second):\n%s", text, written, diff)
	}
}
