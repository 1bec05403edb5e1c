package auth_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cxhook/cxhook/auth"
)

// BenchmarkTiming reports, for candidates that share more or fewer leading
// bytes with a secret and for known and unknown users,
// Welch's t of the durations against candidates that share none. Beyond 4.5
// the classes can be told apart. The control compares byte by byte and must be
// told apart by the same method, or the method sees nothing.
func BenchmarkTiming(b *testing.B) {
	const secret = "0123456789abcdef0123456789abcdef"
	candidates := map[string]string{
		"0": "x" + secret[1:], "1": secret[:1] + "x" + secret[2:], "16": secret[:16] + "x" + secret[17:], "31": secret[:31] + "x",
	}
	header, err := auth.NewHeader(auth.HeaderConfig{Name: "Authorization", Secrets: auth.FixedSecrets(secret)})
	if err != nil {
		b.Fatal(err)
	}
	basic, err := auth.NewBasic(auth.BasicConfig{Credentials: auth.FixedSecrets("user:" + secret)})
	if err != nil {
		b.Fatal(err)
	}
	verify := func(v auth.Verifier, value string) func() { return func() { _, _ = verifyHeader(v, value) } }
	for _, shared := range []string{"1", "16", "31"} {
		b.Run("header/"+shared, func(b *testing.B) {
			welch(b, verify(header, candidates["0"]), verify(header, candidates[shared]))
		})
	}
	b.Run("basic/user", func(b *testing.B) {
		welch(b, verify(basic, "Basic "+base64Of("usor:"+candidates["0"])), verify(basic, "Basic "+base64Of("user:"+candidates["0"])))
	})
	b.Run("control", func(b *testing.B) {
		equal := false
		compare := func(s string) func() { return func() { equal = byteByByte(s, secret) || equal } }
		welch(b, compare(candidates["0"]), compare(candidates["31"]))
		if equal {
			b.Error("a wrong candidate is equal")
		}
	})
}

// byteByByte is how secrets must not be compared.
//
//go:noinline
func byteByByte(a, b string) bool {
	for i := range len(a) {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// welch measures both functions in random order and reports the t statistic
// of their durations, of which the slowest tenth is left out as noise.
func welch(b *testing.B, f, g func()) {
	const samples, burst = 100_000, 8
	var sums [2]stats
	measure := func(h func()) time.Duration {
		start := time.Now()
		for range burst {
			h()
		}
		return time.Since(start)
	}
	var warm []time.Duration
	for range 1000 {
		warm = append(warm, measure(f), measure(g))
	}
	limit := quantile(warm, 0.9)
	for b.Loop() {
		sums = [2]stats{}
		for range samples {
			which := rand.IntN(2)
			d := measure([]func(){f, g}[which])
			if d <= limit {
				sums[which].add(float64(d))
			}
		}
	}
	t := (sums[0].mean - sums[1].mean) / math.Sqrt(sums[0].variance()/sums[0].n+sums[1].variance()/sums[1].n)
	b.ReportMetric(math.Abs(t), "|t|")
}

// stats is Welford's running mean and variance.
type stats struct{ n, mean, squares float64 }

func (s *stats) add(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / s.n
	s.squares += d * (x - s.mean)
}

func (s *stats) variance() float64 { return s.squares / (s.n - 1) }

func quantile(list []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[int(q*float64(len(sorted)-1))]
}
