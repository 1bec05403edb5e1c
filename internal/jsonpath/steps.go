package jsonpath

// StepKind says what a [Step] selects from a value.
type StepKind uint8

// The kinds of steps.
const (
	StepName   StepKind = iota // the member of a name
	StepIndex                  // the item at an index
	StepItems                  // some items of a list: a slice, or indexes
	StepAny                    // some members or items: a wildcard, a filter, names and indexes mixed
	StepWithin                 // values at any depth
)

// A Step is one part of a path, without the conditions of filters.
type Step struct {
	Kind StepKind
	Name string // of a StepName
}

// Steps tells what the path goes through, for those who compare it with a
// type instead of a value.
func (p *Path) Steps() []Step {
	steps := make([]Step, len(p.segments))
	for i := range p.segments {
		steps[i] = p.segments[i].step()
	}
	return steps
}

func (seg *segment) step() Step {
	if seg.descendant {
		return Step{Kind: StepWithin}
	}
	if len(seg.selectors) == 1 && seg.selectors[0].kind == byName {
		return Step{Kind: StepName, Name: seg.selectors[0].name}
	}
	items := true
	for i := range seg.selectors {
		items = items && (seg.selectors[i].kind == byIndex || seg.selectors[i].kind == bySlice)
	}
	switch {
	case items && len(seg.selectors) == 1 && seg.selectors[0].kind == byIndex:
		return Step{Kind: StepIndex}
	case items:
		return Step{Kind: StepItems}
	}
	return Step{Kind: StepAny}
}
