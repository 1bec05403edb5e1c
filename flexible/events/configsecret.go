package events

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/cxhook/cxhook/auth"
)

// noSecrets stands for secrets that were not to be read.
type noSecrets struct{}

// Secrets has none, for now.
func (noSecrets) Secrets() ([]auth.Secret, error) { return nil, auth.ErrSecretUnavailable }

// secret reads a secret: a text, a list of texts with the current one first, or
// where it lies. AllowWeak may be read later, so it is asked for by a pointer.
func (r *fileReader) secret(into *auth.SecretSource, format auth.SecretFormat, weak *bool) field {
	return func(n *yaml.Node, path string) {
		switch n.Kind {
		case yaml.MappingNode:
			*into = r.secretPlace(n, path, format, weak)
			return
		case yaml.SequenceNode:
			var values []string
			r.texts(&values)(n, path)
			*into = auth.FixedSecrets(values...)
		default:
			var value string
			r.text(&value)(n, path)
			*into = auth.FixedSecrets(value)
		}
		if r.opts.SkipSecrets {
			*into = noSecrets{}
		}
	}
}

// secretPlace opens the secret that a mapping names.
func (r *fileReader) secretPlace(n *yaml.Node, path string, format auth.SecretFormat, weak *bool) auth.SecretSource {
	var env, previous, file string
	named := make(map[string]*string)
	fields := map[string]field{"env": r.text(&env), "previous_env": r.text(&previous), "file": r.text(&file)}
	for kind := range r.opts.SecretKinds {
		named[kind] = new(string)
		fields[kind] = r.text(named[kind])
	}
	before := len(r.mistakes)
	r.object(n, path, fields)
	if len(r.mistakes) > before {
		return noSecrets{}
	}
	var open []func() (auth.SecretSource, error)
	if env != "" {
		open = append(open, func() (auth.SecretSource, error) {
			return auth.SecretEnv(env, auth.SecretEnvConfig{Previous: previous, Format: format, AllowWeak: *weak})
		})
	}
	if file != "" {
		open = append(open, func() (auth.SecretSource, error) {
			return auth.SecretFile(r.ctx, file, auth.SecretWatchConfig{Format: format, TrimNewline: true, AllowWeak: *weak})
		})
	}
	for _, kind := range slices.Sorted(maps.Keys(named)) {
		if name := *named[kind]; name != "" {
			open = append(open, func() (auth.SecretSource, error) { return r.opts.SecretKinds[kind](r.ctx, name) })
		}
	}
	if len(open) != 1 || previous != "" && env == "" {
		r.fail(n, path, "needs exactly one of %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		return noSecrets{}
	}
	if r.opts.SkipSecrets {
		return noSecrets{}
	}
	src, err := open[0]()
	if err == nil && src == nil {
		err = errors.New("the kind of secret gave none")
	}
	if err != nil {
		r.failErr(n, path, fmt.Errorf("the secret cannot be had: %w", err))
		return noSecrets{}
	}
	return src
}
