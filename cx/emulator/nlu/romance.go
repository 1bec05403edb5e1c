//nolint:misspell // words of other languages, and misspelt ones that users write
package nlu

func spanish() *languagePack {
	return packWords{
		decimalComma: true, dayFirst: true, numbers: spanishNumbers,
		repeats: "doble=2|triple=3", zeros: "cero", percent: "por ciento|porciento",
		function:    "el|la|los|las|un|una|unos|unas|es|son|soy|yo|me|mi|mis|tu|su|y|o|pero|no|si|vale|bueno|por|favor|gracias|hola|adios|de|del|al|a|en|con|para|que|como|cuando|donde|quien|quiero|quisiera|necesito|tengo|puedo|llamo|nombre|direccion|este|esta|esto|ese|esa|lo|le|se",
		namePhrases: "me llamo|mi nombre es|soy|nombre es|me dicen", placeWords: "en|a|de|desde|hacia|hasta|para",
		months:   "enero/ene febrero/feb marzo/mar abril/abr mayo/may junio/jun julio/jul agosto/ago septiembre/setiembre/sep/sept octubre/oct noviembre/nov diciembre/dic",
		weekdays: "domingo/domingos lunes martes miercoles jueves viernes sabado/sabados",
		days:     "hoy=0|mañana=1|ayer=-1|pasado mañana=2|anteayer/antes de ayer=-2", feasts: "navidad/dia de navidad=12-25|nochebuena=12-24|nochevieja=12-31|año nuevo=1-1|reyes/dia de reyes=1-6",
		next: "proximo|proxima|siguiente|que viene", last: "pasado|pasada|ultimo|ultima|ultimos|ultimas", this: "este|esta",
		of: "de|del|el|dia", in: "en|dentro de", ahead: "despues|a partir de hoy", ago: "hace|atras", weekend: "fin de semana|finde",
		from: "de|desde|entre|del", until: "a|al|y|hasta",
		am: "am|a m|de la mañana", pm: "pm|p m|de la tarde|de la noche", hour: "horas|h|en punto", named: "mediodia/medio dia=12|medianoche/media noche=0",
		at: "a las|a la|las", minutes: "y media=30|y cuarto=15|menos cuarto=-15",
		parts: "tarde=12-20|noche=20-24|por la mañana/la mañana=8-12|por la tarde=12-20|por la noche=20-24",
		units: `duration:s=segundo/segundos|min=minuto/minutos|h=hora/horas|day=dia/dias|wk=semana/semanas|mo=mes/meses|yr=año/años|
length:mm=milimetro/milimetros|cm=centimetro/centimetros|m=metro/metros|km=kilometro/kilometros|inch=pulgada/pulgadas|mi=milla/millas|
area:m^2=metro_cuadrado/metros_cuadrados|ha=hectarea/hectareas|
weight:mg=miligramo/miligramos|g=gramo/gramos|kg=kilo/kilos/kilogramo/kilogramos|t=tonelada/toneladas|lb=libra/libras|
volume:ml=mililitro/mililitros|L=litro/litros|
speed:km/h=kilometros_por_hora|
information:MB=mega/megas/megabyte/megabytes|GB=giga/gigas/gigabyte/gigabytes|`,
		currencies: "euro/euros=EUR|dolar/dolares=USD|peso/pesos/peso mexicano/pesos mexicanos=MXN|libra/libras=GBP|sol/soles=PEN|yen/yenes=JPY|pesos argentinos=ARS|pesos colombianos=COP|pesos chilenos=CLP|centimo/centimos/centavo/centavos=cent",
		colors:     "rojo|roja|verde|azul|amarillo|amarilla|naranja|morado|violeta|rosa|marron|negro|negra|blanco|blanca|gris|dorado|plateado|beige|turquesa|celeste|granate",
	}.pack()
}

