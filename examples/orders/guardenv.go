package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// variables reads the environment and keeps what is wrong with it. Values may
// be secrets, or be taken for another's place, so no error holds one.
type variables struct {
	getenv   func(string) string
	names    map[string]bool   // of the variables that were read
	values   map[string]string // what was read, to the variable's name
	problems []error
}

func newVariables(getenv func(string) string) *variables {
	return &variables{getenv: getenv, names: map[string]bool{}, values: map[string]string{}}
}

func (v *variables) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Errorf("orders: "+format, args...))
}

// optional returns the value of a variable, empty if it is not set.
func (v *variables) optional(name string) string {
	value := v.getenv(name)
	v.names[name] = true
	if value != "" {
		v.values[value] = name
	}
	return value
}

func (v *variables) required(name string) string {
	value := v.optional(name)
	if value == "" {
		v.problem("%s is not set", name)
	}
	return value
}

// list returns what stands between the commas of a variable.
func (v *variables) list(name string) []string {
	value := v.optional(name)
	if value == "" {
		return nil
	}
	items := strings.Split(value, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
		if items[i] == "" {
			v.problem("%s has nothing between two commas", name)
			return nil
		}
		v.values[items[i]] = name
	}
	return items
}

func (v *variables) requiredList(name string) []string {
	items := v.list(name)
	if v.getenv(name) == "" {
		v.problem("%s is not set", name)
	}
	return items
}

// yes is a switch: unset, or true.
func (v *variables) yes(name string) bool {
	value := v.optional(name)
	if value != "" && value != "true" {
		v.problem(`%s is neither unset nor "true"`, name)
	}
	return value == "true"
}

// failed keeps the error of a constructor, with names for values.
func (v *variables) failed(scheme string, err error) {
	var pairs []string
	values := make([]string, 0, len(v.values))
	for value := range v.values {
		values = append(values, value)
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) }) // the longest that fits
	for _, value := range values {
		name := "$" + v.values[value]
		quoted := fmt.Sprintf("%q", value)
		pairs = append(pairs, value, name, quoted[1:len(quoted)-1], name)
	}
	v.problem("%s (%s): %s", scheme, strings.Join(v.read(), ", "), strings.NewReplacer(pairs...).Replace(err.Error()))
}

// read returns the names of the variables that were read and are set.
func (v *variables) read() []string {
	var names []string
	for name := range v.names {
		if v.getenv(name) != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// err returns all problems. A variable that is set and that nothing has read
// is one: it is a scheme that its user believes to be on.
func (v *variables) err() error {
	for _, name := range guardVariables() {
		if !v.names[name] && v.getenv(name) != "" {
			v.problem("%s is set, which no scheme of WEBHOOK_AUTH reads", name)
		}
	}
	return errors.Join(v.problems...)
}
