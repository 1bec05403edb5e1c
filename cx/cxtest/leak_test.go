package cxtest_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/cx/cxtest"
)

// exchanged records one exchange without a socket and returns its archive.
func exchanged(t *testing.T, target, body string, header []string, answer http.HandlerFunc, opts ...cxtest.RecordOption) string {
	t.Helper()
	dir := t.TempDir()
	record, err := cxtest.Record(dir, append(opts, cxtest.RecordErrors(func(err error) { t.Errorf("not recorded: %v", err) }))...)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	record(answer).ServeHTTP(httptest.NewRecorder(), r)
	_, data := only(t, dir)
	return data
}

// A credential is found in whatever form a handler or a client repeats it.
func TestEscapedCredentialsAreRemoved(t *testing.T) {
	t.Parallel()
	const secret = `s3cr3t&tok/en+x"y`
	escaped := url.QueryEscape(secret)
	coded := base64.StdEncoding.EncodeToString
	tests := []struct {
		name, target, body string
		answer             http.HandlerFunc
		never              string
	}{
		{"in a header", "/", "{}", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/cb?t="+escaped) }, escaped},
		{"escaped twice in the path", "/a%252Fs3cr3t%2526tok%252Fen%252Bx%2522y", "{}", answerJSON(`{}`), "s3cr3t"},
		{"slashes in the path", "/a/s3cr3t&tok/en+x%22y/b", "{}", answerJSON(`{}`), "s3cr3t"},
		{"for a URL in a JSON string", "/", "{}", answerJSON(`{"u":"https://x/?t=` + escaped + `"}`), escaped},
		{"in base64", "/", "{}", answerJSON(`{"u":"` + coded([]byte(secret)) + `"}`), coded([]byte(secret))[:20]},
		{"within longer base64, by one", "/", "{}", answerJSON(`{"u":"` + coded([]byte("a"+secret+"zz")) + `"}`), coded([]byte("a" + secret))[4:20]},
		{"within longer base64, by two", "/", "{}", answerJSON(`{"u":"` + coded([]byte("ab"+secret+"zz")) + `"}`), coded([]byte("ab" + secret))[4:20]},
		{"JSON in a JSON string", "/", "{}", answerJSON(`{"u":"{\"t\":\"s3cr3t\\u0026tok\\/en+x\\\"y\"}"}`), "s3cr3t"},
		{"letters escaped in JSON in a JSON string", "/", "{}", answerJSON(`{"u":"{\"t\":\"\\u0073\\u0033cr3t\\u0026tok/en+x\\\"y\"}"}`), "cr3t"},
		{"JSON lines", "/", "{}", answerJSON("{\"a\":\"s3cr3t\\u0026tok/en+x\\\"y\"}\n{}"), "s3cr3t"},
		{"HTML", "/", "{}", answerJSON("<p>s3cr3t&amp;tok/en+x&#34;y &lt;"), "s3cr3t"},
		{"HTML in another way", "/", "{}", answerJSON("<p>s3cr3t&#38;tok&#x2F;en&#43;x&quot;y"), "s3cr3t"},
	}
	for _, tt := range tests {
		data := exchanged(t, tt.target, tt.body, []string{"Authorization", "Bearer " + secret}, tt.answer)
		if strings.Contains(data, tt.never) || !strings.Contains(data, "REMOVED") {
			t.Errorf("%s: the archive holds %q or no stand-in:\n%s", tt.name, tt.never, data)
		}
	}
}

// What carries a credential is known by its name.
func TestCredentialsByName(t *testing.T) {
	t.Parallel()
	const canary = "hunter2canary"
	for _, header := range [][]string{
		{"X-Webhook-Secret", canary},
		{"X-Access-Token", canary},
		{"X-Forwarded-Authorization", "Bearer " + canary},
		{"Stripe-Signature", "t=1,v1=" + canary},
		{"X-Session-Id", canary},
		{"X-Tenant-Key", canary},
		{"X-Password", canary},
		{"Authorization", "Bearer\t" + canary},
		{"Authorization", "Bearer  " + canary},
		{"Authorization", `Digest username="x", uri="/h", response="` + canary + `"`},
		{"Authorization", "Basic " + base64.RawURLEncoding.EncodeToString([]byte("u:"+canary))},
		{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(canary+":pw"))},
		{"Cookie", `lang=en; x="` + canary + `"`},
		{"Cookie", "x=hunter2%63anary"},
	} {
		data := exchanged(t, "/h", `{"text":"my `+canary+` here"}`, header, answerJSON(`{}`))
		if strings.Contains(data, canary) || strings.Contains(data, header[0]) || !strings.Contains(data, `"my REMOVED here"`) {
			t.Errorf("%q: the archive is\n%s", header, data)
		}
		if !strings.Contains(data, "POST /h HTTP") {
			t.Errorf("%q: the path is gone:\n%s", header, data)
		}
	}
	for _, query := range []string{"access_token=", "key=", "api-key=", "sig="} {
		data := exchanged(t, "/h?a=1&"+query+canary, `{"text":"`+canary+`"}`, nil, answerJSON(`{}`))
		if strings.Contains(data, canary) || !strings.Contains(data, "/h?a=1&"+query+"REMOVED") {
			t.Errorf("%q: the archive is\n%s", query, data)
		}
	}
	const short = "sid=abcdefg; lang=abcd"
	if data := exchanged(t, "/h", `{"a":"abcdefg","b":"abcd"}`, []string{"Cookie", short}, answerJSON(`{}`)); strings.Contains(data, "abcdefg") || !strings.Contains(data, `"abcd"`) {
		t.Errorf("of %q the archive is\n%s", short, data)
	}
	for _, harmless := range []string{"Www-Authenticate", "X-Author", "X-Authority", "X-Trace-Id", "X-Keyboard"} {
		h := func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(harmless, "Bearer") }
		if data := exchanged(t, "/h", `{}`, nil, h); !strings.Contains(data, harmless+": Bearer") {
			t.Errorf("%s is gone:\n%s", harmless, data)
		}
	}
}

