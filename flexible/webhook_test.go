package flexible_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/flexible"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
)

type service = cxpb.Webhook_GenericWebService

func webhook(g *service) *cxpb.Webhook {
	if g.WebhookType == cxpb.Webhook_GenericWebService_WEBHOOK_TYPE_UNSPECIFIED {
		g.WebhookType = cxpb.Webhook_GenericWebService_FLEXIBLE
	}
	return &cxpb.Webhook{DisplayName: "w", Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: g}}
}

// sent is a request as a test compares it.
type sent struct {
	Method, URL, Body string
	Length            int64
	Header            http.Header
}

func observe(t *testing.T, req *http.Request) sent {
	t.Helper()
	s := sent{Method: req.Method, URL: req.URL.String(), Length: req.ContentLength, Header: req.Header}
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		s.Body = string(body)
	}
	return s
}

// The examples of Dialogflow's documentation: a URL with two references, a
// body with two, a number in a longer text, a nested field of the answer.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	params := map[string]any{"origin": "San José, CA", "destination": "Los Angeles", "fruit": "apple", "size": 3.0}
	tests := []struct {
		name string
		g    *service
		want sent
	}{
		{
			"two references in the URL",
			&service{
				Uri:        "https://maps.example/directions/json?origin=$session.params.origin&destination=$session.params.destination",
				HttpMethod: cxpb.Webhook_GenericWebService_GET,
			},
			sent{Method: "GET", URL: "https://maps.example/directions/json?origin=San%20Jos%C3%A9%2C%20CA&destination=Los%20Angeles", Header: http.Header{}},
		},
		{
			"two references in the body",
			&service{
				Uri:         "https://shop.example/cart",
				HttpMethod:  cxpb.Webhook_GenericWebService_POST,
				RequestBody: `{ "fruit": "$session.params.fruit", "size": "$session.params.size" }`,
			},
			sent{
				Method: "POST", URL: "https://shop.example/cart", Body: `{"fruit":"apple","size":3}`, Length: 26,
				Header: http.Header{"Content-Type": {"application/json"}},
			},
		},
		{
			"a number within a text",
			&service{
				Uri:         "https://shop.example/cart",
				HttpMethod:  cxpb.Webhook_GenericWebService_PUT,
				RequestBody: `{"t":"This is a number: $session.params.size"}`,
			},
			sent{
				Method: "PUT", URL: "https://shop.example/cart", Body: `{"t":"This is a number: 3"}`, Length: 27,
				Header: http.Header{"Content-Type": {"application/json"}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := flexible.Compile(webhook(tt.g))
			if err != nil {
				t.Fatal(err)
			}
			req, err := w.NewRequest(t.Context(), params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, observe(t, req)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	t.Run("a nested field of the answer", func(t *testing.T) {
		t.Parallel()
		w, err := flexible.Compile(webhook(&service{
			Uri:              "https://maps.example/directions/json",
			ParameterMapping: map[string]string{"distance": "$.routes[0].legs[0].distance.value"},
		}))
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Extract([]byte(`{"routes":[{"legs":[{"distance":{"text":"616 km","value":616034}}]}]}`))
		if diff := cmp.Diff(map[string]any{"distance": 616034.0}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	})
}

func TestNewRequestHeaders(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(&service{
		Uri:            "https://shop.example/cart",
		HttpMethod:     cxpb.Webhook_GenericWebService_PATCH,
		RequestBody:    `[]`,
		AllowedCaCerts: [][]byte{[]byte("<removed>")},
		RequestHeaders: map[string]string{
			"content-type": "application/merge-patch+json", "x-brand": "$flow.brand", "X-Day": `$sys.func.FORMAT_DATE($sys.func.NOW(), "yyyy-MM-dd")`,
			"x-blank": " $session.params.blank ", "$flow.odd": "$.data", "wrong name": "1", "Host": "evil.example", "transfer-encoding": "chunked",
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	req, err := w.RequestIn(t.Context(), &flexible.Env{
		Scope: flexible.Params{"$flow.brand": "tea", "blank": " x "},
		Now:   func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Content-Type": {"application/merge-patch+json"}, "X-Brand": {"tea"}, "X-Day": {"2026-03-04"}, "X-Blank": {"x"},
		"$flow.odd": {"$.data"}, // a name that HTTP allows
	}
	if diff := cmp.Diff(want, req.Header); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if req.Host != "shop.example" || len(req.TransferEncoding) > 0 {
		t.Errorf("have host %q and transfer encoding %q", req.Host, req.TransferEncoding)
	}
	var fields []string
	for _, f := range w.Warnings() {
		fields = append(fields, f.Field)
	}
	wantFields := []string{
		`genericWebService.requestHeaders["Host"]`, `genericWebService.requestHeaders["transfer-encoding"]`,
		`genericWebService.requestHeaders["wrong name"]`, "genericWebService.allowedCaCerts[0]",
	}
	if diff := cmp.Diff(wantFields, fields); diff != "" {
		t.Errorf("warnings (-want +got)\n%s", diff)
	}
}

func TestRequestInAsksLazily(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(&service{Uri: "https://shop.example/$flow.a.b?c=$request.language"}))
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	scope := scopeFunc(func(space, name string) (any, bool) {
		asked = append(asked, space+":"+name)
		return map[string]any{"b": "field"}, name != "a.b"
	})
	req, err := w.RequestIn(t.Context(), &flexible.Env{Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	if want := "https://shop.example/field?c=%7B%22b%22%3A%22field%22%7D"; req.URL.String() != want {
		t.Errorf("have %s, want %s", req.URL, want)
	}
	if diff := cmp.Diff([]string{"flow:a.b", "flow:a", "request:language"}, asked); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

type scopeFunc func(space, name string) (any, bool)

func (f scopeFunc) Value(space, name string) (any, bool) { return f(space, name) }

func TestNewRequestKeepsTheContext(t *testing.T) {
	t.Parallel()
	w, err := flexible.Compile(webhook(&service{Uri: "https://shop.example/", RequestBody: "{}"}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := w.NewRequest(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if req.Context().Err() == nil {
		t.Error("the request has another context")
	}
	if body, err := req.GetBody(); err != nil || body == nil {
		t.Errorf("the body cannot be sent again: %v", err)
	}
}

func TestNewRequestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		g     *service
		where flexible.Place
	}{
		{"the URL", &service{Uri: "https://shop.example/$session.params.v"}, flexible.InURL},
		{"the body", &service{Uri: "https://shop.example/", RequestBody: `["$session.params.f"]`}, flexible.InBody},
		{"a header", &service{Uri: "https://shop.example/", RequestHeaders: map[string]string{"a": "$session.params.v"}}, flexible.InHeader},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := flexible.Compile(webhook(tt.g))
			if err != nil {
				t.Fatal(err)
			}
			req, err := w.NewRequest(t.Context(), map[string]any{"v": "../\n", "f": func() {}})
			var refused *flexible.ValueError
			if !errors.As(err, &refused) || refused.Where != tt.where {
				t.Errorf("have %v, %v, want a *ValueError in %s", req, err, tt.where)
			}
		})
	}
}

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	ok := func(change func(*service)) *cxpb.Webhook {
		g := &service{Uri: "https://shop.example/", HttpMethod: cxpb.Webhook_GenericWebService_POST}
		change(g)
		return webhook(g)
	}
	timeout := func(d *durationpb.Duration) *cxpb.Webhook {
		w := ok(func(*service) {})
		w.Timeout = d
		return w
	}
	tests := []struct {
		name  string
		w     *cxpb.Webhook
		field string // below genericWebService, unless it is a field of the webhook
	}{
		{"the URL", ok(func(g *service) { g.Uri = "https://$flow.host/" }), "genericWebService.uri"},
		{"no URL", ok(func(g *service) { g.Uri = "" }), "genericWebService.uri"},
		{"an unknown method", ok(func(g *service) { g.HttpMethod = 99 }), "genericWebService.httpMethod"},
		{"a body that is not JSON", ok(func(g *service) { g.RequestBody = `{"a": $flow.b}` }), "genericWebService.requestBody"},
		{"a body where none is sent", ok(func(g *service) {
			g.HttpMethod, g.RequestBody = cxpb.Webhook_GenericWebService_GET, "{}"
		}), "genericWebService.requestBody"},
		{"a broken header", ok(func(g *service) { g.RequestHeaders = map[string]string{"x-a": "$sys.func.LEN("} }), `genericWebService.requestHeaders["x-a"]`},
		{"a header twice", ok(func(g *service) { g.RequestHeaders = map[string]string{"x-a": "1", "X-A": "2"} }), `genericWebService.requestHeaders["x-a"]`},
		{"a broken path", ok(func(g *service) { g.ParameterMapping = map[string]string{"a": "b["} }), `genericWebService.parameterMapping["a"]`},
		{"no path", ok(func(g *service) { g.ParameterMapping = map[string]string{"a": ""} }), `genericWebService.parameterMapping["a"]`},
		{"a target in full", ok(func(g *service) { g.ParameterMapping = map[string]string{"$session.params.a": "b"} }), `genericWebService.parameterMapping["$session.params.a"]`},
		{"a target that cannot be set", ok(func(g *service) { g.ParameterMapping = map[string]string{"$request.a": "b"} }), `genericWebService.parameterMapping["$request.a"]`},
		{"a target without a name", ok(func(g *service) { g.ParameterMapping = map[string]string{"$flow.": "b"} }), `genericWebService.parameterMapping["$flow."]`},
		{"a target with a blank", ok(func(g *service) { g.ParameterMapping = map[string]string{"a b": "b"} }), `genericWebService.parameterMapping["a b"]`},
		{"targets that differ in case", ok(func(g *service) { g.ParameterMapping = map[string]string{"A": "b", "a": "b"} }), `genericWebService.parameterMapping["a"]`},
		{"too much time", timeout(durationpb.New(31 * time.Second)), "timeout"},
		{"negative time", timeout(durationpb.New(-time.Second)), "timeout"},
		{"a time out of range", timeout(&durationpb.Duration{Seconds: 1, Nanos: -1}), "timeout"},
		{"within a service directory", &cxpb.Webhook{Webhook: &cxpb.Webhook_ServiceDirectory{ServiceDirectory: &cxpb.Webhook_ServiceDirectoryConfig{
			GenericWebService: &service{WebhookType: cxpb.Webhook_GenericWebService_FLEXIBLE, Uri: "ftp://shop.example/"},
		}}}, "serviceDirectory.genericWebService.uri"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, err := flexible.Compile(tt.w)
			var faults flexible.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || w != nil {
				t.Fatalf("have %v, %v, want one fault", w, err)
			}
			if faults[0].Field != tt.field {
				t.Errorf("have %v, want a fault of %s", faults[0], tt.field)
			}
		})
	}
}

// The API documents a default for a timeout that is not set and says nothing
// of zero, which is taken for it.
func TestTimeoutOfZeroIsTheDefault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		timeout  *durationpb.Duration
		want     time.Duration
		warnings int
	}{
		{"none", nil, flexible.DefaultTimeout, 0},
		{"zero", &durationpb.Duration{}, flexible.DefaultTimeout, 1},
		{"the shortest", durationpb.New(1), 1, 0},
		{"the longest", durationpb.New(flexible.MaxTimeout), flexible.MaxTimeout, 0},
	} {
		resource := webhook(&service{Uri: "https://shop.example/"})
		resource.Timeout = tt.timeout
		w, err := flexible.Compile(resource)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if w.Timeout() != tt.want || len(w.Warnings()) != tt.warnings {
			t.Errorf("%s: timeout %v, warnings %v; want %v and %d", tt.name, w.Timeout(), w.Warnings(), tt.want, tt.warnings)
		}
	}
}

func TestCompileReportsAllFaults(t *testing.T) {
	t.Parallel()
	w := webhook(&service{
		Uri: "ftp://shop.example/%", HttpMethod: cxpb.Webhook_GenericWebService_DELETE, RequestBody: `{"a":1,"a":}`,
		RequestHeaders: map[string]string{"x": "a\nb"}, ParameterMapping: map[string]string{"$x": "a["},
	})
	w.Timeout = durationpb.New(time.Hour)
	_, err := flexible.Compile(w)
	var faults flexible.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("have %v", err)
	}
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field)
	}
	const g = "genericWebService."
	want := []string{
		g + "uri", g + "requestBody", g + "requestBody", g + `requestHeaders["x"]`,
		g + `parameterMapping["$x"]`, g + `parameterMapping["$x"]`, "timeout",
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("%v\n(-want +got)\n%s", err, diff)
	}
}

func TestCompileStandardWebhook(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*cxpb.Webhook{
		"standard":    webhook(&service{WebhookType: cxpb.Webhook_GenericWebService_STANDARD, Uri: "https://shop.example/"}),
		"unspecified": {Webhook: &cxpb.Webhook_GenericWebService_{GenericWebService: &service{Uri: "https://shop.example/"}}},
		"empty":       {},
		"nil":         nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if w, err := flexible.Compile(w); !errors.Is(err, flexible.ErrNotFlexible) {
				t.Errorf("have %v, %v, want ErrNotFlexible", w, err)
			}
		})
	}
}

func TestCompileCopiesTheResource(t *testing.T) {
	t.Parallel()
	resource := webhook(&service{Uri: "https://shop.example/a"})
	w, err := flexible.Compile(resource)
	if err != nil {
		t.Fatal(err)
	}
	resource.GetGenericWebService().Uri = "https://shop.example/b"
	w.Resource().GetGenericWebService().Uri = "https://shop.example/c"
	want := webhook(&service{Uri: "https://shop.example/a"})
	if diff := cmp.Diff(want, w.Resource(), protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if w.Method() != http.MethodPost || w.Timeout() != flexible.DefaultTimeout {
		t.Errorf("have %s and %v, want POST and %v", w.Method(), w.Timeout(), flexible.DefaultTimeout)
	}
}
