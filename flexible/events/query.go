package events

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// The bounds of a query with nested keys.
const (
	// MaxQueryBytes bounds a query, as it was encoded.
	MaxQueryBytes = 16 << 10
	// MaxQueryDepth bounds the names and indexes of one key.
	MaxQueryDepth = 8
	// MaxQueryIndex bounds the indexes of lists, and by that their length.
	MaxQueryIndex = 100
	// MaxQueryPairs bounds the pairs of a query.
	MaxQueryPairs = 500
)

// parseQuery reads a query with nested keys into the tree that the picks of a
// JSON body work on too: a[0][b]=1&c=2 is {"a":[{"b":"1"}],"c":"2"}. All
// values are texts; of a key that comes twice, and of a[]=, the values are a
// list. Indexes that are left out are null.
func parseQuery(raw string) (map[string]any, error) {
	if len(raw) > MaxQueryBytes {
		return nil, fmt.Errorf("events: query has %d bytes, at most %d are read", len(raw), MaxQueryBytes)
	}
	root := queryObject{}
	pairs := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > MaxQueryPairs {
			return nil, fmt.Errorf("events: query has more than %d pairs", MaxQueryPairs)
		}
		key, value, _ := strings.Cut(pair, "=")
		key, errKey := url.QueryUnescape(key)
		value, errValue := url.QueryUnescape(value)
		if errKey != nil || errValue != nil {
			return nil, fmt.Errorf("events: pair %d of the query is not encoded as one", pairs)
		}
		steps, err := splitKey(key)
		if err == nil {
			err = root.put(steps, value)
		}
		if err != nil {
			return nil, fmt.Errorf("events: pair %d of the query %w", pairs, err)
		}
	}
	return plainObject(root), nil
}

// queryStep is a name, an index, or the end of a list.
type queryStep struct {
	name  string
	index int // -1 for the end
	list  bool
}

// splitKey takes a[0][b] apart. A key whose brackets do not pair is a name as
// a whole.
func splitKey(key string) ([]queryStep, error) {
	name, rest, nested := strings.Cut(key, "[")
	if !nested || name == "" || !strings.HasSuffix(rest, "]") {
		return []queryStep{{name: key}}, nil
	}
	steps := []queryStep{{name: name}}
	for part := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
		if strings.ContainsAny(part, "[]") {
			return []queryStep{{name: key}}, nil
		}
		step, err := bracketStep(part)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
		if len(steps) > MaxQueryDepth {
			return nil, fmt.Errorf("is nested deeper than %d", MaxQueryDepth)
		}
	}
	return steps, nil
}

func bracketStep(part string) (queryStep, error) {
	if part == "" {
		return queryStep{list: true, index: -1}, nil
	}
	for i := range len(part) {
		if part[i] < '0' || part[i] > '9' {
			return queryStep{name: part}, nil
		}
	}
	index, err := strconv.Atoi(part)
	if err != nil || index > MaxQueryIndex {
		return queryStep{}, fmt.Errorf("has an index over %d", MaxQueryIndex)
	}
	return queryStep{list: true, index: index}, nil
}

// queryObject and queryList are the tree while it grows.
type (
	queryObject map[string]any
	queryList   struct{ items []any }
)

func (o queryObject) put(steps []queryStep, value string) error {
	if steps[0].list {
		return errors.New("uses a name and an index in one place")
	}
	grown, err := grow(o[steps[0].name], steps[1:], value)
	o[steps[0].name] = grown
	return err
}

func (l *queryList) put(steps []queryStep, value string) error {
	index := steps[0].index
	switch {
	case !steps[0].list:
		return errors.New("uses a name and an index in one place")
	case index < 0:
		index = len(l.items)
	}
	if index > MaxQueryIndex {
		return fmt.Errorf("has more than %d items in one list", MaxQueryIndex+1)
	}
	for len(l.items) <= index {
		l.items = append(l.items, nil)
	}
	grown, err := grow(l.items[index], steps[1:], value)
	l.items[index] = grown
	return err
}

// grow puts a value into what stands in a place, below the given steps.
func grow(there any, steps []queryStep, value string) (any, error) {
	if len(steps) == 0 {
		return addValue(there, value)
	}
	if there == nil && steps[0].list {
		there = &queryList{}
	} else if there == nil {
		there = queryObject{}
	}
	switch there := there.(type) {
	case queryObject:
		return there, there.put(steps, value)
	case *queryList:
		return there, there.put(steps, value)
	}
	return there, errors.New("uses a value as an object or a list")
}

// addValue makes a list of a value that comes again.
func addValue(there any, value string) (any, error) {
	switch there := there.(type) {
	case nil:
		return value, nil
	case string:
		return &queryList{items: []any{there, value}}, nil
	case *queryList:
		if len(there.items) > MaxQueryIndex {
			return there, fmt.Errorf("has more than %d items in one list", MaxQueryIndex+1)
		}
		there.items = append(there.items, value)
		return there, nil
	}
	return there, errors.New("uses an object as a value")
}

// plainObject and plain turn the tree into plain values.
func plainObject(o queryObject) map[string]any {
	object := make(map[string]any, len(o))
	for name, value := range o {
		object[name] = plain(value)
	}
	return object
}

func plain(v any) any {
	switch v := v.(type) {
	case queryObject:
		return plainObject(v)
	case *queryList:
		list := make([]any, len(v.items))
		for i, item := range v.items {
			list[i] = plain(item)
		}
		return list
	}
	return v
}
