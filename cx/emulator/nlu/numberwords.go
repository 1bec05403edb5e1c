//nolint:misspell // words of other languages, and misspelt ones that users write
package nlu

import "strings"

// numberWords are the number words of a language, normalised.
type numberWords struct {
	small    map[string]float64 // 0 to 99, and to 999 where written as one word
	hundreds map[string]float64 // words for a number of hundreds of their own
	hundred  map[string]bool    // words that make hundreds of the number before
	scales   map[string]float64 // thousand and above
	and      map[string]bool    // between the parts
	articles map[string]bool    // one, but an article too
	glue     string             // thousand, where it is written in one word with its count
	maxWords int                // of an entry of small
	ordinals map[string]float64
	suffixes map[string]bool // of ordinals in digits
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	if words == "" {
		return m
	}
	for _, w := range strings.Split(words, "|") {
		m[normalise(w)] = true
	}
	return m
}

// counted numbers the words of a list from first on; several forms of one
// number are divided by a slash.
func counted(first, step float64, words string) map[string]float64 {
	m := map[string]float64{}
	for _, forms := range strings.Fields(words) {
		for _, w := range strings.Split(forms, "/") {
			m[normalise(strings.ReplaceAll(w, "_", " "))] = first
		}
		first += step
	}
	return m
}

// compose adds the numbers from 21 to 99 made of tens and units.
func compose(small, tens, units map[string]float64, join func(ten, unit string, value float64) string) map[string]float64 {
	for t, tv := range tens {
		if _, ok := small[t]; !ok {
			small[t] = tv
		}
		for u, uv := range units {
			if uv < 1 || uv > 9 {
				continue
			}
			w := normalise(join(t, u, tv+uv))
			if _, ok := small[w]; !ok {
				small[w] = tv + uv
			}
		}
	}
	return small
}

func spaced(between string) func(ten, unit string, value float64) string {
	return func(ten, unit string, _ float64) string { return ten + between + unit }
}

func (n numberWords) finish() *numberWords {
	for w := range n.small {
		n.maxWords = max(n.maxWords, strings.Count(w, " ")+1)
	}
	return &n
}

