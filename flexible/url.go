package flexible

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseURL reads the template of a URL. Blanks around it are removed. Scheme,
// host and port must be written out; a fragment is dropped, since no client
// sends one. The error is [Faults].
func ParseURL(src string, opts ...CompileOption) (*Template, error) {
	t, faults := parseURL(src, newSettings(opts))
	if err := faults.err(); err != nil {
		return nil, err
	}
	return t, nil
}

func parseURL(src string, set settings) (*Template, Faults) {
	if len(src) > MaxRenderedBytes {
		return nil, Faults{faultf(-1, "the URL is %d bytes long, the limit is %d", len(src), MaxRenderedBytes)}
	}
	lead := len(src) - len(strings.TrimLeft(src, " \t\r\n"))
	src = strings.TrimSpace(src)
	p := urlParser{t: &Template{set: set}, shift: lead}
	parts, calls, err := references(src)
	if err != nil {
		return nil, Faults{faultf(-1, "%w", err)}
	}
	if calls {
		p.t.warnings = Faults{faultf(-1, "system functions are not evaluated in a URL, they are sent as text")}
	}
	end, ok := p.authority(src, parts)
	if !ok {
		return nil, p.faults
	}
	for _, part := range parts {
		if part.piece == nil {
			if part.start+len(part.text) > end {
				from := max(end-part.start, 0)
				p.literal(part.text[from:], part.start+from)
			}
			continue
		}
		p.reference(part)
	}
	p.finish()
	return p.t, p.faults
}

type urlParser struct {
	t      *Template
	out    programBuilder
	faults Faults
	mode   byte // what stands here: '/' the path, '?' the query, '#' the fragment
	shift  int  // blanks cut off before the URL
}

func (p *urlParser) fault(at int, format string, args ...any) {
	p.faults = append(p.faults, faultf(at+p.shift, format, args...))
}

// authority reads scheme, host and port and returns where they end.
func (p *urlParser) authority(src string, parts []part) (end int, ok bool) {
	scheme, rest, found := strings.Cut(src, "://")
	start := len(scheme) + len("://")
	end = len(src)
	if i := strings.IndexAny(rest, "/?#"); found && i >= 0 {
		end = start + i
	}
	for _, part := range parts {
		if part.piece != nil && part.start < end {
			p.fault(part.start, "scheme, host and port cannot come from a parameter, but %s stands there", part.text)
			return 0, false
		}
	}
	switch scheme = strings.ToLower(scheme); {
	case !found:
		p.fault(-1-p.shift, "not an absolute URL such as https://host/path")
	case scheme == "http" && !p.t.set.plainHTTP:
		p.fault(0, "the scheme is http, Dialogflow calls https only")
	case scheme != "https" && scheme != "http":
		p.fault(0, "the scheme is %q, want https", scheme)
	}
	if host := src[min(start, end):end]; found {
		if err := checkHost(host); err != nil {
			p.fault(start, "%w", err)
		}
		p.t.origin = scheme + "://" + host
	}
	if len(p.faults) > 0 {
		return 0, false
	}
	p.out.literal(p.t.origin)
	p.mode = '/'
	return end, true
}

// checkHost refuses what is no plain host with an optional port.
func checkHost(host string) error {
	if strings.Contains(host, "@") {
		return errors.New("a user name in a URL is not sent, use the fields for authentication")
	}
	for _, r := range host {
		ascii := r < utf8.RuneSelf
		if ascii && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("-._:[]", r) {
			return fmt.Errorf("the host holds %q", r)
		}
	}
	u, err := url.Parse("https://" + host)
	if err != nil {
		return errors.New("the host or port is malformed")
	}
	if u.Hostname() == "" {
		return errors.New("the host is empty")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return fmt.Errorf("the port is %s, want 1 to 65535", port)
		}
	}
	return nil
}

// literal adds text of the template, encoding what a URL cannot hold.
func (p *urlParser) literal(s string, at int) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case p.mode == '#':
			return
		case c == '#':
			p.mode = '#'
			continue
		case c == '?' && p.mode == '/':
			p.mode = '?'
		case c < ' ' || c == 0x7f:
			p.fault(at+i, "the URL holds the control character %q", c)
			continue
		case c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])):
			p.fault(at+i, "a percent sign must be followed by two hexadecimal digits")
			continue
		case !keptInURL(c) && c != '%':
			p.out.pending = append(p.out.pending, '%', upperHex[c>>4], upperHex[c&15])
			continue
		}
		p.out.pending = append(p.out.pending, c)
	}
}

func (p *urlParser) reference(part part) {
	if p.mode == '#' {
		p.fault(part.start, "%s stands in the fragment, which is never sent", part.text)
		return
	}
	if p.mode == '/' {
		p.t.pathRefs++
	}
	p.out.reference(part.piece, InURL)
}

// finish checks the path for dot segments that are written out: nothing good
// is meant by them, and rendering would refuse them.
func (p *urlParser) finish() {
	p.t.program = p.out.program()
	p.t.text = p.t.program.source()
	if err := checkDots(pathOf(p.t.text)); err != nil {
		p.fault(-1-p.shift, "%w", err)
	}
}
