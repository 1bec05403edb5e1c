package expr

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// A function is one of the system functions.
type function struct {
	least, most int  // how many arguments it takes; most -1 is any number
	choose      bool // IF, whose arguments are not all evaluated
	apply       func(r *run, args []any) (any, error)
}

// functions has all there are, by name. It is never changed.
var functions = map[string]*function{
	"ADD":      {1, -1, false, add},
	"MINUS":    {2, 2, false, minus},
	"MULTIPLY": {1, -1, false, multiply},
	"DIVIDE":   {2, 3, false, divide},
	"ROUND":    {1, 2, false, round},

	"NOW":            {0, 0, false, now},
	"ADD_DATE":       {3, 3, false, addDate},
	"FORMAT_DATE":    {2, 3, false, formatDate},
	"IS_FUTURE_DATE": {1, 1, false, isFutureDate},
	"IS_PAST_DATE":   {1, 1, false, isPastDate},

	"CONCATENATE": {1, -1, false, concatenate},
	"LEN":         {1, 1, false, length},
	"LOWER":       {1, 1, false, lower},
	"UPPER":       {1, 1, false, upper},
	"MID":         {3, 3, false, mid},
	"SUBSTITUTE":  {3, 3, false, substitute},
	"SPLIT":       {2, 2, false, split},
	"JOIN":        {2, -1, false, join},
	"URL_ENCODE":  {1, 1, false, urlEncode},

	"APPEND":  {2, -1, false, appendItems},
	"REMOVE":  {2, -1, false, remove},
	"COUNT":   {1, 1, false, count},
	"UNIQUE":  {1, 1, false, unique},
	"CONTAIN": {2, 2, false, contain},
	"MATCH":   {2, 2, false, match},
	"GET":     {2, 2, false, get},

	"GET_FIELD":    {2, 2, false, getField},
	"NESTED_FIELD": {2, -1, false, nestedField},
	"FILTER":       {2, 2, false, filter},
	"IDENTITY":     {1, 1, false, identity},

	"TO_TEXT":         {1, 1, false, toText},
	"TO_NUMBER":       {1, 1, false, toNumber},
	"TO_OBJECT":       {1, 1, false, toObject},
	"TO_PHONE_NUMBER": {1, 2, false, toPhoneNumber},

	"IS_DATE":               {2, 3, false, isDate},
	"IS_PHONE_NUMBER":       {1, 2, false, isPhoneNumber},
	"IS_CREDIT_CARD_NUMBER": {1, 1, false, isCreditCardNumber},

	"RAND": {0, 0, false, random},
	"UUID": {0, 0, false, uuid},
	"IF":   {3, 3, true, nil},
}

func (f *function) arity() string {
	switch {
	case f.most < 0:
		return strconv.Itoa(f.least) + " or more"
	case f.most == f.least:
		return strconv.Itoa(f.least)
	}
	return fmt.Sprintf("%d to %d", f.least, f.most)
}

var errNull = errors.New("is null or not set")

// kind names the type of a value for messages.
func kind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

func wrongKind(i int, want string, v any) error {
	if v == nil {
		return fmt.Errorf("argument %d %w", i+1, errNull)
	}
	return fmt.Errorf("argument %d: have %s, want %s", i+1, kind(v), want)
}

// numberArg returns an argument that is a number; texts are not cast.
func numberArg(args []any, i int) (float64, error) {
	n, ok := numberOf(args[i])
	if !ok {
		return 0, wrongKind(i, "a number", args[i])
	}
	return n, nil
}

// intArg returns an argument that is an integer from low to high.
func intArg(args []any, i, low, high int) (int, error) {
	n, err := numberArg(args, i)
	if err != nil {
		return 0, err
	}
	if n != math.Trunc(n) || n < float64(low) || n > float64(high) {
		return 0, fmt.Errorf("argument %d: have %s, want an integer from %d to %d", i+1, TextOf(n), low, high)
	}
	return int(n), nil
}

// textArg returns the text of an argument that is a text, a number, a boolean
// or a composite with an original text.
func textArg(args []any, i int) (string, error) {
	switch v := args[i].(type) {
	case string:
		return v, nil
	case nil, []any:
		return "", wrongKind(i, "a text", v)
	case map[string]any:
		if s, ok := v["original"].(string); ok {
			return s, nil
		}
		return "", wrongKind(i, "a text", v)
	default:
		return TextOf(v), nil
	}
}

// listArg returns an argument that is a list; null is an empty one.
func listArg(args []any, i int) ([]any, error) {
	switch v := args[i].(type) {
	case []any:
		return v, nil
	case nil:
		return nil, nil
	default:
		return nil, wrongKind(i, "a list", v)
	}
}

func random(r *run, _ []any) (any, error) { return r.random(), nil }

func uuid(r *run, _ []any) (any, error) { return r.uuid(), nil }

func identity(_ *run, args []any) (any, error) { return args[0], nil }
