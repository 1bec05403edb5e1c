package webhookjson_test

import (
	"strings"
	"testing"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// grammar writes JSON that is nearly that of a message: each of its bytes is
// one choice. Most choices are right, so that the wrong ones get deep inside.
type grammar struct {
	choices []byte
	out     strings.Builder
	depth   int
}

func (g *grammar) choose(n int) int {
	if len(g.choices) == 0 {
		return 0
	}
	c := g.choices[0]
	g.choices = g.choices[1:]
	return int(c) % n
}

func (g *grammar) write(parts ...string) {
	for _, p := range parts {
		g.out.WriteString(p)
	}
}

func (g *grammar) blank() {
	g.write([]string{"", "", "", "", " ", "\n  ", "\t\r\n          "}[g.choose(7)])
}

// odd are tokens that parsers disagree on.
var odd = []string{
	`1`, `-0`, `1.50`, `9007199254740993`, `1e3`, `1E-2`, `1e`, `1e+`, `01`, `-`, `1.`, `.5`, `1e400`, `-1e-400`, `123456789012345678`, `0.1234567890123456789`, `2147483648`, `1x`,
	`"a"`, `""`, `"\u0041\ud83d\ude00"`, `"\ud83d"`, `"é木😀"`, `"\""`, `"\x"`, "\"\xff\"", "\"a\nb\"", `"0.5"`, `"NaN"`, `"-Infinity"`, `" 1"`, `"REPLACE"`, `"INVALID"`, `"HANDLER_PROMPT"`, `"AQI="`, `"-_8"`,
	`"a longer text with a quote \" and an apostrophe \u0027 in it"`, `"\\"`, `"1e0"`,
	`null`, `true`, `false`, `nul`, `NaN`, `[]`, `{}`, `[null]`, `[1,]`, `{"a":1,"a":2}`, `{"a":1,}`, ``, `,`, `:`,
}

func (g *grammar) any() {
	g.depth++
	defer func() { g.depth-- }()
	switch c := g.choose(4); {
	case g.depth > 8 || c < 2:
		g.write(odd[g.choose(len(odd))])
	case c == 2:
		g.container("[", "]", func() { g.any() })
	default:
		g.container("{", "}", func() { g.name(`key`, `k`+string(rune('a'+g.choose(4)))); g.any() })
	}
}

func (g *grammar) container(open, shut string, item func()) {
	g.write(open)
	for i := range g.choose(6) {
		if i > 0 {
			g.write(",")
		}
		g.blank()
		item()
		g.blank()
	}
	g.write(shut)
}

func (g *grammar) name(a, b string) {
	switch g.choose(16) {
	case 0:
		g.write(`"\u00`, hexOf(a[0]), a[1:], `"`)
	case 1:
		g.write(`"[google.protobuf.Value]"`)
	case 2, 3, 4, 5:
		g.write(`"`, b, `"`)
	default:
		g.write(`"`, a, `"`)
	}
	g.blank()
	g.write(":")
	g.blank()
}

func hexOf(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

func (g *grammar) message(desc protoreflect.MessageDescriptor) {
	g.depth++
	defer func() { g.depth-- }()
	fds := desc.Fields()
	if desc.FullName().Parent() == "google.protobuf" || g.depth > 8 || fds.Len() == 0 {
		g.wellKnown(desc)
		return
	}
	g.container("{", "}", func() {
		n := g.choose(fds.Len() + 1)
		if n == fds.Len() {
			g.name("unknown", "Unknown")
			g.any()
			return
		}
		fd := fds.Get(n)
		g.name(fd.JSONName(), fd.TextName())
		switch {
		case g.choose(12) == 0:
			g.any()
		case fd.IsMap():
			g.container("{", "}", func() { g.name("key", `k`+string(rune('a'+g.choose(4)))); g.message(fd.MapValue().Message()) })
		case fd.IsList() && fd.Message() != nil:
			g.container("[", "]", func() { g.message(fd.Message()) })
		case fd.IsList():
			g.container("[", "]", func() { g.scalar(fd) })
		case fd.Message() != nil:
			g.message(fd.Message())
		default:
			g.scalar(fd)
		}
	})
}

func (g *grammar) wellKnown(desc protoreflect.MessageDescriptor) {
	if desc.Name() == "Struct" {
		g.container("{", "}", func() { g.name(`key`, `k`+string(rune('a'+g.choose(8)))); g.any() })
		return
	}
	g.any()
}

func (g *grammar) scalar(fd protoreflect.FieldDescriptor) {
	right := map[protoreflect.Kind][]string{
		protoreflect.StringKind: {`"a"`, `"\u00e9"`, `""`, `"é"`},
		protoreflect.BoolKind:   {`true`, `false`},
		protoreflect.FloatKind:  {`0.5`, `1`, `"0.25"`, `1e-3`},
		protoreflect.EnumKind:   {`0`, `1`, `99`, `"REPLACE"`, `"ENTRY_PROMPT"`, `"FILLED"`, `"x"`},
		protoreflect.BytesKind:  {`"AQI="`, `""`, `"-_8"`},
	}[fd.Kind()]
	if g.choose(8) == 0 {
		g.write(odd[g.choose(len(odd))])
		return
	}
	g.write(right[g.choose(len(right))])
}

func written(m proto.Message, choices []byte) []byte {
	g := grammar{choices: choices}
	g.message(m.ProtoReflect().Descriptor())
	return []byte(g.out.String())
}

// The generator is worth something only if a good part of what it writes is
// accepted, and not all.
func TestGrammarIsNeitherRightNorWrong(t *testing.T) {
	t.Parallel()
	accepted := 0
	const all = 4000
	for i := range all {
		choices := make([]byte, 60)
		for j := range choices {
			choices[j] = byte((i*7919 + j*j*104729 + i*j*31) >> (j % 5))
		}
		raw := written(&cxpb.WebhookRequest{}, choices)
		same(t, raw)
		if _, err := reference(raw); err == nil {
			accepted++
		}
		var resp cxpb.WebhookResponse
		if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(written(&resp, choices), &resp) == nil {
			sameAnswer(t, &resp)
		}
	}
	if accepted < all/20 || accepted > all*19/20 {
		t.Errorf("%d of %d bodies are accepted", accepted, all)
	}
	t.Logf("%d of %d bodies are accepted", accepted, all)
}
