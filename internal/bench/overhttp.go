package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/cxhook/cxhook/internal/bench/body"
)

// What is sent over connections.
const (
	overHTTPRequest = 4 << 10
	overHTTPReply   = 2 << 10
	connections     = 16
	turnsLonger     = 10 // than in the process
)

// overHTTPSteps are the requests, by the name of their step.
var overHTTPSteps = []struct {
	name  string
	style body.Style
}{{"HTTP 4 KB", body.Pretty}, {"HTTP 4 KB compact", body.Compact}}

// running is a site with the clients that call it.
type running struct {
	*site
	clients []*client
}

// overHTTP measures all services over the loopback, in turns: 16 connections
// on the one CPU, the server on the other.
func overHTTP(step string, style body.Style, turns int, length time.Duration) (rows []row, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	all := make([]*running, 0, len(services))
	defer func() {
		for _, r := range all {
			for _, c := range r.clients {
				err = errors.Join(err, c.conn.Close())
			}
			err = errors.Join(err, r.close())
		}
	}()
	request := rawRequest(body.Request(overHTTPRequest, style))
	for _, s := range services {
		site, err := openSite(s.name)
		if err != nil {
			return nil, err
		}
		r := &running{site: site}
		all = append(all, r)
		for range connections {
			c, err := dial(site.addr, request)
			if err != nil {
				return nil, err
			}
			r.clients = append(r.clients, c)
		}
	}
	results, loads := make([][]result, len(all)), make([][]load, len(all))
	for t := range turns + 1 { // the first is to warm up
		for i, r := range all {
			res, l, err := r.turn(length * turnsLonger)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", services[i].name, err)
			}
			if t > 0 {
				results[i], loads[i] = append(results[i], res), append(loads[i], l)
			}
		}
	}
	return overHTTPRows(step, results, loads), nil
}

// turn lets all clients call for a while.
func (r *running) turn(length time.Duration) (res result, l load, err error) {
	before, err := r.usage()
	if err != nil {
		return res, l, err
	}
	begin := time.Now()
	errs := make([]error, len(r.clients))
	var wg sync.WaitGroup
	for i, c := range r.clients {
		wg.Go(func() { errs[i] = c.until(begin.Add(length)) })
	}
	wg.Wait()
	took := time.Since(begin)
	if err := errors.Join(errs...); err != nil {
		return res, l, err
	}
	after, err := r.usage()
	if err != nil {
		return res, l, err
	}
	times := allTimes(r.clients)
	n := float64(len(times))
	res = result{
		wall: float64(took) / n, cpu: float64(after.cpu-before.cpu) / n,
		allocs: float64(after.allocs-before.allocs) / n, bytes: float64(after.memory-before.memory) / n,
	}
	return res, load{rate: n / took.Seconds(), half: quantile(times, 0.5), worst: quantile(times, 0.99)}, nil
}

func overHTTPRows(step string, results [][]result, loads [][]load) []row {
	contenders := make([]contender, len(services))
	for i, s := range services {
		contenders[i].name = s.name
	}
	var rows []row
	sums := summarize(contenders, results)
	for i, s := range sums {
		of := func(f func(load) float64) float64 {
			values := make([]float64, len(loads[i]))
			for t, l := range loads[i] {
				values[t] = f(l)
			}
			return middle(values)
		}
		r := row{step: step, contender: services[i].name, summary: s}
		r.rate, r.half, r.worst = of(func(l load) float64 { return l.rate }), of(func(l load) float64 { return l.half }), of(func(l load) float64 { return l.worst })
		if wall := s.ofProtojson.wall; wall > 0 {
			r.load.ofProtojson = 1 / wall
		}
		rows = append(rows, r)
	}
	return rows
}
