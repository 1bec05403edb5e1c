package exportjson_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/exportjson"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func generic(g *cxpb.Webhook_GenericWebService) *cxpb.Webhook {
	return &cxpb.Webhook{Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: g}}
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	created := time.Date(2025, 3, 8, 16, 10, 52, 469723000, time.UTC)
	tests := []struct {
		name string // and the reason
		json string
		want proto.Message
	}{
		{"an empty object is an empty message", `{}`, &cxpb.Webhook{}},
		{
			"a map is a list of key and value",
			`{"genericWebService":{"requestHeaders":[{"key":"x-brand","value":"tea"},{"key":"x-empty"}]}}`,
			generic(&cxpb.Webhook_GenericWebService{RequestHeaders: map[string]string{"x-brand": "tea", "x-empty": ""}}),
		},
		{
			"a map is an object in the API's form",
			`{"genericWebService":{"requestHeaders":{"x-brand":"tea"}}}`,
			generic(&cxpb.Webhook_GenericWebService{RequestHeaders: map[string]string{"x-brand": "tea"}}),
		},
		{
			"a map of messages, whole and empty",
			`{"genericWebService":{"secretVersionsForRequestHeaders":[{"key":"a","value":{"secretVersion":"s/1"}},{"key":"b"}]}}`,
			generic(&cxpb.Webhook_GenericWebService{SecretVersionsForRequestHeaders: map[string]*cxpb.Webhook_GenericWebService_SecretVersionHeaderValue{
				"a": {SecretVersion: "s/1"}, "b": {},
			}}),
		},
		{
			"a map of values keeps an explicit null",
			`{"parameters":[{"key":"gone","value":null},{"key":"n","value":2}]}`,
			&cxpb.SessionInfo{Parameters: map[string]*structpb.Value{"gone": structpb.NewNullValue(), "n": structpb.NewNumberValue(2)}},
		},
		{"a duration as an object", `{"timeout":{"seconds":5}}`, &cxpb.Webhook{Timeout: durationpb.New(5 * time.Second)}},
		{"a duration with nanos, seconds as text", `{"timeout":{"seconds":"1","nanos":500000000}}`, &cxpb.Webhook{Timeout: durationpb.New(1500 * time.Millisecond)}},
		{"a negative duration", `{"timeout":{"seconds":-1,"nanos":-1}}`, &cxpb.Webhook{Timeout: durationpb.New(-time.Second - 1)}},
		{"an empty duration is zero", `{"timeout":{}}`, &cxpb.Webhook{Timeout: &durationpb.Duration{}}},
		{"a duration in the API's form", `{"timeout":"5.5s"}`, &cxpb.Webhook{Timeout: durationpb.New(5500 * time.Millisecond)}},
		{"a timestamp as an object", `{"creationTime":{"seconds":1741450252,"nanos":469723000}}`, &cxpb.TestCase{CreationTime: timestamppb.New(created)}},
		{"a timestamp in the API's form", `{"creationTime":"2025-03-08T16:10:52.469723Z"}`, &cxpb.TestCase{CreationTime: timestamppb.New(created)}},
		{"a 64-bit integer as a number", `{"tokenCount":629}`, &cxpb.Playbook{TokenCount: 629}},
		{"a 64-bit integer as text", `{"tokenCount":"9007199254740993"}`, &cxpb.Playbook{TokenCount: 9007199254740993}},
		{
			"unknown fields are dropped, whatever they hold",
			`{"displayName":"w","extra":[{"key":1}],"genericWebService":{"parameterRedactionList":["x"],"uri":"u"}}`,
			&cxpb.Webhook{DisplayName: "w", Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &cxpb.Webhook_GenericWebService{Uri: "u"}}},
		},
		{"null is absent", `{"displayName":null,"genericWebService":null,"timeout":null}`, &cxpb.Webhook{}},
		{"names of the protobuf definition", `{"display_name":"w"}`, &cxpb.Webhook{DisplayName: "w"}},
		{
			"an enum by name and by number",
			`{"genericWebService":{"webhookType":"FLEXIBLE","httpMethod":2}}`,
			generic(&cxpb.Webhook_GenericWebService{
				WebhookType: cxpb.Webhook_GenericWebService_FLEXIBLE, HttpMethod: cxpb.Webhook_GenericWebService_GET,
			}),
		},
		{
			"bytes in both base64 alphabets, padded or not",
			`{"genericWebService":{"allowedCaCerts":["+/8=","-_8"]}}`,
			generic(&cxpb.Webhook_GenericWebService{AllowedCaCerts: [][]byte{{0xfb, 0xff}, {0xfb, 0xff}}}),
		},
		{
			"text in place of bytes is kept as it is",
			`{"genericWebService":{"allowedCaCerts":["<removed>","QQ=","Q"]}}`,
			generic(&cxpb.Webhook_GenericWebService{AllowedCaCerts: [][]byte{[]byte("<removed>"), []byte("A"), []byte("Q")}}),
		},
		{"a byte order mark is skipped", "\ufeff{\"displayName\":\"w\"}", &cxpb.Webhook{DisplayName: "w"}},
		{
			"a list where any value may stand stays a list",
			`{"parameter":"p","value":[]}`,
			&cxpb.Fulfillment_SetParameterAction{Parameter: "p", Value: structpb.NewListValue(&structpb.ListValue{})},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := tt.want.ProtoReflect().New().Interface()
			if err := exportjson.Unmarshal([]byte(tt.json), got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, protocmp.Transform()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUnmarshalErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, json, field string
	}{
		{"no JSON", ``, ""},
		{"cut off", `{"genericWebService":{"uri":`, "genericWebService.uri"},
		{"two values", `{} {}`, ""},
		{"not an object", `[]`, ""},
		{"null document", `null`, ""},
		{"not UTF-8", "{\"displayName\":\"\xff\"}", ""},
		{"a key twice", `{"displayName":"a","displayName":"b"}`, "displayName"},
		{"both spellings of a key", `{"displayName":"a","display_name":"b"}`, ""},
		{"a key twice in a list of entries", `{"genericWebService":{"requestHeaders":[{"key":"a"},{"key":"a"}]}}`, "genericWebService.requestHeaders[1]"},
		{"an entry that is text", `{"genericWebService":{"requestHeaders":["a"]}}`, "genericWebService.requestHeaders[0]"},
		{"an entry with a list as its key", `{"genericWebService":{"requestHeaders":[{"key":[]}]}}`, "genericWebService.requestHeaders[0].key"},
		{"a number where text is due", `{"genericWebService":{"requestHeaders":[{"key":"a","value":3}]}}`, "genericWebService.requestHeaders[0].value"},
		{"a map that is text", `{"genericWebService":{"requestHeaders":"x"}}`, "genericWebService.requestHeaders"},
		{"an unknown enum name", `{"genericWebService":{"httpMethod":"FETCH"}}`, "genericWebService.httpMethod"},
		{"an enum name in lower case", `{"genericWebService":{"httpMethod":"get"}}`, "genericWebService.httpMethod"},
		{"an unknown enum number", `{"genericWebService":{"httpMethod":99}}`, "genericWebService.httpMethod"},
		{"an enum that is a boolean", `{"genericWebService":{"httpMethod":true}}`, "genericWebService.httpMethod"},
		{"bytes as a number", `{"genericWebService":{"allowedCaCerts":[1]}}`, "genericWebService.allowedCaCerts[0]"},
		{"a list that is text", `{"genericWebService":{"allowedCaCerts":"AA=="}}`, "genericWebService.allowedCaCerts"},
		{"a boolean as text", `{"disabled":"true"}`, "disabled"},
		{"a message that is text", `{"genericWebService":"x"}`, "genericWebService"},
		{"a null message in a list", `{"formInfo":{"parameterInfo":[null]}}`, "formInfo.parameterInfo[0]"},
		{"half a second as seconds", `{"timeout":{"seconds":0.5}}`, "timeout.seconds"},
		{"seconds as a list", `{"timeout":{"seconds":[]}}`, "timeout.seconds"},
		{"signs that differ", `{"timeout":{"seconds":1,"nanos":-1}}`, "timeout"},
		{"nanos over a second", `{"timeout":{"nanos":1000000000}}`, "timeout"},
		{"a bare number as duration", `{"timeout":5}`, ""},
		{"two of one oneof", `{"genericWebService":{},"serviceDirectory":{}}`, ""},
		{"too deep", strings.Repeat(`{"genericWebService":`, 200) + "1" + strings.Repeat("}", 200), strings.Repeat("genericWebService.", 128) + "genericWebService"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var m proto.Message = &cxpb.Webhook{}
			if strings.HasPrefix(tt.field, "formInfo") {
				m = &cxpb.PageInfo{}
			}
			err := exportjson.Unmarshal([]byte(tt.json), m)
			var e *exportjson.Error
			if !errors.As(err, &e) {
				t.Fatalf("have error %v, want an *exportjson.Error", err)
			}
			if e.Field != tt.field {
				t.Errorf("have field %q (%v), want %q", e.Field, err, tt.field)
			}
		})
	}
}

