package cxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/cxhook/cxhook/cx/caller"
	"github.com/cxhook/cxhook/internal/inproc"
)

// UpdateVariable is the environment variable that makes [Replay] write the
// answers it gets into the archives, if it is 1.
const UpdateVariable = "CXHOOK_UPDATE"

// replayTimeout bounds the answer of a handler.
const replayTimeout = time.Minute

// WritableFS is a file system whose archives [Replay] can update. [Dir] makes
// one.
type WritableFS interface {
	fs.FS
	WriteFile(name string, data []byte) error
}

// Dir returns the files of a folder, for reading and for updates.
func Dir(folder string) WritableFS { return dir{os.DirFS(folder), folder} }

type dir struct {
	fs.FS
	folder string
}

// WriteFile replaces a file of the folder.
func (d dir) WriteFile(name string, data []byte) error {
	return os.WriteFile(filepath.Join(d.folder, filepath.FromSlash(name)), data, fileMode)
}

// ReplayOption changes how [Replay] asks and compares. A nil option changes
// nothing.
type ReplayOption func(*replay)

// SetHeader adds a header to every request, such as the credentials that are
// not in the archives.
func SetHeader(name, value string) ReplayOption {
	return func(r *replay) { r.header.Set(name, value) }
}

// CompareWith adds options to the comparison of bodies, for what differs from
// run to run. Answers of standard webhooks are compared as
// cxpb.WebhookResponse messages under protocmp.Transform, other JSON as plain
// values: numbers as float64, or as json.Number if that would round them.
func CompareWith(opts ...cmp.Option) ReplayOption {
	return func(r *replay) { r.compare = append(r.compare, opts...) }
}

type replay struct {
	header    http.Header
	compare   []cmp.Option
	transport http.RoundTripper
}

// Replay sends the request of each archive that matches the glob to the
// handler, in the order of their names and through net/http's own server, and
// compares the answer: the status, the headers that the archive has, and the
// body (by meaning: as message or JSON; else byte by byte). Each archive is a
// subtest. No archive at all is a failure.
//
// If the environment variable [UpdateVariable] is 1, answers that differ are
// written into the archives, whose file system must be a [WritableFS]. An
// archive of a request alone is given its answer then, with the Content-Type as
// the only header, and fails otherwise.
func Replay(t *testing.T, fsys fs.FS, glob string, h http.Handler, opts ...ReplayOption) {
	t.Helper()
	r := &replay{header: http.Header{}, transport: &http.Transport{
		DialContext:        inproc.New(h, slog.Default()).Dial,
		DisableKeepAlives:  true,
		DisableCompression: true,
	}}
	for _, opt := range opts {
		if opt != nil {
			opt(r)
		}
	}
	names, err := fs.Glob(fsys, glob)
	if err != nil {
		t.Fatalf("cxtest: pattern %q: %v", glob, err)
	}
	if len(names) == 0 {
		t.Fatalf("cxtest: no archive matches %q%s", glob, nothing(fsys))
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(path.Base(name), path.Ext(name)), func(t *testing.T) {
			t.Helper()
			r.file(t, fsys, name)
		})
	}
}

// nothing says where no archive was found, and that the place is missing if it
// is.
func nothing(fsys fs.FS) string {
	text := ""
	if f := folder(fsys); f != "" {
		text = fmt.Sprintf(" in %q", f)
	}
	if _, err := fs.Stat(fsys, "."); err != nil {
		text += fmt.Sprintf(": the folder cannot be read: %v", reason(err))
	}
	return text
}

