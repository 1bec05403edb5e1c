package main

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrUnknownOrder reports an order number that the desk does not know.
var ErrUnknownOrder = errors.New("orders: unknown order")

// Order is one order of a customer.
type Order struct {
	Number    string
	Item      string
	State     string // "packed", "on its way" or "delivered"
	Delivery  time.Time
	PaidCents int64
}

// Product is one article of the catalogue.
type Product struct {
	Code, Name, Category string
	Cents                int64
	Stock                int
}

// Desk keeps the orders. It is safe for concurrent use.
type Desk struct {
	mu       sync.Mutex
	orders   map[string]Order
	refunded map[string]int64
	products []Product
}

// NewDesk returns a desk with a few orders to talk about.
func NewDesk() *Desk {
	day := func(s string) time.Time {
		t, err := time.Parse(time.DateOnly, s)
		if err != nil {
			panic(err) // the constants below
		}
		return t
	}
	d := &Desk{
		orders:   make(map[string]Order),
		refunded: make(map[string]int64),
		products: []Product{
			{"KT-1", "Kettle, 1.7 l", "kitchen", 3490, 12},
			{"TO-2", "Toaster, two slots", "kitchen", 2950, 0},
			{"LA-7", "Desk lamp", "office", 4900, 7},
			{"CH-3", "Office chair", "office", 24900, 2},
		},
	}
	for _, o := range []Order{
		{"A1001", "Kettle, 1.7 l", "packed", day("2097-03-04"), 3490},
		{"A1002", "Desk lamp", "on its way", day("2097-03-05"), 4900},
		{"A1003", "Office chair", "delivered", day("2024-02-01"), 24900},
		{"A1004", "Toaster, two slots", "delivered", day("2024-02-02"), 2950},
	} {
		d.orders[o.Number] = o
	}
	return d
}

// Order returns an order, or [ErrUnknownOrder].
func (d *Desk) Order(number string) (Order, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.orders[number]
	if !ok {
		return Order{}, fmt.Errorf("%w %q", ErrUnknownOrder, number)
	}
	return o, nil
}

// Reschedule moves the delivery of an order. Doing it twice is the same as
// doing it once, since Dialogflow may repeat a call.
func (d *Desk) Reschedule(number string, day time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.orders[number]
	if !ok {
		return fmt.Errorf("%w %q", ErrUnknownOrder, number)
	}
	o.Delivery = day
	d.orders[number] = o
	return nil
}

// Refund pays an order back and returns what was paid back in all. A second
// refund of the same order pays nothing more.
func (d *Desk) Refund(number string) (cents int64, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.orders[number]
	if !ok {
		return 0, fmt.Errorf("%w %q", ErrUnknownOrder, number)
	}
	d.refunded[number] = o.PaidCents
	return o.PaidCents, nil
}

// Products returns the articles of a category, of all without one.
func (d *Desk) Products(category string) []Product {
	return slices.DeleteFunc(slices.Clone(d.products), func(p Product) bool {
		return category != "" && p.Category != category
	})
}