func portuguese() *languagePack {
	return packWords{
		decimalComma: true, dayFirst: true, numbers: portugueseNumbers,
		repeats: "dobro=2", zeros: "zero", percent: "por cento",
		function:    "o|a|os|as|um|uma|e|é|sou|eu|me|meu|minha|seu|sua|ou|mas|nao|sim|por|favor|obrigado|obrigada|ola|oi|tchau|de|do|da|em|no|na|com|para|que|como|quando|onde|quem|quero|queria|preciso|tenho|posso|chamo|nome|endereço|este|esta|isso",
		namePhrases: "meu nome é|me chamo|sou o|sou a|sou|nome é", placeWords: "em|para|de|no|na|do|da|desde|até",
		months:   "janeiro/jan fevereiro/fev março/mar abril/abr maio/mai junho/jun julho/jul agosto/ago setembro/set outubro/out novembro/nov dezembro/dez",
		weekdays: "domingo segunda/segunda_feira terça/terça_feira quarta/quarta_feira quinta/quinta_feira sexta/sexta_feira sábado",
		days:     "hoje=0|amanhã=1|ontem=-1|depois de amanhã=2|anteontem=-2", feasts: "natal/dia de natal=12-25|véspera de natal=12-24|ano novo=1-1|réveillon=12-31",
		next: "próximo|próxima|que vem|seguinte", last: "passado|passada|último|última|últimos|últimas", this: "este|esta|nesta|neste",
		of: "de|do|dia|o", in: "em|daqui a|dentro de", ahead: "depois|a partir de hoje", ago: "há|atrás", weekend: "fim de semana",
		from: "de|desde|entre|das", until: "a|até|às|e|ao",
		am: "am|a m|da manhã", pm: "pm|p m|da tarde|da noite", hour: "h|horas|hora", named: "meio dia=12|meia noite=0", at: "às|as|à",
		minutes: "e meia=30|e quinze=15", parts: "manhã/de manhã/pela manhã=8-12|tarde/à tarde/de tarde=12-18|noite/à noite/de noite=18-24",
		units: `duration:s=segundo/segundos|min=minuto/minutos|h=hora/horas|day=dia/dias|wk=semana/semanas|mo=mês/meses|yr=ano/anos|
length:mm=milímetro/milímetros|cm=centímetro/centímetros|m=metro/metros|km=quilômetro/quilômetros/quilómetros|mi=milha/milhas|
area:m^2=metro_quadrado/metros_quadrados|
weight:g=grama/gramas|kg=quilo/quilos/quilograma/quilogramas|t=tonelada/toneladas|
volume:ml=mililitro/mililitros|L=litro/litros|
information:MB=megas/mega|GB=giga/gigas|`,
		currencies: "real/reais=BRL|euro/euros=EUR|dólar/dólares=USD|libra/libras=GBP|centavo/centavos/cêntimo/cêntimos=cent",
		colors:     "vermelho|vermelha|verde|azul|amarelo|amarela|laranja|roxo|roxa|rosa|marrom|castanho|preto|preta|branco|branca|cinza|dourado|prateado|bege",
	}.pack()
}

func french() *languagePack {
	return packWords{
		decimalComma: true, dayFirst: true, numbers: frenchNumbers,
		repeats: "double=2|triple=3", zeros: "zéro", percent: "pour cent|pourcent",
		function:    "le|la|les|l|un|une|des|du|de|d|est|sont|suis|je|j|me|m|mon|ma|mes|tu|vous|votre|il|elle|c|ce|cet|cette|et|ou|mais|ne|pas|non|oui|merci|bonjour|salut|s|plaît|en|dans|à|au|aux|avec|pour|par|que|qu|quoi|quand|où|qui|comment|veux|voudrais|besoin|ai|peux|appelle|nom|adresse",
		namePhrases: "je m appelle|je mappelle|mon nom est|je suis|m appelle|c est|nom est", placeWords: "à|en|au|de|depuis|vers|pour|d",
		months:   "janvier/janv février/févr/fev mars avril/avr mai juin juillet/juil août septembre/sept octobre/oct novembre/nov décembre/déc",
		weekdays: "dimanche lundi mardi mercredi jeudi vendredi samedi",
		days:     "aujourd hui/aujourdhui=0|demain=1|hier=-1|après demain=2|avant hier=-2", feasts: "noël/jour de noël=12-25|réveillon de noël=12-24|nouvel an/jour de l an=1-1|saint sylvestre=12-31|14 juillet=7-14",
		next: "prochain|prochaine|prochains|prochaines|suivant|suivante", last: "dernier|dernière|derniers|dernières|passé|passée", this: "ce|cet|cette",
		of: "le|de", in: "dans|d ici", ahead: "plus tard", ago: "il y a", weekend: "week end|weekend", from: "de|du|entre", until: "à|au|et|jusqu à|jusqu au",
		am: "am|du matin", pm: "pm|de l après midi|du soir", hour: "h|heure|heures", named: "midi=12|minuit=0", at: "à|vers",
		minutes: "et demie=30|et quart=15|moins le quart=-15|heures et demie=30|heures et quart=15", parts: "matin=8-12|après midi=12-18|soir=18-22|nuit=22-24",
		units: `duration:s=seconde/secondes|min=minute/minutes|h=heure/heures|day=jour/jours|wk=semaine/semaines|mo=mois|yr=an/ans/année/années|
length:mm=millimètre/millimètres|cm=centimètre/centimètres|m=mètre/mètres|km=kilomètre/kilomètres|mi=mille/milles|
area:m^2=mètre_carré/mètres_carrés|ha=hectare/hectares|
weight:g=gramme/grammes|kg=kilo/kilos/kilogramme/kilogrammes|t=tonne/tonnes|lb=livre/livres|
volume:ml=millilitre/millilitres|L=litre/litres|
speed:km/h=kilomètres_heure|
information:MB=mégaoctet/mégaoctets/mo|GB=gigaoctet/gigaoctets/go|`,
		currencies: "euro/euros=EUR|dollar/dollars=USD|franc/francs/francs suisses=CHF|livre/livres/livres sterling=GBP|yen/yens=JPY|centime/centimes=cent",
		colors:     "rouge|vert|verte|bleu|bleue|jaune|orange|violet|violette|rose|marron|noir|noire|blanc|blanche|gris|grise|doré|argenté|beige|turquoise|bordeaux",
	}.pack()
}