// reason returns what an error of a file system says beside the path.
func reason(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// folder returns the path of a file system that is a folder, empty for others.
func folder(fsys fs.FS) string {
	if d, ok := fsys.(dir); ok {
		return d.folder
	}
	if v := reflect.ValueOf(fsys); v.Kind() == reflect.String { // that of os.DirFS
		return v.String()
	}
	return ""
}

func (r *replay) file(t *testing.T, fsys fs.FS, name string) {
	t.Helper()
	file := filepath.Join(folder(fsys), filepath.FromSlash(name))
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatalf("%s: %v", file, reason(err))
	}
	want, err := ParseExchange(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	updating := os.Getenv(UpdateVariable) == "1"
	if want.StatusCode == 0 && !updating {
		t.Fatalf("%s: the archive has no part %q; %s=1 writes the answer that the handler gives", file, "response", UpdateVariable)
	}
	got, err := r.send(t.Context(), want)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	diff := r.differences(want, got)
	switch {
	case diff == "":
	case updating:
		update(t, fsys, name, want, got)
	default:
		t.Errorf("%s: the answer differs; %s=1 accepts it.\n%s", file, UpdateVariable, diff)
	}
}

// send returns the exchange with the answer that the handler gives now.
func (r *replay) send(ctx context.Context, e *Exchange) (*Exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, replayTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, e.Method, "http://localhost"+e.Target, bytes.NewReader(e.RequestBody))
	if err != nil {
		return nil, err
	}
	req.Header = e.RequestHeader.Clone()
	for name, values := range r.header {
		req.Header[name] = values
	}
	if e.Host != "" {
		req.Host = e.Host
	}
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	got := *e
	got.StatusCode, got.ResponseHeader = resp.StatusCode, resp.Header
	got.ResponseBody, err = io.ReadAll(io.LimitReader(resp.Body, MaxRecordedBytes))
	return &got, err
}

// differences says how an answer differs from the wanted one.
func (r *replay) differences(want, got *Exchange) string {
	var b strings.Builder
	if want.StatusCode != got.StatusCode {
		fmt.Fprintf(&b, "status %d, want %d\n", got.StatusCode, want.StatusCode)
	}
	for name, values := range want.ResponseHeader {
		if diff := cmp.Diff(values, got.ResponseHeader.Values(name)); diff != "" {
			fmt.Fprintf(&b, "header %s (-want +got):\n%s", name, diff)
		}
	}
	if diff := r.bodies(want, got); diff != "" {
		fmt.Fprintf(&b, "body (-want +got):\n%s", diff)
	}
	return b.String()
}

func (r *replay) bodies(want, got *Exchange) string {
	if standard(want) && got.StatusCode == http.StatusOK {
		return r.messages(want.ResponseBody, got.ResponseBody)
	}
	a, errA := plain(want.ResponseBody)
	b, errB := plain(got.ResponseBody)
	if errA == nil && errB == nil {
		return cmp.Diff(a, b, r.compare...)
	}
	return cmp.Diff(string(want.ResponseBody), string(got.ResponseBody))
}

// standard reports whether an exchange is one of a standard webhook that was
// answered with a message.
func standard(e *Exchange) bool {
	if e.StatusCode != http.StatusOK {
		return false
	}
	req := &cxpb.WebhookRequest{}
	if (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(e.RequestBody, req) != nil || req.GetFulfillmentInfo() == nil {
		return false
	}
	return protojson.Unmarshal(e.ResponseBody, &cxpb.WebhookResponse{}) == nil
}

func (r *replay) messages(want, got []byte) string {
	if len(got) > caller.MaxAnswerBytes {
		return fmt.Sprintf("the answer has %d bytes, of which Dialogflow takes %d", len(got), caller.MaxAnswerBytes)
	}
	a, b := &cxpb.WebhookResponse{}, &cxpb.WebhookResponse{}
	if err := protojson.Unmarshal(want, a); err != nil {
		return err.Error()
	}
	if err := protojson.Unmarshal(got, b); err != nil {
		return fmt.Sprintf("the answer is not a WebhookResponse: %v\n%s", err, got)
	}
	return cmp.Diff(a, b, append([]cmp.Option{protocmp.Transform()}, r.compare...)...)
}

// update writes the new answer, with the headers that the archive has, or the
// Content-Type if it had no answer.
func update(t *testing.T, fsys fs.FS, name string, want, got *Exchange) {
	t.Helper()
	w, ok := fsys.(WritableFS)
	if !ok {
		t.Fatalf("%s=1 needs a file system that can be written; use cxtest.Dir", UpdateVariable)
	}
	kept := http.Header{}
	if want.StatusCode == 0 {
		want.ResponseHeader = http.Header{"Content-Type": nil}
	}
	for header := range want.ResponseHeader {
		if values := got.ResponseHeader.Values(header); len(values) > 0 {
			kept[header] = values
		}
	}
	next := *got
	next.ResponseHeader, next.ResponseBody = kept, indented(got.ResponseBody)
	if err := w.WriteFile(name, next.Format()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Logf("%s: the answer was updated", filepath.Join(folder(fsys), filepath.FromSlash(name)))
}
