package nlu

import (
	"strings"
	"sync"
)

// cities are large cities and their everyday names. It is no gazetteer:
// others are recognised by their place in the text; see [SystemEntity].
var cities = sync.OnceValue(func() names {
	t := names{table: map[string]string{}}
	for _, name := range strings.Split(cityNames, "|") {
		forms := strings.Split(strings.TrimSpace(name), "/")
		for _, f := range forms {
			t.add(f, forms[0])
		}
	}
	return t
})

// states are the states of the United States and Canada's provinces.
var states = sync.OnceValue(func() names {
	t := names{table: map[string]string{}}
	for _, item := range strings.Split(stateNames, "|") {
		_, name, _ := strings.Cut(item, "=")
		t.add(name, name)
	}
	return t
})

var stateCodes = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, item := range strings.Split(stateNames, "|") {
		code, name, _ := strings.Cut(item, "=")
		m[code] = name
	}
	return m
})

const stateNames = "AL=Alabama|AK=Alaska|AZ=Arizona|AR=Arkansas|CA=California|CO=Colorado|CT=Connecticut|DE=Delaware|DC=District of Columbia|FL=Florida|GA=Georgia|HI=Hawaii|ID=Idaho|IL=Illinois|IN=Indiana|IA=Iowa|KS=Kansas|KY=Kentucky|LA=Louisiana|ME=Maine|MD=Maryland|MA=Massachusetts|MI=Michigan|MN=Minnesota|MS=Mississippi|MO=Missouri|MT=Montana|NE=Nebraska|NV=Nevada|NH=New Hampshire|NJ=New Jersey|NM=New Mexico|NY=New York|NC=North Carolina|ND=North Dakota|OH=Ohio|OK=Oklahoma|OR=Oregon|PA=Pennsylvania|RI=Rhode Island|SC=South Carolina|SD=South Dakota|TN=Tennessee|TX=Texas|UT=Utah|VT=Vermont|VA=Virginia|WA=Washington|WV=West Virginia|WI=Wisconsin|WY=Wyoming|AB=Alberta|BC=British Columbia|MB=Manitoba|NB=New Brunswick|NL=Newfoundland and Labrador|NS=Nova Scotia|ON=Ontario|PE=Prince Edward Island|QC=Quebec|SK=Saskatchewan"

