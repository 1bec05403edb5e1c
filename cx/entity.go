package cx

import (
	"errors"
	"reflect"

	"github.com/cxhook/cxhook/internal/param"
)

// What the system entities of Dialogflow CX deliver and the Go types to bind
// them to. Every type of this package's marshals to the JSON that it was bound
// from, so that [SetParam] can set it again; Original is left out if empty.
//
//	@sys.date                        Date
//	@sys.time                        Time
//	@sys.date-time                   When: any of a date, a date with time, a
//	                                 period of either; DateTime for the first two
//	@sys.date-period                 DatePeriod
//	@sys.time-period                 TimePeriod
//	@sys.duration, @sys.age          Duration
//	@sys.unit-currency               UnitCurrency
//	@sys.unit-length, -area, -speed,
//	-volume, -weight, -information   Quantity
//	@sys.temperature                 Temperature
//	@sys.person                      Person
//	@sys.location, @sys.address      Address
//	@sys.number, @sys.percentage     float64
//	@sys.number-integer, @sys.cardinal,
//	@sys.ordinal                     int
//	all others, such as @sys.any, @sys.email, @sys.phone-number,
//	@sys.number-sequence, @sys.zip-code, @sys.geo-city, @sys.currency-name,
//	@sys.language, @sys.url          string

// entityChecks are what the binder tests on plain entity structs.
var entityChecks = map[reflect.Type]func(any) error{
	reflect.TypeFor[Date](): func(ptr any) error { return ptr.(*Date).check() },
	reflect.TypeFor[Time](): func(ptr any) error { return ptr.(*Time).check() },
}

// entityReaders bind the entities that come in several forms.
var entityReaders = map[reflect.Type]func(any, param.Value) error{
	reflect.TypeFor[DateTime](): func(ptr any, v param.Value) error { return ptr.(*DateTime).read(v) },
	reflect.TypeFor[When]():     func(ptr any, v param.Value) error { return ptr.(*When).read(v) },
	reflect.TypeFor[Address]():  func(ptr any, v param.Value) error { return ptr.(*Address).read(v) },
}

// formDecoder makes the decoder of one form of an entity. Its type is fixed
// in this package: that it cannot be bound would show at the first start.
func formDecoder[T any](readers map[reflect.Type]func(any, param.Value) error) *param.Decoder {
	config := param.Config{Tag: bindTag, Checks: entityChecks, Readers: readers}
	d, err := param.NewDecoder(reflect.TypeFor[T](), &config)
	if err != nil {
		panic("cx: " + err.Error())
	}
	return d
}

// decodeForm reads one form of an entity. What is wrong is told without the
// name of the parameter, which the binder adds.
func decodeForm(d *param.Decoder, dst any, v param.Value) error {
	err := d.Decode(dst, v, "", "")
	var unfit *param.Error
	if errors.As(err, &unfit) {
		return unfit.Err
	}
	return err
}
