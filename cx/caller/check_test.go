package caller_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

// What breaks the API's reference fails the call, what Dialogflow ignores or
// does not document is a warning: the two weights of cx.Validate.
func TestAnswersAreHeldAgainstTheReference(t *testing.T) {
	t.Parallel()
	lenient := []caller.Option{caller.LenientAnswers()}
	message := func(m string) string { return `{"fulfillmentResponse":{"messages":[` + m + `]}}` }
	const page = `"projects/p/locations/l/agents/a/flows/f/pages/g"`
	tests := []struct {
		name, answer string
		opts         []caller.Option
		failure      string // part of it, empty for none
		warnings     []string
	}{
		{"nothing wrong", `{"fulfillmentResponse":{"messages":[{"text":{"text":["a"]}}]},"targetPage":` + page + `,"sessionInfo":{"parameters":{"a-b":1}}}`, nil, "", nil},
		{"a text without text", message(`{"text":{}}`), nil, "fulfillmentResponse.messages[0].text.text: required", nil},
		{"a message without content", message(`{"text":{"text":["a"]}},{}`), nil, "fulfillmentResponse.messages[1]: required", nil},
		{"audio without address", message(`{"playAudio":{}}`), nil, "playAudio.audioUri", nil},
		{"a form parameter without name", `{"pageInfo":{"formInfo":{"parameterInfo":[{"state":"INVALID"}]}}}`, nil, "parameterInfo[0].displayName", nil},
		{"an unknown state by number", `{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"a","state":9}]}}}`, nil, "state", nil},
		{"a deep payload", message(`{"payload":` + strings.Repeat(`{"a":`, 24) + `{}` + strings.Repeat(`}`, 25)), nil, "24 levels", nil},
		{"what fails, lenient", message(`{"text":{}}`), lenient, "",
			[]string{"answer: fulfillmentResponse.messages[0].text.text: required field is not set"}},
		{"an empty text", message(`{"text":{"text":[""]}}`), nil, "", []string{"answer: fulfillmentResponse.messages[0].text.text[0]: text is empty"}},
		{"the end of the interaction", message(`{"endInteraction":{}}`), nil, "", []string{"answer: fulfillmentResponse.messages[0].endInteraction: output only: Dialogflow makes it itself"}},
		{"target and names", `{"targetPage":"abc","sessionInfo":{"parameters":{"c d":1,"a b":1}}}`, nil, "", []string{
			`answer: sessionInfo.parameters["a b"]: the parameter name has a character other than letters A to Z and a to z, digits, '.', '_' and '-'`,
			`answer: sessionInfo.parameters["c d"]: the parameter name has a character other than letters A to Z and a to z, digits, '.', '_' and '-'`,
			"answer: targetPage: not the full resource name of a page, want projects/P/locations/L/agents/A/flows/F/pages/PAGE"}},
		{"all at once", `{"targetPage":"abc","fulfillmentResponse":{"messages":[{"text":{}},{"endInteraction":{}},{}]},"sessionInfo":{"parameters":{"a b":1}}}`, nil, "text.text", nil},
	}
	for _, tt := range tests {
		res := call(t, newCaller(t, resource(), caller.ToHandler(jsonAnswer(tt.answer)), tt.opts...), turn(t))
		if tt.failure != "" {
			checkFailure(t, tt.name, res, caller.BadAnswer, caller.EventError)
			if res.Failure != nil && !strings.Contains(res.Failure.Error(), tt.failure) {
				t.Errorf("%s: failure %v, want one with %q", tt.name, res.Failure, tt.failure)
			}
			if len(res.Session) != 0 || len(res.Messages) != 0 || res.TargetPage != "" {
				t.Errorf("%s: the failed answer was applied: %+v", tt.name, res)
			}
			continue
		}
		checkFailure(t, tt.name, res, 0, "")
		if diff := cmp.Diff(tt.warnings, res.Warnings); diff != "" {
			t.Errorf("%s: warnings (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A failure says what is wrong in the words of the webhook's author.
func TestFailureTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 70_000)
	told := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		jsonAnswer(long)(w, r)
	}
	tests := []struct {
		name string
		h    http.HandlerFunc
		want string
	}{
		{"a list", jsonAnswer("[]"), "caller: bad answer: the answer is a list, want a JSON object"},
		{"a string", jsonAnswer(` "a"`), "caller: bad answer: the answer is a string, want a JSON object"},
		{"null", jsonAnswer("null"), "caller: bad answer: the answer is null, want a JSON object"},
		{"a number", jsonAnswer("-1"), "caller: bad answer: the answer is a number, want a JSON object"},
		{"a boolean", jsonAnswer("true"), "caller: bad answer: the answer is a boolean, want a JSON object"},
		{"an unknown key", jsonAnswer(`{"a":1}`), `caller: bad answer: the answer is no WebhookResponse: (line 1:2): unknown field "a"`},
		{"not JSON", jsonAnswer(`ok`), `caller: bad answer: the answer is no WebhookResponse: syntax error (line 1:1): invalid value ok`},
		{"too long", jsonAnswer(long), "caller: answer too large: over the limit of 65536 bytes"},
		{"too long, of a length that is told", told, "caller: answer too large: 70000 bytes, the limit is 65536"},
		{"too long once decompressed", encoded("gzip", codings(t)["gzip"](long)), "caller: answer too large: over the limit of 65536 bytes"},
	}
	for _, tt := range tests {
		res := call(t, overSocket(t, resource(), tt.h), turn(t))
		if res.Failure == nil || res.Failure.Error() != tt.want {
			t.Errorf("%s: failure %q, want %q", tt.name, res.Failure, tt.want)
		}
	}
}

// The header values of a standard webhook are no matter of flexible ones.
func TestHeaderFaultsDoNotSpeakOfFlexible(t *testing.T) {
	t.Parallel()
	broken := resource(func(s *service) { s.RequestHeaders = map[string]string{"X-A": "a\r\nb"} })
	_, err := caller.New(broken, caller.ToHandler(jsonAnswer("{}")))
	if err == nil || !strings.HasPrefix(err.Error(), `caller: header "X-A": `) || strings.Contains(err.Error(), "flexible") {
		t.Errorf("error %v", err)
	}
	_, res := received(t, func(s *service) { s.RequestHeaders = map[string]string{"X-A": "$session.params.a"} }, nil)
	if diff := cmp.Diff([]string{`configured header "X-A": $session.params.a is not set`}, res.Warnings); diff != "" || res.Failure != nil {
		t.Fatalf("failure %v, warnings (-want +got):\n%s", res.Failure, diff)
	}
	c := newCaller(t, resource(func(s *service) { s.RequestHeaders = map[string]string{"X-A": "$session.params.a"} }), caller.ToHandler(jsonAnswer("{}")))
	got := call(t, c, &caller.Turn{Request: request(t, `{"sessionInfo":{"parameters":{"a":"x\r\ny"}}}`)})
	checkFailure(t, "a control character", got, caller.Unrenderable, caller.EventError)
	if text := got.Failure.Error(); text != `caller: unusable parameter: header "X-A": the value of $session.params.a cannot stand in a header: the header value would hold a control character` {
		t.Errorf("failure %q", text)
	}
}

// A nil option changes nothing.
func TestNilOptions(t *testing.T) {
	t.Parallel()
	c := newCaller(t, resource(), caller.ToHandler(jsonAnswer("{}")), nil, caller.WithFlexible(nil, flexible.KeepMissing()))
	checkFailure(t, "nil options", call(t, c, turn(t)), 0, "")
}
