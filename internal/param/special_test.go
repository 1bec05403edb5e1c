package param_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
)

func TestSpecialTypes(t *testing.T) {
	t.Parallel()
	t.Run("time.Time", func(t *testing.T) {
		t.Parallel()
		check[time.Time](t, []row{
			{reason: "value", json: `"2026-11-22T16:30:00.5+01:00"`, want: time.Date(2026, 11, 22, 15, 30, 0, 5e8, time.UTC)},
			{reason: "no zone", json: `"2026-11-22T16:30:00"`, kind: param.ErrFormat},
			{reason: "a composite has no zone", json: `{"year":2026,"month":11,"day":22}`, kind: param.ErrType},
			{reason: "null", json: `null`, want: time.Time{}},
			{reason: "missing", want: time.Time{}},
			{reason: "a number is no time", json: `1700000000`, kind: param.ErrType},
		})
	})
	t.Run("time.Duration", func(t *testing.T) {
		t.Parallel()
		check[time.Duration](t, []row{
			{reason: "text", json: `"1h30m"`, want: 90 * time.Minute},
			{reason: "composite", json: `{"amount": 1.5, "unit": "h", "original": "an hour and a half"}`, want: 90 * time.Minute},
			{reason: "a month has no length", json: `{"amount": 1, "unit": "mo"}`, kind: param.ErrFormat},
			{reason: "no unit", json: `{"amount": 1}`, kind: param.ErrFormat},
			{reason: "no amount", json: `{"unit": "h"}`, kind: param.ErrFormat},
			{reason: "overflow", json: `{"amount": 1e9, "unit": "wk"}`, kind: param.ErrRange},
			{reason: "a number has no unit", json: `90000`, kind: param.ErrType},
			{reason: "not a duration", json: `"soonest"`, kind: param.ErrFormat},
			{reason: "null", json: `null`, want: time.Duration(0)},
			{reason: "missing", want: time.Duration(0)},
		})
	})
	t.Run("time.Location", func(t *testing.T) {
		t.Parallel()
		check[*time.Location](t, []row{
			{reason: "UTC", json: `"UTC"`, want: time.UTC},
			{reason: "the host's zone is none of the caller's", json: `"Local"`, kind: param.ErrFormat},
			{reason: "empty", json: `""`, kind: param.ErrFormat},
			{reason: "path", json: `"../../etc/passwd"`, kind: param.ErrFormat},
			{reason: "null", json: `null`, want: (*time.Location)(nil)},
			{reason: "missing", want: (*time.Location)(nil)},
			{reason: "wrong type", json: `3600`, kind: param.ErrType},
		})
	})
	t.Run("json.Number", func(t *testing.T) {
		t.Parallel()
		check[json.Number](t, []row{
			{reason: "value", json: `1.50`, want: json.Number("1.50")},
			{reason: "beyond doubles", json: `9007199254740993`, want: json.Number("9007199254740993"), message: param.ErrInexact},
			{reason: "null", json: `null`, want: json.Number("")},
			{reason: "missing", want: json.Number("")},
			{reason: "text is no number", json: `"12345"`, kind: param.ErrType},
		})
	})
	t.Run("json.RawMessage", func(t *testing.T) {
		t.Parallel()
		check[json.RawMessage](t, []row{
			{reason: "object", json: `{"a":["<b>",1,null]}`, want: json.RawMessage(`{"a":["<b>",1,null]}`)},
			{reason: "text", json: `"a"`, want: json.RawMessage(`"a"`)},
			{reason: "last exact double", json: `[9007199254740991]`, want: json.RawMessage(`[9007199254740991]`)},
			{reason: "integer that no double holds", json: `9007199254740993`, want: json.RawMessage(`9007199254740993`), message: param.ErrInexact},
			{reason: "the same deep inside", json: `[{"a":[-9007199254740993]}]`, want: json.RawMessage(`[{"a":[-9007199254740993]}]`), message: param.ErrInexact},
			{reason: "null", json: `null`, want: json.RawMessage(nil)},
			{reason: "missing", want: json.RawMessage(nil)},
		})
	})
	t.Run("encoding.TextUnmarshaler", func(t *testing.T) {
		t.Parallel()
		check[netip.Addr](t, []row{
			{reason: "value", json: `"192.0.2.1"`, want: netip.MustParseAddr("192.0.2.1")},
			{reason: "refused by the type", json: `"192.0.2.999"`, kind: param.ErrFormat},
			{reason: "a number is no text", json: `19202`, kind: param.ErrType},
			{reason: "null", json: `null`, want: netip.Addr{}},
			{reason: "missing", want: netip.Addr{}},
		})
	})
	t.Run("json.Unmarshaler", func(t *testing.T) {
		t.Parallel()
		check[picky](t, []row{
			{reason: "value", json: `{"a":1}`, want: picky{`{"a":1}`}},
			{reason: "integer that no double holds", json: `{"a":9007199254740993}`, want: picky{`{"a":9007199254740993}`}, message: param.ErrInexact},
			{reason: "refused by the type", json: `"forbidden"`, kind: param.ErrFormat},
			{reason: "null is not given to it", json: `null`, want: picky{}},
			{reason: "missing", want: picky{}},
		})
	})
}

// picky is a type with a JSON reader of its own.
type picky struct{ Text string }

func (p *picky) UnmarshalJSON(data []byte) error {
	if string(data) == `"forbidden"` {
		return errors.New("refused: " + string(data))
	}
	p.Text = string(data)
	return nil
}
