package cx_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
)

// TestPartWords holds the errors of parts to what their author can act on.
func TestPartWords(t *testing.T) {
	t.Parallel()
	const (
		agent = "projects/p/locations/us-central1/agents/a"
		page  = agent + "/flows/f/pages/START_PAGE"
	)
	req := at(page, "")
	toPage, toFlow := cx.GoToPage(req, "g"), cx.GoToFlow(req, "h")
	tests := []struct {
		name  string
		parts []cx.Part
		kind  error
		want  string
	}{
		{"no id", []cx.Part{cx.GoToPage(req, "")}, cx.ErrTarget, "part 0 (GoToPage): targetPage: the id is empty"},
		{"path for an id", []cx.Part{cx.GoToFlow(req, "a/b")}, cx.ErrTarget,
			"part 0 (GoToFlow): targetFlow: the id has a slash: want the last part of the name only; for a full name use TargetFlow"},
		{"name for an id", []cx.Part{cx.GoToPage(req, page)}, cx.ErrTarget,
			"part 0 (GoToPage): targetPage: the id has a slash: want the last part of the name only; for a full name use TargetPage"},
		{"id for a name", []cx.Part{cx.TargetPage("abc")}, cx.ErrTarget,
			"part 0 (TargetPage): targetPage: not the full resource name of a page, want projects/P/locations/L/agents/A/flows/F/pages/PAGE"},
		{"channel", []cx.Part{cx.Channel("")}, cx.ErrName, "part 0 (Channel): the name of the channel is empty"},
		{"two targets", []cx.Part{toPage, cx.Text("a"), toFlow}, cx.ErrConflict,
			"part 2 (GoToFlow): targetPage: set a second time: an answer has one target, and part 0 has set it"},
		{"two targets inside of a part", []cx.Part{cx.Text("a"), cx.Parts(nil, toPage, toFlow)}, cx.ErrConflict,
			"part 1 (Parts[2].GoToFlow): targetPage: set a second time: an answer has one target, and part 1 of the same Parts has set it"},
		{"the first outside of the second's part", []cx.Part{cx.Text("a"), toPage, cx.Parts(cx.Parts(toFlow))}, cx.ErrConflict,
			"part 2 (Parts[0].Parts[0].GoToFlow): targetPage: set a second time: an answer has one target, and part 1 has set it"},
		{"two merge behaviours", []cx.Part{cx.Append(), cx.Append(), cx.Replace()}, cx.ErrConflict,
			"part 2 (Replace): fulfillmentResponse.mergeBehavior: set a second time: an answer has one merge behaviour, and part 0 has set it"},
		{"two payloads", []cx.Part{nil, cx.WebhookPayload(struct{}{}), cx.WebhookPayload(struct{}{})}, cx.ErrConflict,
			"part 2 (WebhookPayload): payload: set a second time: an answer has one webhook payload, and part 1 has set it"},
		{"payload of 81 levels", []cx.Part{cx.CustomPayload(levels(81))}, cx.ErrTooDeep,
			"part 0 (CustomPayload): fulfillmentResponse.messages[0].payload: value is nested too deeply: more than 24 levels, or it contains itself"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := cx.Respond(tt.parts...)
			if !errors.Is(err, tt.kind) || err.Error() != "cx: "+tt.want {
				t.Errorf("have %v\nwant cx: %s", err, tt.want)
			}
		})
	}
	if err := toFlow(&cxpb.WebhookResponse{Transition: &cxpb.WebhookResponse_TargetPage{TargetPage: page}}); !errors.Is(err, cx.ErrConflict) {
		t.Errorf("a part by itself: %v", err)
	}
}

func TestEmptyNames(t *testing.T) {
	t.Parallel()
	req := request(t, `{"sessionInfo":{"parameters":{"a":"x"}}}`)
	for _, name := range []string{"", "session:", "form:", "payload:", "intent:", "intent-original:"} {
		got, err := cx.Param[string](req, name)
		if want := "is empty"; err == nil || !strings.Contains(err.Error(), want) || got != "" {
			t.Errorf("Param of %q: %q, %v", name, got, err)
		}
		if unfit := new(cx.ParamError); errors.As(err, &unfit) {
			t.Errorf("Param of %q blames the caller: %v", name, err)
		}
		if got := cx.ParamOr(req, name, "default"); got != "default" {
			t.Errorf("ParamOr of %q: %q", name, got)
		}
	}
}

