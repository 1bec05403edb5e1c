package answer

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
)

// maxInteger is the greatest integer that no other is rounded to as a double.
const maxInteger = 1<<53 - 1

func text(s string) (*structpb.Value, *Fault) {
	if f := checkText(s); f != nil {
		return nil, f
	}
	return structpb.NewStringValue(s), nil
}

func number(n float64) (*structpb.Value, *Fault) {
	if f := checkNumber(n); f != nil {
		return nil, f
	}
	return structpb.NewNumberValue(n), nil
}

// single takes a float32 by its shortest decimals, so that 0.1 stays 0.1.
func single(n float64) (*structpb.Value, *Fault) {
	if f := checkNumber(n); f != nil {
		return nil, f
	}
	n, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', -1, 32), 64)
	if err != nil {
		return nil, fault("", fmt.Errorf("%w: %w", ErrUnsupported, err))
	}
	return structpb.NewNumberValue(n), nil
}

func integer(n int64) (*structpb.Value, *Fault) {
	if n > maxInteger || n < -maxInteger {
		return nil, fault("", ErrInexact)
	}
	return structpb.NewNumberValue(float64(n)), nil
}

// fromNumber reads the literal of a JSON number.
func fromNumber(s string) (*structpb.Value, *Fault) {
	if s == "" || strings.Trim(s[:1], "-0123456789") != "" || !isDigit(s[len(s)-1]) || !json.Valid([]byte(s)) {
		return nil, fault("", fmt.Errorf("%w: not a number", ErrUnsupported))
	}
	if r := checkLiteral(s); r != "" {
		return nil, fault("", r)
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, fault("", ErrNotFinite)
	}
	return structpb.NewNumberValue(n), nil
}

// checkLiteral returns why a double cannot stand for the literal of a number,
// or nothing. A literal with a point or an exponent is a double by its own
// account, if it is one: from 2^53 on, it must be the shortest that there is
// for its double, as every printer of doubles writes it.
func checkLiteral(s string) Reason {
	if !strings.ContainsAny(s, ".eE") {
		const last = "9007199254740991"
		digits := strings.TrimPrefix(s, "-")
		if len(digits) > len(last) || len(digits) == len(last) && digits > last {
			return ErrInexact
		}
		return ""
	}
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil && n != 0:
		return ErrNotFinite
	case math.Abs(n) <= maxInteger:
		return ""
	}
	digits, power := decimal(s)
	shortest, same := decimal(strconv.FormatFloat(n, 'e', -1, 64))
	if digits != shortest || power != same {
		return ErrInexact
	}
	return ""
}

// decimal returns the digits of the literal of a number, without zeros at
// either end, and the power of ten in front of the first of them.
func decimal(s string) (digits string, power int) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(s, "-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	power, _ = strconv.Atoi(exponent) // 0 if there is none, the nearest int if it is beyond
	digits = strings.TrimLeft(whole+fraction, "0")
	return strings.TrimRight(digits, "0"), power + len(digits) - len(fraction)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
