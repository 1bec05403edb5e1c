package param_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cxhook/cxhook/internal/param"
	"github.com/google/go-cmp/cmp"
)

type shapeBase struct {
	Lent string `cx:"lent"`
}

type shapeLeaf struct {
	Size int `json:"size"`
}

type shapeNode struct {
	Lent string      `cx:"lent"`
	Self []shapeNode `cx:"self"`
}

type shapeTop struct {
	shapeBase
	Text   string `cx:"query:text,required"`
	Loose  float64
	Leaf   *shapeLeaf           `cx:"leaf"`
	Leaves map[string]shapeLeaf `cx:"leaves"`
	Self   []shapeNode          `cx:"self"`
	Skip   string               `cx:"-"`
}

func TestFields(t *testing.T) {
	t.Parallel()
	plan, err := param.Compile(reflect.TypeFor[shapeTop](), &param.Config{Tag: "cx", Sources: []string{"body", "query"}, Untagged: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range plan.Fields() {
		line := strings.Join([]string{f.Name, f.Go.Name, []string{"body", "query"}[f.Source]}, " ")
		if f.Required {
			line += " required"
		}
		inner := f.Shape
		if elem, ok := inner.Elem(); ok {
			line += " of many"
			inner = elem
		}
		if fields, ok := inner.Fields(); ok {
			line += " with " + fields[0].Name
		}
		got = append(got, line)
	}
	want := []string{
		"lent Lent body", "text Text query required", "Loose Loose body", "leaf Leaf body with size",
		"leaves Leaves body of many with size", "self Self body of many with lent",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Reads must say what Bind does.
func TestReadsAgreesWithBind(t *testing.T) {
	t.Parallel()
	samples := []string{
		`null`, `true`, `1`, `"text"`, `"2026-11-22T00:00:00Z"`, `"1h"`, `"Europe/Paris"`, `"10.0.0.1"`, `[]`, `{}`, `{"amount":1,"unit":"h"}`,
	}
	kinds := map[byte]string{'n': "null", 't': "boolean", '1': "number", '"': "string", '[': "list", '{': "object"}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[string](), reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[uint](), reflect.TypeFor[float32](),
		reflect.TypeFor[any](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[shapeLeaf](), reflect.TypeFor[*shapeLeaf](),
		reflect.TypeFor[time.Time](), reflect.TypeFor[*time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[*time.Location](),
		reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[netip.Addr](),
	} {
		field := reflect.StructField{Name: "V", Type: typ, Tag: `cx:"v"`}
		plan, err := param.Compile(reflect.StructOf([]reflect.StructField{field}), &param.Config{Tag: "cx", Sources: []string{"body"}})
		if err != nil {
			t.Fatal(err)
		}
		bound, reads := map[string]bool{}, map[string]bool{}
		for _, sample := range samples {
			dst := reflect.New(reflect.StructOf([]reflect.StructField{field}))
			v := param.JSON([]byte(sample))
			err := plan.Bind(dst.Interface(), single{v}, nil)
			kind := kinds[sample[0]]
			bound[kind] = bound[kind] || err == nil
			reads[kind] = plan.Fields()[0].Shape.Reads(v)
		}
		if diff := cmp.Diff(bound, reads); diff != "" {
			t.Errorf("%v (-bound +reads)\n%s", typ, diff)
		}
	}
}