const cityNames = `New York/New York City/NYC|Los Angeles|Chicago|Houston|Phoenix|Philadelphia|San Antonio|San Diego|Dallas|San Jose|Austin|Jacksonville|Fort Worth|Columbus|Charlotte|San Francisco|Indianapolis|Seattle|Denver|Washington/Washington DC/Washington D.C.|Boston|El Paso|Nashville|Detroit|Oklahoma City|Portland|Las Vegas|Memphis|Louisville|Baltimore|Milwaukee|Albuquerque|Tucson|Fresno|Sacramento|Kansas City|Mesa|Atlanta|Omaha|Colorado Springs|Raleigh|Miami|Oakland|Minneapolis|Tulsa|Tampa|New Orleans|Cleveland|Honolulu|Anaheim|Orlando|St. Louis/Saint Louis|Pittsburgh|Cincinnati|Anchorage|Newark|Buffalo|Salt Lake City|Palo Alto|Mountain View|Cambridge|Toronto|Montreal/Montréal|Vancouver|Calgary|Ottawa|Edmonton|Winnipeg|Quebec City|Halifax|
Mexico City/Ciudad de México/CDMX|Guadalajara|Monterrey|Puebla|Tijuana|Cancún/Cancun|Havana/La Habana|San Juan|Santo Domingo|Kingston|Panama City|San Salvador|Guatemala City|Tegucigalpa|Managua|Bogotá/Bogota|Medellín|Cali|Barranquilla|Cartagena|Caracas|Maracaibo|Quito|Guayaquil|Lima|Arequipa|Cusco|La Paz|Santa Cruz de la Sierra|Santiago|Valparaíso|Buenos Aires|Rosario|Mendoza|Montevideo|Asunción|São Paulo/Sao Paulo|Rio de Janeiro|Brasília|Salvador|Fortaleza|Belo Horizonte|Manaus|Curitiba|Recife|Porto Alegre|Belém|
London/Londres/Londra/Londen/Londyn|Birmingham|Manchester|Liverpool|Leeds|Glasgow|Edinburgh|Bristol|Cardiff|Belfast|Newcastle|Oxford|Dublin|Cork|Galway|Paris/Parigi/Parijs/Paryż|Marseille|Lyon|Toulouse|Nice|Nantes|Strasbourg|Bordeaux|Lille|Rennes|Montpellier|Brussels/Bruxelles/Brüssel/Brussel|Antwerp|Ghent|Bruges|Amsterdam|Rotterdam|The Hague/Den Haag|Utrecht|Eindhoven|Luxembourg|Berlin|Hamburg|Munich/München|Cologne/Köln|Frankfurt|Stuttgart|Düsseldorf|Leipzig|Dortmund|Essen|Bremen|Dresden|Hanover/Hannover|Nuremberg/Nürnberg|Vienna/Wien|Graz|Salzburg|Linz|Innsbruck|Zurich/Zürich|Geneva/Genève/Genf|Basel|Bern|Lausanne|Lucerne|
Madrid|Barcelona|Valencia|Seville/Sevilla|Zaragoza|Málaga|Bilbao|Granada|Alicante|Murcia|Palma|Las Palmas|Lisbon/Lisboa/Lisbonne/Lissabon/Lizbona|Porto|Braga|Coimbra|Faro|Rome/Roma/Rom/Rzym|Milan/Milano/Mailand|Naples/Napoli|Turin/Torino|Palermo|Genoa/Genova|Bologna|Florence/Firenze|Venice/Venezia|Verona|Bari|Catania|Pisa|Athens|Thessaloniki|Valletta|Nicosia|Copenhagen/København|Aarhus|Stockholm|Gothenburg|Malmö|Oslo|Bergen|Trondheim|Helsinki|Tampere|Reykjavik|Tallinn|Riga|Vilnius|Kaunas|Warsaw/Warszawa/Warschau|Kraków/Krakow/Cracow|Łódź|Wrocław|Poznań|Gdańsk|Katowice|Prague/Praha/Praga|Brno|Bratislava|Budapest|Bucharest|Cluj-Napoca|Sofia|Belgrade|Zagreb|Split|Dubrovnik|Ljubljana|Sarajevo|Skopje|Tirana|Kyiv/Kiev|Kharkiv|Odesa/Odessa|Lviv|Minsk|Chisinau|Moscow|Saint Petersburg/St. Petersburg|Kazan|Novosibirsk|
Istanbul/İstanbul|Ankara|Izmir/İzmir|Bursa|Antalya|Adana|Tbilisi|Yerevan|Baku|Tehran|Baghdad|Damascus|Beirut|Amman|Jerusalem|Tel Aviv|Riyadh|Jeddah|Mecca|Doha|Dubai|Abu Dhabi|Sharjah|Muscat|Kuwait City|Manama|Sanaa|Cairo|Alexandria|Giza|Tripoli|Tunis|Algiers|Oran|Casablanca|Rabat|Marrakesh/Marrakech|Fez|Khartoum|Addis Ababa|Nairobi|Mombasa|Kampala|Kigali|Dar es Salaam|Dodoma|Lusaka|Harare|Luanda|Kinshasa|Lagos|Abuja|Kano|Ibadan|Accra|Kumasi|Abidjan|Dakar|Bamako|Douala|Johannesburg|Cape Town|Durban|Pretoria|Windhoek|Gaborone|Maputo|Antananarivo|Port Louis|
Mumbai/Bombay|Delhi|New Delhi|Bangalore/Bengaluru|Hyderabad|Chennai/Madras|Kolkata/Calcutta|Ahmedabad|Pune|Jaipur|Surat|Lucknow|Kanpur|Nagpur|Indore|Bhopal|Patna|Kochi|Goa|Chandigarh|Karachi|Lahore|Islamabad|Faisalabad|Rawalpindi|Kabul|Dhaka|Chittagong|Colombo|Kathmandu|Thimphu|Tashkent|Almaty|Astana|Bishkek|Dushanbe|Ashgabat|Beijing/Peking|Shanghai|Guangzhou|Shenzhen|Chengdu|Chongqing|Tianjin|Wuhan|Hangzhou|Nanjing|Xi'an|Suzhou|Hong Kong|Macau|Taipei|Kaohsiung|Ulaanbaatar|Seoul|Busan|Incheon|Daegu|Pyongyang|Tokyo|Osaka|Kyoto|Yokohama|Nagoya|Sapporo|Fukuoka|Kobe|Hiroshima|Bangkok|Chiang Mai|Phuket|Hanoi|Ho Chi Minh City/Saigon|Da Nang|Phnom Penh|Siem Reap|Vientiane|Yangon|Mandalay|Kuala Lumpur|Penang|Singapore|Jakarta|Surabaya|Bandung|Bali|Manila|Cebu|Davao|Sydney|Melbourne|Brisbane|Perth|Adelaide|Canberra|Hobart|Darwin|Gold Coast|Auckland|Wellington|Christchurch|Queenstown|Suva`

