//nolint:misspell // words of other languages, and misspelt ones that users write
package nlu

func german() *languagePack {
	return packWords{
		decimalComma: true, dotOrdinals: true, dayFirst: true, numbers: germanNumbers,
		repeats: "doppel=2|zweimal=2|dreimal=3", zeros: "null", percent: "prozent",
		function:    "der|die|das|den|dem|des|ein|eine|einen|ist|sind|bin|ich|mich|mir|mein|meine|du|sie|ihr|es|und|oder|aber|nicht|nein|ja|danke|bitte|hallo|tschüss|in|im|an|am|auf|aus|mit|für|von|vom|zu|zum|nach|bei|um|was|wann|wo|wer|wie|will|möchte|brauche|habe|kann|heiße|name|adresse|diese|dieser|dieses",
		namePhrases: "ich heiße|mein name ist|ich bin|name ist|hier ist|hier spricht", placeWords: "in|nach|aus|von|ab|bei|für",
		months:   "januar/jan/jänner februar/feb märz/mrz april/apr mai juni/jun juli/jul august/aug september/sep/sept oktober/okt november/nov dezember/dez",
		weekdays: "sonntag montag dienstag mittwoch donnerstag freitag samstag/sonnabend",
		days:     "heute=0|morgen=1|gestern=-1|übermorgen=2|vorgestern=-2", feasts: "weihnachten/erster weihnachtstag=12-25|heiligabend/heilig abend=12-24|silvester=12-31|neujahr=1-1",
		next: "nächste|nächsten|nächster|nächstes|kommende|kommenden|kommender|kommendes", last: "letzte|letzten|letzter|letztes|vergangene|vergangenen|vorige|vorigen", this: "diese|diesen|dieser|dieses",
		of: "der|den|dem", in: "in", ahead: "später|ab heute", ago: "vor", weekend: "wochenende", from: "von|vom|zwischen", until: "bis|bis zum|und",
		am: "am|morgens|vormittags|uhr morgens", pm: "pm|nachmittags|abends|uhr nachmittags|uhr abends", hour: "uhr", named: "mittag/mittags=12|mitternacht=0", at: "um|gegen",
		half: "halb=-30", past: "nach", to: "vor", quarter: "viertel", parts: "vormittag=8-12|nachmittag=12-18|abend=18-22|nacht=22-24",
		units: `duration:s=sekunde/sekunden|min=minute/minuten|h=stunde/stunden|day=tag/tage/tagen|wk=woche/wochen|mo=monat/monate/monaten|yr=jahr/jahre/jahren|
length:mm=millimeter|cm=zentimeter|m=meter/metern|km=kilometer/kilometern|mi=meile/meilen|
area:m^2=quadratmeter|km^2=quadratkilometer|ha=hektar|
weight:mg=milligramm|g=gramm|kg=kilo/kilogramm|t=tonne/tonnen|lb=pfund|
volume:ml=milliliter|L=liter|
speed:km/h=stundenkilometer/kilometer_pro_stunde|
information:MB=megabyte|GB=gigabyte|`,
		currencies: "euro/euros=EUR|dollar=USD|franken/schweizer franken=CHF|pfund=GBP|yen=JPY|cent/cents/rappen=cent",
		colors:     "rot|rote|roten|grün|grüne|blau|blaue|gelb|gelbe|orange|lila|violett|rosa|braun|schwarz|schwarze|weiß|weiße|grau|gold|silber|beige|türkis",
	}.pack()
}

func dutch() *languagePack {
	return packWords{
		decimalComma: true, dayFirst: true, numbers: dutchNumbers,
		repeats: "dubbel=2", zeros: "nul", percent: "procent",
		function:    "de|het|een|is|zijn|ben|ik|me|mij|mijn|jij|u|uw|hij|ze|we|en|of|maar|niet|nee|ja|dank|bedankt|hallo|hoi|doei|in|op|aan|met|voor|van|naar|bij|om|te|wat|wanneer|waar|wie|hoe|wil|heb|kan|heet|naam|adres|dit|deze|dat|alstublieft|graag",
		namePhrases: "ik heet|mijn naam is|ik ben|naam is", placeWords: "in|naar|uit|van|vanaf|bij|voor",
		months:   "januari/jan februari/feb maart/mrt april/apr mei juni/jun juli/jul augustus/aug september/sep/sept oktober/okt november/nov december/dec",
		weekdays: "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
		days:     "vandaag=0|morgen=1|gisteren=-1|overmorgen=2|eergisteren=-2", feasts: "kerst/kerstmis/eerste kerstdag=12-25|tweede kerstdag=12-26|oudejaarsavond=12-31|nieuwjaar=1-1|koningsdag=4-27|sinterklaas=12-5",
		next: "volgende|komende|aanstaande", last: "vorige|afgelopen|laatste", this: "deze|dit",
		of: "de|van", in: "over", ahead: "later|vanaf nu", ago: "geleden", weekend: "weekend", from: "van|tussen", until: "tot|en|t m",
		am: "am|s ochtends|s morgens|uur s ochtends", pm: "pm|s middags|s avonds|uur s middags|uur s avonds", hour: "uur", named: "middernacht=0", at: "om|rond",
		half: "half=-30", past: "over", to: "voor", quarter: "kwart", parts: "ochtend=8-12|middag=12-18|avond=18-22|nacht=22-24",
		units: `duration:s=seconde/seconden|min=minuut/minuten|h=uur/uren|day=dag/dagen|wk=week/weken|mo=maand/maanden|yr=jaar/jaren|
length:mm=millimeter|cm=centimeter|m=meter|km=kilometer|mi=mijl|
area:m^2=vierkante_meter|ha=hectare|
weight:g=gram|kg=kilo/kilogram|t=ton|
volume:ml=milliliter|L=liter|
information:MB=megabyte|GB=gigabyte|`,
		currencies: "euro/euros=EUR|dollar/dollars=USD|pond=GBP|frank=CHF|cent/centen=cent",
		colors:     "rood|rode|groen|groene|blauw|blauwe|geel|gele|oranje|paars|roze|bruin|zwart|zwarte|wit|witte|grijs|goud|zilver|beige",
	}.pack()
}
