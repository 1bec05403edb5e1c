package httpio

import (
	"net/http"
	"strconv"
	"unicode/utf8"
)

// maxErrorText bounds the public text of an error body, in bytes.
const maxErrorText = 512

// WriteError answers with the error body that every route of the library
// uses, {"error":{"status":404,"message":"…"}}, at most 1 KiB long. The text
// is cut at 512 bytes and escaped; invalid UTF-8 and control characters become
// U+FFFD. The status is written as it is given. Bodies are of one shape so that
// a refusal gives away nothing but its class.
func WriteError(w http.ResponseWriter, code int, text string) {
	body := ErrorBody(code, text)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(body) // the peer may be gone, and nobody is left to tell
}

// ErrorBody returns the body that [WriteError] sends.
func ErrorBody(code int, text string) []byte {
	b := make([]byte, 0, 64+len(text))
	b = append(b, `{"error":{"status":`...)
	b = strconv.AppendInt(b, int64(code), 10)
	b = append(b, `,"message":"`...)
	b = appendEscaped(b, text)
	return append(b, `"}}`...)
}

func appendEscaped(b []byte, text string) []byte {
	start := len(b)
	for _, r := range text {
		if len(b)-start+utf8.UTFMax > maxErrorText {
			break
		}
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < 0x20 || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u2028' || r == '\u2029':
			b = append(b, "\uFFFD"...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
