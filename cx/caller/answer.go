package caller

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"cloud.google.com/go/dialogflow/cx/apiv3/cxpb"
	"github.com/andybalholm/brotli"
	"google.golang.org/protobuf/encoding/protojson"
)

// MaxAnswerBytes is the longest answer that Dialogflow accepts: 64 KiB.
const MaxAnswerBytes = 64 << 10

// maxAnswerDepth bounds the nesting of an answer.
const maxAnswerDepth = 100

var (
	errEmpty   = errors.New("the body is empty")
	errTooLong = errors.New("too long")
)

// readAnswer reads a body of at most 64 KiB after decompression. What was
// read before an error is returned with it. The error is errTooLong or one of
// the connection or of the compression.
func readAnswer(h http.Header, body io.Reader) ([]byte, error) {
	// Compression may lengthen what cannot be compressed, but not twofold.
	wire := &tracking{r: io.LimitReader(body, 2*MaxAnswerBytes)}
	plain, err := decoder(h.Get("Content-Encoding"), wire)
	switch {
	case wire.err != nil:
		return nil, wire.err
	case err != nil:
		return nil, err
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(plain, MaxAnswerBytes+1))
	if n > MaxAnswerBytes {
		return buf.Bytes()[:MaxAnswerBytes], errTooLong
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

// jsonType reports whether a Content-Type stands for JSON.
func jsonType(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
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
	opts := protojson.UnmarshalOptions{DiscardUnknown: c.cfg.lenientAnswers, RecursionLimit: maxAnswerDepth}
	if err := opts.Unmarshal(body, resp); err != nil {
		return nil, err
	}
	return resp, nil
}
