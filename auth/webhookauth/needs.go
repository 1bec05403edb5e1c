package webhookauth

import (
	"fmt"
	"strings"
)

// NeedsError is what [New] returns when a resource does not say all that its
// verifier has to know.
type NeedsError struct {
	// Fields are all that is missing, not the first of it only.
	Fields []Need
}

// Need is one thing that a resource does not say.
type Need struct {
	// Field is the field of [Config] that takes it, such as
	// "IDToken.ProjectNumbers".
	Field string
	// Why says what it is and where to find it.
	Why string
}

// Error names every field.
func (e *NeedsError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = fmt.Sprintf("Config.%s (%s)", f.Field, f.Why)
	}
	return "webhookauth: the resource does not tell all, need " + strings.Join(parts, "; ")
}

// needs collects what is missing.
type needs []Need

func (n *needs) add(field, format string, args ...any) {
	*n = append(*n, Need{field, fmt.Sprintf(format, args...)})
}

// err returns nil if nothing is missing.
func (n needs) err() error {
	if len(n) == 0 {
		return nil
	}
	return &NeedsError{Fields: n}
}
