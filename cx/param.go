package cx

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/param"
)

// ParamType is what [Param] can return: the kinds of [Bind] that need no
// struct of the user's. For structs and for lists of them use Bind.
type ParamType interface {
	~string | ~bool |
		~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 |
		~float32 | ~float64 |
		[]string | []bool | []int | []int64 | []float64 | []any |
		map[string]string | map[string]any |
		json.RawMessage | time.Time | *time.Location |
		Date | Time | DateTime | DatePeriod | TimePeriod | DateTimePeriod | When |
		Duration | UnitCurrency | Quantity | Temperature | Person | Address |
		[]Date | []Time | []DateTime | []UnitCurrency | []Person | []Address
}

// Param returns one parameter of a request. The name is [source:]name, by the
// rules of [Bind]; the source is session if none is given. A parameter that is
// missing or null is [ErrParamMissing], one that does not fit T another
// [*ParamError]. An empty name and an unknown source are errors of another
// type. A number that the agent keeps as text is a string here; the option
// string of a tag of Bind reads it as a number.
func Param[T ParamType](req *cxpb.WebhookRequest, name string) (T, error) {
	var zero T
	source, bare, err := param.ParseName(name, sourceNames)
	if err != nil {
		return zero, fmt.Errorf("cx: Param: %w", err)
	}
	v, err := param.Lookup(message{req}, source, sourceNames[source], bare)
	if err != nil {
		return zero, err
	}
	if v.Absent() {
		return zero, &ParamError{Source: sourceNames[source], Name: bare, Err: ErrParamMissing}
	}
	decoder, err := param.NewDecoder(reflect.TypeFor[T](), &bindConfig)
	if err != nil {
		return zero, fmt.Errorf("cx: Param: %w", err)
	}
	var out T
	if err := decoder.Decode(&out, v, sourceNames[source], bare); err != nil {
		return zero, err
	}
	return out, nil
}

// ParamOr returns one parameter of a request as [Param] does, or the default
// if it is missing, null or does not fit T. Where an unfit value must not go
// unnoticed, use Param.
func ParamOr[T ParamType](req *cxpb.WebhookRequest, name string, def T) T {
	if v, err := Param[T](req, name); err == nil {
		return v
	}
	return def
}
