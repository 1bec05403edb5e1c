//nolint:misspell // words of other languages, and misspelt ones that users write
package nlu

func english() *languagePack {
	return packWords{
		plurals: true, numbers: englishNumbers,
		repeats:     "double=2|triple=3",
		zeros:       "zero|oh|o|nought|nil",
		percent:     "percent|per cent|pct|percentage",
		function:    "a|an|the|is|am|are|was|were|be|been|i|im|me|my|mine|you|your|he|she|it|its|we|they|them|this|that|these|those|and|or|but|not|no|yes|yeah|yep|nope|ok|okay|sure|please|thanks|thank|hi|hello|hey|bye|to|from|in|on|at|of|for|with|by|about|as|if|so|do|does|did|dont|can|could|would|will|should|want|need|like|have|has|had|get|got|go|going|help|what|when|where|who|why|how|which|just|only|now|then|there|here|name|call|called|address|s|m|re|ve|ll|t|d|let|lets",
		namePhrases: "my name is|name is|my names|my name s|the name is|i am|im|i m|this is|call me|its|it s|names",
		placeWords:  "in|to|from|at|near|for|towards|into",
		months:      "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug september/sep/sept october/oct november/nov december/dec",
		weekdays:    "sunday/sun/sundays monday/mon/mondays tuesday/tue/tues/tuesdays wednesday/wed/wednesdays thursday/thu/thur/thurs/thursdays friday/fri/fridays saturday/sat/saturdays",
		days:        "today/tonight/todays=0|tomorrow/tomorow/tommorow/tomorrows/tmrw/tomo=1|yesterday/yesterdays=-1|day after tomorrow/the day after tomorrow=2|day before yesterday/the day before yesterday=-2",
		feasts:      "christmas/christmas day/xmas=12-25|christmas eve=12-24|boxing day=12-26|new years eve/new year s eve=12-31|new years day/new year s day/new years/new year=1-1|valentines day/valentine s day=2-14|halloween=10-31|independence day/fourth of july=7-4",
		next:        "next|coming|following|upcoming", last: "last|past|previous", this: "this",
		of: "of|the|on", in: "in|within", ahead: "from now|from today|later|ahead|hence", ago: "ago|back|earlier", weekend: "weekend|week end",
		from: "from|between|starting", until: "to|and|until|till|through|thru|til",
		am: "am|a m|in the morning", pm: "pm|p m", hour: "oclock|o clock|hours|hrs", named: "noon/midday=12|midnight=0",
		at: "at|by|around|about|after|before", half: "half past=30", past: "past|after", to: "to|till|before", quarter: "quarter|a quarter",
		parts: "morning=8-12|afternoon=12-16|evening=16-20|night=20-24",
		units: `duration:s=second/seconds|min=minute/minutes|h=hour/hours|day=day/days|wk=week/weeks/wk/wks|mo=month/months|yr=year/years/yr/yrs|
length:mm=millimeter/millimeters/millimetre/millimetres|cm=centimeter/centimeters/centimetre/centimetres|m=meter/meters/metre/metres|km=kilometer/kilometers/kilometre/kilometres|inch=inches|ft=foot/feet|yd=yard/yards|mi=mile/miles|
area:m^2=square_meter/square_meters/square_metre/square_metres|km^2=square_kilometer/square_kilometers|ft^2=square_foot/square_feet|mi^2=square_mile/square_miles|acre=acre/acres|ha=hectare/hectares|
weight:mg=milligram/milligrams|g=gram/grams/gramme/grammes|kg=kilogram/kilograms/kilo/kilos|lb=pound/pounds|oz=ounce/ounces|t=ton/tons/tonne/tonnes|
volume:ml=milliliter/milliliters/millilitre/millilitres|L=liter/liters/litre/litres|gal=gallon/gallons|pt=pint/pints|cup=cup/cups|m^3=cubic_meter/cubic_meters|
speed:km/h=kilometers_per_hour/kilometres_per_hour|mph=miles_per_hour|m/s=meters_per_second|knot=knot/knots|
information:bit=bit/bits|B=byte/bytes|KB=kilobyte/kilobytes|MB=megabyte/megabytes/megs|GB=gigabyte/gigabytes/gig/gigs|TB=terabyte/terabytes|`,
		currencies: "dollar/dollars/us dollar/us dollars/buck/bucks=USD|euro/euros=EUR|pound/pounds/pound sterling/pounds sterling/quid=GBP|yen=JPY|rupee/rupees=INR|yuan/renminbi=CNY|peso/pesos/mexican peso/mexican pesos=MXN|franc/francs/swiss franc/swiss francs=CHF|real/reais=BRL|ruble/rubles/rouble/roubles=RUB|won=KRW|lira/liras=TRY|zloty/zlotys/zlotych=PLN|krona/kronor=SEK|krone/kroner=NOK|canadian dollar/canadian dollars=CAD|australian dollar/australian dollars=AUD|new zealand dollar/new zealand dollars=NZD|hong kong dollar/hong kong dollars=HKD|singapore dollar/singapore dollars=SGD|dirham/dirhams=AED|riyal/riyals=SAR|shekel/shekels=ILS|rand=ZAR|baht=THB|forint=HUF|hryvnia=UAH|bitcoin/bitcoins=BTC|cent/cents/penny/pence=cent",
		colors:     "red|green|blue|yellow|orange|purple|violet|pink|brown|black|white|gray|grey|silver|gold|golden|beige|ivory|cream|turquoise|teal|cyan|magenta|maroon|navy|navy blue|dark blue|light blue|sky blue|royal blue|indigo|lavender|lilac|olive|lime|crimson|scarlet|burgundy|coral|salmon|peach|khaki|tan|bronze|copper|charcoal|dark green|light green|dark red|dark gray|light gray|aqua|mint|mustard|amber|rose|ruby|emerald|fuchsia",
	}.pack()
}
