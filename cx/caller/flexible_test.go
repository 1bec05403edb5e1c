package caller_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/flexible"
)

// flexibleHook returns a flexible webhook.
func flexibleHook(method, uri, body string, mapping map[string]string) *cxpb.Webhook {
	return resource(func(s *service) {
		s.Uri = uri
		s.WebhookType = cxpb.Webhook_GenericWebService_FLEXIBLE
		s.HttpMethod = cxpb.Webhook_GenericWebService_HttpMethod(cxpb.Webhook_GenericWebService_HttpMethod_value[method])
		s.RequestBody = body
		s.ParameterMapping = mapping
	})
}

// asked is what a service was asked.
type asked struct{ line, body, contentType, length string }

func recordAsked(to *asked, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		*to = asked{r.Method + " " + r.Host + r.RequestURI, string(b), r.Header.Get("Content-Type"), r.Header.Get("Content-Length")}
		answer(w, r)
	}
}

func TestFlexibleRequests(t *testing.T) {
	t.Parallel()
	session := map[string]any{
		"fruit": "apple & pear", "size": 3.0, "list": []any{"a", 1.0}, "who": map[string]any{"name": "Al"},
		"evil": `","admin":true,"x":"`, "dollar": "$session.params.fruit",
	}
	scopes := caller.Scopes{Session: session, Flow: map[string]any{"key": true}, Custom: map[string]map[string]any{"vip": {"tier": "gold"}}}
	const host = "orders.example.com"
	tests := []struct {
		name, method, uri, body string
		want                    asked
	}{
		{"references in the URL", "GET", "https://" + host + "/x/$session.params.fruit?size=$session.params.size&all=$session.params.list", "",
			asked{line: "GET " + host + "/x/apple%20%26%20pear?size=3&all=%5B%22a%22%2C1%5D"}},
		{"body", "POST", hookURI, `{"fruit":"$session.params.fruit","size":"$session.params.size","who":"$session.params.who","flow":"$flow.key","tier":"$vip.params.tier"}`,
			asked{"POST " + host + "/webhook", `{"fruit":"apple & pear","size":3,"who":{"name":"Al"},"flow":true,"tier":"gold"}`, "application/json", "79"}},
		{"reference within a text", "PUT", hookURI, `{"n":"This is a number: $session.params.size"}`,
			asked{"PUT " + host + "/webhook", `{"n":"This is a number: 3"}`, "application/json", "27"}},
		{"values cannot change the structure", "PATCH", hookURI, `["$session.params.evil","$session.params.dollar"]`,
			asked{"PATCH " + host + "/webhook", `["\",\"admin\":true,\"x\":\"","$session.params.fruit"]`, "application/json", "54"}},
		{"unset", "POST", hookURI + "?a=$session.params.none", `{"a":"$session.params.none","b":"x $session.params.none"}`,
			asked{"POST " + host + "/webhook?a=", `{"a":null,"b":"x $session.params.none"}`, "application/json", "39"}},
		{"no body", "POST", hookURI, "", asked{line: "POST " + host + "/webhook", length: "0"}},
		{"delete", "DELETE", hookURI, "", asked{line: "DELETE " + host + "/webhook"}},
		{"no method", "", hookURI, "{}", asked{"POST " + host + "/webhook", "{}", "application/json", "2"}},
		{"blanks around the URI, placeholder for a host", "GET", " https://<HOST>/a/$session.params.size ", "", asked{line: "GET localhost/a/3"}},
	}
	for _, tt := range tests {
		var got asked
		c := newCaller(t, flexibleHook(tt.method, tt.uri, tt.body, nil), caller.ToHandler(recordAsked(&got, answering(200, "", ""))))
		res := call(t, c, &caller.Turn{Scopes: scopes})
		if res.Failure != nil {
			t.Errorf("%s: %v", tt.name, res.Failure)
		}
		if !jsonEqual(got.body, tt.want.body) {
			t.Errorf("%s: body %s, want %s", tt.name, got.body, tt.want.body)
		}
		got.body = tt.want.body
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(asked{})); diff != "" {
			t.Errorf("%s: request (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The answer's paths become parameters: the documented example, and what the
// documentation leaves open.
func TestFlexibleMapping(t *testing.T) {
	t.Parallel()
	const answer = `{"routes":[{"legs":[{"distance":{"value":1738}}]}],"size":"XL","fulfillmentResponse":{"messages":[{"text":{"text":["no"]}}]},"targetPage":"no"}`
	mapping := map[string]string{
		"distance":  "$.routes[0].legs[0].distance.value",
		"SIZE":      "size",
		"gone":      "$.missing.path",
		"all":       "$.routes[*].legs[*].distance.value",
		"$flow.leg": "routes[0].legs[0]",
		"$flow.old": "nothing",
	}
	scopes := caller.Scopes{Session: map[string]any{"size": "L", "gone": 1.0, "kept": true}, Flow: map[string]any{"old": 1.0}}
	tests := []struct {
		name          string
		opts          []caller.Option
		session, flow map[string]any
	}{
		{"by default", nil,
			map[string]any{"distance": 1738.0, "size": "XL", "all": []any{1738.0}, "kept": true},
			map[string]any{"leg": map[string]any{"distance": map[string]any{"value": 1738.0}}}},
		{"missing paths keep", []caller.Option{caller.WithFlexible(flexible.KeepMissing())},
			map[string]any{"distance": 1738.0, "size": "XL", "all": []any{1738.0}, "kept": true, "gone": 1.0},
			map[string]any{"leg": map[string]any{"distance": map[string]any{"value": 1738.0}}, "old": 1.0}},
		{"case of names", []caller.Option{caller.CaseSensitiveNames()},
			map[string]any{"distance": 1738.0, "size": "L", "SIZE": "XL", "all": []any{1738.0}, "kept": true},
			map[string]any{"leg": map[string]any{"distance": map[string]any{"value": 1738.0}}}},
	}
	for _, tt := range tests {
		c := newCaller(t, flexibleHook("GET", hookURI, "", mapping), caller.ToHandler(jsonAnswer(answer)), tt.opts...)
		res := call(t, c, &caller.Turn{Request: request(t, `{"messages":[{"text":{"text":["queued"]}}]}`), Scopes: scopes})
		if res.Failure != nil || res.Response != nil || len(res.Messages) != 1 || res.TargetPage != "" {
			t.Errorf("%s: failure %v, response %v, messages %v, target %q", tt.name, res.Failure, res.Response, res.Messages, res.TargetPage)
		}
		if diff := cmp.Diff(tt.session, res.Session); diff != "" {
			t.Errorf("%s: session (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.flow, res.Flow); diff != "" {
			t.Errorf("%s: flow (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestFlexibleAnswers(t *testing.T) {
	t.Parallel()
	mapped := map[string]string{"a": "$.a"}
	tests := []struct {
		name        string
		mapping     map[string]string
		status      int
		contentType string
		body        string
		opts        []caller.Option
		kind        caller.Kind
		event       string
	}{
		{"nothing mapped, nothing answered", nil, 200, "", "", nil, 0, ""},
		{"nothing mapped, HTML", nil, 200, "text/html", "<p>", nil, 0, ""},
		{"201", mapped, 201, "application/json", `{"a":1}`, nil, 0, ""},
		{"201 when only 200 counts", mapped, 201, "application/json", `{"a":1}`, []caller.Option{caller.OnlyStatus200()}, caller.BadStatus, caller.EventError},
		{"204", mapped, 204, "", "", nil, 0, ""},
		{"empty", mapped, 200, "application/json", "", nil, caller.BadAnswer, caller.EventError},
		{"empty, allowed", mapped, 200, "", "", []caller.Option{caller.EmptyAnswers(), caller.AnyContentType()}, 0, ""},
		{"not JSON", mapped, 200, "application/json", "a", nil, caller.BadAnswer, caller.EventError},
		{"not JSON, lenient", mapped, 200, "application/json", "a", []caller.Option{caller.LenientAnswers()}, 0, ""},
		{"content type", mapped, 200, "text/plain", `{"a":1}`, nil, caller.BadAnswer, caller.EventError},
		{"at the limit", mapped, 200, "application/json", sized(caller.MaxAnswerBytes), nil, 0, ""},
		{"over the limit", mapped, 200, "application/json", sized(caller.MaxAnswerBytes + 1), nil, caller.TooLarge, caller.EventError},
		{"over the limit, nothing mapped", nil, 200, "application/json", sized(caller.MaxAnswerBytes + 1), nil, caller.TooLarge, caller.EventError},
		{"503", mapped, 503, "application/json", `{"a":1}`, nil, caller.BadStatus, caller.EventUnavailable},
		{"404", mapped, 404, "application/json", `{"a":1}`, nil, caller.BadStatus, caller.EventError},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := overSocket(t, flexibleHook("GET", hookURI, "", tt.mapping), answering(tt.status, tt.contentType, tt.body), tt.opts...)
			res := call(t, c, &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"a": 0.0}}})
			checkFailure(t, tt.name, res, tt.kind, tt.event)
			if tt.kind != 0 && res.Session["a"] != 0.0 {
				t.Errorf("a failed call set the parameter to %v", res.Session["a"])
			}
		})
	}
}

func TestFlexibleTimeoutAndRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var bodies []string
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(b))
			if len(bodies) == 1 {
				<-r.Context().Done()
				return
			}
			jsonAnswer(`{"a":2}`)(w, r)
		})
		w := withTimeout(flexibleHook("POST", hookURI, `{"a":"$session.params.a"}`, map[string]string{"a": "a"}), 7*time.Second)
		res := call(t, newCaller(t, w, caller.ToHandler(h)), &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"a": 1.0}}})
		if res.Failure != nil || res.Latency != 7*time.Second || res.Session["a"] != 2.0 || len(bodies) != 2 || bodies[0] != bodies[1] {
			t.Errorf("failure %v after %v, session %v, requests %q", res.Failure, res.Latency, res.Session, bodies)
		}
	})
}

