package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

const barWidth = 30

// progress draws a bar while cases run, if it is drawn on a terminal.
type progress struct {
	mu          sync.Mutex
	w           *os.File
	have, total int
	shown       bool
}

func newProgress(w *os.File, total int) *progress {
	p := &progress{w: w, total: total}
	if info, err := w.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && total > 0 {
		p.shown = true
	}
	return p
}

// add counts one case.
func (p *progress) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.have++
	if p.shown {
		full := barWidth * p.have / p.total
		fmt.Fprintf(p.w, "\r[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), p.have, p.total)
	}
}

// done clears the bar.
func (p *progress) done() {
	if p.shown {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", barWidth+24))
	}
}
