package main

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/cxhook/cxhook/flexible"
)

// addFlexible adds the flexible webhooks of the desk to a router. Their
// resources, as the agent has them, lie in testdata/webhooks.
func (h *Hooks) addFlexible(r *mux.Router, guard func(http.Handler) http.Handler) {
	r.Handle("/stock", guard(flexible.NewHandler(h.stock))).Methods(http.MethodGet)
	r.Handle("/orders", guard(flexible.NewHandler(h.place))).Methods(http.MethodPost)
	r.Handle("/address", guard(flexible.NewHandler(h.address))).Methods(http.MethodPost)
}

// stockIn is what a GET sends in its query.
type stockIn struct {
	Code string `cx:"query:code,required" param:"product_code"`
	Town string `cx:"query:town" param:"$flow.town"`
}

type stockOut struct {
	Item string `json:"item" param:"product"`
	Left int    `json:"left" param:"stock_left"`
	Shop string `json:"shop,omitempty" param:"-"`
}

func (h *Hooks) stock(_ context.Context, in stockIn) (stockOut, error) {
	i := slices.IndexFunc(h.Desk.products, func(p Product) bool { return p.Code == in.Code })
	if i < 0 {
		return stockOut{}, flexible.Errorf(http.StatusNotFound, "no article %q", in.Code)
	}
	p := h.Desk.products[i]
	return stockOut{Item: p.Name, Left: p.Stock, Shop: in.Town}, nil
}

// placeIn is the body of a POST: the count arrives as a number, since the
// template holds nothing but its reference.
type placeIn struct {
	Code  string   `cx:"code,required" param:"product_code"`
	Count int64    `cx:"count,required" param:"count"`
	Note  string   `cx:"note" param:"note"`
	Extra []string `cx:"extras" param:"extras"`
}

type placeOut struct {
	Order struct {
		Number string `json:"number" param:"order_number"`
		Cents  int64  `json:"cents" param:"$flow.total_cents"`
	} `json:"order"`
}

func (h *Hooks) place(_ context.Context, in placeIn) (out placeOut, err error) {
	if in.Count < 1 || in.Count > 99 {
		return out, flexible.Errorf(http.StatusBadRequest, "a count of %d, need 1 to 99", in.Count)
	}
	for _, p := range h.Desk.Products("") {
		if p.Code == in.Code {
			out.Order.Number = "N" + p.Code
			out.Order.Cents = p.Cents * in.Count
			return out, nil
		}
	}
	return out, flexible.Errorf(http.StatusNotFound, "no article %q", in.Code)
}

// addressIn is what the customer said of an address.
type addressIn struct {
	Lines  []string `cx:"lines,required" param:"$flow.address_lines"`
	Region string   `cx:"region" param:"region"`
}

// addressOut lists the parts of the address. The resource's mapping picks
// them by filters, so that the agent needs no code to tell them apart.
type addressOut struct {
	Parts []addressPart `json:"parts"`
}

type addressPart struct {
	Type      string `json:"type"` // "street", "postcode" or "town"
	Text      string `json:"text"`
	Confirmed bool   `json:"confirmed"`
}

// address takes a street line and a line of postcode and town. A part without
// a digit where one belongs is not confirmed.
func (h *Hooks) address(_ context.Context, in addressIn) (addressOut, error) {
	if len(in.Lines) != 2 {
		return addressOut{}, flexible.Errorf(http.StatusBadRequest, "an address of %d lines, need 2", len(in.Lines))
	}
	code, town, _ := strings.Cut(strings.TrimSpace(in.Lines[1]), " ")
	digits := func(s string) bool { return strings.ContainsAny(s, "0123456789") }
	return addressOut{Parts: []addressPart{
		{"street", in.Lines[0], digits(in.Lines[0])},
		{"postcode", code, digits(code)},
		{"town", town, town != "" && !digits(town)},
	}}, nil
}
