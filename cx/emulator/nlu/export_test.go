package nlu

// MaxSteps is the bound of the work on one text.
const MaxSteps = maxSteps

// Steps counts the work of extracting an entity type from a text.
func Steps(m *Model, in Input, entityType string) int {
	s := m.begin(in)
	s.prompted(m.recogniser(entityType, s.lang), nil)
	return s.steps
}