func italian() *languagePack {
	return packWords{
		decimalComma: true, dayFirst: true, numbers: italianNumbers,
		repeats: "doppio=2|triplo=3", zeros: "zero", percent: "per cento|percento",
		function:    "il|lo|la|i|gli|le|l|un|uno|una|è|e|sono|io|mi|mio|mia|tu|suo|o|ma|non|no|sì|si|grazie|ciao|buongiorno|per|favore|di|del|della|a|al|alla|in|nel|con|da|dal|che|come|quando|dove|chi|voglio|vorrei|ho|posso|chiamo|nome|indirizzo|questo|questa",
		namePhrases: "mi chiamo|il mio nome è|mio nome è|sono", placeWords: "in|a|da|di|per|verso",
		months:   "gennaio/gen febbraio/feb marzo/mar aprile/apr maggio/mag giugno/giu luglio/lug agosto/ago settembre/set/sett ottobre/ott novembre/nov dicembre/dic",
		weekdays: "domenica lunedì martedì mercoledì giovedì venerdì sabato",
		days:     "oggi=0|domani=1|ieri=-1|dopodomani=2|l altro ieri=-2", feasts: "natale/giorno di natale=12-25|vigilia di natale=12-24|capodanno=1-1|san silvestro=12-31|ferragosto=8-15",
		next: "prossimo|prossima|prossimi|prossime", last: "scorso|scorsa|ultimo|ultima|ultimi|ultime|passato|passata", this: "questo|questa",
		of: "di|il|del|l", in: "tra|fra|entro", ahead: "da oggi|dopo", ago: "fa", weekend: "fine settimana|weekend|week end", from: "da|dal|tra|fra|dalle", until: "a|al|e|alle|fino a",
		am: "am|di mattina|del mattino", pm: "pm|di pomeriggio|del pomeriggio|di sera", hour: "ore|in punto", named: "mezzogiorno=12|mezzanotte=0", at: "alle|all|ore|le",
		minutes: "e mezza=30|e mezzo=30|e un quarto=15|meno un quarto=-15", parts: "mattina/mattino=8-12|pomeriggio=12-18|sera=18-22|notte=22-24",
		units: `duration:s=secondo/secondi|min=minuto/minuti|h=ora/ore|day=giorno/giorni|wk=settimana/settimane|mo=mese/mesi|yr=anno/anni|
length:mm=millimetro/millimetri|cm=centimetro/centimetri|m=metro/metri|km=chilometro/chilometri|mi=miglio/miglia|
area:m^2=metro_quadrato/metri_quadrati|
weight:g=grammo/grammi|kg=chilo/chili/chilogrammo/chilogrammi|t=tonnellata/tonnellate|
volume:ml=millilitro/millilitri|L=litro/litri|
information:MB=mega|GB=giga|`,
		currencies: "euro=EUR|dollaro/dollari=USD|sterlina/sterline=GBP|franco/franchi=CHF|yen=JPY|centesimo/centesimi=cent",
		colors:     "rosso|rossa|verde|blu|azzurro|giallo|gialla|arancione|viola|rosa|marrone|nero|nera|bianco|bianca|grigio|grigia|oro|argento|beige",
	}.pack()
}
