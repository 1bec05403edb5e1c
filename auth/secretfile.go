package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// SecretFile watches a secret in a file, such as one that a volume of Cloud
// Run or Kubernetes mounts. The configuration needs no Name and no Load: the
// name is the path. A file that is missing at the start is an error; one that
// goes missing later leaves the last value in place.
func SecretFile(ctx context.Context, path string, cfg SecretWatchConfig) (*SecretWatch, error) {
	//backstop: no file has an empty name; this says what is missing
	if path == "" {
		return nil, errors.New("auth: the file of a secret must be named")
	}
	if cfg.Load != nil || cfg.Name != "" {
		return nil, fmt.Errorf("auth: secret file %q has a loader or a name of its own", path)
	}
	cfg.Name = path
	cfg.Load = func(context.Context) (Secret, error) { return readSecretFile(path) }
	return NewSecretWatch(ctx, cfg)
}

func readSecretFile(path string) (Secret, error) {
	info, err := os.Stat(path) // before it is opened, which a pipe would hold up
	//backstop: a file that is missing has no mode to ask for, which panics and is contained
	if err != nil {
		return Secret{}, fmt.Errorf("auth: secret file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Secret{}, fmt.Errorf("auth: secret file %q is no regular file", path)
	}
	f, err := os.Open(path)
	//backstop: reading from no file fails next
	if err != nil {
		return Secret{}, fmt.Errorf("auth: secret file: %w", err)
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, MaxSecretBytes+1))
	//backstop: a part of a secret matches nothing; this keeps the last whole one
	if err != nil {
		return Secret{}, fmt.Errorf("auth: secret file: %w", err)
	}
	return NewSecret(string(data)).WithLabel("of " + info.ModTime().UTC().Format(time.RFC3339)), nil
}

// SecretEnvConfig configures [SecretEnv].
type SecretEnvConfig struct {
	// Previous names a variable with an older value that is still accepted.
	// It may be unset.
	Previous string
	// Format is what the variables hold.
	Format SecretFormat
	// TrimNewline takes one line end off the values.
	TrimNewline bool
	// AllowWeak accepts values of less than MinSecretBytes bytes.
	AllowWeak bool
}

// SecretEnv returns the secret in the environment variable name, as a source
// that does not change. An unset or empty variable, or a value that breaks the
// format or ends in a newline, is an error.
func SecretEnv(name string, cfg SecretEnvConfig) (SecretSource, error) {
	if cfg.Format < SecretKey || cfg.Format > SecretClient {
		return nil, fmt.Errorf("auth: environment variable %q has no known format", name)
	}
	minLen := MinSecretBytes
	if cfg.AllowWeak {
		minLen = 1
	}
	var list fixedSecrets
	for i, key := range []string{name, cfg.Previous} {
		value, set := os.LookupEnv(key)
		if i == 1 && (key == "" || !set) {
			continue
		}
		//backstop: the format refuses an empty value as well; this names the cause
		if value == "" {
			return nil, fmt.Errorf("auth: environment variable %q is unset or empty", key)
		}
		text, newline := trimNewline(value)
		if newline && !cfg.TrimNewline {
			return nil, fmt.Errorf("auth: environment variable %q ends in a newline", key)
		}
		if err := cfg.Format.check([]byte(text), minLen); err != nil {
			return nil, fmt.Errorf("auth: environment variable %q %w", key, err)
		}
		list = append(list, NewSecret(text).WithLabel(key))
	}
	return list, nil
}
