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

// A Step is one part of a path.
type Step struct {
	Kind StepKind
	Name string // of a StepName
	Asks []Ask  // of a StepAny with filters
}

// An Ask is a path that a filter follows from each value that it tests: the
// filter selects nothing, or other things than meant, where it leads nowhere.
// What stands below a negation is no Ask.
type Ask struct {
	Steps     []Step
	Root      bool // from the root in place of the value under test
	Literal   any  // what the result is compared with: a string, float64, bool or nil
	Literally bool // whether it is compared with a literal
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
	step := Step{Kind: StepAny}
	for i := range seg.selectors {
		if seg.selectors[i].kind == byFilter {
			step.Asks = seg.selectors[i].filter.asks(step.Asks)
		}
	}
	return step
}

func (t *test) asks(list []Ask) []Ask {
	switch t.kind {
	case anyOf, allOf:
		for _, kid := range t.kids {
			list = kid.asks(list)
		}
	case exists:
		list = append(list, Ask{Steps: t.query.path.Steps(), Root: t.query.root})
	case compares:
		list = t.left.asks(list, &t.right)
		list = t.right.asks(list, &t.left)
	}
	return list
}

func (o *operand) asks(list []Ask, other *operand) []Ask {
	if o.query == nil {
		return list
	}
	ask := Ask{Steps: o.query.path.Steps(), Root: o.query.root}
	if other.query == nil {
		ask.Literal, ask.Literally = other.literal, true
	}
	return append(list, ask)
}
