package events

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"
)

// readJSONNodes parses JSON into the nodes of YAML, with their lines.
func readJSONNodes(data []byte) (*yaml.Node, error) {
	// Repeated names are left to the reader, which names the key.
	d := jsonNodes{data: data, dec: jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))}
	root, err := d.value(0)
	if err == nil {
		if _, end := d.dec.ReadToken(); !errors.Is(end, io.EOF) {
			err = errors.New("goes on behind its end")
		}
	}
	if err != nil {
		return nil, &lineError{d.line(), err}
	}
	return root, nil
}

type jsonNodes struct {
	data []byte
	dec  *jsontext.Decoder
}

// line is the line of what was read last.
func (d *jsonNodes) line() int {
	return 1 + bytes.Count(d.data[:min(int(d.dec.InputOffset()), len(d.data))], []byte("\n"))
}

func (d *jsonNodes) value(depth int) (*yaml.Node, error) {
	token, err := d.dec.ReadToken()
	if err != nil || depth > MaxDepth {
		return nil, errors.New("is not JSON, or nested too deeply")
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: d.line()}
	switch token.Kind() {
	case '"':
		n.Tag, n.Value = "!!str", token.String()
	case 'n':
		n.Tag, n.Value = "!!null", "null"
	case 't', 'f':
		n.Tag, n.Value = "!!bool", token.String()
	case '0':
		n.Tag, n.Value = "!!float", token.String()
		if bytes.IndexAny([]byte(n.Value), ".eE") < 0 {
			n.Tag = "!!int"
		}
	case '{':
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
		return n, d.children(n, '}', depth)
	default:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		return n, d.children(n, ']', depth)
	}
	return n, nil
}

// children reads the members, names and values in turn, or the items.
func (d *jsonNodes) children(n *yaml.Node, end jsontext.Kind, depth int) error {
	for d.dec.PeekKind() != end {
		child, err := d.value(depth + 1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
	_, err := d.dec.ReadToken()
	return err
}
