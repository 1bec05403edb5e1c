package flexible_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/cxhook/cxhook/flexible"
)

func TestURLRender(t *testing.T) {
	t.Parallel()
	params := flexible.Params{
		"id": "A 7", "n": 42.0, "odd": "a b/c?d#e%2f", "inject": "x&admin=1", "hash": "x#", "nul": "x\x00",
		"user": map[string]any{"name": "Zoë"}, "tags": []any{"a", 1.0}, "paid": true, "evil": "@evil.example",
		"crlf": "a\r\nHost: evil.example", "tab": "\ta\\b", "quote": `"'<>`, "plus": "1+1", "dots": "v1..2", "hidden": ".profile",
		"bad": "\xff", "again": "$session.params.id", "null": nil, "empty": "",
	}
	const base = "https://shop.example"
	tests := []struct {
		name, url, want string // the name holds the reason
	}{
		{"nothing to replace", base + "/a?b=c", base + "/a?b=c"},
		{"host alone", base, base},
		{"blanks around are cut off", " \t" + base + "/a \n", base + "/a"},
		{"the scheme in any case", "HTTPS://shop.example:8443/a", base + ":8443/a"},
		{"two references in the query", base + "/f?from=$session.params.id&to=$session.params.n", base + "/f?from=A%207&to=42"},
		{"two references in the path", base + "/x/$session.params.id/$session.params.n", base + "/x/A%207/42"},
		{"one path segment, percent-encoded", base + "/x/$session.params.odd/y", base + "/x/a%20b%2Fc%3Fd%23e%252f/y"},
		{"a value is no second parameter", base + "?q=$session.params.inject", base + "?q=x%26admin%3D1"},
		{"a value opens no fragment", base + "?q=$session.params.hash", base + "?q=x%23"},
		{"a value's zero byte is encoded", base + "?q=$session.params.nul", base + "?q=x%00"},
		{"a plus is no blank", base + "?q=$session.params.plus", base + "?q=1%2B1"},
		{"an object is JSON", base + "?u=$session.params.user", base + "?u=%7B%22name%22%3A%22Zo%C3%AB%22%7D"},
		{"a list is JSON", base + "?u=$session.params.tags", base + "?u=%5B%22a%22%2C1%5D"},
		{"a boolean", base + "?p=$session.params.paid", base + "?p=true"},
		{"a value names no host", base + "/$session.params.evil", base + "/%40evil.example"},
		{"line breaks are encoded", base + "/$session.params.crlf", base + "/a%0D%0AHost%3A%20evil.example"},
		{"tab and backslash are encoded", base + "/$session.params.tab", base + "/%09a%5Cb"},
		{"quotes are encoded", base + "/$session.params.quote", base + "/%22%27%3C%3E"},
		{"dots within a name are no dot segment", base + "/$session.params.dots/$session.params.hidden", base + "/v1..2/.profile"},
		{"bytes that are no UTF-8", base + "/$session.params.bad", base + "/%EF%BF%BD"},
		{"a reference in a value is not expanded", base + "/$session.params.again", base + "/%24session.params.id"},
		{"a key of the query", base + "?$session.params.inject=1", base + "?x%26admin%3D1=1"},
		{"unset and null are empty", base + "/a/$session.params.none/b?c=$session.params.null", base + "/a//b?c="},
		{"an empty string is empty", base + "/a/$session.params.empty?c=", base + "/a/?c="},
		{"a dot after a reference is text", base + "/$session.params.n.", base + "/42."},
		{"blanks and quotes of the template are encoded", base + `/a b?c="d"|ä`, base + "/a%20b?c=%22d%22%7C%C3%A4"},
		{"what is encoded in the template stays so", base + "/a%2Fb?c=%20", base + "/a%2Fb?c=%20"},
		{"a fragment is dropped", base + "/a?b=1#top", base + "/a?b=1"},
		{"a fragment without a query", base + "/$session.params.n#top?x=1", base + "/42"},
		{"a verb of the API after a colon", base + "/v1:check?key=$flow.none", base + "/v1:check?key="},
		{"a function is text", base + "/$sys.func.NOW()", base + "/$sys.func.NOW()"},
		{"an address as host", "https://[::1]:8443/$session.params.n", "https://[::1]:8443/42"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := flexible.ParseURL(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Render(params)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("have %s\nwant %s", got, tt.want)
			}
			if _, err := url.Parse(got); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestURLRefusesDotSegments(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"..", ".", "../../admin", "..%2f", "%2e%2e/", `\..\`, "%2E%2e", "%252e%252e%252f", "a/../b", "a/..", "./x", "..;/x", "..;v=1",
	} {
		for _, path := range []string{"/x/$session.params.v", "/x/$session.params.v/y?q=1", "/$session.params.v"} {
			tmpl, err := flexible.ParseURL("https://shop.example" + path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Render(flexible.Params{"v": value})
			var refused *flexible.ValueError
			if !errors.As(err, &refused) || refused.Where != flexible.InURL {
				t.Errorf("%s with %q: have %q, %v, want a *ValueError", path, value, got, err)
			}
		}
		tmpl, err := flexible.ParseURL("https://shop.example/x?q=$session.params.v")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tmpl.Render(flexible.Params{"v": value}); err != nil || !strings.HasPrefix(got, "https://shop.example/x?q=") {
			t.Errorf("%q in the query: have %q, %v, want it encoded", value, got, err)
		}
	}
}

func TestURLRefusesDotsOfTwoValues(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseURL("https://shop.example/$session.params.a$session.params.b/.$session.params.c?q=$session.params.d")
	if err != nil {
		t.Fatal(err)
	}
	for _, params := range []flexible.Params{{"a": ".", "b": ".", "c": "x"}, {"a": "x", "c": "."}, {"a": "x", "c": ""}} {
		var refused *flexible.ValueError
		got, err := tmpl.Render(params)
		if !errors.As(err, &refused) || refused.Reference != "$session.params.a or $session.params.b or $session.params.c" {
			t.Errorf("%v: have %q, %v, want a *ValueError that names the references of the path alone", params, got, err)
		}
	}
}

func TestURLFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, url string
		offset    int
	}{
		{"empty", "", -1},
		{"no scheme", "shop.example/a", -1},
		{"a path alone", "/a", -1},
		{"plain HTTP", "http://shop.example/", 0},
		{"another scheme", "file:///etc/passwd", 0},
		{"the scheme from a parameter", "$session.params.scheme://shop.example/", 0},
		{"all from a parameter", "$session.params.url", 0},
		{"all from a parameter, after a blank", " $session.params.url", 1},
		{"the host from a parameter", "https://$session.params.host/a", 8},
		{"a part of the host from a parameter", "https://api.$session.params.host.example/a", 12},
		{"the end of the host from a parameter", "https://shop.example$session.params.path", 20},
		{"the port from a parameter", "https://shop.example:$session.params.port/", 21},
		{"a user from a parameter", "https://$session.params.user@shop.example/", 8},
		{"no host", "https:///a", 8},
		{"a user", "https://user:pass@shop.example/", 8},
		{"a placeholder for a host", "https://<YOUR-HOST>/a", 8},
		{"a backslash in the host", `https://shop.example\@evil.example/`, 8},
		{"a blank in the host", "https://shop .example/", 8},
		{"a port that is none", "https://shop.example:http/", 8},
		{"a port too high", "https://shop.example:70000/", 8},
		{"a broken percent sign", "https://shop.example/%zz", 21},
		{"a percent sign at the end", "https://shop.example/a%2", 22},
		{"too long", "https://shop.example/" + strings.Repeat("$sys.func.A", flexible.MaxRenderedBytes/11), -1},
		{"a line break", "https://shop.example/a\nb", 22},
		{"a reference in the fragment", "https://shop.example/a#$session.params.x", 23},
		{"a dot segment", "https://shop.example/a/../b", -1},
		{"an encoded dot segment", "https://shop.example/a/%2e%2e/b", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := flexible.ParseURL(tt.url)
			var faults flexible.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("have %v, %v, want faults", tmpl, err)
			}
			if faults[0].Offset != tt.offset {
				t.Errorf("have the fault at %d, want %d: %v", faults[0].Offset, tt.offset, err)
			}
		})
	}
}

