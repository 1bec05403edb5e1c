package auth

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	// maxSignatureHeader bounds the signature header, in bytes.
	maxSignatureHeader = 4 << 10
	// maxSignatures bounds the signatures of a known version in one header:
	// more than a rotation of keys needs.
	maxSignatures = 5
	// maxMessageID bounds the id of a message, in bytes.
	maxMessageID = 256
	// maxTimestampDigits holds every second until the year 33658.
	maxTimestampDigits = 12
)

var (
	errSignatureGrammar = errors.New("signature header is malformed")
	errTimestampGrammar = errors.New("timestamp is malformed")
)

// givenSignature is one signature of a request, decoded.
type givenSignature struct {
	algorithm SignatureAlgorithm
	bytes     []byte
}

// parseSignatures takes a signature header apart. It returns the signatures
// whose version is known and, from a paired header, the text of the
// timestamp.
func (s SignatureScheme) parseSignatures(value string) (given []givenSignature, ts string, err error) {
	if len(value) > maxSignatureHeader {
		return nil, "", errSignatureGrammar
	}
	var items []taggedText
	switch s.Layout {
	case SingleSignature:
		tag := s.Versions[0].Tag
		text, ok := strings.CutPrefix(value, tag)
		if !ok {
			return nil, "", errSignatureGrammar
		}
		items = []taggedText{{tag, text}}
	case PairedSignatures:
		items, ts, err = splitPairs(value)
	default:
		items, err = splitList(value)
	}
	//backstop: a header that cannot be split yields no signature, which the caller refuses
	if err != nil {
		return nil, "", err
	}
	given, err = s.decodeSignatures(items)
	return given, ts, err
}

type taggedText struct{ tag, text string }

func splitPairs(value string) (items []taggedText, ts string, err error) {
	for pair := range strings.SplitSeq(value, ",") {
		tag, text, ok := strings.Cut(pair, "=")
		if !ok || !isTag(tag) || strings.Contains(text, "=") {
			return nil, "", errSignatureGrammar
		}
		if tag != pairedTimestamp {
			items = append(items, taggedText{tag, text})
			continue
		}
		if ts != "" || text == "" {
			return nil, "", errSignatureGrammar
		}
		ts = text
	}
	return items, ts, nil
}

func splitList(value string) (items []taggedText, err error) {
	for item := range strings.SplitSeq(value, " ") {
		tag, text, ok := strings.Cut(item, ",")
		if !ok || !isTag(tag) || strings.Contains(text, ",") {
			return nil, errSignatureGrammar
		}
		items = append(items, taggedText{tag, text})
	}
	return items, nil
}

// decodeSignatures decodes the items of known versions and passes over the
// others.
func (s SignatureScheme) decodeSignatures(items []taggedText) ([]givenSignature, error) {
	var given []givenSignature
	for _, item := range items {
		for _, v := range s.Versions {
			if v.Tag != item.tag {
				continue
			}
			if len(given) == maxSignatures {
				return nil, errSignatureGrammar
			}
			b, err := s.Encoding.decode(item.text, v.Algorithm.size())
			if err != nil {
				return nil, err
			}
			given = append(given, givenSignature{v.Algorithm, b})
		}
	}
	return given, nil
}

func (a SignatureAlgorithm) size() int {
	if a == Ed25519 {
		return ed25519.SignatureSize
	}
	return sha256.Size
}

// decode reads a signature of exactly size bytes.
func (e SignatureEncoding) decode(text string, size int) ([]byte, error) {
	if e == HexSignature {
		if len(text) != hex.EncodedLen(size) || (strings.ToLower(text) != text && strings.ToUpper(text) != text) {
			return nil, errSignatureGrammar
		}
		b, err := hex.DecodeString(text)
		if err != nil {
			return nil, errSignatureGrammar
		}
		return b, nil
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	//backstop: where the decoder stops early, one of the two lengths is wrong
	if err != nil {
		return nil, errSignatureGrammar
	}
	// The decoder passes over line ends, but then the text is too long.
	if len(b) != size || len(text) != base64.StdEncoding.EncodedLen(size) {
		return nil, errSignatureGrammar
	}
	return b, nil
}

func (e SignatureEncoding) encode(sig []byte) string {
	if e == HexSignature {
		return hex.EncodeToString(sig)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

// isTag reports whether s is a name of letters and digits.
func isTag(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) {
			return false
		}
	}
	return s != ""
}

// isMessageID reports whether s can be the id of a message. It has no dot, so
// that id and timestamp cannot be split in two ways.
func isMessageID(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxMessageID
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// parseTimestamp reads seconds since 1970 in their only form: digits without
// a sign or leading zeros.
func parseTimestamp(s string) (int64, error) {
	if s == "" || len(s) > maxTimestampDigits || s[0] < '1' {
		return 0, errTimestampGrammar
	}
	sec, err := strconv.ParseInt(s, 10, 64)
	if err != nil { // its text would repeat the header
		return 0, errTimestampGrammar
	}
	return sec, nil
}

// contentPart is a fixed text or the name of a place.
type contentPart struct{ text, place string }

// parseContent reads the template of the signed content.
func parseContent(template string) ([]contentPart, error) {
	var parts []contentPart
	seen := make(map[string]bool)
	for rest := template; rest != ""; {
		text, after, found := strings.Cut(rest, "{")
		if text != "" {
			parts = append(parts, contentPart{text: text})
		}
		if !found {
			break
		}
		place, after, closed := strings.Cut(after, "}")
		if !closed || (place != "id" && place != "ts" && place != "body") || seen[place] {
			return nil, fmt.Errorf("signs the content %q, which is not a text with the places {id}, {ts} and {body}", template)
		}
		seen[place] = true
		parts = append(parts, contentPart{place: place})
		rest = after
	}
	if len(parts) == 0 || parts[len(parts)-1].place != "body" {
		return nil, fmt.Errorf("signs the content %q, which does not end in {body}", template)
	}
	for i, p := range parts[:len(parts)-1] {
		next := parts[i+1].text
		if p.place != "" && (next == "" || isAlphanumeric(next[0]) || next[0] == '_' || next[0] == '-') {
			return nil, fmt.Errorf("signs the content %q, where {%s} has no clear end", template, p.place)
		}
	}
	return parts, nil
}

// writeContent writes the bytes that a message's signature is made over to a
// writer that cannot fail.
func writeContent(w io.Writer, parts []contentPart, id, ts string, body []byte) {
	for _, p := range parts {
		switch p.place {
		case "id":
			_, _ = io.WriteString(w, id)
		case "ts":
			_, _ = io.WriteString(w, ts)
		case "body":
			_, _ = w.Write(body)
		default:
			_, _ = io.WriteString(w, p.text)
		}
	}
}
