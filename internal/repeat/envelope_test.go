package repeat_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cxhook/cxhook/internal/repeat"
)

// Every single bit of what is kept counts.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	data := []byte("an answer of some length, with \x00 and \xff in it")
	sealed := repeat.Seal(data)
	if got, err := repeat.Open(sealed); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("Open: %q, %v", got, err)
	}
	for i := range 8 * len(sealed) {
		flipped := bytes.Clone(sealed)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := repeat.Open(flipped); !errors.Is(err, repeat.ErrUnreadable) {
			t.Errorf("bit %d flipped: %v, want %v", i, err, repeat.ErrUnreadable)
		}
	}
	for n := range sealed {
		if _, err := repeat.Open(sealed[:n]); !errors.Is(err, repeat.ErrUnreadable) {
			t.Errorf("cut at %d: %v, want %v", n, err, repeat.ErrUnreadable)
		}
	}
}

// Nothing is read but what was sealed.
func FuzzOpen(f *testing.F) {
	f.Add(repeat.Seal([]byte("answer")))
	f.Add([]byte("cxo\x01"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if data, err := repeat.Open(sealed); err == nil && !bytes.Equal(repeat.Seal(data), sealed) {
			t.Errorf("%q was read as %q, which is sealed otherwise", sealed, data)
		}
		if data, err := repeat.Open(repeat.Seal(sealed)); err != nil || !bytes.Equal(data, sealed) {
			t.Errorf("sealed %q, read %q, %v", sealed, data, err)
		}
	})
}

// The framing of parts, by hand: each is preceded by its length in eight bytes.
func TestKeysAreFramedHashes(t *testing.T) {
	t.Parallel()
	for want, parts := range map[repeat.Key][][]byte{
		// SHA-256 of nothing, as FIPS 180-4 has it.
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": nil,
		// SHA-256 of eight zero bytes.
		"af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc": {nil},
	} {
		if got := repeat.NewKey(parts...); got != want {
			t.Errorf("NewKey of %d parts = %s, want %s", len(parts), got, want)
		}
	}
}
