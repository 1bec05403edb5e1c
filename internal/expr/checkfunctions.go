package expr

import (
	"errors"
	"fmt"
	"strings"
)

// defaultRegion is where a number without country code and region is looked for.
const defaultRegion = "US"

func phoneArgs(r *run, args []any) (number, region string, err error) {
	if r.env.Phone == nil {
		return "", "", errors.New("telephone numbers are not known here")
	}
	if number, err = textArg(args, 0); err != nil {
		return "", "", err
	}
	const longest = 256
	if len(number) > longest {
		return "", "", &LimitError{What: "bytes of a telephone number", Have: len(number), Max: longest}
	}
	if region = defaultRegion; len(args) == 2 {
		region, err = textArg(args, 1)
	}
	return number, strings.ToUpper(region), err
}

func toPhoneNumber(r *run, args []any) (any, error) {
	number, region, err := phoneArgs(r, args)
	if err != nil {
		return nil, err
	}
	parsed, err := r.env.Phone.Parse(number, region)
	if err != nil {
		return nil, fmt.Errorf("%.40q is not a telephone number: %w", number, err)
	}
	out := map[string]any{"country-code": parsed.CountryCode, "number": parsed.Number}
	if parsed.AreaCode != "" { // agents test whether it is null
		out["area-code"] = parsed.AreaCode
	}
	return out, nil
}

func isPhoneNumber(r *run, args []any) (any, error) {
	number, region, err := phoneArgs(r, args)
	if err != nil {
		return nil, err
	}
	return r.env.Phone.Valid(number, region), nil
}

// isCreditCardNumber wants 12 to 19 digits, blanks and hyphens aside, whose
// Luhn sum is right.
func isCreditCardNumber(_ *run, args []any) (any, error) {
	s, err := textArg(args, 0)
	if err != nil {
		return nil, err
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(s)
	const least, most = 12, 19
	if len(digits) < least || len(digits) > most {
		return false, nil
	}
	sum := 0
	for i := range len(digits) {
		c := digits[len(digits)-1-i]
		if c < '0' || c > '9' {
			return false, nil
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0, nil
}
