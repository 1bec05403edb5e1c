package emulator

import (
	"slices"
	"strings"

	"github.com/cxhook/cxhook/internal/expr"
)

// Values of $page.params.status and of a parameter's status.
const (
	statusFinal   = "FINAL"
	statusUpdated = "UPDATED"
)

// Value answers the references of the agent while a turn runs.
func (t *turn) Value(space, name string) (any, bool) {
	switch space {
	case expr.Session:
		if name == "" {
			return t.s.params, true
		}
		return lookup(t.s.params, name)
	case expr.Flow:
		return lookup(t.s.at.vars, name)
	case expr.Intent:
		return t.intentValue(name)
	case expr.Page:
		return t.pageValue(name)
	case expr.Request:
		return lookup(t.request, name)
	case t.in.Query.Scope:
		return lookup(t.custom, name)
	}
	return nil, false
}

func (t *turn) intentValue(name string) (any, bool) {
	part := ""
	for _, suffix := range []string{"original", "resolved"} {
		if bare, ok := strings.CutSuffix(name, "."+suffix); ok {
			name, part = bare, suffix
			break
		}
	}
	for key, slot := range t.slots {
		if !strings.EqualFold(key, name) {
			continue
		}
		if part == "original" {
			return slot.Original, true
		}
		return slot.Value, true
	}
	return nil, false
}

// pageValue answers for the form of the current page.
func (t *turn) pageValue(name string) (any, bool) {
	at := &t.s.at
	if strings.EqualFold(name, "status") {
		status := t.formStatus()
		return status, status != ""
	}
	bare, isStatus := strings.CutSuffix(name, ".status")
	for _, fp := range at.page.form {
		if plain, _ := scoped(fp.src.DisplayName); !strings.EqualFold(fp.src.DisplayName, bare) && !strings.EqualFold(plain, bare) {
			continue
		}
		if !isStatus {
			if at.filled(fp, t.s.params) {
				return at.value(fp.src.DisplayName, t.s.params)
			}
			return nil, false
		}
		switch {
		case t.updated[lowerName(fp)]:
			return statusUpdated, true
		case at.form.invalid[fp]:
			return "INVALID", true
		case at.filled(fp, t.s.params):
			return "FILLED", true
		}
		return "EMPTY", true
	}
	return nil, false
}

func lowerName(fp *formParameter) string { return strings.ToLower(fp.src.DisplayName) }

// formStatus is FINAL when every required parameter of the form has a value,
// UPDATED when one was given in this turn.
func (t *turn) formStatus() string {
	at := &t.s.at
	switch {
	case at.missing(t.s.params) == nil:
		return statusFinal
	case slices.ContainsFunc(at.page.form, func(fp *formParameter) bool { return t.updated[lowerName(fp)] }):
		return statusUpdated
	}
	return ""
}
