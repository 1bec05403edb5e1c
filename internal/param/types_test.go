package param_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// row is one JSON value and what a type makes of it. An empty JSON text is a
// missing value. Without a kind, want is the value; with one, binding fails.
// message is the kind on the road of messages, where that differs.
type row struct {
	reason  string
	json    string
	want    any
	kind    error
	message error
}

func check[T any](t *testing.T, rows []row) {
	t.Helper()
	type holder struct {
		V T `cx:"v"`
	}
	plan := compile[holder](t)
	for _, r := range rows {
		object := "{}"
		if r.json != "" {
			object = `{"before": [1, {"v": 0}], "v": ` + r.json + `, "after": "}"}`
		}
		for road, input := range roads(t, object) {
			kind := r.kind
			if r.message != nil && strings.HasPrefix(road, "proto") {
				kind = r.message
			}
			var dst holder
			err := plan.Bind(&dst, input, nil)
			switch {
			case !errors.Is(err, kind):
				t.Errorf("%s, %s from %s: error %v, want %v", r.reason, r.json, road, err, kind)
			case kind == nil:
				if diff := cmp.Diff(r.want, any(dst.V), cmp.Comparer(sameNumber), cmp.Comparer(sameZone), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
					t.Errorf("%s, %s from %s (-want +got):\n%s", r.reason, r.json, road, diff)
				}
			default:
				checkFault(t, err, r.json)
			}
		}
	}
}

// sameNumber compares by value what the roads spell differently.
func sameNumber(a, b json.Number) bool {
	x, _, err := big.ParseFloat(a.String(), 10, 200, big.ToNearestEven)
	if err != nil {
		return a == b
	}
	y, _, err := big.ParseFloat(b.String(), 10, 200, big.ToNearestEven)
	return err == nil && x.Cmp(y) == 0
}

func sameZone(a, b *time.Location) bool { return a.String() == b.String() }

// checkFault looks for the value in the text of an error.
func checkFault(t *testing.T, err error, value string) {
	t.Helper()
	var unfit *param.Error
	if !errors.As(err, &unfit) {
		t.Errorf("error %v (%T), want a *param.Error", err, err)
		return
	}
	if unfit.Source != "session" || !strings.HasPrefix(unfit.Name, "v") {
		t.Errorf("source %q and name %q, want session and v", unfit.Source, unfit.Name)
	}
	text, _, _ := strings.Cut(err.Error(), " from ") // the range of the type may hold the value
	if len(value) > 4 && strings.Contains(text, strings.Trim(value, `"[]{}`)) {
		t.Errorf("error %v quotes the value", err)
	}
}

func TestScalars(t *testing.T) {
	t.Parallel()
	t.Run("string", func(t *testing.T) {
		t.Parallel()
		check[string](t, []row{
			{reason: "value", json: `"Zürich"`, want: "Zürich"},
			{reason: "escapes", json: `"a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00"`, want: "a\"\\/\b\f\n\r\tAé😀"},
			{reason: "empty is a value", json: `""`, want: ""},
			{reason: "null", json: `null`, want: ""},
			{reason: "missing", want: ""},
			{reason: "a number is no string", json: `12345`, kind: param.ErrType},
			{reason: "a boolean is no string", json: `true`, kind: param.ErrType},
			{reason: "an object is no string", json: `{"a":"b"}`, kind: param.ErrType},
			{reason: "a list is no string", json: `["b"]`, kind: param.ErrType},
		})
	})
	t.Run("named string", func(t *testing.T) {
		t.Parallel()
		type size string
		check[size](t, []row{{reason: "value", json: `"M"`, want: size("M")}})
	})
	t.Run("bool", func(t *testing.T) {
		t.Parallel()
		check[bool](t, []row{
			{reason: "true", json: `true`, want: true},
			{reason: "false", json: `false`, want: false},
			{reason: "null", json: `null`, want: false},
			{reason: "missing", want: false},
			{reason: "text is no boolean", json: `"true"`, kind: param.ErrType},
			{reason: "a number is no boolean", json: `1`, kind: param.ErrType},
		})
	})
	t.Run("float64", func(t *testing.T) {
		t.Parallel()
		check[float64](t, []row{
			{reason: "value", json: `19.5`, want: 19.5},
			{reason: "whole", json: `9`, want: 9.0},
			{reason: "exponent", json: `-1.5E+3`, want: -1500.0},
			{reason: "tiny is zero", json: `1e-400`, want: 0.0},
			{reason: "null", json: `null`, want: 0.0},
			{reason: "missing", want: 0.0},
			{reason: "text is no number", json: `"19.5"`, kind: param.ErrType},
			{reason: "largest", json: `1.7976931348623157e308`, want: math.MaxFloat64},
		})
	})
	t.Run("float32", func(t *testing.T) {
		t.Parallel()
		check[float32](t, []row{
			{reason: "value", json: `0.1`, want: float32(0.1)},
			{reason: "null", json: `null`, want: float32(0)},
			{reason: "missing", want: float32(0)},
			{reason: "largest", json: `3.4028234663852886e38`, want: float32(math.MaxFloat32)},
			{reason: "overflow", json: `3.5e38`, kind: param.ErrRange},
			{reason: "negative overflow", json: `-3.5e38`, kind: param.ErrRange},
			{reason: "text is no number", json: `"0.1"`, kind: param.ErrType},
		})
	})
}
