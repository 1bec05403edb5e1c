package cx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx"
	"github.com/cxhook/cxhook/internal/corpus"
	"github.com/google/go-cmp/cmp"
)

// TestEntitiesCorpus binds every composite session parameter of the test
// cases of real agents by what its members say it is.
func TestEntitiesCorpus(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	walkParameters(t, func(v any) {
		object, ok := v.(map[string]any)
		if !ok {
			return
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		has := func(names ...string) bool {
			for _, name := range names {
				if _, ok := object[name]; !ok {
					return false
				}
			}
			return true
		}
		switch {
		case has("year", "month", "day", "hours"), has("startDateTime", "endDateTime"), has("startDate", "endDate"):
			counts["when"]++
			bindAgain[cx.When](t, text)
		case has("year", "month", "day"):
			counts["date"]++
			bindAgain[cx.Date](t, text)
			bindAgain[cx.DateTime](t, text)
		case has("hours", "minutes"):
			counts["time"]++
			bindAgain[cx.Time](t, text)
		case has("amount", "currency"):
			counts["currency"]++
			bindAgain[cx.UnitCurrency](t, text)
		}
	})
	t.Log(counts)
	for _, kind := range []string{"when", "date", "time", "currency"} {
		if counts[kind] == 0 {
			t.Errorf("no value of kind %s was found", kind)
		}
	}
}

// bindAgain binds a parameter, marshals it and compares.
func bindAgain[T cx.ParamType](t *testing.T, text []byte) {
	t.Helper()
	v, err := cx.Param[T](session(t, `{"v":`+string(text)+`}`), "v")
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	written, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := errors.Join(json.Unmarshal(text, &want), json.Unmarshal(written, &got)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", text, diff)
	}
}

// walkParameters calls visit with every session parameter of every test case.
func walkParameters(t *testing.T, visit func(any)) {
	t.Helper()
	err := filepath.WalkDir(corpus.Dir(t, "agents"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(path, "testCases") || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var c struct {
			TestCaseConversationTurns []struct {
				VirtualAgentOutput struct{ SessionParameters map[string]any }
			}
		}
		if err := json.Unmarshal(text, &c); err != nil {
			return nil //nolint:nilerr // other files lie there, too
		}
		for _, turn := range c.TestCaseConversationTurns {
			for _, v := range turn.VirtualAgentOutput.SessionParameters {
				visit(v)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTypedRoadsCorpus binds the recorded requests on both roads.
func TestTypedRoadsCorpus(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(corpus.Dir(t, "recorded"), "request-*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatal("no recorded requests: ", err)
	}
	for _, path := range paths {
		body, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		req := request(t, string(body))
		var fields []reflect.StructField
		for name, v := range req.GetSessionInfo().GetParameters() {
			fields = append(fields, reflect.StructField{
				Name: fmt.Sprint("F", len(fields)), Type: reflect.TypeFor[any](), Tag: reflect.StructTag(fmt.Sprintf("cx:%q", name)),
			})
			raw, err := cx.Param[json.RawMessage](req, name)
			var got any
			if err := errors.Join(err, json.Unmarshal(raw, &got)); err != nil || !cmp.Equal(got, v.AsInterface()) {
				t.Errorf("%s: %s is %s, %v", path, name, raw, err)
			}
		}
		fromMessage, fromBody := reflect.New(reflect.StructOf(fields)), reflect.New(reflect.StructOf(fields))
		if err := cx.Bind(req, fromMessage.Interface()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := cx.BindBody(body, fromBody.Interface()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if !reflect.DeepEqual(fromMessage.Interface(), fromBody.Interface()) {
			t.Errorf("%s: the body binds to %v, the message to %v", path, fromBody, fromMessage)
		}
		for i := range fields {
			if fromBody.Elem().Field(i).IsNil() {
				t.Errorf("%s: parameter %s was not bound", path, fields[i].Tag)
			}
		}
	}
}
