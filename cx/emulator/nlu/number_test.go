package nlu_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cxhook/cxhook/cx/emulator/nlu"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lang, text, entity string
		want               any
	}{
		{"en", "7", "number", 7.0},
		{"en", "it was 1,234.56 in all", "number", 1234.56},
		{"en", "-3 outside", "number", -3.0},
		{"en", "twenty three", "number", 23.0},
		{"en", "twenty-three of them", "number", 23.0},
		{"en", "eightyfive", "number", 85.0},
		{"en", "one hundred and five", "number", 105.0},
		{"en", "two thousand and six", "number", 2006.0},
		{"en", "three hundred forty two thousand", "number", 342000.0},
		{"en", "a hundred", "number", 100.0},
		{"en", "2 million", "number", 2000000.0},
		{"en", "a question", "number", nil},
		{"en", "model x5", "number", nil},
		{"en", "10 days", "number-integer", 10.0},
		{"en", "2.5", "number-integer", nil},
		{"en", "just one", "cardinal", 1.0},
		{"en", "the second one please", "ordinal", 2.0},
		{"en", "my 21st", "ordinal", 21.0},
		{"en", "twenty first", "ordinal", 21.0},
		{"en", "10%", "percentage", "10%"},
		{"en", "twenty five percent", "percentage", "25%"},
		{"en", "1234 5678 9800", "number-sequence", "123456789800"},
		{"en", "it is 555-0199", "number-sequence", "5550199"},
		{"en", "one two double three oh", "number-sequence", "12330"},
		{"es", "treinta y dos", "number", 32.0},
		{"es", "mil doscientos", "number", 1200.0},
		{"es", "1.234,5", "number", 1234.5},
		{"es", "quiero un vuelo", "number", nil},
		{"es", "la tercera", "ordinal", 3.0},
		{"fr", "quatre-vingt-dix-sept", "number", 97.0},
		{"fr", "soixante et onze", "number", 71.0},
		{"fr", "deux cents", "number", 200.0},
		{"fr", "la deuxième", "ordinal", 2.0},
		{"de", "einundzwanzig", "number", 21.0},
		{"de", "dreihundertfünfzig", "number", 350.0},
		{"de", "zweitausendvierundzwanzig", "number", 2024.0},
		{"de", "ich brauche ein Auto", "number", nil},
		{"it", "ventotto", "number", 28.0},
		{"it", "duecento", "number", 200.0},
		{"it", "tremila", "number", 3000.0},
		{"pt", "quarenta e dois", "number", 42.0},
		{"pt", "mil e cem", "number", 1100.0},
		{"pl", "dwadzieścia pięć", "number", 25.0},
		{"pl", "dwieście", "number", 200.0},
		{"tr", "yirmi beş", "number", 25.0},
		{"tr", "üç yüz", "number", 300.0},
		{"nl", "vijfentwintig", "number", 25.0},
		{"nl", "tweehonderd", "number", 200.0},
	}
	m := empty()
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			in := nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}
			if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys."+tt.entity)); diff != "" {
				t.Errorf("@sys.%s (-want +got)\n%s", tt.entity, diff)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		lang, text, entity string
		want               any
	}{
		{"en", "up by $15 this month", "unit-currency", money(15, "USD", "$15")},
		{"en", "20 dollars and 5 cents", "unit-currency", money(20.05, "USD", "20 dollars and 5 cents")},
		{"en", "fifty euros", "unit-currency", money(50, "EUR", "fifty euros")},
		{"en", "30 CHF", "unit-currency", money(30, "CHF", "30 CHF")},
		{"en", "in pounds", "currency-name", "GBP"},
		{"de", "19,99 €", "unit-currency", money(19.99, "EUR", "19,99 €")},
		{"pl", "sto złotych", "unit-currency", money(100, "PLN", "sto złotych")},
		{"tr", "50 lira", "unit-currency", money(50, "TRY", "50 lira")},
		{"pt", "dez reais", "unit-currency", money(10, "BRL", "dez reais")},
		{"en", "two weeks", "duration", amount(2, "wk", "two weeks")},
		{"en", "an hour and a half", "duration", amount(90, "min", "an hour and a half")},
		{"en", "2 hours 30 minutes", "duration", amount(150, "min", "2 hours 30 minutes")},
		{"en", "half an hour", "duration", amount(30, "min", "half an hour")},
		{"fr", "un mois", "duration", amount(1, "mo", "un mois")},
		{"nl", "drie dagen", "duration", amount(3, "day", "drie dagen")},
		{"it", "dieci minuti", "duration", amount(10, "min", "dieci minuti")},
		{"en", "I am 25 years old", "age", amount(25, "yr", "25 years old")},
		{"en", "5 kilometers", "unit-length", amount(5, "km", "5 kilometers")},
		{"en", "5km", "unit-length", amount(5, "km", "5km")},
		{"en", "2 pounds of it", "unit-weight", amount(2, "lb", "2 pounds")},
		{"en", "16GB", "unit-information", amount(16, "GB", "16GB")},
		{"en", "60 miles per hour", "unit-speed", amount(60, "mph", "60 miles per hour")},
		{"es", "tres litros", "unit-volume", amount(3, "L", "tres litros")},
		{"en", "forty square feet", "unit-area", amount(40, "ft^2", "forty square feet")},
		{"en", "in kilograms", "unit-weight-name", "kg"},
		{"en", "25 degrees celsius", "temperature", amount(25, "C", "25 degrees celsius")},
		{"en", "70 degrees", "temperature", amount(70, "F", "70 degrees")},
		{"de", "-5 °C", "temperature", amount(-5, "C", "-5 °C")},
		{"en", "5 apples", "unit-length", nil},
	}
	m := empty()
	for _, tt := range tests {
		t.Run(tt.lang+" "+tt.text, func(t *testing.T) {
			t.Parallel()
			in := nlu.Input{Text: tt.text, Language: tt.lang, Now: sunday}
			if diff := cmp.Diff(tt.want, extracted(t, m, in, "@sys."+tt.entity)); diff != "" {
				t.Errorf("@sys.%s (-want +got)\n%s", tt.entity, diff)
			}
		})
	}
}
