package once

// queue is a list of entries, first in first out.
type queue struct {
	first, last *entry
	n           int
}

func (q *queue) push(e *entry) {
	e.in, e.prev, e.next = q, q.last, nil
	if q.last == nil {
		q.first = e
	} else {
		q.last.next = e
	}
	q.last = e
	q.n++
}

func (q *queue) unlink(e *entry) {
	if e.prev == nil {
		q.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		q.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.in, e.prev, e.next = nil, nil, nil
	q.n--
}