// givenNames are common given names of several languages. Others are
// recognised by their place in the text; see [SystemEntity].
var givenNames = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(commonGivenNames) {
		m[normalise(n)] = true
	}
	return m
})

const commonGivenNames = `james john robert michael david william richard joseph thomas charles christopher daniel matthew anthony mark steven paul andrew joshua kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander patrick jack dennis jerry tyler aaron henry adam peter nathan zachary kyle walter harold jeremy ethan carl keith roger arthur sean christian austin lawrence jordan albert dylan bryan harry oliver leo oscar charlie alfie theo lucas noah liam mason logan elijah owen sebastian
mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia amy kathleen angela shirley brenda emma anna pamela nicole samantha katherine christine helen debra rachel carolyn janet maria catherine heather diane olivia julie joyce victoria ruth virginia lauren kelly christina joan evelyn judith andrea hannah megan jacqueline martha madison teresa gloria sara janice ann kathryn abigail sophia jean alice isabella julia judy amber denise danielle marilyn beverly charlotte diana natalie brittany kayla alexis ada eva ella chloe lucy mia zoe jane
josé juan antonio francisco manuel luis carlos javier miguel ángel pedro alejandro jorge fernando sergio pablo alberto diego rafael raúl enrique ramón vicente andrés joaquín álvaro eduardo roberto jaime nicolás gabriel mateo santiago emilio carmen josefa isabel dolores pilar teresa ana lucía cristina marta rosa elena mercedes beatriz raquel silvia alba irene patricia rocío mónica paula sofía valentina camila daniela mariana gabriela alejandra verónica aurora
jean pierre michel philippe alain nicolas christophe laurent frédéric stéphane pascal éric olivier thierry julien sébastien jérôme antoine françois guillaume vincent marie nathalie isabelle sylvie catherine françoise valérie sandrine céline stéphanie sophie véronique aurélie émilie camille léa manon chloé inès
hans klaus jürgen wolfgang stefan andreas matthias uwe dieter helmut gerhard werner horst günter heinz lukas jonas felix maximilian moritz jan tobias florian petra monika sabine ursula renate helga karin brigitte ingrid erika claudia susanne katrin heike anja lena lea
giuseppe giovanni antonio mario luigi francesco angelo vincenzo pietro salvatore carlo franco domenico bruno paolo marco andrea luca matteo lorenzo davide simone alessandro riccardo federico giulia chiara francesca federica martina alessia elisa giorgia paola luca
joão paulo pedro lucas marcos luiz gustavo rodrigo felipe bruno tiago ricardo thiago fernanda juliana márcia adriana aline letícia larissa amanda beatriz
jan andrzej piotr krzysztof stanisław tomasz paweł józef marcin marek michał grzegorz jerzy tadeusz adam łukasz zbigniew ryszard dariusz mateusz kamil jakub katarzyna małgorzata agnieszka krystyna barbara ewa elżbieta zofia magdalena joanna aleksandra monika
mehmet mustafa ahmet ali hüseyin hasan ibrahim ismail osman yusuf murat ömer emre burak fatma ayşe emine hatice zeynep elif meryem şerife zehra sultan hanife merve esra
pieter johannes cornelis hendrik willem gerrit dirk sander bram daan sem lars anneke marieke sanne lotte fleur mohammed muhammad ahmed fatima omar priya rahul amit anil sanjay raj neha pooja wei ming yuki hiroshi kenji`
