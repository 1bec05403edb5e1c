package webhookjson_test

import (
	"errors"
	"fmt"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/cxhook/cxhook/internal/webhookjson"
)

func ExampleRaw() {
	body := []byte(`{
	  "fulfillmentInfo": {"tag": "confirm-order"},
	  "sessionInfo": {"parameters": {"Size": "it\u0027s large", "count": 9007199254740993}}
	}`)
	var raw webhookjson.Raw
	if err := raw.Scan(body, webhookjson.Limits{}); err != nil {
		fmt.Println(err)
		return
	}
	size, _ := raw.Parameter("size")
	count, _ := raw.Parameter("count")
	fmt.Println(raw.Tag(), webhookjson.Text(size), string(count))
	// Output: confirm-order it's large 9007199254740993
}

func scanned(tb testing.TB, body string) *webhookjson.Raw {
	tb.Helper()
	raw := new(webhookjson.Raw)
	if err := raw.Scan([]byte(body), webhookjson.Limits{}); err != nil {
		tb.Fatal(err)
	}
	return raw
}

func TestRawParameterNames(t *testing.T) {
	t.Parallel()
	raw := scanned(t, `{"sessionInfo":{"parameters":{
		"size":1, "SIZE":2, "Colour":3, "COLOUR":4, "b\u0041r":5, "nothing":null, "dotted.name":6}}}`)
	tests := []struct {
		name, want string
		reason     string
	}{
		{"size", "1", "the exact name"},
		{"SIZE", "2", "the exact name"},
		{"Size", "2", "of two names the first in byte order"},
		{"colour", "4", "of two names the first in byte order, not in the body"},
		{"bar", "5", "a name with an escape"},
		{"bAr", "5", "the exact name, with an escape"},
		{"nothing", "null", "null is a value"},
		{"Dotted.Name", "6", "dots are part of names"},
		{"missing", "", "not there"},
		{"siz", "", "not there"},
	}
	for _, tt := range tests {
		got, ok := raw.Parameter(tt.name)
		if string(got) != tt.want || ok != (tt.want != "") {
			t.Errorf("Parameter(%q) = %s, %v, want %q: %s", tt.name, got, ok, tt.want, tt.reason)
		}
	}
}

func TestRawIntentAndForm(t *testing.T) {
	t.Parallel()
	raw := scanned(t, `{
		"intentInfo":{"parameters":{"size":{"originalValue":"l\u00e4rge","resolvedValue":"large"},"bare":{},"open":{"originalValue":"x"}}},
		"pageInfo":{"formInfo":{"parameterInfo":[
			{"displayName":"size","value":{"a":[1]}},{"value":2,"displayName":"Count"},{"displayName":"unset","state":"EMPTY"},{"displayName":"count","value":3},{"value":4}
		]}}}`)
	if v, original, ok := raw.IntentParameter("SIZE"); string(v) != `"large"` || original != "lärge" || !ok {
		t.Errorf("IntentParameter(SIZE) = %s, %q, %v", v, original, ok)
	}
	for _, name := range []string{"bare", "open", "none"} {
		if v, _, ok := raw.IntentParameter(name); ok {
			t.Errorf("IntentParameter(%s) = %s, want none", name, v)
		}
	}
	for name, want := range map[string]string{"size": `{"a":[1]}`, "Count": "2", "count": "3", "COUNT": "2", "": "4"} {
		if v, ok := raw.FormParameter(name); string(v) != want || !ok {
			t.Errorf("FormParameter(%q) = %s, %v, want %s", name, v, ok, want)
		}
	}
	for _, name := range []string{"unset", "none"} {
		if v, ok := raw.FormParameter(name); ok {
			t.Errorf("FormParameter(%s) = %s, want none", name, v)
		}
	}
}

// Names that occur at more than one place are taken from the right one.
func TestRawLooksAtTheRightPlace(t *testing.T) {
	t.Parallel()
	raw := scanned(t, `{
		"x":{"fulfillmentInfo":{"tag":"wrong"},"sessionInfo":{"session":"wrong"}},
		"messages":[{"payload":{"payload":{"tag":"wrong"}}},{"toolCall":{"inputParameters":{"parameters":{"a":"wrong"}}}}],
		"payload":{"payload":1,"tag":"wrong","displayName":"wrong"},
		"pageInfo":{"displayName":"page","formInfo":{"parameterInfo":[{"displayName":"wrong"}]},"currentPage":"p"},
		"intentInfo":{"displayName":"wrong","parameters":{"displayName":{"resolvedValue":{"tag":"wrong"}}}},
		"languageInfo":{"inputLanguageCode":"wrong"},
		"sessionInfo":{"parameters":{"session":"wrong","tag":"wrong"}},
		"languageCode":"de", "detect_intent_response_id":"id"
	}`)
	have := []string{raw.Tag(), raw.Session(), raw.ResponseID(), raw.Page(), raw.PageName(), raw.LanguageCode()}
	want := []string{"", "", "id", "p", "page", "de"}
	for i := range want {
		if have[i] != want[i] {
			t.Errorf("got %q, want %q", have, want)
			break
		}
	}
	if got := string(raw.Payload()); got != `{"payload":1,"tag":"wrong","displayName":"wrong"}` {
		t.Errorf("Payload = %s", got)
	}
}

func TestRawAgain(t *testing.T) {
	t.Parallel()
	raw := scanned(t, `{"fulfillmentInfo":{"tag":"first"},"sessionInfo":{"parameters":{"a":1}},"payload":{"a":2}}`)
	tag := raw.Tag()
	value, _ := raw.Parameter("a")
	if err := raw.Scan([]byte(`{"sessionInfo":{"parameters":{"b":3}}}`), webhookjson.Limits{}); err != nil {
		t.Fatal(err)
	}
	if _, ok := raw.Parameter("a"); ok || raw.Tag() != "" || raw.Payload() != nil {
		t.Error("the second scan left something of the first")
	}
	if tag != "first" || string(value) != "1" {
		t.Errorf("the second scan changed what the first returned: %q, %s", tag, value)
	}
	if err := raw.Scan([]byte(`{"fulfillmentInfo":{"tag":"t"},"fulfillmentInfo":{}}`), webhookjson.Limits{}); !errors.Is(err, webhookjson.ErrSyntax) {
		t.Fatalf("Scan = %v, want ErrSyntax", err)
	}
	if raw.Tag() != "" || raw.Body() != nil {
		t.Error("a failed scan left something")
	}
}

func TestRawDecode(t *testing.T) {
	t.Parallel()
	body := `{"text":"a","sessionInfo":{"parameters":{"a":[1,null]}}}`
	want, err := reference([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var got cxpb.WebhookRequest
	if err := scanned(t, body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	sameMessage(t, want, &got)
}
