package expr

import (
	"fmt"
	"strings"
	"time"
)

// dateNames are the names of one language, as the Unicode CLDR has them.
type dateNames struct {
	months, shortMonths string // separated by blanks; a ~ stands for a blank
	alone               string // short months that stand alone, if they differ
	days, shortDays     string // from Sunday
	halves              string // before and after noon
	eras                string // short and full
	firstDay            time.Weekday
	firstWeek           int // how many days the first week of a year must have
}

// languages has the names by language. It is never changed.
var languages = map[string]*dateNames{
	"en": {
		months:      "January February March April May June July August September October November December",
		shortMonths: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
		days:        "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
		shortDays:   "Sun Mon Tue Wed Thu Fri Sat",
		halves:      "AM PM", eras: "AD Anno~Domini", firstDay: time.Sunday, firstWeek: 1,
	},
	"es": {
		months:      "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
		shortMonths: "ene feb mar abr may jun jul ago sept oct nov dic",
		days:        "domingo lunes martes miércoles jueves viernes sábado",
		shortDays:   "dom lun mar mié jue vie sáb",
		halves:      "a.\u00a0m. p.\u00a0m.", eras: "d.~C. después~de~Cristo", firstDay: time.Monday, firstWeek: 4,
	},
	"fr": {
		months:      "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
		shortMonths: "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
		days:        "dimanche lundi mardi mercredi jeudi vendredi samedi",
		shortDays:   "dim. lun. mar. mer. jeu. ven. sam.",
		halves:      "AM PM", eras: "ap.~J.-C. après~Jésus-Christ", firstDay: time.Monday, firstWeek: 4,
	},
	"de": {
		months:      "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
		shortMonths: "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
		alone:       "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
		days:        "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
		shortDays:   "So. Mo. Di. Mi. Do. Fr. Sa.",
		halves:      "AM PM", eras: "n.~Chr. n.~Chr.", firstDay: time.Monday, firstWeek: 4,
	},
	"it": {
		months:      "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
		shortMonths: "gen feb mar apr mag giu lug ago set ott nov dic",
		days:        "domenica lunedì martedì mercoledì giovedì venerdì sabato",
		shortDays:   "dom lun mar mer gio ven sab",
		halves:      "AM PM", eras: "d.C. dopo~Cristo", firstDay: time.Monday, firstWeek: 4,
	},
	"pt": {
		months:      "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
		shortMonths: "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
		days:        "domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado",
		shortDays:   "dom. seg. ter. qua. qui. sex. sáb.",
		halves:      "AM PM", eras: "d.C. depois~de~Cristo", firstDay: time.Sunday, firstWeek: 1,
	},
}

// namesOf returns the names of a language such as de or pt-BR.
func namesOf(language string) (*dateNames, error) {
	base, _, _ := strings.Cut(strings.ReplaceAll(language, "_", "-"), "-")
	names := languages[strings.ToLower(base)]
	if names == nil {
		return nil, fmt.Errorf("language %.20q: names of months and days are known in %s", language, strings.Join(sortedNames(), ", "))
	}
	return names, nil
}

func sortedNames() []string {
	keys := make(map[string]any, len(languages))
	for k := range languages {
		keys[k] = nil
	}
	return sortedKeys(keys)
}

// table returns the names that a letter of a pattern can stand for, nil when it stands
// for a number.
func (d *dateNames) table(p patternPart) []string {
	full := p.count == 4
	list := ""
	switch p.letter {
	case 'M', 'L':
		if list = d.shortMonths; full {
			list = d.months
		} else if p.letter == 'L' && d.alone != "" {
			list = d.alone
		}
	case 'E', 'e', 'c':
		if list = d.shortDays; full {
			list = d.days
		}
	case 'a':
		list = d.halves
	}
	if list == "" {
		return nil
	}
	names := strings.Split(list, " ")
	for i, name := range names {
		if names[i] = strings.ReplaceAll(name, "~", " "); p.count == 5 && p.letter != 'a' {
			names[i] = strings.ToUpper(string([]rune(name)[:1]))
		}
	}
	return names
}

// nameField writes a letter that is a name, or a number when it stands once or twice.
func (f *dateFormatter) nameField(p patternPart) error {
	const longest = 5
	t := f.time
	switch {
	case p.count > longest || p.letter == 'a' && p.count > 1:
	case p.letter == 'M' || p.letter == 'L':
		return f.named(p, int(t.Month())-1, 1)
	case p.letter == 'E':
		return f.named(patternPart{letter: 'E', count: max(p.count, 3)}, int(t.Weekday()), 0)
	case p.letter == 'e' || p.letter == 'c' && p.count != 2:
		if p.count >= 3 {
			return f.named(p, int(t.Weekday()), 0)
		}
		names, err := namesOf(f.language)
		if err != nil {
			return err
		}
		return f.number((int(t.Weekday())-int(names.firstDay)+7)%7+1, p.count)
	case p.letter == 'Q' || p.letter == 'q':
		return f.quarter(p)
	case p.letter == 'a':
		return f.named(p, t.Hour()/12, 0)
	case p.letter == 'G':
		return f.era(p)
	}
	return fmt.Errorf("%d of the letter %q are not known", p.count, p.letter)
}

// named writes name n of the letter's table, or n itself when the letter
// stands once or twice and is not a half of the day.
func (f *dateFormatter) named(p patternPart, n, offset int) error {
	if p.count < 3 && p.letter != 'a' {
		return f.number(n+offset, p.count)
	}
	names, err := namesOf(f.language)
	if err != nil {
		return err
	}
	f.out = append(f.out, names.table(p)[n]...)
	return nil
}

func (f *dateFormatter) quarter(p patternPart) error {
	n := (int(f.time.Month())-1)/3 + 1
	switch p.count {
	case 1, 2:
		return f.number(n, p.count)
	case 3:
		f.out = append(f.out, 'Q', byte('0'+n))
		return nil
	}
	return fmt.Errorf("%d of the letter %q are not known", p.count, p.letter)
}

func (f *dateFormatter) era(p patternPart) error {
	names, err := namesOf(f.language)
	if err != nil {
		return err
	}
	list := strings.Split(names.eras, " ")
	name := list[0]
	if p.count == 4 {
		name = list[1]
	}
	f.out = append(f.out, strings.ReplaceAll(name, "~", " ")...)
	return nil
}

// weekRule returns when weeks begin; languages without names follow ISO 8601.
func (f *dateFormatter) weekRule() (time.Weekday, int) {
	if names, err := namesOf(f.language); err == nil {
		return names.firstDay, names.firstWeek
	}
	return time.Monday, 4
}

// week returns the week and the year that it belongs to.
func (f *dateFormatter) week() (year, week int) {
	first, least := f.weekRule()
	t := f.time
	start := func(year int) time.Time { // the first day of week 1
		day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		back := (int(day.Weekday()) - int(first) + 7) % 7
		if 7-back < least {
			back -= 7
		}
		return day.AddDate(0, 0, -back)
	}
	today := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	for year = t.Year() + 1; start(year).After(today); {
		year--
	}
	return year, int(today.Sub(start(year)).Hours())/(7*24) + 1
}

func (f *dateFormatter) weekYear() int {
	year, _ := f.week()
	return year
}

func (f *dateFormatter) weekOfMonth() int {
	first, least := f.weekRule()
	day := f.time.AddDate(0, 0, 1-f.time.Day())
	back := (int(day.Weekday()) - int(first) + 7) % 7
	week := (f.time.Day()-1+back)/7 + 1
	if 7-back < least {
		week--
	}
	return week
}
