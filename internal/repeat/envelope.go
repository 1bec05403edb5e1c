package repeat

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// envelopeHead is what every kept result begins with: the name of the form and
// its version. Another version has another last byte.
const envelopeHead = "cxo\x01"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrUnreadable reports data of another version, or that is damaged.
var ErrUnreadable = errors.New("once: a kept result is damaged or of another version")

// Seal returns data in the form in which it is kept: the head, a CRC-32C of
// the rest in four bytes, the rest.
func Seal(data []byte) []byte {
	sealed := make([]byte, 0, len(envelopeHead)+4+len(data))
	sealed = append(sealed, envelopeHead...)
	sealed = binary.BigEndian.AppendUint32(sealed, crc32.Checksum(data, castagnoli))
	return append(sealed, data...)
}

// Open returns what was sealed, or [ErrUnreadable].
func Open(sealed []byte) ([]byte, error) {
	const n = len(envelopeHead)
	if len(sealed) < n+4 || string(sealed[:n]) != envelopeHead {
		return nil, ErrUnreadable
	}
	data := sealed[n+4:]
	if crc32.Checksum(data, castagnoli) != binary.BigEndian.Uint32(sealed[n:]) {
		return nil, ErrUnreadable
	}
	return data, nil
}