func TestURLPlainHTTP(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseURL("http://localhost:8080/$flow.x", flexible.PlainHTTP())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tmpl.Render(flexible.Params{"$flow.x": 1}); err != nil || got != "http://localhost:8080/1" {
		t.Errorf("have %s, %v", got, err)
	}
}

func TestURLUnset(t *testing.T) {
	t.Parallel()
	const src = "https://shop.example/$session.params.a?b=$session.params.b"
	literal, err := flexible.ParseURL(src, flexible.WithUnset(flexible.SendLiteral, flexible.InURL))
	if err != nil {
		t.Fatal(err)
	}
	want := "https://shop.example/%24session.params.a?b=%24session.params.b"
	if got, err := literal.Render(nil); err != nil || got != want {
		t.Errorf("have %s, %v, want %s", got, err, want)
	}
	refuse, err := flexible.ParseURL(src, flexible.WithUnset(flexible.Refuse, flexible.InURL))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := refuse.Render(flexible.Params{"a": 1}); !errors.Is(err, flexible.ErrUnset) {
		t.Errorf("have %s, %v, want ErrUnset", got, err)
	}
}

func TestHeaderRender(t *testing.T) {
	t.Parallel()
	params := flexible.Params{"id": "A 7", "n": 2.0, "$flow.brand": "tea", "tags": []any{"a", "b"}, "name": "Zoë", "again": "$flow.brand"}
	tests := []struct{ name, value, want string }{
		{"constant", " text/plain ", "text/plain"},
		{"a reference", "Order $session.params.id", "Order A 7"},
		{"a function", "$sys.func.UPPER($flow.brand)-$sys.func.ADD($session.params.n, 1)", "TEA-3"},
		{"unset stays as written", "$session.params.none", "$session.params.none"},
		{"a failed function stays as written", `$sys.func.TO_NUMBER("x")`, `$sys.func.TO_NUMBER("x")`},
		{"a word with a dollar is text", "$conversation", "$conversation"},
		{"other letters", "$session.params.name", "Zoë"},
		{"a value is not expanded", "$session.params.again", "$flow.brand"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := flexible.ParseHeader(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := tmpl.Render(params); err != nil || got != tt.want {
				t.Errorf("have %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestHeaderRefusesControlCharacters(t *testing.T) {
	t.Parallel()
	tmpl, err := flexible.ParseHeader("a $session.params.v")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{"x\r\nX-Admin: 1", "x\n", "\x00", "\x7f"} {
		got, err := tmpl.Render(flexible.Params{"v": v})
		var refused *flexible.ValueError
		if !errors.As(err, &refused) || refused.Where != flexible.InHeader {
			t.Errorf("%q: have %q, %v, want a *ValueError", v, got, err)
		}
		if err != nil && strings.Contains(err.Error(), v) {
			t.Errorf("the error %v repeats the value", err)
		}
	}
}

func TestHeaderFaults(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"a line break":    "a\r\nb",
		"a broken call":   `$sys.func.UPPER("a`,
		"no such call":    `$sys.func.SHOUT("a")`,
		"wrong arguments": `$sys.func.LEN()`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := flexible.ParseHeader(value)
			var faults flexible.Faults
			if !errors.As(err, &faults) {
				t.Errorf("have %v, %v, want faults", tmpl, err)
			}
		})
	}
}
