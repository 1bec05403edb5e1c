package cx

import (
	"encoding/json"
	"errors"
	"reflect"

	"github.com/cxhook/cxhook/internal/param"
)

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

// orNull returns the JSON of an entity, or null if it says nothing: a year 0 or
// a person without a name is no value of any agent.
func orNull(nothing bool, form any) ([]byte, error) {
	if nothing {
		return []byte("null"), nil
	}
	return json.Marshal(form)
}
