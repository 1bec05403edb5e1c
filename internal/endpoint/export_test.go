package endpoint

// Kept is an answer, or the failure in its place, as repeated calls get it.
type Kept struct {
	Status         int
	Reason, Public string
	Answer         Answer
}

// AppendKept returns the form in which k is kept.
func AppendKept(k Kept) []byte {
	return (&kept{status: k.Status, reason: k.Reason, public: k.Public, answer: k.Answer}).append(nil)
}

// ParseKept reads that form.
func ParseKept(b []byte) (Kept, error) {
	var k kept
	if err := k.parse(b); err != nil {
		return Kept{}, err
	}
	return Kept{Status: k.status, Reason: k.reason, Public: k.public, Answer: k.answer}, nil
}
