package cxtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// MaxRecordedBytes is the longest body, of a request or an answer, that
// [Record] writes.
const MaxRecordedBytes = 2 << 20

const (
	fileMode   = 0o600
	folderMode = 0o700
	maxName    = 60 // bytes of a file's name before its hash
)

// ErrExists is the failure to record an exchange when there is another archive
// of its name: the same request was answered in another way before.
var ErrExists = errors.New("cxtest: there is another archive of this name")

// RecordOption changes what [Record] writes. A nil option changes nothing.
type RecordOption func(*recorder)

// RemoveHeaders leaves out further headers, of requests and answers. The
// headers that carry credentials, such as Authorization and cookies, are left
// out in any case.
func RemoveHeaders(names ...string) RecordOption {
	return func(r *recorder) {
		for _, name := range names {
			r.headers[http.CanonicalHeaderKey(name)] = true
		}
	}
}

// RemoveParams removes the values of parameters, by name without regard to
// case: session, intent, form and query parameters, and members of that name
// at any depth of a JSON body.
func RemoveParams(names ...string) RecordOption {
	return func(r *recorder) {
		for _, name := range names {
			r.params[strings.ToLower(name)] = true
		}
	}
}

// RecordErrors is told of every exchange that could not be recorded, instead
// of slog.Default(). It may be called from many goroutines.
func RecordErrors(f func(error)) RecordOption {
	return func(r *recorder) { r.failed = f }
}

// Overwrite replaces an archive that has the same name and other content.
func Overwrite() RecordOption {
	return func(r *recorder) { r.overwrite = true }
}

type recorder struct {
	dir       string
	headers   map[string]bool
	params    map[string]bool
	failed    func(error)
	overwrite bool
}

// Record returns a middleware that writes every exchange into an archive in
// the folder dir, which is made if it does not exist. What the handler sees
// and what the client gets is unchanged. It belongs outside of all other
// middlewares.
//
// Credentials are removed before anything is written: the headers whose names
// say that they carry them (a word such as auth, token, secret, key, signature,
// password or cookie) and those of [RemoveHeaders], query and form parameters
// of such names, and every repetition of their values in other headers, in the
// URL and in the bodies, also escaped for URLs, JSON or HTML and in base64. So
// are the values of [RemoveParams]; they keep their JSON type, so that the
// request still replays: texts become REMOVED, numbers 0, true false; names of
// members within them stay if they are of letters, hyphens and underscores
// only. Their repetitions in texts are replaced too, by the same, so that a
// handler that repeats a value still gives the recorded answer: those shorter
// than four bytes as whole words only, numbers also when their digits are
// grouped. Numbers elsewhere are compared by value, if they have three digits.
// What a handler makes of a value otherwise (a sum, a plural, a number of two
// digits in a parameter of another name) differs when it is replayed, and a
// text that it parses (the digits of an id, a time) is refused as REMOVED;
// [UpdateVariable] accepts the new answer. An exchange that cannot be searched,
// such as a body that is no JSON while parameters are to be removed, is not
// recorded.
//
// This is a help, no proof: review archives before you publish them. Not found
// are values that were changed (a hash, encryption, compression, hexadecimal,
// another Unicode normal form, a number in words), parts of a value such as a
// first name or the last digits, secrets that only a body holds and no option
// names, parts of headers shorter than eight bytes, and the tag, which is
// written in any case.
//
// A body that the handler leaves is read to its end, but no more of it than
// net/http itself reads before it answers (256 KiB), and not if the client
// still waits for 100 Continue; then the exchange is not recorded. An archive
// is complete when the middleware returns, which is after the client has an
// answer that the handler flushes.
//
// The name of a file is made of the tag, or method and path, and of a hash of
// the request as it is written: the same request has the same name. A file
// that is there with the same content is left alone, one with another content
// is not overwritten; see [ErrExists] and [Overwrite]. The middleware may be
// used concurrently, also by several processes; the folder's file system must
// know hard links. Handlers that panic or hijack the connection are not
// recorded.
func Record(dir string, opts ...RecordOption) (func(http.Handler) http.Handler, error) {
	r := &recorder{dir: dir, headers: map[string]bool{}, params: map[string]bool{}}
	r.failed = func(err error) { slog.Default().Error("an exchange was not recorded", "error", err) }
	for _, opt := range opts {
		if opt != nil {
			opt(r)
		}
	}
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return nil, fmt.Errorf("cxtest: %w", err)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.serve(next, w, req) })
	}, nil
}

