package once_test

import (
	"testing"

	"github.com/cxhook/cxhook/cx/once"
	"github.com/cxhook/cxhook/internal/oncetest"
)

func BenchmarkRoute(b *testing.B) {
	b.Run("unchecked", func(b *testing.B) { oncetest.BenchmarkRoute(b, nil, false) })
	b.Run("memory, new turns", func(b *testing.B) { oncetest.BenchmarkRoute(b, newMemory(b, once.MemoryConfig{}), false) })
	b.Run("memory, repeated turn", func(b *testing.B) { oncetest.BenchmarkRoute(b, newMemory(b, once.MemoryConfig{}), true) })
}
