package endpoint

import (
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/cxhook/cxhook/internal/status"
)

// kept is an answer, or the failure in its place, as repeated calls get it.
type kept struct {
	status int
	reason string // of a failure
	public string // text of a failure
	answer Answer // without a failure
}

// Forms in which an outcome is kept, the first byte of each.
const (
	formAnswer  byte = 1
	formFailure byte = 2
)

var (
	errKept     = errors.New("endpoint: malformed answer of a former call")
	errRepeated = errors.New("the failure of the run that this call repeats")
)

// keep returns what an outcome of a run is for repeated calls.
func keep(out *outcome, limit time.Duration) kept {
	err := out.failure()
	if out.heeded() {
		err = tooLate(limit)
	}
	if err == nil {
		k := kept{status: out.answer.Status, answer: out.answer}
		if k.status == 0 {
			k.status = http.StatusOK
		}
		return k
	}
	k := kept{reason: reasonOf(err)}
	k.status, k.public = status.Of(err)
	return k
}

// lasts reports whether later calls get it too: what the caller did wrong
// stays wrong, what went wrong here may go right.
func (k *kept) lasts() bool { return k.status < http.StatusInternalServerError }

// append appends the kept form.
func (k *kept) append(b []byte) []byte {
	form, head, rest := formAnswer, k.answer.ContentType, k.answer.Body
	if k.reason != "" {
		form, head, rest = formFailure, k.reason, []byte(k.public)
	}
	b = slices.Grow(b, 1+2+binary.MaxVarintLen16+len(head)+len(rest))
	b = append(b, form)
	b = binary.BigEndian.AppendUint16(b, uint16(k.status))
	b = binary.AppendUvarint(b, uint64(len(head)))
	b = append(b, head...)
	return append(b, rest...)
}

// parse reads the kept form.
func (k *kept) parse(b []byte) error {
	*k = kept{}
	if len(b) < 4 {
		return errKept
	}
	form := b[0]
	k.status = int(binary.BigEndian.Uint16(b[1:]))
	b = b[3:]
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return errKept
	}
	head, rest := string(b[size:size+int(n)]), b[size+int(n):]
	switch {
	case form == formAnswer && k.status >= 200 && k.status < 600:
		k.answer = Answer{Status: k.status, ContentType: head, Body: rest}
	case form == formFailure && head != "" && status.Known(k.status) == k.status:
		k.reason, k.public = head, string(rest)
	default:
		return errKept
	}
	return nil
}

// err returns the failure, nil for an answer.
func (k *kept) err() error {
	switch k.reason {
	case "":
		return nil
	case ReasonAborted:
		return &Refusal{Reason: ReasonAborted, Err: errAborted}
	}
	return Refuse(k.status, k.reason, k.public, errRepeated)
}