func TestUnmarshalTimestampNanos(t *testing.T) {
	t.Parallel()
	err := exportjson.Unmarshal([]byte(`{"creationTime":{"seconds":1,"nanos":-5}}`), &cxpb.TestCase{})
	var e *exportjson.Error
	if !errors.As(err, &e) || e.Field != "creationTime" {
		t.Errorf("have %v, want an error at creationTime", err)
	}
}

// FuzzUnmarshal holds the reader to two properties: what protojson reads is
// read to the same message, and what is read is read again, unchanged, from
// the API's form.
func FuzzUnmarshal(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"timeout":{"seconds":5,"nanos":1}}`, `{"timeout":"5s","disabled":true}`,
		`{"genericWebService":{"requestHeaders":[{"key":"a","value":"b"}],"allowedCaCerts":["AA"],"httpMethod":"GET"}}`,
		`{"serviceDirectory":{"service":"s","genericWebService":{"uri":"u","oauthConfig":{"scopes":["a"]}}}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var have cxpb.Webhook
		err := exportjson.Unmarshal(data, &have)
		var want cxpb.Webhook
		if strict := protojson.Unmarshal(data, &want); strict == nil && knownEnums(&want) {
			if err != nil {
				t.Fatalf("protojson reads it, exportjson does not: %v", err)
			}
			if !proto.Equal(&want, &have) {
				t.Fatalf("read differently: %v", cmp.Diff(&want, &have, protocmp.Transform()))
			}
		}
		if err != nil {
			return
		}
		text, err := protojson.Marshal(&have)
		if err != nil {
			t.Fatal(err)
		}
		var again cxpb.Webhook
		if err := exportjson.Unmarshal(text, &again); err != nil {
			t.Fatalf("not read again from %s: %v", text, err)
		}
		if !proto.Equal(&have, &again) {
			t.Fatalf("changed: %v", cmp.Diff(&have, &again, protocmp.Transform()))
		}
	})
}

// knownEnums reports whether all enums of w have names: protojson takes any
// number, exportjson does not.
func knownEnums(w *cxpb.Webhook) bool {
	for _, g := range []*cxpb.Webhook_GenericWebService{w.GetGenericWebService(), w.GetServiceDirectory().GetGenericWebService()} {
		for _, named := range []bool{
			cxpb.Webhook_GenericWebService_ServiceAgentAuth_name[int32(g.GetServiceAgentAuth())] != "",
			cxpb.Webhook_GenericWebService_WebhookType_name[int32(g.GetWebhookType())] != "",
			cxpb.Webhook_GenericWebService_HttpMethod_name[int32(g.GetHttpMethod())] != "",
		} {
			if !named {
				return false
			}
		}
	}
	return true
}
