package webhookjson_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/bench/body"
	"github.com/cxhook/cxhook/internal/webhookjson"
	"google.golang.org/protobuf/proto"
)

// bodies are requests by what is special about them, and whether Dialogflow's
// JSON mapping accepts them.
var bodies = []struct {
	name string
	body string
	ok   bool
}{
	{"empty object", `{}`, true},
	{"blanks around everything", " \n\t\r{ \"text\" : \"a\" , \"languageCode\" : \"en\" } \n", true},
	{"empty body", ``, false},
	{"only blanks", " \n ", false},
	{"null", `null`, false},
	{"list", `[]`, false},
	{"string", `"x"`, false},
	{"second document", `{}{}`, false},
	{"trailing comma after the message", `{},`, false},
	{"trailing NUL", "{}\x00", false},
	{"byte order mark", "\ufeff{}", false},
	{"comment", `{/* */}`, false},
	{"trailing comma in an object", `{"text":"a",}`, false},
	{"trailing comma in a list", `{"messages":[{},]}`, false},
	{"comma first", `{,"text":"a"}`, false},
	{"two commas", `{"text":"a",,"languageCode":"en"}`, false},
	{"missing comma", `{"text":"a" "languageCode":"en"}`, false},
	{"missing colon", `{"text" "a"}`, false},
	{"two colons", `{"text"::"a"}`, false},
	{"name without quotes", `{text:"a"}`, false},
	{"single quotes", `{'text':'a'}`, false},
	{"name and nothing else", `{"text"}`, false},
	{"unclosed object", `{"text":"a"`, false},
	{"unclosed list", `{"messages":[{}`, false},
	{"brackets crossed", `{"payload":{"a":[}]}`, false},
	{"unclosed string", `{"text":"a`, false},
	{"ends in an escape", `{"text":"a\`, false},

	{"proto spelling of names", `{"session_info":{"session":"s"},"language_code":"en"}`, true},
	{"both spellings of one field", `{"languageCode":"en","language_code":"en"}`, false},
	{"duplicate field", `{"text":"a","text":"a"}`, false},
	{"duplicate field, one null", `{"payload":null,"payload":{}}`, false},
	{"wrong case is unknown", `{"SessionInfo":7,"Text":[]}`, true},
	{"escaped name of a field", `{"te\u0078t":"a"}`, true},
	{"escaped duplicate", `{"te\u0078t":"a","text":"a"}`, false},
	{"empty name", `{"":1}`, true},
	{"unknown field of any kind", `{"x":{"y":[1,"2",null,true,{"z":{}}]}}`, true},
	{"duplicates in an unknown field", `{"x":{"y":1,"y":2},"x":3}`, true},
	{"syntax error in an unknown field", `{"x":[1,}`, false},
	{"invalid UTF-8 in an unknown field", "{\"x\":\"\xff\"}", false},
	{"name of an extension that nobody has", `{"[no.such.extension]":1}`, true},
	{"name of a message as an extension", `{"[google.protobuf.Value]":1}`, false},
	{"brackets alone", `{"[]":1,"[":2,"]":3}`, true},

	{"null for every kind", `{"text":null,"sessionInfo":null,"messages":null,"payload":null,"languageCode":null,
		"intentInfo":{"confidence":null,"parameters":null},"pageInfo":{"formInfo":{"parameterInfo":[{"state":null,"required":null}]}}}`, true},
	{"null parameter is a value", `{"sessionInfo":{"parameters":{"a":null}}}`, true},
	{"null form value is a value", `{"pageInfo":{"formInfo":{"parameterInfo":[{"value":null}]}}}`, true},
	{"null resolved value is a value", `{"intentInfo":{"parameters":{"a":{"resolvedValue":null}}}}`, true},
	{"null in a list of messages", `{"messages":[null]}`, false},
	{"null in a list of strings", `{"messages":[{"text":{"text":[null]}}]}`, false},
	{"null in a map of messages", `{"intentInfo":{"parameters":{"a":null}}}`, false},
	{"null member and another of the oneof", `{"text":null,"transcript":"a"}`, true},
	{"two members of a oneof", `{"text":"a","transcript":"b"}`, false},
	{"two kinds of one message", `{"messages":[{"text":{},"payload":{}}]}`, false},
	{"empty member of a oneof", `{"text":""}`, true},

	{"wrong type: string", `{"text":1}`, false},
	{"wrong type: message", `{"sessionInfo":"s"}`, false},
	{"wrong type: list", `{"messages":{}}`, false},
	{"wrong type: list of strings", `{"messages":[{"text":{"text":"a"}}]}`, false},
	{"wrong type: map", `{"sessionInfo":{"parameters":[]}}`, false},
	{"wrong type: bool", `{"pageInfo":{"formInfo":{"parameterInfo":[{"required":"true"}]}}}`, false},
	{"wrong type: tag", `{"fulfillmentInfo":{"tag":7}}`, false},
	{"wrong type: name of a form parameter", `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"a"},{"displayName":7}]}}}`, false},
	{"wrong type: words of an intent parameter", `{"intentInfo":{"parameters":{"a":{"originalValue":7}}}}`, false},
	{"wrong type: Struct", `{"payload":[]}`, false},
	{"literal with more", `{"sessionInfo":{"parameters":{"a":nullx}}}`, false},
	{"literal cut short", `{"sessionInfo":{"parameters":{"a":tru}}}`, false},
	{"literal in capitals", `{"sessionInfo":{"parameters":{"a":True}}}`, false},

	{"enum name", `{"messages":[{"responseType":"ENTRY_PROMPT"}]}`, true},
	{"enum number", `{"messages":[{"responseType":1},{"responseType":99},{"responseType":-1}]}`, true},
	{"enum number, whole with exponent", `{"messages":[{"responseType":1e0},{"responseType":10E-1},{"responseType":2.0}]}`, true},
	{"enum number, broken exponent", `{"messages":[{"responseType":1e}]}`, true},
	{"enum number, signed broken exponent", `{"messages":[{"responseType":1e+}]}`, false},
	{"enum number, not whole", `{"messages":[{"responseType":1.5}]}`, false},
	{"enum number, too large", `{"messages":[{"responseType":2147483648}]}`, false},
	{"enum name unknown", `{"messages":[{"responseType":"NO_SUCH"}]}`, true},
	{"enum of another kind", `{"messages":[{"responseType":true}]}`, false},

	{"float spellings", `{"intentInfo":{"confidence":"0.5"},"languageInfo":{"confidenceScore":1e-3},"sentimentAnalysisResult":{"score":-0,"magnitude":3.4e38}}`, true},
	{"float NaN", `{"intentInfo":{"confidence":"NaN"}}`, true},
	{"float infinite", `{"intentInfo":{"confidence":"-Infinity"}}`, true},
	{"float with blanks in the string", `{"intentInfo":{"confidence":" 0.5"}}`, false},
	{"float escaped in the string", `{"intentInfo":{"confidence":"\u0030.5"}}`, true},
	{"float too large", `{"intentInfo":{"confidence":3.5e38}}`, false},
	{"float not a number", `{"intentInfo":{"confidence":"much"}}`, false},
	{"float broken exponent", `{"intentInfo":{"confidence":1e}}`, false},
	{"bare NaN", `{"intentInfo":{"confidence":NaN}}`, false},

	{"numbers", `{"payload":{"a":[0,-0,1,-1,9.0,0.1,1e5,1E+5,1e-400,12345678901234567890,9007199254740993,0.30000000000000004,123456789012345.6]}}`, true},
	{"long number", `{"payload":{"a":0.` + strings.Repeat("1", 40000) + `}}`, true},
	{"longer than a float64", `{"payload":{"a":` + strings.Repeat("1", 400) + `}}`, false},
	{"exponent too large", `{"payload":{"a":1e999}}`, false},
	{"exponent too large, unknown field", `{"x":1e999}`, true},
	{"broken exponent in a value", `{"payload":{"a":1e}}`, false},
	{"broken exponent, unknown field", `{"x":1e,"y":1e+}`, true},
	{"leading zero", `{"payload":{"a":01}}`, false},
	{"leading plus", `{"payload":{"a":+1}}`, false},
	{"no digit before the point", `{"payload":{"a":.5}}`, false},
	{"no digit after the point", `{"payload":{"a":1.}}`, false},
	{"minus alone", `{"payload":{"a":-}}`, false},
	{"number and letters", `{"payload":{"a":1x}}`, false},
	{"hexadecimal", `{"payload":{"a":0x10}}`, false},

	{"escapes", `{"text":"\"\\\/\b\f\n\r\t\u0041\u00e9\u6728\ud83d\ude00\u0000"}`, true},
	{"escapes in long text", `{"text":"` + strings.Repeat(`it\u0027s `, 50) + `"}`, true},
	{"escape in capitals", `{"text":"\u00C9\uD83D\uDE00"}`, true},
	{"unknown escape", `{"text":"\x"}`, false},
	{"short escape", `{"text":"\u12"}`, false},
	{"escape of no number", `{"text":"\u12g4"}`, false},
	{"lone high surrogate", `{"text":"\ud83d"}`, false},
	{"lone low surrogate", `{"text":"\ude00abcdef"}`, false},
	{"high surrogate and text", `{"text":"\ud83dabcdef"}`, false},
	{"surrogates in the wrong order", `{"text":"\ude00\ud83d"}`, false},
	{"replacement character", "{\"text\":\"\ufffd\\ufffd\"}", true},
	{"text beyond ASCII", `{"text":"Größe 木曜日 😀 עברית"}`, true},
	{"control character", "{\"text\":\"a\tb\"}", false},
	{"newline in text", "{\"text\":\"a\nb\"}", false},
	{"delete character", "{\"text\":\"a\x7fb\"}", true},
	{"invalid UTF-8", "{\"text\":\"a\xc3(\"}", false},
	{"overlong UTF-8", "{\"text\":\"\xc0\xaf\"}", false},
	{"encoded surrogate", "{\"text\":\"\xed\xa0\x80\"}", false},
	{"UTF-8 cut by the quote", "{\"text\":\"long enough for a word \xe6\x9c\"}", false},

	{"duplicate parameter", `{"sessionInfo":{"parameters":{"a":1,"a":2}}}`, false},
	{"duplicate parameter, escaped", `{"sessionInfo":{"parameters":{"a":1,"\u0061":2}}}`, false},
	{"duplicate intent parameter", `{"intentInfo":{"parameters":{"a":{},"a":{}}}}`, false},
	{"duplicate in a payload", `{"payload":{"a":{"b":1,"b":1}}}`, false},
	{"duplicate among many", `{"payload":{` + names(100) + `,"k50":1}}`, false},
	{"many", `{"payload":{` + names(100) + `}}`, true},
	{"nine", `{"sessionInfo":{"parameters":{` + names(9) + `}}}`, true},
	{"duplicate of nine", `{"sessionInfo":{"parameters":{` + names(9) + `,"k1":1}}}`, false},
	{"names that differ in case", `{"sessionInfo":{"parameters":{"a":1,"A":2}}}`, true},

	{"audio, padded", `{"messages":[{"mixedAudio":{"segments":[{"audio":"AQI="}]}}]}`, true},
	{"audio, URL alphabet, unpadded", `{"messages":[{"mixedAudio":{"segments":[{"audio":"-_8"}]}}]}`, true},
	{"audio, not base64", `{"messages":[{"mixedAudio":{"segments":[{"audio":"!"}]}}]}`, false},
	{"audio, not a string", `{"messages":[{"mixedAudio":{"segments":[{"audio":1}]}}]}`, false},
}

// names returns so many members.
func names(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(members, ",")
}

func TestDecodeEqualsProtojson(t *testing.T) {
	t.Parallel()
	for _, tt := range bodies {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := reference([]byte(tt.body))
			if (err == nil) != tt.ok {
				t.Fatalf("protojson on %q: %v; the table is wrong", tt.body, err)
			}
			same(t, []byte(tt.body))
		})
	}
}

func TestDecodeGeneratedBodies(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 4 << 10, 60 << 10, 300 << 10} {
		for _, style := range []body.Style{body.Pretty, body.Compact} {
			same(t, body.Request(size, style))
		}
	}
}

// Every prefix of a body is refused, and no byte of it can be changed with
// another result than protojson's.
func TestDecodeDamagedBodies(t *testing.T) {
	t.Parallel()
	whole := body.Request(1<<10, body.Compact)
	var req cxpb.WebhookRequest
	for i := range whole {
		if err := webhookjson.Decode(bytes.Clone(whole[:i]), &req, webhookjson.Limits{}); !errors.Is(err, webhookjson.ErrSyntax) {
			t.Fatalf("Decode of the first %d bytes = %v, want ErrSyntax", i, err)
		}
		for _, c := range []byte{0, ' ', '"', '\\', '{', '}', ',', 'e', '0', 0xc3} {
			damaged := bytes.Clone(whole)
			damaged[i] = c
			same(t, damaged)
		}
	}
}

func TestDecodeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"text":"a","x":`, `{"text":"a","text":"a"}`} {
		req := &cxpb.WebhookRequest{LanguageCode: "en", SessionInfo: &cxpb.SessionInfo{Session: "s"}}
		_ = webhookjson.Decode([]byte(body), req, webhookjson.Limits{})
		if !proto.Equal(req, &cxpb.WebhookRequest{}) {
			t.Errorf("Decode(%s) leaves %v, want nothing", body, req)
		}
	}
}

