package agent

import "fmt"

// FaultKind says what kind of mistake a fault is.
type FaultKind string

// Kinds of faults.
const (
	FaultMalformed   FaultKind = "malformed"   // a file or a part of one cannot be read
	FaultDangling    FaultKind = "dangling"    // a name leads nowhere
	FaultDuplicate   FaultKind = "duplicate"   // two things have one name
	FaultUnreachable FaultKind = "unreachable" // nothing leads to a page or flow
	FaultExpression  FaultKind = "expression"  // a condition or a call of a function is malformed
)

// Fault is something that is wrong in an agent.
type Fault struct {
	Kind  FaultKind
	File  string // path within the export
	Place string // within the file, such as `page "Pay": route 3`
	Text  string
}

// String returns file, place and text in one line.
func (f Fault) String() string {
	return fmt.Sprintf("%s: %s: %s: %s", f.File, f.Place, f.Kind, f.Text)
}
