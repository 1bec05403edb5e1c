package answer_test

import (
	"testing"

	"github.com/cxhook/cxhook/internal/answer"
)

// The check runs on every answer and must not cost where nothing is wrong.
func TestCheckDoesNotAllocate(t *testing.T) {
	in := every()
	if n := testing.AllocsPerRun(100, func() {
		if err := answer.Check(in, nil); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Check allocates %v times", n)
	}
	lesser := func(f *answer.Fault) { t.Error(f) }
	if n := testing.AllocsPerRun(100, func() {
		if err := answer.Check(in, lesser); err != nil {
			t.Error(err)
		}
		if err := answer.Strict(in); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("Check with a function and Strict allocate %v times", n)
	}
}

func BenchmarkCheck(b *testing.B) {
	in := every()
	b.ReportAllocs()
	for b.Loop() {
		if err := answer.Check(in, nil); err != nil {
			b.Fatal(err)
		}
	}
}
