package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// refresh loads the secret once and takes it over if it is new and good. A
// loader that panics has failed: on the watch's own goroutine it would end the
// process.
func (w *SecretWatch) refresh(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, w.cfg.Timeout)
	defer cancel()
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("auth: secret %q: the loader or the logger panicked", w.cfg.Name)
		}
	}()
	loaded, err := w.cfg.Load(ctx)
	if errors.Is(err, ErrSecretRevoked) {
		return w.revoked(ctx, err)
	}
	if err != nil {
		return err
	}
	if loaded, err = w.checked(loaded); err != nil {
		return err
	}
	w.recheckOld(ctx)
	w.take(loaded)
	return nil
}

// checked holds a loaded value against the format.
func (w *SecretWatch) checked(s Secret) (Secret, error) {
	minLen := MinSecretBytes
	if w.cfg.AllowWeak {
		minLen = 1
	}
	value := s.Bytes()
	text, newline := trimNewline(string(value))
	if newline && w.cfg.TrimNewline {
		value = []byte(text)
	}
	if err := w.cfg.Format.check(value, minLen); err != nil {
		return Secret{}, fmt.Errorf("auth: secret %q, version %q, %w", w.cfg.Name, s.Label(), err)
	}
	return NewSecret(string(value)).WithLabel(s.Label()), nil
}

// take makes s the current value. The one before stays for its overlap; a
// value that comes back is old no longer.
func (w *SecretWatch) take(s Secret) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loaded = now
	before := w.current
	w.current, w.alone = s, []Secret{s}[:1:1] // full, so that appending to it copies
	w.old = slices.DeleteFunc(w.old, func(o oldSecret) bool { return !now.Before(o.until) || sameSecret(o.Secret, s) })
	if sameSecret(before, s) {
		return
	}
	attrs := []any{"secret", w.cfg.Name, "version", s.Label()}
	if before.Len() > 0 {
		w.old = slices.Insert(w.old, 0, oldSecret{before, now.Add(w.cfg.Overlap)})
		w.old = w.old[:min(len(w.old), maxOldSecrets)]
		attrs = append(attrs, "replaces", before.Label(), "overlap", w.cfg.Overlap.String())
	}
	w.cfg.Logger.Info("secret loaded", attrs...)
	if _, newline := trimNewline(string(s.value().bytes)); newline {
		w.cfg.Logger.Warn("secret ends in a newline, which counts as part of it; store it without, or trim it", attrs[:4]...)
	}
}

func sameSecret(a, b Secret) bool { return a.Equal(b.Bytes()) }

// recheckOld drops old values that were revoked before their overlap is over.
// Trouble of any other kind drops none.
func (w *SecretWatch) recheckOld(ctx context.Context) {
	if w.cfg.Recheck == nil {
		return
	}
	w.mu.RLock()
	old := slices.Clone(w.old)
	w.mu.RUnlock()
	for _, o := range old {
		if !time.Now().Before(o.until) || !errors.Is(w.cfg.Recheck(ctx, o.Secret), ErrSecretRevoked) {
			continue
		}
		w.mu.Lock()
		w.old = slices.DeleteFunc(w.old, func(other oldSecret) bool { return sameSecret(other.Secret, o.Secret) })
		w.mu.Unlock()
		w.cfg.Logger.Info("old secret revoked before its overlap was over", "secret", w.cfg.Name, "version", o.Label())
	}
}

// revoked decides what becomes of the current value when the store has no
// current one: it stays if it is still good by itself.
func (w *SecretWatch) revoked(ctx context.Context, cause error) error {
	w.recheckOld(ctx)
	w.mu.RLock()
	current := w.current
	w.mu.RUnlock()
	if current.Len() == 0 {
		return cause
	}
	if w.cfg.Recheck != nil {
		err := w.cfg.Recheck(ctx, current)
		if err == nil {
			w.mu.Lock()
			w.loaded = time.Now()
			w.mu.Unlock()
		}
		if !errors.Is(err, ErrSecretRevoked) {
			return cause
		}
	}
	w.mu.Lock()
	w.current = Secret{}
	w.mu.Unlock()
	return cause
}
