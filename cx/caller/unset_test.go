package caller_test

import (
	"net/http"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

// What has no value is named once in the result, by the place that asked for
// it; what was told to the functions of the environment is told there too. No
// value of a parameter is named.
func TestWhatHasNoValueIsAWarning(t *testing.T) {
	t.Parallel()
	var unset, failed []string
	env := flexible.Env{
		OnUnset: func(ref string) { unset = append(unset, ref) },
		OnCall: func(r flexible.CallResult) {
			if r.Err != nil {
				failed = append(failed, r.Func)
			}
		},
	}
	w := resource(func(s *service) {
		s.WebhookType = cxpb.Webhook_GenericWebService_FLEXIBLE
		s.Uri = hookURI + "?a=$session.params.a&b=$flow.b"
		s.RequestBody = `{"a":"$session.params.a","c":"<$session.params.null>","there":"$session.params.there"}`
		s.RequestHeaders = map[string]string{"X-A": "$session.params.a", "X-B": "$sys.func.TO_PHONE_NUMBER($session.params.there)"}
	})
	c := newCaller(t, w, caller.ToHandler(jsonAnswer("{}")), caller.WithFunctions(env))
	res := call(t, c, &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"null": nil, "there": "secret"}}})
	want := []string{
		"URL or body: $session.params.a is not set",
		"URL or body: $flow.b is not set",
		"URL or body: $session.params.null is not set",
		`configured header "X-A": $session.params.a is not set`,
		`configured header "X-B": the system function TO_PHONE_NUMBER failed`,
	}
	if diff := cmp.Diff(want, res.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"$session.params.a", "$flow.b", "$session.params.a", "$session.params.null", "$session.params.a"}, unset); diff != "" {
		t.Errorf("told to OnUnset (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"TO_PHONE_NUMBER"}, failed); diff != "" {
		t.Errorf("told to OnCall (-want +got):\n%s", diff)
	}
	if strings.Contains(strings.Join(res.Warnings, ""), "secret") {
		t.Errorf("a value is named: %q", res.Warnings)
	}
}

// A numbering plan of one's own takes the place of libphonenumber's.
type shortNumbers struct{}

func (shortNumbers) Parse(number, region string) (flexible.PhoneNumber, error) {
	return flexible.PhoneNumber{CountryCode: region, AreaCode: "0", Number: number}, nil
}

func (shortNumbers) Valid(number, _ string) bool { return len(number) == 3 }

func TestOwnTelephoneNumbers(t *testing.T) {
	t.Parallel()
	const value = `$sys.func.IS_PHONE_NUMBER("112") $sys.func.GET_FIELD($sys.func.TO_PHONE_NUMBER("7", "ch"), "country-code")`
	for _, tt := range []struct {
		name string
		opts []caller.Option
		want string
	}{
		{"own", []caller.Option{caller.WithFunctions(flexible.Env{Phone: shortNumbers{}})}, "true CH"},
		{"by default an emergency number is no number", nil, `false $sys.func.GET_FIELD($sys.func.TO_PHONE_NUMBER("7", "ch"), "country-code")`},
	} {
		got, _ := received(t, func(s *service) { s.RequestHeaders = map[string]string{"X-A": value} }, nil, tt.opts...)
		if v := got.Get("X-A"); v != tt.want {
			t.Errorf("%s: header %q, want %q", tt.name, v, tt.want)
		}
	}
	if !caller.PhoneNumbers().Valid("+1 650 206 5555", "CH") {
		t.Error("PhoneNumbers does not know a number of the United States")
	}
}

// The caller and flexible.Compile send the same configured headers, of both
// kinds of webhook.
func TestHeadersAreThoseOfCompile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		headers map[string]string
		fails   bool
	}{
		{"usual ones", map[string]string{"x-a": "1", " X-B ": " 2 "}, false},
		{"some that Dialogflow does not allow", map[string]string{"host": "h", "User-Agent": "u", "From": "f", "expect": "e", "X-A": "1"}, false},
		{"no header names", map[string]string{"a b": "1", "": "2", "$flow.x": "$.y", "X-A": "1"}, false},
		{"a fault in a header that is not sent", map[string]string{"Host": "$sys.func.LEN(", "X-A": "1"}, false},
		{"one twice", map[string]string{"X-A": "1", "x-a": "2"}, true},
		{"a fault", map[string]string{"X-A": "$sys.func.LEN("}, true},
		{"a control character", map[string]string{"X-A": "a\nb"}, true},
	}
	for _, tt := range tests {
		var compiled http.Header
		for _, kind := range []cxpb.Webhook_GenericWebService_WebhookType{cxpb.Webhook_GenericWebService_FLEXIBLE, cxpb.Webhook_GenericWebService_STANDARD} {
			w := resource(func(s *service) { s.WebhookType, s.RequestHeaders = kind, tt.headers })
			var got http.Header
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got = r.Header
				jsonAnswer("{}")(w, r)
			})
			c, err := caller.New(w, caller.ToHandler(h))
			if tt.fails != (err != nil) {
				t.Errorf("%s: %v: error %v of the caller", tt.name, kind, err)
			}
			if kind == cxpb.Webhook_GenericWebService_FLEXIBLE {
				hook, err := flexible.Compile(w)
				if tt.fails != (err != nil) {
					t.Errorf("%s: error %v of Compile", tt.name, err)
				}
				if err == nil {
					r, err := hook.NewRequest(t.Context(), nil)
					if err != nil {
						t.Fatal(err)
					}
					compiled = r.Header
				}
			}
			if tt.fails || err != nil {
				continue
			}
			call(t, c, turn(t))
			for _, own := range []string{"User-Agent", "Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type"} {
				got.Del(own)
			}
			if diff := cmp.Diff(compiled, got); diff != "" {
				t.Errorf("%s: %v: headers (-Compile +caller):\n%s", tt.name, kind, diff)
			}
		}
	}
}