// Values that would lead elsewhere fail the call before anything is sent.
func TestUnusableValues(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("called with %s", r.RequestURI) })
	c := newCaller(t, flexibleHook("GET", "https://orders.example.com/a/$session.params.id/b", "", nil), caller.ToHandler(h))
	for _, id := range []string{"..", ".", "%2e%2e"} {
		res := call(t, c, &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"id": id}}})
		checkFailure(t, id, res, caller.Unrenderable, caller.EventError)
		if len(res.Attempts) != 0 || strings.Contains(res.Failure.Error(), "%2e") {
			t.Errorf("%q: %d attempts, failure %q", id, len(res.Attempts), res.Failure)
		}
	}
}

func TestFlexibleTargets(t *testing.T) {
	t.Parallel()
	var got asked
	srv := httptest.NewServer(recordAsked(&got, answering(200, "", "")))
	t.Cleanup(srv.Close)
	const uri = "https://orders.example.com/a/$session.params.id?x=$session.params.id"
	tn := &caller.Turn{Scopes: caller.Scopes{Session: map[string]any{"id": "7/8"}}}
	c := newCaller(t, flexibleHook("GET", uri, "", nil), caller.ToURL(srv.URL), caller.AllowLocal())
	res := call(t, c, tn)
	if want := "GET " + strings.TrimPrefix(srv.URL, "http://") + "/a/7%2F8?x=7%2F8"; res.Failure != nil || got.line != want {
		t.Errorf("asked %q, failure %v; want %q", got.line, res.Failure, want)
	}
	res = call(t, newCaller(t, flexibleHook("GET", uri, "", nil), caller.ToHandler(answering(200, "", ""))), tn)
	if want := "https://orders.example.com/a/7%2F8?x=7%2F8"; res.URL != want {
		t.Errorf("URL %q, want %q", res.URL, want)
	}
	for name, w := range map[string]*cxpb.Webhook{
		"reference":   flexibleHook("GET", "https://$session.params.host/a", "", nil),
		"port":        flexibleHook("GET", "https://orders.example.com:$session.params.port/a", "", nil),
		"requestBody": flexibleHook("POST", hookURI, `{"a":`, nil),
		"mapping":     flexibleHook("GET", hookURI, "", map[string]string{"a": "$.["}),
		"GET":         flexibleHook("GET", hookURI, "{}", nil),
	} {
		if _, err := caller.New(w, caller.ToHandler(http.NotFoundHandler())); err == nil {
			t.Errorf("%s: New accepted the resource", name)
		}
	}
	if _, err := caller.New(flexibleHook("GET", uri, "", nil), caller.ToURL(srv.URL+"/x"), caller.AllowLocal()); err == nil {
		t.Error("a target with a path was accepted")
	}
}
