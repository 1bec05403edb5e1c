package param_test

import (
	"math"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
)

func TestIntegers(t *testing.T) {
	t.Parallel()
	t.Run("int64", func(t *testing.T) {
		t.Parallel()
		check[int64](t, []row{
			{reason: "value", json: `9`, want: int64(9)},
			{reason: "as older printers write it", json: `9.0`, want: int64(9)},
			{reason: "exponent", json: `0.9e1`, want: int64(9)},
			{reason: "negative exponent", json: `900e-2`, want: int64(9)},
			{reason: "long fraction of zeros", json: `9.` + strings.Repeat("0", 5000), want: int64(9)},
			{reason: "large exponent of zero", json: `0e999999999999999999999`, want: int64(0)},
			{reason: "negative zero", json: `-0.0`, want: int64(0)},
			{reason: "last exact double", json: `9007199254740991`, want: int64(1<<53 - 1)},
			{reason: "2^53 may be a neighbour", json: `9007199254740992`, want: int64(1 << 53), message: param.ErrInexact},
			{reason: "2^53+1 exists only in the JSON", json: `9007199254740993`, want: int64(1<<53 + 1), message: param.ErrInexact},
			{reason: "the same with a fraction", json: `9007199254740993.0`, want: int64(1<<53 + 1), message: param.ErrInexact},
			{reason: "most", json: `9223372036854775807`, want: int64(math.MaxInt64), message: param.ErrInexact},
			{reason: "least", json: `-9223372036854775808`, want: int64(math.MinInt64), message: param.ErrInexact},
			{reason: "one over", json: `9223372036854775808`, kind: param.ErrRange, message: param.ErrInexact},
			{reason: "one under", json: `-9223372036854775809`, kind: param.ErrRange, message: param.ErrInexact},
			{reason: "far over", json: `18446744073709551616`, kind: param.ErrRange},
			{reason: "farther over", json: `1e300`, kind: param.ErrRange},
			{reason: "far under", json: `-1e300`, kind: param.ErrRange},
			{reason: "fraction", json: `9.5`, kind: param.ErrType},
			{reason: "small fraction", json: `1e-5`, kind: param.ErrType},
			{reason: "beyond doubles is the double", json: `0.99999999999999999999`, want: int64(1)},
			{reason: "null", json: `null`, want: int64(0)},
			{reason: "missing", want: int64(0)},
			{reason: "text is no number", json: `"12345"`, kind: param.ErrType},
			{reason: "a boolean is no number", json: `true`, kind: param.ErrType},
			{reason: "a list is no number", json: `[9]`, kind: param.ErrType},
		})
	})
	t.Run("int8", func(t *testing.T) {
		t.Parallel()
		check[int8](t, []row{
			{reason: "most", json: `127`, want: int8(127)},
			{reason: "least", json: `-128`, want: int8(-128)},
			{reason: "one over", json: `128`, kind: param.ErrRange},
			{reason: "one under", json: `-129`, kind: param.ErrRange},
			{reason: "far over", json: `9007199254740993`, kind: param.ErrRange},
		})
	})
	t.Run("int16", func(t *testing.T) {
		t.Parallel()
		check[int16](t, []row{
			{reason: "most", json: `32767`, want: int16(math.MaxInt16)},
			{reason: "one over", json: `32768`, kind: param.ErrRange},
		})
	})
	t.Run("int32", func(t *testing.T) {
		t.Parallel()
		check[int32](t, []row{
			{reason: "least", json: `-2147483648`, want: int32(math.MinInt32)},
			{reason: "one under", json: `-2147483649`, kind: param.ErrRange},
		})
	})
	t.Run("uint8", func(t *testing.T) {
		t.Parallel()
		check[uint8](t, []row{
			{reason: "most", json: `255`, want: uint8(255)},
			{reason: "one over", json: `256`, kind: param.ErrRange},
			{reason: "negative", json: `-1`, kind: param.ErrRange},
			{reason: "negative zero", json: `-0`, want: uint8(0)},
		})
	})
	t.Run("uint32", func(t *testing.T) {
		t.Parallel()
		check[uint32](t, []row{
			{reason: "most", json: `4294967295`, want: uint32(math.MaxUint32)},
			{reason: "one over", json: `4294967296`, kind: param.ErrRange},
		})
	})
	t.Run("uint64", func(t *testing.T) {
		t.Parallel()
		check[uint64](t, []row{
			{reason: "most", json: `18446744073709551615`, want: uint64(math.MaxUint64), message: param.ErrInexact},
			{reason: "one over", json: `18446744073709551616`, kind: param.ErrRange, message: param.ErrInexact},
			{reason: "far over", json: `18446744073709559999`, kind: param.ErrRange},
			{reason: "far negative", json: `-1e19`, kind: param.ErrRange},
			{reason: "missing", want: uint64(0)},
		})
	})
}
