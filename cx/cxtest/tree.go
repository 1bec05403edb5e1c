package cxtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// node is a JSON value that keeps the order of its members and the digits of
// its numbers.
type node struct {
	scalar  any // nil, bool, json.Number, string
	kind    byte
	keys    []string // of an object
	members []*node  // of an object or a list
}

// Kinds of node.
const (
	scalarNode = 's'
	objectNode = 'o'
	listNode   = 'l'
)

// parseTree reads exactly one JSON value.
func parseTree(data []byte) (*node, error) {
	if !json.Valid(data) {
		return nil, errors.New("not JSON")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	n, err := readNode(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return n, nil
}

func readNode(d *json.Decoder) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return &node{kind: scalarNode, scalar: t}, nil
	}
	n := &node{kind: listNode}
	if delim == '{' {
		n.kind = objectNode
	}
	for d.More() {
		if n.kind == objectNode {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			n.keys = append(n.keys, name)
		}
		m, err := readNode(d)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, m)
	}
	_, err = d.Token() // the closing one
	return n, err
}

// json returns the value in its order, without blanks.
func (n *node) json() ([]byte, error) {
	var b bytes.Buffer
	err := n.write(&b)
	return b.Bytes(), err
}

func (n *node) write(b *bytes.Buffer) error {
	if n.kind == scalarNode {
		return writeScalar(b, n.scalar)
	}
	open, end := byte('['), byte(']')
	if n.kind == objectNode {
		open, end = '{', '}'
	}
	b.WriteByte(open)
	for i, m := range n.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if n.kind == objectNode {
			if err := writeScalar(b, n.keys[i]); err != nil {
				return err
			}
			b.WriteByte(':')
		}
		if err := m.write(b); err != nil {
			return err
		}
	}
	b.WriteByte(end)
	return nil
}

func writeScalar(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends with a newline
	return nil
}

// get returns a member of an object by its exact name, or nil.
func (n *node) get(name string) *node {
	if n == nil || n.kind != objectNode {
		return nil
	}
	for i, k := range n.keys {
		if k == name {
			return n.members[i]
		}
	}
	return nil
}

func (n *node) text() string {
	if n == nil || n.kind != scalarNode {
		return ""
	}
	s, _ := n.scalar.(string)
	return s
}
