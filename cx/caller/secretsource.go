package caller

import (
	"context"
	"errors"

	"github.com/cxhook/cxhook/auth"
)

// WithSecretSources is [WithSecrets] with the sources that a service verifies
// by, under the names of the secret versions that the resource refers to. Of a
// source with several values the current one is sent.
func WithSecretSources(sources map[string]auth.SecretSource) Option {
	return WithSecrets(func(_ context.Context, version string) ([]byte, error) {
		src := sources[version]
		if src == nil {
			return nil, errors.New("no source is configured")
		}
		list, err := src.Secrets()
		switch {
		case err != nil:
			return nil, err
		case len(list) == 0:
			return nil, auth.ErrSecretUnavailable
		}
		return list[0].Bytes(), nil
	})
}
