package cxtest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// plain reads JSON as plain values that differ if what was read differs:
// numbers that a double would round stay as they are, and an object that names
// a member twice is an error.
func plain(data []byte) (any, error) {
	n, err := parseTree(data)
	if err != nil {
		return nil, err
	}
	return n.plain()
}

func (n *node) plain() (any, error) {
	switch n.kind {
	case listNode:
		list := make([]any, len(n.members))
		for i, m := range n.members {
			var err error
			if list[i], err = m.plain(); err != nil {
				return nil, err
			}
		}
		return list, nil
	case objectNode:
		object := make(map[string]any, len(n.members))
		for i, m := range n.members {
			if _, twice := object[n.keys[i]]; twice {
				return nil, fmt.Errorf("the name %q is there twice", n.keys[i])
			}
			var err error
			if object[n.keys[i]], err = m.plain(); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	if v, ok := n.scalar.(json.Number); ok {
		return double(v), nil
	}
	return n.scalar, nil
}

// double returns a number as float64 if that is printed as the same number.
func double(v json.Number) any {
	f, err := v.Float64()
	if err != nil {
		return v
	}
	digits, exponent := decimal(v.String())
	if d, e := decimal(strconv.FormatFloat(f, 'e', -1, 64)); d != digits || e != exponent {
		return v
	}
	return f
}

// decimal returns a JSON number as 0.digits times a power of ten, with its sign.
func decimal(s string) (digits string, exponent int) {
	s, sign := strings.TrimPrefix(s, "-"), s[:len(s)-len(strings.TrimPrefix(s, "-"))]
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exponent, _ = strconv.Atoi(s[i+1:]) // one that is out of range is of no double
		s = s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	exponent += len(whole)
	digits = strings.TrimLeft(whole+fraction, "0")
	exponent -= len(whole+fraction) - len(digits)
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return "", 0
	}
	return sign + digits, exponent
}
