package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// step is one kind of work at one size, with all who do it.
type step struct {
	name string
	// prepare makes the inputs when the step's time has come, so that the
	// memory of one step does not burden the collector in another.
	prepare func() ([]contender, error)
}

// contender does its work n times.
type contender struct {
	name string
	work func(n int) error
}

// result holds nanoseconds, allocations and bytes for one operation.
type result struct{ wall, cpu, allocs, bytes float64 }

// summary holds the medians of a contender's turns, and the medians of what
// each turn was of another contender's turn just before: the machine's slow
// spells are longer than a turn, so they are not in those.
type summary struct {
	result
	ofProtojson result // parts of it, 0 without one
	ofBare      result
	more        result // than the first
}

// measure gives each contender so many turns of about that length, in turn,
// and takes the medians.
func measure(contenders []contender, turns int, length time.Duration) ([]summary, error) {
	counts := make([]int, len(contenders))
	for i, c := range contenders {
		n, err := c.calibrate(length)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		counts[i] = n
	}
	all := make([][]result, len(contenders))
	for range turns {
		for i, c := range contenders {
			r, err := c.turn(counts[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			all[i] = append(all[i], r)
		}
	}
	return summarize(contenders, all), nil
}

// summarize takes the medians of all turns of each contender.
func summarize(contenders []contender, all [][]result) []summary {
	protojson, bare := -1, -1
	for i, c := range contenders {
		switch c.name {
		case nameProtojson:
			protojson = i
		case nameBare:
			bare = i
		}
	}
	medians := make([]summary, len(all))
	for i, rs := range all {
		against := func(other int, f func(a, b float64) float64) result {
			if other < 0 {
				return result{}
			}
			pairs := make([]result, len(rs))
			for t := range rs {
				pairs[t] = rs[t].with(all[other][t], f)
			}
			return medianOf(pairs)
		}
		medians[i] = summary{
			result:      medianOf(rs),
			ofProtojson: against(protojson, share), ofBare: against(bare, share),
			more: against(0, func(a, b float64) float64 { return a - b }),
		}
	}
	return medians
}

// with joins two results number by number.
func (r result) with(other result, f func(a, b float64) float64) result {
	return result{f(r.wall, other.wall), f(r.cpu, other.cpu), f(r.allocs, other.allocs), f(r.bytes, other.bytes)}
}

// share returns which part of b a is, 0 where b is 0.
func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func medianOf(rs []result) result {
	return result{
		wall:   median(rs, func(r result) float64 { return r.wall }),
		cpu:    median(rs, func(r result) float64 { return r.cpu }),
		allocs: median(rs, func(r result) float64 { return r.allocs }),
		bytes:  median(rs, func(r result) float64 { return r.bytes }),
	}
}

// calibrate finds how many operations fill a turn, and warms up by it.
func (c contender) calibrate(length time.Duration) (int, error) {
	for n := 1; ; n *= 2 {
		start := time.Now()
		if err := c.work(n); err != nil {
			return 0, err
		}
		if took := time.Since(start); took > length/2 {
			return max(1, int(float64(n)*float64(length)/float64(took))), nil
		}
	}
}

// turn begins with an empty heap, so that nobody pays for the one before.
func (c contender) turn(n int) (result, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := cpuTime(), time.Now()
	err := c.work(n)
	wall, used := time.Since(start), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	per := func(v float64) float64 { return v / float64(n) }
	return result{
		wall:   per(float64(wall)),
		cpu:    per(float64(used)),
		allocs: per(float64(after.Mallocs - before.Mallocs)),
		bytes:  per(float64(after.TotalAlloc - before.TotalAlloc)),
	}, err
}

func median(rs []result, of func(result) float64) float64 {
	values := make([]float64, len(rs))
	for i, r := range rs {
		values[i] = of(r)
	}
	return middle(values)
}

// middle returns the median of values, which it sorts.
func middle(values []float64) float64 {
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