// TestZeroEntitiesAreNull sets entities without a value, which clears the
// parameter; midnight is a value.
func TestZeroEntitiesAreNull(t *testing.T) {
	t.Parallel()
	for _, zero := range []any{
		cx.Date{}, &cx.Date{}, cx.DatePeriod{}, cx.DateTime{}, cx.DateTime{DateOnly: true}, cx.DateTimePeriod{}, cx.When{},
		cx.Duration{}, cx.UnitCurrency{}, cx.Quantity{}, cx.Temperature{}, cx.Person{}, cx.Address{},
	} {
		if text, err := json.Marshal(zero); err != nil || string(text) != "null" {
			t.Errorf("%T: %s, %v", zero, text, err)
		}
		resp, err := cx.Respond(cx.SetParam("a", zero))
		if err != nil {
			t.Errorf("%T: %v", zero, err)
			continue
		}
		cleared, err := cx.Respond(cx.ClearParam("a"))
		if err != nil {
			t.Fatal(err)
		}
		if have, want := resp.String(), cleared.String(); have != want {
			t.Errorf("%T: %s, want %s", zero, have, want)
		}
	}
	for _, value := range []any{cx.Time{}, cx.TimePeriod{}, cx.UnitCurrency{Currency: "USD"}, cx.Date{Year: 1}, cx.Person{Original: "x"}} {
		if text, err := json.Marshal(value); err != nil || string(text) == "null" {
			t.Errorf("%T: %s, %v", value, text, err)
		}
	}
}

// TestIntegersGoRound holds both sides to the same bound, and takes integers
// beyond it there and back as text.
func TestIntegersGoRound(t *testing.T) {
	t.Parallel()
	type ids struct {
		ID int64 `cx:"id,string"`
	}
	for _, n := range []int64{1<<53 - 1, 1 << 53, 1<<53 + 1, 1 - 1<<53, -1 << 53} {
		resp, err := cx.Respond(cx.SetParam("id", n))
		if exact := n > -1<<53 && n < 1<<53; exact != (err == nil) || !exact && !errors.Is(err, cx.ErrInexact) {
			t.Errorf("%d: %v", n, err)
		}
		if err == nil {
			if got, err := cx.Param[int64](&cxpb.WebhookRequest{SessionInfo: resp.SessionInfo}, "id"); err != nil || got != n {
				t.Errorf("%d came back as %d, %v", n, got, err)
			}
		}
		var got ids
		resp, err = cx.Respond(cx.SetParams(ids{n}))
		if err != nil {
			t.Fatal(err)
		}
		if err := cx.Bind(&cxpb.WebhookRequest{SessionInfo: resp.SessionInfo}, &got); err != nil || got.ID != n {
			t.Errorf("%d came back as %d from text, %v", n, got.ID, err)
		}
	}
}

