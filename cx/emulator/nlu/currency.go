package nlu

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
)

// currencySigns are the signs of money. The dollar is that of the region
// where there is one.
var currencySigns = map[rune]string{
	'€': "EUR", '£': "GBP", '¥': "JPY", '₹': "INR", '₩': "KRW", '₺': "TRY", '₽': "RUB", '₴': "UAH",
	'₪': "ILS", '฿': "THB", '₫': "VND", '₦': "NGN", '₱': "PHP", '₿': "BTC", '₡': "CRC", '₲': "PYG", '₸': "KZT",
}

// dollars are the countries of a dollar or peso of their own sign "$".
var dollars = map[string]string{
	"CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN", "AR": "ARS", "CL": "CLP", "CO": "COP",
}

func (s *scan) sign(r rune) string {
	if r == '$' {
		if own, ok := dollars[s.region]; ok {
			return own
		}
		return "USD"
	}
	return currencySigns[r]
}

// currencyAt finds amounts of money: @sys.unit-currency. "20 dollars and 5
// cents" is one amount.
func currencyAt(s *scan, i int) []hit {
	v, to, ok := s.number(i, true)
	if !ok {
		return nil
	}
	h := s.hit(i, to, nil)
	code := ""
	if before := strings.TrimRight(s.text[:h.start], " -"); before != "" {
		r, size := utf8.DecodeLastRuneInString(before)
		if code = s.sign(r); code != "" {
			h.start = len(before) - size
		}
	}
	rest := s.text[h.end:]
	trimmed := strings.TrimLeft(rest, " ")
	if r, size := utf8.DecodeRuneInString(trimmed); code == "" && s.sign(r) != "" {
		code = s.sign(r)
		h.end += len(rest) - len(trimmed) + size
	}
	if code == "" {
		name, n := s.currencyName(to)
		if n == 0 {
			return nil
		}
		code, h.to = name, to+n
		h.end = s.tokens[h.to-1].end
		v = s.cents(&h, v, code)
	}
	h.value = map[string]any{"amount": v, "currency": code, "original": s.original(h)}
	return []hit{h}
}

// cents adds the small change that follows an amount.
func (s *scan) cents(h *hit, v float64, code string) float64 {
	at := s.skip(h.to, andWords)
	if at >= len(s.tokens) {
		return v
	}
	c, to, ok := s.number(at, false)
	if !ok || c < 1 || c > 99 || to >= len(s.tokens) || s.pack.currencies[s.word(to)] != "cent" || code == "cent" {
		return v
	}
	h.to = to + 1
	h.end = s.tokens[to].end
	return v + c/100
}

// currencyName reads the name or the ISO code of a currency.
func (s *scan) currencyName(i int) (string, int) {
	if i >= len(s.tokens) {
		return "", 0
	}
	if code, n := longest(s, s.pack.currencies, i, 3); n > 0 && code != "cent" {
		return code, n
	}
	raw := s.text[s.tokens[i].start:s.tokens[i].end]
	if len(raw) != 3 || strings.IndexFunc(raw, func(r rune) bool { return !unicode.IsUpper(r) }) >= 0 && i > 0 && !s.tokens[i-1].digits {
		return "", 0
	}
	unit, err := currency.ParseISO(strings.ToUpper(raw))
	if err != nil {
		return "", 0
	}
	return unit.String(), 1
}

func currencyNameAt(s *scan, i int) []hit {
	if code, n := s.currencyName(i); n > 0 {
		return s.one(i, i+n, code)
	}
	at := s.text[:s.tokens[i].start]
	if r, size := utf8.DecodeLastRuneInString(strings.TrimRight(at, " ")); s.sign(r) != "" {
		h := s.hit(i, i+1, s.sign(r))
		h.end = len(strings.TrimRight(at, " "))
		h.start = h.end - size
		return []hit{h}
	}
	return nil
}
