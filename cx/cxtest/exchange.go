package cxtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/tools/txtar"
)

// Exchange is a request and its answer, as an archive holds them.
type Exchange struct {
	Comment string // lines before the first part

	Method        string
	Target        string // path and query
	Host          string
	RequestHeader http.Header // without Host
	RequestBody   []byte

	StatusCode     int // 0 for an archive without an answer
	ResponseHeader http.Header
	ResponseBody   []byte
}

const proto = "HTTP/1.1"

// Format returns the archive of e, of the request alone if StatusCode is 0.
// JSON bodies are written as they are, so indent them before if they are to be
// read.
func (e *Exchange) Format() []byte {
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s %s\n", e.Method, e.Target, proto)
	if e.Host != "" {
		fmt.Fprintf(&head, "Host: %s\n", e.Host)
	}
	writeHeader(&head, e.RequestHeader)
	a := &txtar.Archive{Comment: []byte(e.Comment)}
	a.Files = append(a.Files, txtar.File{Name: "request", Data: head.Bytes()})
	a.Files = append(a.Files, bodyPart("request", e.RequestBody)...)
	if e.StatusCode == 0 {
		return txtar.Format(a)
	}
	var answer bytes.Buffer
	fmt.Fprintf(&answer, "%s %s\n", proto, strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, http.StatusText(e.StatusCode))))
	writeHeader(&answer, e.ResponseHeader)
	a.Files = append(a.Files, txtar.File{Name: "response", Data: answer.Bytes()})
	a.Files = append(a.Files, bodyPart("response", e.ResponseBody)...)
	return txtar.Format(a)
}

func writeHeader(b *bytes.Buffer, h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			b.WriteString(strings.TrimRight(name+": "+v, " ") + "\n")
		}
	}
}

// bodyPart returns the part that holds a body, none for an empty one.
func bodyPart(name string, body []byte) []txtar.File {
	if len(body) == 0 {
		return nil
	}
	if json.Valid(body) && utf8.Valid(body) && !bytes.ContainsRune(body, '\r') {
		return []txtar.File{{Name: name + ".json", Data: append(bytes.TrimSpace(body), '\n')}}
	}
	text := txtar.File{Name: name + ".txt", Data: append(bytes.Clone(body), '\n')}
	back := txtar.Parse(txtar.Format(&txtar.Archive{Files: []txtar.File{text}}))
	if utf8.Valid(body) && len(back.Files) == 1 && bytes.Equal(back.Files[0].Data, text.Data) {
		return []txtar.File{text}
	}
	return []txtar.File{{Name: name + ".base64", Data: []byte(base64.StdEncoding.EncodeToString(body) + "\n")}}
}

// ParseExchange reads an archive, of a request and its answer or of a request
// alone. The error names the part and the line.
func ParseExchange(data []byte) (*Exchange, error) {
	a := txtar.Parse(data)
	e := &Exchange{Comment: string(a.Comment)}
	seen := map[string]bool{}
	for _, f := range a.Files {
		side, kind, _ := strings.Cut(f.Name, ".")
		if kind == "" {
			kind = "head"
		} else if !seen[side+" head"] {
			return nil, fmt.Errorf("cxtest: part %q comes before part %q", f.Name, side)
		} else {
			kind = "body"
		}
		if seen[side+" "+kind] {
			return nil, fmt.Errorf("cxtest: part %q: there already is one of its kind", f.Name)
		}
		seen[side+" "+kind] = true
		if err := e.part(f); err != nil {
			return nil, fmt.Errorf("cxtest: part %q: %w", f.Name, err)
		}
	}
	if !seen["request head"] {
		return nil, errors.New(`cxtest: the archive has no part "request"`)
	}
	return e, nil
}

func (e *Exchange) part(f txtar.File) (err error) {
	switch f.Name {
	case "request":
		return e.requestHead(f.Data)
	case "response":
		return e.responseHead(f.Data)
	case "request.json", "request.txt", "request.base64":
		e.RequestBody, err = body(f)
	case "response.json", "response.txt", "response.base64":
		e.ResponseBody, err = body(f)
	default:
		err = errors.New("unknown name")
	}
	return err
}

func body(f txtar.File) ([]byte, error) {
	switch {
	case strings.HasSuffix(f.Name, ".json"):
		if !json.Valid(f.Data) {
			return nil, errors.New("not JSON; name it .txt if that is meant")
		}
		return bytes.TrimSpace(f.Data), nil
	case strings.HasSuffix(f.Name, ".base64"):
		return base64.StdEncoding.DecodeString(strings.TrimSpace(string(f.Data)))
	}
	return bytes.TrimSuffix(f.Data, []byte{'\n'}), nil
}

func (e *Exchange) requestHead(data []byte) error {
	first, header, err := head(data)
	if err != nil {
		return err
	}
	fields := strings.Split(first, " ")
	if len(fields) != 3 || fields[2] != proto {
		return fmt.Errorf("first line %q, want METHOD TARGET %s", first, proto)
	}
	if !httpguts.ValidHeaderFieldName(fields[0]) { // a method is a token, as a name is
		return fmt.Errorf("%q is not a method", fields[0])
	}
	if u, err := url.ParseRequestURI(fields[1]); err != nil || !strings.HasPrefix(fields[1], "/") || u.Fragment != "" {
		return fmt.Errorf("target %q is not a path with an optional query", fields[1])
	}
	if n := len(header["Host"]); n > 1 {
		return fmt.Errorf("%d Host headers", n)
	}
	e.Method, e.Target, e.Host = fields[0], fields[1], header.Get("Host")
	if e.Host != "" && !httpguts.ValidHostHeader(e.Host) {
		return fmt.Errorf("%q is not a host", e.Host)
	}
	header.Del("Host")
	e.RequestHeader = header
	return nil
}

func (e *Exchange) responseHead(data []byte) error {
	first, header, err := head(data)
	if err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(first, proto+" ")
	digits, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(digits)
	if !ok || err != nil || len(digits) != 3 || status < 200 || status > 999 {
		return fmt.Errorf("first line %q, want %s and a final status", first, proto)
	}
	e.StatusCode, e.ResponseHeader = status, header
	return nil
}

// head reads a first line and headers.
func head(data []byte) (first string, h http.Header, err error) {
	lines := strings.Split(strings.TrimRight(string(data), "\r\n"), "\n")
	h = http.Header{}
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		if i == 0 {
			first = line
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return "", nil, fmt.Errorf("line %d is not a header", i+1)
		}
		h.Add(name, value)
	}
	return first, h, nil
}
