//nolint:misspell // words of other languages, and misspelt ones that users write
package nlu

func polish() *languagePack {
	return packWords{
		decimalComma: true, dotOrdinals: true, dayFirst: true, numbers: polishNumbers,
		zeros: "zero", percent: "procent|procenta|procentów",
		function:    "i|a|w|we|z|ze|na|do|od|o|po|za|przy|dla|nie|tak|to|ten|ta|te|jest|są|jestem|ja|mnie|mi|mój|moja|moje|ty|pan|pani|że|się|co|kiedy|gdzie|kto|jak|chcę|chciałbym|chciałabym|mam|mogę|nazywam|imię|adres|dziękuję|proszę|cześć|dzień|dobry|lub|ale",
		namePhrases: "nazywam się|mam na imię|moje imię to|jestem|imię to", placeWords: "w|we|do|z|ze|od|na",
		months:   "styczeń/stycznia/sty luty/lutego/lut marzec/marca/mar kwiecień/kwietnia/kwi maj/maja czerwiec/czerwca/cze lipiec/lipca/lip sierpień/sierpnia/sie wrzesień/września/wrz październik/października/paź listopad/listopada/lis grudzień/grudnia/gru",
		weekdays: "niedziela/niedzielę/niedzieli poniedziałek/poniedziałku wtorek/wtorku środa/środę/środy czwartek/czwartku piątek/piątku sobota/sobotę/soboty",
		days:     "dziś/dzisiaj=0|jutro=1|wczoraj=-1|pojutrze=2|przedwczoraj=-2", feasts: "boże narodzenie=12-25|wigilia/wigilię=12-24|sylwester/sylwestra=12-31|nowy rok=1-1",
		next: "następny|następna|następną|następne|przyszły|przyszła|przyszłą|przyszłym|najbliższy|najbliższą", last: "ostatni|ostatnia|ostatnią|ostatnie|zeszły|zeszła|zeszłą|zeszłym|poprzedni", this: "ten|ta|tę|tym",
		in: "za", ago: "temu", weekend: "weekend", from: "od|między", until: "do|a|i",
		am: "am|rano", pm: "pm|po południu|wieczorem", hour: "godzina|godzinie", named: "południe/w południe=12|północ/o północy=0", at: "o|o godzinie|godzina|godzinie",
		parts: "rano=8-12|przed południem=8-12|po południu/popołudnie=12-18|wieczór/wieczorem=18-22|noc/w nocy=22-24",
		units: `duration:s=sekunda/sekundy/sekund|min=minuta/minuty/minut/minutę|h=godzina/godziny/godzin/godzinę|day=dzień/dni/dnia|wk=tydzień/tygodnie/tygodni|mo=miesiąc/miesiące/miesięcy|yr=rok/lata/lat|
length:mm=milimetr/milimetry/milimetrów|cm=centymetr/centymetry/centymetrów|m=metr/metry/metrów|km=kilometr/kilometry/kilometrów|
weight:g=gram/gramy/gramów|kg=kilo/kilogram/kilogramy/kilogramów|t=tona/tony/ton|
volume:ml=mililitr/mililitry/mililitrów|L=litr/litry/litrów|
information:MB=megabajt/megabajty/megabajtów|GB=gigabajt/gigabajty/gigabajtów|`,
		currencies: "złoty/złote/złotych/zł=PLN|euro=EUR|dolar/dolary/dolarów=USD|funt/funty/funtów=GBP|frank/franki/franków=CHF|grosz/grosze/groszy=cent",
		colors:     "czerwony|czerwona|zielony|zielona|niebieski|niebieska|żółty|żółta|pomarańczowy|fioletowy|różowy|brązowy|czarny|czarna|biały|biała|szary|złoty|srebrny|beżowy",
	}.pack()
}

func turkish() *languagePack {
	return packWords{
		decimalComma: true, dotOrdinals: true, dayFirst: true, numbers: turkishNumbers,
		zeros: "sıfır", percent: "yüzde",
		function:    "ve|veya|ama|bir|bu|şu|o|ben|benim|bana|sen|siz|biz|değil|evet|hayır|tamam|teşekkürler|teşekkür|lütfen|merhaba|selam|için|ile|de|da|ki|mi|mı|ne|nerede|kim|nasıl|istiyorum|var|yok|adım|ismim|adres|adresim",
		namePhrases: "adım|ismim|benim adım|ben|benim ismim", placeWords: "",
		months:   "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
		weekdays: "pazar pazartesi salı çarşamba perşembe cuma cumartesi",
		days:     "bugün=0|yarın=1|dün=-1|öbür gün=2|evvelsi gün=-2", feasts: "yılbaşı=1-1|cumhuriyet bayramı=10-29",
		next: "gelecek|önümüzdeki|haftaya", last: "geçen|son", this: "bu",
		ahead: "sonra", ago: "önce", weekend: "hafta sonu", until: "ile|ve",
		am: "sabah", pm: "akşam|öğleden sonra", hour: "de|da|te|ta", named: "öğlen=12|gece yarısı=0", at: "saat", minutes: "buçuk=30",
		parts: "sabah=8-12|öğleden sonra=12-18|akşam=18-22|gece=22-24",
		units: `duration:s=saniye|min=dakika|h=saat|day=gün|wk=hafta|mo=ay|yr=yıl/sene|
length:cm=santim/santimetre|m=metre|km=kilometre|
weight:g=gram|kg=kilo/kilogram|t=ton|
volume:ml=mililitre|L=litre|
information:MB=megabayt|GB=gigabayt|`,
		currencies: "lira/türk lirası/tl=TRY|euro/avro=EUR|dolar=USD|sterlin=GBP|kuruş=cent",
		colors:     "kırmızı|yeşil|mavi|sarı|turuncu|mor|pembe|kahverengi|siyah|beyaz|gri|altın|gümüş|bej",
	}.pack()
}
