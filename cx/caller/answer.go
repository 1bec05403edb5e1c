package caller

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/andybalholm/brotli"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/cxhook/cxhook/internal/answer"
)

// MaxAnswerBytes is the longest answer that Dialogflow accepts: 64 KiB.
const MaxAnswerBytes = 64 << 10

// maxAnswerDepth bounds the nesting of an answer.
const maxAnswerDepth = 100

var errEmpty = errors.New("the body is empty")

// sizeError is an answer that is too long. Not more than the limit is read, so
// its size is known only where the service told it.
type sizeError struct{ told int64 }

func (e *sizeError) Error() string {
	if e.told > MaxAnswerBytes {
		return fmt.Sprintf("%d bytes, the limit is %d", e.told, MaxAnswerBytes)
	}
	return fmt.Sprintf("over the limit of %d bytes", MaxAnswerBytes)
}

// tooLong returns the error for an answer with these headers.
func tooLong(h http.Header) error {
	if coding(h) != "" {
		return &sizeError{}
	}
	told, err := strconv.ParseInt(h.Get("Content-Length"), 10, 64)
	if err != nil {
		told = 0
	}
	return &sizeError{told}
}

// coding returns the codings of a body, of all headers of that name.
func coding(h http.Header) string { return strings.Join(h.Values("Content-Encoding"), ", ") }

// readAnswer reads a body of at most 64 KiB after decompression. What was
// read before an error is returned with it. The error is a sizeError or one of
// the connection or of the compression.
func readAnswer(h http.Header, body io.Reader) ([]byte, error) {
	// Compression may lengthen what cannot be compressed, but not twofold.
	wire := &tracking{r: io.LimitReader(body, 2*MaxAnswerBytes)}
	plain, err := decoder(coding(h), wire)
	switch {
	case wire.err != nil:
		return nil, wire.err
	case err != nil:
		return nil, err
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(plain, MaxAnswerBytes+1))
	if n > MaxAnswerBytes {
		return buf.Bytes()[:MaxAnswerBytes], tooLong(h)
	}
	if wire.err != nil {
		err = wire.err
	}
	return buf.Bytes(), err
}

// tracking keeps the error of the connection apart from what a decompressor
// makes of it.
type tracking struct {
	r   io.Reader
	err error
}

func (t *tracking) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}

// encodingError is a body that cannot be decompressed.
type encodingError struct{ err error }

func (e *encodingError) Error() string { return e.err.Error() }
func (e *encodingError) Unwrap() error { return e.err }

func decoder(encoding string, r io.Reader) (io.Reader, error) {
	var d io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return r, nil
	case "gzip", "x-gzip":
		d, err = gzip.NewReader(r)
	case "deflate":
		d, err = inflate(r)
	case "br":
		d = brotli.NewReader(r)
	default:
		err = fmt.Errorf("content encoding %q was not asked for", encoding)
	}
	if err != nil {
		return nil, &encodingError{err}
	}
	return &decoding{d}, nil
}

// inflate reads the coding deflate, which is zlib by its definition and raw
// deflate from some servers.
func inflate(r io.Reader) (io.Reader, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	r = io.MultiReader(bytes.NewReader(head[:]), r)
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// decoding marks the errors of a decompressor.
type decoding struct{ r io.Reader }

func (d *decoding) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && err != io.EOF {
		err = &encodingError{err}
	}
	return n, err
}

// jsonType reports whether a Content-Type stands for JSON in UTF-8.
func jsonType(contentType string) bool {
	t, params, err := mime.ParseMediaType(contentType)
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		return false
	}
	return err == nil && (t == "application/json" || t == "text/json" ||
		strings.HasPrefix(t, "application/") && strings.HasSuffix(t, "+json"))
}

// checkAnswer returns why a whole body cannot be a JSON answer by its outer
// form, or nil.
func (c *Caller) checkAnswer(h http.Header, body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		if c.cfg.emptyAnswers {
			return nil
		}
		return errEmpty
	}
	if ct := h.Get("Content-Type"); !c.cfg.anyContentType && !jsonType(ct) {
		return fmt.Errorf("the content type is %q, want application/json", ct)
	}
	return nil
}

// decodeResponse reads the answer of a standard webhook.
func (c *Caller) decodeResponse(body []byte) (*cxpb.WebhookResponse, error) {
	resp := &cxpb.WebhookResponse{}
	if len(bytes.TrimSpace(body)) == 0 {
		return resp, nil
	}
	if kind := jsonKind(body); kind != "an object" && json.Valid(body) {
		return nil, fmt.Errorf("the answer is %s, want a JSON object", kind)
	}
	opts := protojson.UnmarshalOptions{DiscardUnknown: c.cfg.lenientAnswers, RecursionLimit: maxAnswerDepth}
	if err := opts.Unmarshal(body, resp); err != nil {
		return nil, &decodeError{err}
	}
	return resp, nil
}

// jsonKind names the kind of a JSON value by its first byte.
func jsonKind(body []byte) string {
	switch bytes.TrimSpace(body)[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// decodeError is an answer that is no WebhookResponse.
type decodeError struct{ err error }

// Error says where the answer goes wrong. The decoder sets its own name before
// that, sometimes followed by another kind of blank.
func (e *decodeError) Error() string {
	text := strings.TrimLeft(strings.TrimPrefix(e.err.Error(), "proto:"), " \u00a0")
	return "the answer is no WebhookResponse: " + text
}

func (e *decodeError) Unwrap() error { return e.err }

// checkResponse holds a decoded answer against the reference of the API and
// returns what is wrong with it, or what is suspect and yet answered.
func (c *Caller) checkResponse(resp *cxpb.WebhookResponse) (warnings []string, err error) {
	err = answer.Check(resp, func(f *answer.Fault) { warnings = append(warnings, "answer: "+f.Error()) })
	if err != nil && c.cfg.lenientAnswers {
		warnings, err = append(warnings, "answer: "+err.Error()), nil
	}
	slices.Sort(warnings) // the parameters come in the order of a map
	return warnings, err
}