func (r *recorder) serve(next http.Handler, w http.ResponseWriter, req *http.Request) {
	e := &Exchange{Method: req.Method, Target: req.URL.RequestURI(), Host: req.Host, RequestHeader: req.Header.Clone()}
	in := newTee(req)
	out := &capture{ResponseWriter: w, rest: in.rest}
	seen := *req
	if in.err == nil {
		seen.Body = in
	}
	next.ServeHTTP(out, &seen)
	if out.hijacked {
		return
	}
	out.final(http.StatusOK)
	e.StatusCode, e.ResponseHeader, e.ResponseBody = out.status, out.header, out.buf.Bytes()
	out.before()
	err := in.failure()
	e.RequestBody = in.buf.Bytes()
	if in.long || out.long {
		err = fmt.Errorf("cxtest: a body is longer than %d bytes", MaxRecordedBytes)
	}
	if err == nil {
		err = r.write(e)
	}
	if err != nil {
		r.failed(fmt.Errorf("%s %s: %w", e.Method, req.URL.Path, err))
	}
}

// write removes what must not be written and writes the rest.
func (r *recorder) write(e *Exchange) error {
	for _, name := range []string{"Content-Length", "Connection", "Transfer-Encoding", "Date"} {
		e.RequestHeader.Del(name)
		e.ResponseHeader.Del(name)
	}
	clean := &redactor{headers: r.headers, params: r.params}
	if err := clean.exchange(e); err != nil {
		return err
	}
	e.RequestBody, e.ResponseBody = indented(e.RequestBody), indented(e.ResponseBody)
	data := e.Format()
	if _, err := ParseExchange(data); err != nil {
		return err // such as a method or a header that no archive can hold
	}
	return r.save(filepath.Join(r.dir, fileName(e)), data)
}

func indented(body []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return body
	}
	return b.Bytes()
}

// save writes a new file, or leaves one with the same content. The whole file
// takes its name at once and only if the name is free, so that neither another
// goroutine nor another process sees half of it or loses its own.
func (r *recorder) save(path string, data []byte) error {
	tmp, err := os.CreateTemp(r.dir, ".recording-*")
	if err != nil {
		return fmt.Errorf("cxtest: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // after a rename it is gone already
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(fileMode), tmp.Close()); err != nil {
		return fmt.Errorf("cxtest: %w", err)
	}
	if r.overwrite {
		return os.Rename(tmp.Name(), path)
	}
	err = os.Link(tmp.Name(), path)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	old, err := os.ReadFile(path)
	switch {
	case err != nil:
		return fmt.Errorf("cxtest: %w", err)
	case !bytes.Equal(old, data):
		return fmt.Errorf("%w: %s", ErrExists, filepath.Base(path))
	}
	return nil
}

// fileName names an exchange after its tag, or method and path, and a hash of
// what is asked.
func fileName(e *Exchange) string {
	var body struct {
		FulfillmentInfo struct{ Tag string }
	}
	name := ""
	if json.Unmarshal(e.RequestBody, &body) == nil {
		name = slug(body.FulfillmentInfo.Tag)
	}
	if name == "" {
		path, _, _ := strings.Cut(e.Target, "?")
		name = slug(e.Method + path)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n%s", e.Method, e.Target, e.RequestBody)
	return name + "-" + hex.EncodeToString(h.Sum(nil))[:10] + ".txtar"
}

// slug keeps what is safe in file names and shell patterns everywhere.
func slug(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			return c
		case c >= 'A' && c <= 'Z':
			return c | 0x20
		}
		return '-'
	}, s)
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return strings.Trim(s[:min(len(s), maxName)], "-")
}

// keep appends p as long as it fits and reports whether it did not.
func keep(b *bytes.Buffer, p []byte) bool {
	if b.Len()+len(p) > MaxRecordedBytes {
		return true
	}
	b.Write(p)
	return false
}