func englishNumbers() *numberWords {
	small := counted(0, 1, "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens := counted(20, 10, "twenty thirty forty/fourty fifty sixty seventy eighty ninety")
	ordinals := counted(1, 1, "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
	units := counted(1, 1, "first second third fourth fifth sixth seventh eighth ninth")
	compose(ordinals, tens, units, spaced(" "))
	for t := range tens {
		delete(ordinals, t)
	}
	for w, v := range counted(20, 10, "twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth") {
		ordinals[w] = v
	}
	ones := counted(1, 1, "one two three four five six seven eight nine")
	compose(small, tens, small, spaced(" "))
	compose(small, tens, ones, spaced("")) // "eightyfive"
	return numberWords{
		small: small, hundred: set("hundred|hundreds"),
		scales: map[string]float64{"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
		and:    set("and"), articles: set("a|an"), ordinals: ordinals, suffixes: set("st|nd|rd|th"),
	}.finish()
}

func spanishNumbers() *numberWords {
	small := counted(0, 1, "cero uno/un/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve veinte veintiuno/veintiun/veintiuna veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve")
	tens := counted(30, 10, "treinta cuarenta cincuenta sesenta setenta ochenta noventa")
	return numberWords{
		small:    compose(small, tens, small, spaced(" y ")),
		hundreds: counted(100, 100, "cien/ciento doscientos/doscientas trescientos/trescientas cuatrocientos/cuatrocientas quinientos/quinientas seiscientos/seiscientas setecientos/setecientas ochocientos/ochocientas novecientos/novecientas"),
		scales:   map[string]float64{"mil": 1e3, "millon": 1e6, "millones": 1e6},
		articles: set("un|una"),
		ordinals: counted(1, 1, "primero/primera/primer segundo/segunda tercero/tercera/tercer cuarto/cuarta quinto/quinta sexto/sexta septimo/septima octavo/octava noveno/novena decimo/decima"),
		suffixes: set("o|a|er|ro|ra|º|ª"),
	}.finish()
}

func portugueseNumbers() *numberWords {
	small := counted(0, 1, "zero um/uma dois/duas tres quatro cinco seis/meia sete oito nove dez onze doze treze catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove")
	delete(small, "meia")
	tens := counted(20, 10, "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")
	return numberWords{
		small:    compose(small, tens, small, spaced(" e ")),
		hundreds: counted(100, 100, "cem/cento duzentos/duzentas trezentos/trezentas quatrocentos/quatrocentas quinhentos/quinhentas seiscentos/seiscentas setecentos/setecentas oitocentos/oitocentas novecentos/novecentas"),
		scales:   map[string]float64{"mil": 1e3, "milhao": 1e6, "milhoes": 1e6},
		and:      set("e"), articles: set("um|uma"),
		ordinals: counted(1, 1, "primeiro/primeira segundo/segunda terceiro/terceira quarto/quarta quinto/quinta sexto/sexta setimo/setima oitavo/oitava nono/nona decimo/decima"),
		suffixes: set("o|a|º|ª"),
	}.finish()
}

func frenchNumbers() *numberWords {
	small := counted(0, 1, "zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix_sept dix_huit dix_neuf")
	units := counted(1, 1, "un/une deux trois quatre cinq six sept huit neuf")
	teens := counted(1, 1, "onze douze treize quatorze quinze seize dix_sept dix_huit dix_neuf")
	tens := counted(20, 10, "vingt trente quarante cinquante soixante")
	compose(small, tens, units, func(ten, unit string, v float64) string {
		if int(v)%10 == 1 {
			return ten + " et " + unit
		}
		return ten + " " + unit
	})
	compose(small, map[string]float64{"quatre vingt": 80, "quatre vingts": 80, "septante": 70, "huitante": 80, "nonante": 90}, units, spaced(" "))
	compose(small, map[string]float64{"soixante dix": 70, "quatre vingt dix": 90}, nil, spaced(" "))
	compose(small, map[string]float64{"soixante": 70, "soixante et": 70, "quatre vingt": 90}, teens, spaced(" "))
	delete(small, "soixante et")
	return numberWords{
		small: small, hundred: set("cent|cents"),
		scales:   map[string]float64{"mille": 1e3, "million": 1e6, "millions": 1e6, "milliard": 1e9, "milliards": 1e9},
		articles: set("un|une"),
		ordinals: counted(1, 1, "premier/première deuxième/second/seconde troisième quatrième cinquième sixième septième huitième neuvième dixième"),
		suffixes: set("er|ère|re|e|ème|eme|nd|nde"),
	}.finish()
}

// oneWord adds the numbers from 100 to 999 where they are written in one
// word.
func oneWord(small map[string]float64, hundred string) map[string]float64 {
	all := map[string]float64{}
	for w, v := range small {
		all[w] = v
		if v > 0 && v < 100 {
			all[hundred+w] = 100 + v
		}
	}
	all[hundred] = 100
	for u, uv := range small {
		if uv < 1 || uv > 9 {
			continue
		}
		all[u+hundred] = uv * 100
		for w, v := range small {
			if v > 0 && v < 100 {
				all[u+hundred+w] = uv*100 + v
			}
		}
	}
	return all
}

func germanNumbers() *numberWords {
	small := counted(0, 1, "null eins/ein/eine/einen/einem/einer zwei/zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn")
	units := counted(1, 1, "ein zwei drei vier fünf sechs sieben acht neun")
	tens := counted(20, 10, "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
	compose(small, tens, units, func(ten, unit string, _ float64) string { return unit + "und" + ten })
	return numberWords{
		small: oneWord(small, "hundert"), hundred: set("hundert"), glue: "tausend",
		scales: map[string]float64{"tausend": 1e3, "million": 1e6, "millionen": 1e6, "milliarde": 1e9, "milliarden": 1e9},
		and:    set("und"), articles: set("ein|eine|einen|einem|einer"),
		ordinals: counted(1, 1, "erste/ersten/erster/erstes zweite/zweiten/zweiter/zweites dritte/dritten/dritter/drittes vierte/vierten/vierter fünfte/fünften sechste/sechsten siebte/siebten achte/achten neunte/neunten zehnte/zehnten"),
	}.finish()
}

func italianNumbers() *numberWords {
	small := counted(0, 1, "zero uno/un/una due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove")
	units := counted(1, 1, "uno due tre quattro cinque sei sette otto nove")
	tens := counted(20, 10, "venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
	compose(small, tens, units, func(ten, unit string, v float64) string {
		if last := int(v) % 10; last == 1 || last == 8 {
			ten = ten[:len(ten)-1]
		}
		return ten + unit
	})
	return numberWords{
		small: oneWord(small, "cento"), hundred: set("cento"), glue: "mila",
		scales:   map[string]float64{"mille": 1e3, "mila": 1e3, "milione": 1e6, "milioni": 1e6},
		articles: set("un|una"),
		ordinals: counted(1, 1, "primo/prima secondo/seconda terzo/terza quarto/quarta quinto/quinta sesto/sesta settimo/settima ottavo/ottava nono/nona decimo/decima"),
		suffixes: set("o|a|º|ª"),
	}.finish()
}

func dutchNumbers() *numberWords {
	small := counted(0, 1, "nul een/één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien")
	tens := counted(20, 10, "twintig dertig veertig vijftig zestig zeventig tachtig negentig")
	compose(small, tens, small, func(ten, unit string, _ float64) string { return unit + "en" + ten })
	return numberWords{
		small: oneWord(small, "honderd"), hundred: set("honderd"), glue: "duizend",
		scales: map[string]float64{"duizend": 1e3, "miljoen": 1e6, "miljard": 1e9},
		and:    set("en"), articles: set("een"),
		ordinals: counted(1, 1, "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende"),
		suffixes: set("e|de|ste"),
	}.finish()
}

func polishNumbers() *numberWords {
	small := counted(0, 1, "zero jeden/jedna/jedno/jedną dwa/dwie/dwóch trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście")
	tens := counted(20, 10, "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt")
	return numberWords{
		small:    compose(small, tens, small, spaced(" ")),
		hundreds: counted(100, 100, "sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset"),
		scales:   map[string]float64{"tysiac": 1e3, "tysiace": 1e3, "tysiecy": 1e3, "milion": 1e6, "miliony": 1e6, "milionow": 1e6},
		ordinals: counted(1, 1, "pierwszy/pierwsza/pierwszego/pierwsze drugi/druga/drugiego/drugie trzeci/trzecia/trzeciego czwarty/czwarta/czwartego piąty/piąta/piątego szósty/szósta/szóstego siódmy/siódma/siódmego ósmy/ósma/ósmego dziewiąty/dziewiąta/dziewiątego dziesiąty/dziesiąta/dziesiątego"),
	}.finish()
}

func turkishNumbers() *numberWords {
	small := counted(0, 1, "sıfır bir iki üç dört beş altı yedi sekiz dokuz")
	tens := counted(10, 10, "on yirmi otuz kırk elli altmış yetmiş seksen doksan")
	return numberWords{
		small: compose(small, tens, small, spaced(" ")), hundred: set("yüz"),
		scales:   map[string]float64{"bin": 1e3, "milyon": 1e6, "milyar": 1e9},
		articles: set("bir"),
		ordinals: counted(1, 1, "birinci/ilk ikinci üçüncü dördüncü beşinci altıncı yedinci sekizinci dokuzuncu onuncu"),
		suffixes: set("inci|nci|uncu|üncü|ıncı"),
	}.finish()
}