func TestTypedWith(t *testing.T) {
	t.Parallel()
	type item struct{ Name string }
	type order struct {
		Size string         `cx:"size"`
		Tags []string       `cx:"tags"`
		Item *item          `cx:"item"`
		More map[string]int `cx:"more"`
		Must string         `cx:"must,required"`
	}
	defaults := order{"M", []string{"a"}, &item{"x"}, map[string]int{"a": 1}, "default"}
	var value order
	var pointer *order
	byPointer := defaults
	for name, h := range map[string]cx.Handler{
		"value": cx.TypedWith(defaults, func(_ context.Context, in order) (*cxpb.WebhookResponse, error) { value = in; return nil, nil }),
		"pointer": cx.TypedWith(&byPointer, func(_ context.Context, in *order) (*cxpb.WebhookResponse, error) {
			pointer, value = in, *in
			in.Size = "changed by the handler"
			return nil, nil
		}),
	} {
		byPointer.Size = "changed by the owner"
		serve := func(parameters string) error {
			_, err := cx.ServeBody(t.Context(), h, []byte(`{"sessionInfo":{"parameters":`+parameters+`}}`))
			return err
		}
		if err := serve(`{"must":"m","size":null}`); err != nil || value.Size != "M" || value.Item != defaults.Item || value.Tags[0] != "a" {
			t.Errorf("%s: %+v, %v; want the defaults", name, value, err)
		}
		if err := serve(`{"must":"m","size":"L","tags":["b"],"item":{"name":"y"},"more":{"b":2}}`); err != nil ||
			value.Size != "L" || value.Item.Name != "y" || value.Tags[0] != "b" || value.More["b"] != 2 {
			t.Errorf("%s: %+v, %v; want what the call says", name, value, err)
		}
		if defaults.Item.Name != "x" || defaults.Tags[0] != "a" || len(defaults.More) != 1 || pointer == &byPointer {
			t.Errorf("%s: a call changed the defaults: %+v", name, defaults)
		}
		if err := serve(`{"must":"m"}`); err != nil || value.Size != "M" {
			t.Errorf("%s: %+v, %v; want fresh defaults", name, value, err)
		}
		if err := serve(`{}`); !errors.Is(err, cx.ErrParamMissing) {
			t.Errorf("%s: error %v, want ErrParamMissing in spite of the default", name, err)
		}
	}
	var got *order
	h := cx.TypedWith(nil, func(_ context.Context, in *order) (*cxpb.WebhookResponse, error) { got = in; return nil, nil })
	if _, err := cx.ServeBody(t.Context(), h, []byte(`{"sessionInfo":{"parameters":{"must":"m"}}}`)); err != nil || got == nil || got.Size != "" {
		t.Errorf("nil defaults: %+v, %v", got, err)
	}
}

// TestFormEntriesOfOneName holds the roads together: the first entry with a
// value counts.
func TestFormEntriesOfOneName(t *testing.T) {
	t.Parallel()
	type form struct {
		F any `cx:"form:f"`
	}
	for entries, want := range map[string]any{
		`{"displayName":"f"},{"displayName":"f","value":2}`:                               2.0,
		`{"displayName":"f","value":1},{"displayName":"f","value":2}`:                     1.0,
		`{"displayName":"f","value":null},{"displayName":"f","value":2}`:                  nil,
		`{"displayName":"F"},{"displayName":"f"},{"displayName":"F","value":3}`:           3.0,
		`{"displayName":"F","value":3},{"displayName":"f"},{"displayName":"f","value":2}`: 2.0,
	} {
		body := `{"pageInfo":{"formInfo":{"parameterInfo":[` + entries + `]}}}`
		var fromBody, fromMessage form
		_, bodyErr := cx.ServeBody(t.Context(), keep(&fromBody), []byte(body))
		messageErr := cx.Bind(request(t, body), &fromMessage)
		one, paramErr := cx.Param[json.RawMessage](request(t, body), "form:f")
		if bodyErr != nil || messageErr != nil || fromBody.F != want || fromMessage.F != want {
			t.Errorf("%s: %v and %v, %v and %v; want %v", entries, fromBody.F, fromMessage.F, bodyErr, messageErr, want)
		}
		if (want == nil) != errors.Is(paramErr, cx.ErrParamMissing) || want != nil && paramErr != nil {
			t.Errorf("%s: Param says %s, %v", entries, one, paramErr)
		}
	}
}

func TestTypedPanicsName(t *testing.T) {
	t.Parallel()
	type twice struct {
		A string `cx:"a"`
		B string `cx:"A"`
	}
	defer func() {
		text, _ := recover().(string)
		for _, want := range []string{"cx: TypedWith: ", "fields A and B of cx_test.twice bind the same value", "cx_test.TestTypedPanicsName.func"} {
			if !strings.Contains(text, want) {
				t.Errorf("panicked with %q, want %q in it", text, want)
			}
		}
	}()
	cx.TypedWith(twice{}, func(context.Context, twice) (*cxpb.WebhookResponse, error) { return nil, nil })
}
