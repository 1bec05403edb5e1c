package nlu

// SystemEntity describes how a system entity of Dialogflow is extracted, and
// what is assumed.
//
//	@sys.any                 the text or, in a pattern, any part of it; only where prompted or annotated
//	@sys.number, @sys.cardinal, @sys.number-integer, @sys.ordinal
//	                         number; digits with the separators of the language, or words
//	@sys.number-sequence     string of digits, also spoken digit by digit
//	@sys.percentage          string, "10%"
//	@sys.date                {year, month, day}; without a year the next such day, a bare weekday the next after today
//	@sys.time                {hours, minutes, seconds, nanos}; without am or pm as said
//	@sys.date-time           a day, a day with time, {startDateTime, endDateTime} or {startDate, endDate}
//	@sys.date-period         {startDate, endDate}, the last day included; weeks begin on Monday
//	@sys.time-period         {startTime, endTime}; morning 8-12, afternoon 12-16, evening 16-20, night 20-24 o'clock
//	@sys.duration, @sys.age  {amount, unit, original}, units s, min, h, day, wk, mo, yr
//	@sys.unit-currency       {amount, currency, original}, currency by ISO 4217
//	@sys.currency-name       string, ISO 4217
//	@sys.unit-length, -area, -weight, -volume, -speed, -information, @sys.temperature
//	                         {amount, unit, original}
//	@sys.unit-*-name         string, the unit
//	@sys.phone-number        string of digits, with + if said; four digits suffice
//	@sys.email, @sys.url     string as written
//	@sys.zip-code, @sys.flight-number
//	                         string; any run of 3 to 10 digits is a code
//	@sys.color, @sys.language
//	                         string
//	@sys.person              {name, original}; @sys.given-name and @sys.last-name are strings. A name is sure
//	                         after "my name is" and its like or with a common given name, else assumed
//	                         where it is capitalised or all of the text
//	@sys.geo-country         string, names of CLDR in the language of the text
//	@sys.geo-city, @sys.geo-state
//	                         string; well-known ones are sure, others assumed where they are capitalised,
//	                         all of the text, or the end of it after a word such as "to"
//	@sys.address             string; from a house number with a word for a street to the end of the text,
//	                         assumed: all of the text
//	@sys.location            {city, admin-area, country, street-address, original}, what of it is said
//	@sys.place-attraction and the like have no rule and match nothing.
//
// What is assumed is taken only by the annotated part of a pattern and by the
// first parameter of [Model.Fill] and [Model.Extract], with a confidence of
// one half.
type SystemEntity string

// SystemEntities returns the names of those that are extracted, without "@".
func SystemEntities() []SystemEntity {
	var all []SystemEntity
	for _, name := range sortedKeys(systemEntities) {
		all = append(all, SystemEntity(name))
	}
	return all
}

var systemEntities = map[string]recogniser{
	"sys.any":                   recogniserFunc(anyAt),
	"sys.number":                recogniserFunc(numberAt),
	"sys.cardinal":              recogniserFunc(numberAt),
	"sys.number-integer":        recogniserFunc(integerAt),
	"sys.ordinal":               recogniserFunc(ordinalAt),
	"sys.number-sequence":       recogniserFunc(sequenceAt),
	"sys.percentage":            recogniserFunc(percentageAt),
	"sys.date":                  recogniserFunc(dateAt),
	"sys.time":                  recogniserFunc(timeAt),
	"sys.date-time":             recogniserFunc(dateTimeAt),
	"sys.date-period":           recogniserFunc(datePeriodAt),
	"sys.time-period":           recogniserFunc(timePeriodAt),
	"sys.duration":              recogniserFunc(durationAt),
	"sys.age":                   recogniserFunc(ageAt),
	"sys.unit-currency":         recogniserFunc(currencyAt),
	"sys.currency-name":         recogniserFunc(currencyNameAt),
	"sys.unit-length":           amountAt(length),
	"sys.unit-area":             amountAt(area),
	"sys.unit-weight":           amountAt(weight),
	"sys.unit-volume":           amountAt(volume),
	"sys.unit-speed":            amountAt(speed),
	"sys.unit-information":      amountAt(information),
	"sys.unit-length-name":      unitNameAt(length),
	"sys.unit-area-name":        unitNameAt(area),
	"sys.unit-weight-name":      unitNameAt(weight),
	"sys.unit-volume-name":      unitNameAt(volume),
	"sys.unit-speed-name":       unitNameAt(speed),
	"sys.unit-information-name": unitNameAt(information),
	"sys.temperature":           recogniserFunc(temperatureAt),
	"sys.phone-number":          recogniserFunc(phoneNumberAt),
	"sys.email":                 emailAt,
	"sys.url":                   urlAt,
	"sys.zip-code":              zipCodeAt,
	"sys.flight-number":         flightNumberAt,
	"sys.color":                 recogniserFunc(colorAt),
	"sys.language":              recogniserFunc(languageAt),
	"sys.person":                recogniserFunc(personAt),
	"sys.given-name":            recogniserFunc(givenNameAt),
	"sys.last-name":             recogniserFunc(lastNameAt),
	"sys.geo-country":           recogniserFunc(countryAt),
	"sys.geo-city":              recogniserFunc(cityAt),
	"sys.geo-state":             recogniserFunc(stateAt),
	"sys.address":               recogniserFunc(addressAt),
	"sys.street-address":        recogniserFunc(addressAt),
	"sys.location":              recogniserFunc(locationAt),
}

// unitNameAt finds the names of units without an amount.
func unitNameAt(kind unitKind) recogniserFunc {
	return func(s *scan, i int) []hit {
		for n := min(3, len(s.tokens)-i); n > 0; n-- {
			if u, ok := s.pack.units[s.phrase(i, i+n)]; ok && u.kind == kind {
				return s.one(i, i+n, u.name)
			}
		}
		return nil
	}
}

// String returns the name with "@".
func (e SystemEntity) String() string { return "@" + string(e) }
