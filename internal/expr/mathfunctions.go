package expr

import (
	"errors"
	"math"
	"math/big"
	"strconv"
)

func add(_ *run, args []any) (any, error) {
	return fold(args, func(a, b float64) float64 { return a + b }, (*big.Rat).Add)
}

func minus(_ *run, args []any) (any, error) {
	return fold(args, func(a, b float64) float64 { return a - b }, (*big.Rat).Sub)
}

func multiply(_ *run, args []any) (any, error) {
	return fold(args, func(a, b float64) float64 { return a * b }, (*big.Rat).Mul)
}

// exactInteger bounds integers that float64 computes exactly.
const exactInteger = 1 << 53

// fold computes from left to right: in float64 while all is a small integer,
// else in decimal. Every step is rounded to float64, which bounds the size of the decimals.
func fold(args []any, quick func(a, b float64) float64, exact func(z, a, b *big.Rat) *big.Rat) (any, error) {
	sum, err := numberArg(args, 0)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(args); i++ {
		n, err := numberArg(args, i)
		if err != nil {
			return nil, err
		}
		if next := quick(sum, n); isSmallInteger(sum) && isSmallInteger(n) && isSmallInteger(next) {
			sum = next
			continue
		}
		if sum, _ = exact(new(big.Rat), decimal(sum), decimal(n)).Float64(); math.IsInf(sum, 0) {
			return nil, errors.New("the result is too large")
		}
	}
	return sum, nil
}

func isSmallInteger(n float64) bool {
	return n == math.Trunc(n) && math.Abs(n) < exactInteger
}

// decimal returns the number that the shortest decimal form of n means:
// 0.1 is a tenth.
func decimal(n float64) *big.Rat {
	d, _ := new(big.Rat).SetString(strconv.FormatFloat(n, 'g', -1, 64))
	return d
}

const maxScale = 30

func divide(_ *run, args []any) (any, error) {
	a, err := numberArg(args, 0)
	if err != nil {
		return nil, err
	}
	b, err := numberArg(args, 1)
	if err != nil {
		return nil, err
	}
	scale := 3
	if len(args) == 3 {
		if scale, err = intArg(args, 2, 0, maxScale); err != nil {
			return nil, err
		}
	}
	if b == 0 {
		return nil, errors.New("division by zero")
	}
	return halfUp(new(big.Rat).Quo(decimal(a), decimal(b)), scale)
}

func round(_ *run, args []any) (any, error) {
	n, err := numberArg(args, 0)
	if err != nil {
		return nil, err
	}
	scale := 0
	if len(args) == 2 {
		if scale, err = intArg(args, 1, 0, maxScale); err != nil {
			return nil, err
		}
	}
	return halfUp(decimal(n), scale)
}

// halfUp rounds to scale decimal places, halves away from zero.
func halfUp(d *big.Rat, scale int) (any, error) {
	n, err := strconv.ParseFloat(d.FloatString(scale), 64)
	if err != nil || math.IsInf(n, 0) {
		return nil, errors.New("the result is too large")
	}
	return n, nil
}