// What a removed parameter holds is found in other forms.
func TestRemovedParametersInOtherForms(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, pin, rest string
		never           []string
		kept            string
	}{
		{"with a decimal", `123456`, `"a":123456.0`, []string{"123456"}, `"a": 0`},
		{"with an exponent", `123456`, `"a":1.23456e5`, []string{"23456"}, `"a": 0`},
		{"of the other sign", `123456`, `"a":-123456.00`, []string{"123456"}, `"a": 0`},
		{"given as a text", `"123456"`, `"a":123456.0`, []string{"123456"}, `"a": 0`},
		{"three digits are enough", `123`, `"a":123`, []string{"123"}, `"a": 0`},
		{"two are not", `12`, `"a":12`, nil, `"a": 12`},
		{"another number", `123`, `"a":124`, nil, `"a": 124`},
		{"thousands", `1234567`, `"a":"you have 1,234,567"`, []string{"1,234"}, `you have 0`},
		{"thousands with apostrophes", `1234567`, `"a":"you have 1'234'567"`, []string{"1'234"}, `you have 0`},
		{"a fraction", `1234.5`, `"a":"1234.50 or 1,234.50"`, []string{"234"}, `"0 or 0"`},
		{"grouping by slashes and many blanks", `"4111111111111111"`, `"a":"4111 1111\u00a01111/1111 and 4111   1111 1111 1111"`, []string{"4111"}, `"REMOVED and REMOVED"`},
		{"grouped before, not after", `"4111 1111 1111 1111"`, `"a":"4111111111111111","b":4111111111111111`, []string{"4111"}, `"b": 0`},
		{"names that are data", `{"al@example.com":1,"house":2}`, `"a":"ask al@example.com","b":"a house"`, []string{"al@"}, `"house": 0`},
		{"JSON within the value", `"{\"card\":\"4111222233334444\"}"`, `"a":"it is 4111222233334444"`, []string{"4111"}, `it is REMOVED`},
	}
	for _, tt := range tests {
		data := exchanged(t, "/h", `{"sessionInfo":{"parameters":{"pin":`+tt.pin+`}},`+tt.rest+`}`, nil, answerJSON(`{}`), cxtest.RemoveParams("pin"))
		for _, text := range tt.never {
			if strings.Contains(data, text) {
				t.Errorf("%s: the archive holds %q:\n%s", tt.name, text, data)
			}
		}
		if !strings.Contains(data, tt.kept) {
			t.Errorf("%s: the archive lacks %q:\n%s", tt.name, tt.kept, data)
		}
	}
}

func TestHostIsCleaned(t *testing.T) {
	t.Parallel()
	data := exchanged(t, "http://tenant17.example/", `{"pin":"tenant17"}`, nil, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}, cxtest.RemoveParams("pin"))
	if strings.Contains(data, "tenant17") || !strings.Contains(data, "Host: REMOVED.example") {
		t.Errorf("the archive is\n%s", data)
	}
}

// JSON within a string keeps its form if nothing in it is removed.
func TestCleanJSONInAStringIsKept(t *testing.T) {
	t.Parallel()
	data := exchanged(t, "/", `{"log":"{ \"a\" : \"b\" }","pin":"hunter2"}`, nil, answerJSON(`{}`), cxtest.RemoveParams("pin"))
	if !strings.Contains(data, `"{ \"a\" : \"b\" }"`) {
		t.Errorf("the archive is\n%s", data)
	}
}
