package cx

import (
	"github.com/cxhook/cxhook/internal/param"
)

// Person is a value of the system entity @sys.person.
//
//	{"name": "Ada", "original": "ada"}
type Person struct {
	Name     string `json:"name" cx:"name,required"`
	Original string `json:"original,omitempty" cx:"original"`
}

// Address is a value of the system entities @sys.location and @sys.address.
// The first delivers an object of which any member may be missing, the second
// a text, which is then the Original and all there is.
//
//	{"street-address": "5 Sample Road", "city": "Bern", "original": "5 Sample Road, Bern"}
//	"5 Sample Road, Bern"
type Address struct {
	BusinessName  string // business-name
	StreetAddress string // street-address
	City          string // city
	SubadminArea  string // subadmin-area, such as a county
	AdminArea     string // admin-area, such as a state
	ZipCode       string // zip-code
	Country       string // country
	Island        string // island
	Shortcut      string // shortcut, such as "home"
	// Original is what the end-user said.
	Original string
}

// addressForm is the JSON object of an [Address].
type addressForm struct {
	BusinessName  string `json:"business-name,omitempty"`
	StreetAddress string `json:"street-address,omitempty"`
	City          string `json:"city,omitempty"`
	SubadminArea  string `json:"subadmin-area,omitempty"`
	AdminArea     string `json:"admin-area,omitempty"`
	ZipCode       string `json:"zip-code,omitempty"`
	Country       string `json:"country,omitempty"`
	Island        string `json:"island,omitempty"`
	Shortcut      string `json:"shortcut,omitempty"`
	Original      string `json:"original,omitempty"`
}

var addressForms = formDecoder[addressForm](nil)

func (a *Address) read(v param.Value) error {
	if text, ok := v.Str(); ok {
		*a = Address{Original: text}
		return nil
	}
	var f addressForm
	if err := decodeForm(addressForms, &f, v); err != nil {
		return err
	}
	*a = Address(f)
	return nil
}

// MarshalJSON returns the object, the text if there is nothing but the
// Original, and null for the zero value.
func (a Address) MarshalJSON() ([]byte, error) {
	if a == (Address{Original: a.Original}) {
		return orNull(a.Original == "", a.Original)
	}
	return orNull(false, addressForm(a))
}

// UnmarshalJSON reads what MarshalJSON writes, by the rules of [Bind].
func (a *Address) UnmarshalJSON(data []byte) error { return unmarshal(data, a.read) }

// MarshalJSON returns the form that Dialogflow delivers, and null for the zero
// value.
func (p Person) MarshalJSON() ([]byte, error) {
	type plain Person
	return orNull(p == Person{}, plain(p))
}
