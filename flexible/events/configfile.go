package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/cxhook/cxhook/auth"
)

// MaxConfigBytes bounds a configuration file.
const MaxConfigBytes = 1 << 20

// SecretKind opens a secret that a configuration file names, such as a version
// in Secret Manager.
type SecretKind func(ctx context.Context, name string) (auth.SecretSource, error)

// FileOptions are for [ReadConfig].
type FileOptions struct {
	// SecretKinds are further kinds of secrets by their keys, beside env and
	// file: with "secret_manager" there, a file may say
	// secret: {secret_manager: projects/p/secrets/s/versions/latest}.
	SecretKinds map[string]SecretKind
	// SkipSecrets checks a file where its secrets cannot be had: a receiver made
	// of the configuration refuses everything.
	SkipSecrets bool
}

// ReadConfig reads a configuration of sources: the worker system's own JSON, or
// YAML of the same shape with more in it, which the package documentation
// shows. Context ends the watch over secrets in files.
//
// Unknown and repeated keys, values of a wrong type, secrets that are not set
// and everything else that NewReceiver refuses are mistakes; all are reported
// with their lines, joined, each a [*ConfigError]. What a file does not say,
// Handlers, Runs, Queue and Once, is set in the result before NewReceiver gets
// it, whose mistakes about them have lines too.
func ReadConfig(ctx context.Context, name string, data []byte, opts FileOptions) (Config, error) {
	r := &fileReader{ctx: ctx, file: name, opts: opts, lines: make(map[string]int)}
	root, err := readNodes(data)
	if err != nil {
		return Config{}, &ConfigError{File: name, Line: lineOf(err), Err: err}
	}
	var cfg Config
	r.object(root, "", map[string]field{
		"public_base_url":   r.text(&cfg.PublicBaseURL),
		"rate":              r.rate(&cfg.Rate),
		"events-webhook":    r.workerSection(&cfg),
		"chat-platform":     r.chatSection(&cfg),
		"workflow-triggers": r.list(r.triggerSection(&cfg)),
		"senders":           r.list(r.senderSection(&cfg)),
	})
	cfg.origin = &origin{file: name, lines: r.lines}
	probe := Receiver{cfg: cfg}
	probe.cfg.setDefaults()
	probe.cfg.assume = true
	if _, err := probe.compile(); err != nil {
		r.mistakes = append(r.mistakes, split(err)...)
	}
	slices.SortStableFunc(r.mistakes, func(a, b error) int { return configLine(a) - configLine(b) })
	return cfg, errors.Join(r.mistakes...)
}

func configLine(err error) int {
	var e *ConfigError
	if errors.As(err, &e) {
		return e.Line
	}
	return 0
}

// origin tells where in a file the fields of a configuration stand.
type origin struct {
	file  string
	lines map[string]int
}

// locate gives errors of a configuration their lines.
func (o *origin) locate(list []error) {
	if o == nil {
		return
	}
	for _, err := range list {
		var e *ConfigError
		if !errors.As(err, &e) || e.Line > 0 {
			continue
		}
		for path := e.Path; path != "" && e.Line == 0; path = path[:max(strings.LastIndexAny(path, ".["), 0)] {
			e.Line = o.lines[path]
		}
		e.File, e.Line = o.file, max(e.Line, 1)
	}
}

// field reads the value of a key. The path is where it becomes part of a
// Config.
type field func(n *yaml.Node, path string)

type fileReader struct {
	ctx      context.Context //nolint:containedctx // of one ReadConfig, which the fields' functions share
	file     string
	opts     FileOptions
	mistakes []error
	lines    map[string]int
}

func (r *fileReader) fail(n *yaml.Node, path, format string, args ...any) {
	r.failErr(n, path, fmt.Errorf(format, args...))
}

func (r *fileReader) failErr(n *yaml.Node, path string, err error) {
	r.mistakes = append(r.mistakes, &ConfigError{File: r.file, Line: max(n.Line, 1), Path: path, Err: err})
}

func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// object reads a mapping strictly.
func (r *fileReader) object(n *yaml.Node, path string, fields map[string]field) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, path, "is %s, need keys with values", kindName(n))
		return
	}
	if r.lines[path] == 0 { // the line of the key is the better one
		r.lines[path] = n.Line
	}
	seen := make(map[string]int)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := below(path, key.Value)
		if first, twice := seen[key.Value]; twice {
			r.fail(key, at, "is there twice, first in line %d", first)
			continue
		}
		seen[key.Value] = key.Line
		read, known := fields[key.Value]
		if !known || key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str" {
			r.fail(key, path, "the key %.64q is unknown; there are %s", key.Value, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			continue
		}
		r.lines[at] = key.Line
		read(value, at)
	}
}

func (r *fileReader) list(each field) field {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.SequenceNode {
			r.fail(n, path, "is %s, need a list", kindName(n))
			return
		}
		for i, item := range n.Content {
			at := fmt.Sprintf("%s[%d]", path, i)
			r.lines[at] = item.Line
			each(item, at)
		}
	}
}

// scalar decodes a value of a type that YAML knows.
func scalar[T any](r *fileReader, into *T, tags, want string) field {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || !strings.Contains(tags, n.ShortTag()) {
			r.fail(n, path, "is %s, need %s", kindName(n), want)
			return
		}
		if err := n.Decode(into); err != nil {
			r.fail(n, path, "is no %s", want)
		}
	}
}

func (r *fileReader) text(into *string) field { return scalar(r, into, "!!str", "a text") }
func (r *fileReader) flag(into *bool) field   { return scalar(r, into, "!!bool", "true or false") }
func (r *fileReader) whole(into *int) field   { return scalar(r, into, "!!int", "a whole number") }
func (r *fileReader) number(into *float64) field {
	return scalar(r, into, "!!int !!float", "a number")
}

func (r *fileReader) texts(into *[]string) field {
	return r.list(func(n *yaml.Node, path string) {
		var text string
		r.text(&text)(n, path)
		*into = append(*into, text)
	})
}

func kindName(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "keys with values"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "empty"
	}
	return map[string]string{"!!str": "a text", "!!int": "a number", "!!float": "a number", "!!bool": "true or false"}[n.ShortTag()]
}

// readNodes parses a file. JSON has a parser of its own, since YAML does not
// read all of it.
func readNodes(data []byte) (*yaml.Node, error) {
	if len(data) > MaxConfigBytes {
		return nil, fmt.Errorf("file has %d bytes, at most %d are read", len(data), MaxConfigBytes)
	}
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) > 0 && text[0] == '{' {
		return readJSONNodes(data)
	}
	var document yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&document); err != nil {
		return nil, fmt.Errorf("is not YAML: %w", err)
	}
	var more yaml.Node
	switch err := d.Decode(&more); {
	case err == nil:
		return nil, &lineError{more.Line, errors.New("a second document begins")}
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("is not YAML behind its first document: %w", err)
	}
	root := document.Content[0]
	return root, plainNodes(root)
}

// plainNodes refuses what would let one place of a file stand for another.
func plainNodes(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return &lineError{n.Line, errors.New("anchors and aliases are not understood")}
	}
	for _, child := range n.Content {
		if err := plainNodes(child); err != nil {
			return err
		}
	}
	return nil
}

// lineError is an error with its line.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return e.err.Error() }
func (e *lineError) Unwrap() error { return e.err }

func lineOf(err error) int {
	var at *lineError
	if errors.As(err, &at) {
		return at.line
	}
	return 1
}
