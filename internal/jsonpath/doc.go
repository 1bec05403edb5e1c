// Package jsonpath selects values from decoded JSON, in the way of RFC 9535
// and of the paths that webhook mappings and the function FILTER are written in.
//
//	p, err := jsonpath.Parse("$.routes[0].legs[0].distance.value")
//	value, found, err := p.Get(body)
//
// A path is read once and used often, by many goroutines. It may leave "$." out
// (routes[0].legs), as most mappings do, and have blanks around it. A path of names and indexes
// only is definite: it selects one value or none. Others select a list.
//
// All of RFC 9535 is understood but its function extensions: names ('single' or
// "double" quotes in brackets; without quotes also with digits first and hyphens), indexes, negative ones from the
// end, wildcards, slices, lists of selectors, descendants (..), and filters, with
// parentheses around them ([?(@.a == 'x')]) or not. As there, a comparison takes single
// values on both sides, values of different kinds are never equal and in no order, and a missing
// value equals only a missing value. Members of objects come in the order of their names.
//
// Values are nil, bool, string, float64 or json.Number or any Go number, []any and
// map[string]any. Keys are plain data: no key is ever read as a path.
//
// Hostile input is bounded: [MaxPathBytes] and [MaxDepth] hold for a path,
// [MaxResults] and [MaxSteps] for one selection. Beyond them stands a *LimitError, at a fault of
// the path a *SyntaxError with its offset.
package jsonpath
