package param_test

import (
	"reflect"
	"testing"

	"github.com/cxhook/cxhook/internal/param"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// objects are an input of which each source is one object.
type objects []param.Value

func (o objects) Range(wanted param.Wanted, yield func(int, string, param.Value)) error {
	for source, object := range o {
		if !wanted.Has(source) {
			continue
		}
		if err := object.Range(func(name string, v param.Value) bool {
			yield(source, name, v)
			return true
		}); err != nil {
			return err
		}
	}
	return nil
}

// finder is the same input with look-ups.
type finder struct{ objects }

func (f finder) Find(source int, name string) (found param.Value, ok bool) {
	_ = f.objects[source].Range(func(n string, v param.Value) bool {
		if n == name {
			found, ok = v, true
		}
		return !ok
	})
	return found, ok
}

// roads returns the inputs that hold the same JSON objects.
func roads(tb testing.TB, sources ...string) map[string]param.Input {
	tb.Helper()
	var raw, proto objects
	for _, text := range sources {
		v := &structpb.Value{}
		if err := protojson.Unmarshal([]byte(text), v); err != nil {
			tb.Fatalf("test data %s: %v", text, err)
		}
		raw = append(raw, param.JSON([]byte(text)))
		proto = append(proto, param.Proto(v))
	}
	return map[string]param.Input{"raw": raw, "proto": proto, "raw with look-ups": finder{raw}, "proto with look-ups": finder{proto}}
}

func config() *param.Config {
	return &param.Config{Tag: "cx", Sources: []string{"session", "extra"}}
}

func compile[T any](tb testing.TB) *param.Plan {
	tb.Helper()
	plan, err := param.Compile(reflect.TypeFor[T](), config())
	if err != nil {
		tb.Fatal(err)
	}
	return plan
}
