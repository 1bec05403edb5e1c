package param_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// FuzzRoads binds one value to every kind of type, from JSON and from the
// message that protojson makes of it. What the message road binds, the JSON
// road binds to the same; what only the JSON road binds is an integer that a
// double does not hold. What protojson refuses must do no harm.
func FuzzRoads(f *testing.F) {
	for _, seed := range []string{
		`null`, `true`, `"a\u00e9\ud83d\ude00\/"`, `9.0`, `-0`, `9007199254740993`, `18446744073709551615`, `1e400`, `0.99999999999999999999`,
		`127.00000000000000000001`, `[1,null,"x"]`, `{"a":{"b":1},"A":2,"a.b":[]}`, `{"year":2026,"month":11,"day":22}`, `{"amount":2,"unit":"h"}`,
		`"2026-11-22T16:30:00Z"`, `"1h30m"`, `{"name":"a","children":[{"name":"b"},{}]}`, `{"x":"\"}","y":"\\"}`, `[[[[[]]]]]`, `{"a":1,"a":2}`, `{"`, `1e`,
		strings.Repeat("[", 60) + strings.Repeat("]", 60),
	} {
		f.Add(seed)
	}
	compare := []func(*testing.T, roadsOf){
		comparer[string](f), comparer[bool](f),
		comparer[int64](f), comparer[int8](f), comparer[uint64](f), comparer[uint16](f),
		comparer[float64](f), comparer[float32](f), comparer[json.Number](f),
		comparer[any](f), comparer[*string](f), comparer[[]int](f), comparer[[]*any](f),
		comparer[map[string]any](f), comparer[map[string]int32](f), comparer[tree](f),
		comparer[[]json.Number](f),
		comparer[time.Time](f), comparer[time.Duration](f),
		comparer[struct {
			A any    `cx:"a"`
			B any    `cx:"a.b"`
			Y int    `cx:"year,required"`
			X string `cx:"x"`
		}](f),
		rawComparer(f),
	}
	f.Fuzz(func(t *testing.T, text string) {
		proto := &structpb.Value{}
		valid := protojson.UnmarshalOptions{RecursionLimit: 64}.Unmarshal([]byte(text), proto) == nil
		v := roadsOf{raw: param.JSON([]byte(text)), proto: param.Proto(proto), valid: valid, text: text}
		for _, same := range compare {
			same(t, v)
		}
	})
}

type roadsOf struct {
	raw, proto param.Value
	valid      bool
	text       string
}

// comparer returns the comparison for one Go type.
func comparer[T any](tb testing.TB) func(*testing.T, roadsOf) {
	type holder struct {
		V T `cx:"v"`
	}
	plan := compile[holder](tb)
	return func(t *testing.T, v roadsOf) {
		var raw, proto holder
		rawErr := plan.Bind(&raw, single{v.raw}, nil)
		if !v.valid {
			return
		}
		protoErr := plan.Bind(&proto, single{v.proto}, nil)
		if errors.Is(rawErr, param.ErrSyntax) {
			t.Fatalf("%T: %s is malformed for the binder: %v", raw.V, v.text, rawErr)
		}
		if protoErr != nil {
			if rawErr == nil && !errors.Is(protoErr, param.ErrInexact) {
				t.Fatalf("%T: %s binds from JSON to %v, but not from the message: %v", raw.V, v.text, raw.V, protoErr)
			}
			return
		}
		if rawErr != nil {
			t.Fatalf("%T: %s binds from the message to %v, but not from JSON: %v", raw.V, v.text, proto.V, rawErr)
		}
		// cmp takes twice as long for each list around a value: it compares
		// what differs in the spelling of numbers or in the place of times.
		if !reflect.DeepEqual(proto, raw) && !cmp.Equal(proto, raw, cmp.Comparer(sameDouble)) {
			t.Fatalf("%T: %s is %+v from JSON, %+v from the message", raw.V, v.text, raw.V, proto.V)
		}
	}
}

// sameDouble compares numbers as the doubles that they are in a message.
func sameDouble(a, b json.Number) bool {
	x, errX := a.Float64()
	y, errY := b.Float64()
	return x == y && errX == nil && errY == nil || a == b
}

// rawComparer compares json.RawMessage, whose text differs, by meaning.
func rawComparer(tb testing.TB) func(*testing.T, roadsOf) {
	type holder struct {
		V json.RawMessage `cx:"v"`
	}
	plan, same := compile[holder](tb), comparer[any](tb)
	return func(t *testing.T, v roadsOf) {
		if !v.valid || v.proto.Absent() {
			return
		}
		for _, road := range []param.Value{v.raw, v.proto} {
			var got holder
			err := plan.Bind(&got, single{road}, nil)
			if road.Raw() == nil && errors.Is(err, param.ErrInexact) {
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", v.text, err)
			}
			back := &structpb.Value{}
			if err := protojson.Unmarshal(got.V, back); err != nil {
				t.Fatalf("%s became %s: %v", v.text, got.V, err)
			}
			same(t, roadsOf{raw: v.raw, proto: param.Proto(back), valid: true, text: v.text})
		}
	}
}

// single is an input of one value named v.
type single struct{ v param.Value }

func (s single) Range(_ param.Wanted, yield func(int, string, param.Value)) error {
	yield(0, "v", s.v)
	return nil
}

// FuzzIntegers compares the reading of integers with arithmetic of unbounded
// precision.
func FuzzIntegers(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "9", "9.0", "900e-2", "0.09e2", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e19", "9.5", "1E+3", "00", "1e", "0.00e5", "10e-1"} {
		f.Add(seed)
	}
	type holder struct {
		V int64 `cx:"v"`
	}
	plan := compile[holder](f)
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) || strings.ContainsAny(text, `{["tfn`) || text != strings.TrimSpace(text) {
			return
		}
		if _, exponent, _ := strings.Cut(strings.ToLower(text), "e"); len(exponent) > 4 {
			return // too large for the arithmetic to compare with
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			return // not for math/big
		}
		var got holder
		err := plan.Bind(&got, single{param.JSON([]byte(text))}, nil)
		switch {
		case want.IsInt() && want.Num().IsInt64():
			if err != nil || got.V != want.Num().Int64() {
				t.Fatalf("%s: %d, %v; want %v", text, got.V, err, want.Num())
			}
		case want.IsInt():
			if !errors.Is(err, param.ErrRange) {
				t.Fatalf("%s: error %v, want %v", text, err, param.ErrRange)
			}
		default:
			d, _ := want.Float64()
			whole := d == math.Trunc(d) && math.Abs(d) < 1<<53
			if whole != (err == nil) || whole && got.V != int64(d) {
				t.Fatalf("%s: %d, %v; the double next to it is %v", text, got.V, err, d)
			}
		}
	})
}
