// Package phone knows the telephone numbers of the world for the system functions
// TO_PHONE_NUMBER and IS_PHONE_NUMBER. It is apart from package expr because its tables are
// large: only programs that evaluate these functions link them.
package phone

import (
	"errors"
	"strconv"

	"github.com/nyaruka/phonenumbers"

	"github.com/cxhook/cxhook/internal/expr"
)

// Plan is the numbering plan of libphonenumber. The zero value is ready for use.
type Plan struct{}

var _ expr.PhonePlan = Plan{}

var errInvalid = errors.New("no such number is assigned")

// Parse implements expr.PhonePlan. The area code is empty where the country
// has none or the number is not bound to a place.
func (Plan) Parse(number, region string) (expr.PhoneNumber, error) {
	n, err := phonenumbers.Parse(number, region)
	if err != nil {
		return expr.PhoneNumber{}, err
	}
	if !phonenumbers.IsValidNumber(n) {
		return expr.PhoneNumber{}, errInvalid
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	area := phonenumbers.GetLengthOfGeographicalAreaCode(n)
	return expr.PhoneNumber{
		CountryCode: strconv.Itoa(int(n.GetCountryCode())),
		AreaCode:    national[:area],
		Number:      national[area:],
	}, nil
}

// Valid implements expr.PhonePlan.
func (Plan) Valid(number, region string) bool {
	n, err := phonenumbers.Parse(number, region)
	return err == nil && phonenumbers.IsValidNumber(n)
}
