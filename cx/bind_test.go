package cx_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/cx"
	"github.com/google/go-cmp/cmp"
)

// session returns a request with these session parameters.
func session(tb testing.TB, parameters string) *cxpb.WebhookRequest {
	tb.Helper()
	return request(tb, `{"sessionInfo":{"parameters":`+parameters+`}}`)
}

func TestBindKeepsDefaults(t *testing.T) {
	t.Parallel()
	type dst struct {
		Size  string `cx:"size"`
		Count int    `cx:"count"`
		Other string
	}
	got := dst{Size: "M", Count: 1, Other: "mine"}
	if err := cx.Bind(session(t, `{"size":null,"COUNT":2.0,"other":"x"}`), &got); err != nil {
		t.Fatal(err)
	}
	if want := (dst{Size: "M", Count: 2, Other: "mine"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := cx.Bind(nil, &got); err != nil {
		t.Errorf("no message at all: %v", err)
	}
}

func TestBindFaultsOfTheProgram(t *testing.T) {
	t.Parallel()
	var order struct {
		Size string `cx:"size"`
	}
	var misspelt struct {
		Size string `cx:"size,requierd"`
	}
	for name, dst := range map[string]any{
		"nil": nil, "a struct": order, "nil pointer": (*everySource)(nil), "pointer to a text": new(string),
		"pointer to pointer": new(*everySource), "misspelt option": &misspelt, "no tag": new(struct{ Size string }),
	} {
		err := cx.Bind(session(t, `{"size":"M"}`), dst)
		var unfit *cx.ParamError
		if err == nil || errors.As(err, &unfit) {
			t.Errorf("%s: error %v, want one that is no ParamError", name, err)
		}
	}
}

func TestBindNamesSourceAndParameter(t *testing.T) {
	t.Parallel()
	type dst struct {
		Session int    `cx:"a"`
		Intent  string `cx:"intent:b"`
		Said    int    `cx:"intent-original:c"`
		Form    bool   `cx:"form:d"`
		Payload string `cx:"payload:e.f,required"`
	}
	for body, want := range map[string]string{
		`{"sessionInfo":{"parameters":{"a":"secret"}}}`:                                            `session parameter "a": want an integer, have a string`,
		`{"intentInfo":{"parameters":{"b":{"resolvedValue":12345}}}}`:                              `intent parameter "b": want a string, have a number`,
		`{"intentInfo":{"parameters":{"c":{"originalValue":"secret"}}}}`:                           `intent-original parameter "c": want an integer, have a string`,
		`{"pageInfo":{"formInfo":{"parameterInfo":[{"displayName":"d","value":["secret"]}]}}}`:     `form parameter "d": want a boolean, have a list`,
		`{"payload":{"e":"secret"}}`:                                                               `payload parameter "e.f": required, but missing or null`,
		`{"sessionInfo":{"parameters":{"a":1e30}}}`:                                                `session parameter "a": want an integer from -9223372036854775808 to 9223372036854775807 (int64), have one beyond`,
		`{"sessionInfo":{"parameters":{"a":9007199254740993}}}`:                                    `session parameter "a": want an exact integer, have a double of 2^53 or more`,
		`{"payload":{"E":{"f":1}}}`:                                                                `payload parameter "e.f": want a string, have a number`,
		`{"payload":{"E":{"f":"x"},"e":{"F":null}},"sessionInfo":{"parameters":{"a":2147483648}}}`: `payload parameter "e.f": required, but missing or null`,
	} {
		err := cx.Bind(request(t, body), new(dst))
		var unfit *cx.ParamError
		if !errors.As(err, &unfit) || err.Error() != want {
			t.Errorf("%s: error %v, want %s", body, err, want)
		}
		if public := new(cx.Error); !errors.As(err, &public) || public.Status() != 400 || public.Public() != want {
			t.Errorf("%s: answered %v, want 400 with the text of the error", body, public)
		}
	}
}

func TestParam(t *testing.T) {
	t.Parallel()
	req := request(t, everySourceBody)
	checkParam(t, req, "size", "M", nil)
	checkParam(t, req, "session:SIZE", "M", nil)
	checkParam(t, req, "address.original", "in Bern", nil)
	checkParam(t, req, "intent:amount", 2.5, nil)
	checkParam(t, req, "intent-original:amount", "two and a half", nil)
	checkParam(t, req, "form:colours", []string{"red", "blue"}, nil)
	checkParam(t, req, "payload:telephony", map[string]string{"caller_id": "+12025550143"}, nil)
	checkParam(t, req, "payload:rest.a", json.RawMessage(`[null]`), nil)
	checkParam(t, req, "count", 0, cx.ErrParamInexact)
	checkParam(t, req, "count", int8(0), cx.ErrParamRange)
	checkParam(t, req, "count", float64(1<<53), nil)
	checkParam(t, req, "size", 0, cx.ErrParamType)
	checkParam(t, req, "size", time.Time{}, cx.ErrParamFormat)
	checkParam(t, req, "sizes", "", cx.ErrParamMissing)
	checkParam(t, req, "form:size.x", "", cx.ErrParamMissing)
	checkParam(t, req, "payload:rest.b", "", cx.ErrParamMissing)
	checkParam(t, session(t, `{"a":null}`), "a", "", cx.ErrParamMissing)
	checkParam(t, session(t, `{"Ab":"1","aB":"2"}`), "ab", "", cx.ErrParamAmbiguous)
	checkParam(t, session(t, `{"day":{"year":2026,"month":2,"day":30}}`), "day", cx.Date{}, cx.ErrParamFormat)
	checkParam(t, nil, "a", true, cx.ErrParamMissing)

	if v, err := cx.Param[string](req, "sesion:size"); v != "" || err == nil || errors.Is(err, cx.ErrParamMissing) {
		t.Errorf("unknown source: %q, %v", v, err)
	}
}

func checkParam[T cx.ParamType](t *testing.T, req *cxpb.WebhookRequest, name string, want T, kind error) {
	t.Helper()
	got, err := cx.Param[T](req, name)
	if !errors.Is(err, kind) {
		t.Errorf("%s as %T: error %v, want %v", name, want, err, kind)
		return
	}
	if diff := cmp.Diff(want, got); kind == nil && diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
	if unfit := new(cx.ParamError); kind != nil && !errors.As(err, &unfit) {
		t.Errorf("%s: error %T, want a ParamError", name, err)
	}
}

func TestParamOr(t *testing.T) {
	t.Parallel()
	req := session(t, `{"size":"","count":2,"none":null}`)
	for name, want := range map[string]string{"size": "", "count": "default", "none": "default", "gone": "default", "sesion:size": "default"} {
		if got := cx.ParamOr(req, name, "default"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