// A handler may write to the maps of what it got.
func TestDecodeMapsOfEmptyObjects(t *testing.T) {
	t.Parallel()
	var req cxpb.WebhookRequest
	raw := `{"sessionInfo":{"parameters":{}},"payload":{},"intentInfo":{"parameters":{}}}`
	if err := webhookjson.Decode([]byte(raw), &req, webhookjson.Limits{}); err != nil {
		t.Fatal(err)
	}
	if req.GetSessionInfo().Parameters == nil || req.GetPayload().Fields == nil || req.GetIntentInfo().Parameters == nil {
		t.Error("the map of an empty object is nil, want an empty one")
	}
}

func TestSyntaxErrorNamesThePlace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body   string
		offset int
	}{
		{`{"text":"secret",}`, 17},
		{`{"text":"a","text":"secret"}`, 11},
		{"{\"text\":\"secret\x01\"}", 15},
		{`{"text":secret}`, 8},
		{`{"payload":{"secret":1e999}}`, 21},
	}
	for _, tt := range tests {
		var req cxpb.WebhookRequest
		err := webhookjson.Decode([]byte(tt.body), &req, webhookjson.Limits{})
		var syntax *webhookjson.SyntaxError
		if !errors.As(err, &syntax) || syntax.ByteOffset != tt.offset {
			t.Errorf("Decode(%q) = %v, want a SyntaxError at byte %d", tt.body, err, tt.offset)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("error %q repeats the body", err)
		}
	}
}
