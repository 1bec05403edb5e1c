package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// step is one kind of work at one size, with all who do it. The first
// contender is what the others are compared with.
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
// each turn was of the first contender's turn just before: the machine's slow
// spells are longer than a turn, so they are not in those.
type summary struct {
	result
	ratio result
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
	medians := make([]summary, len(all))
	for i, rs := range all {
		ratios := make([]result, turns)
		for t := range rs {
			ratios[t] = rs[t].of(all[0][t])
		}
		medians[i] = summary{medianOf(rs), medianOf(ratios)}
	}
	return medians, nil
}

// of returns r as parts of first, 0 where that is 0.
func (r result) of(first result) result {
	part := func(have, first float64) float64 {
		if first == 0 {
			return 0
		}
		return have / first
	}
	return result{part(r.wall, first.wall), part(r.cpu, first.cpu), part(r.allocs, first.allocs), part(r.bytes, first.bytes)}
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
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}
