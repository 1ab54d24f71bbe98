"""Expressions that point back: at a time, a person or a thing that was named before the sentence.

What linguists call anaphora. English, German, French and Spanish; the commonest of Italian, Polish
and Portuguese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from digest.text import words

# "Hours later, ...", "The next day ...", "Asked about it ...": after something that is not there.
_UNIT = r"(?:time|while|seconds?|minutes?|hours?|days?|weeks?|months?|years?|moments?)"
_OPENERS = {
    "en": rf"""(?:just\ |only\ |barely\ )?(?:\w+\ ){{0,2}}{_UNIT}[ ]
          (?:later|earlier|before|after\ (?:the|that|this|his|her|their))
      |in\ the\ next\ (?:\w+\ )?{_UNIT}|(?:first|second|third|next|last)(?:ly)?(?=,)
      |(?:the\ (?:next|same|following|previous)|later|earlier)[ ]
       (?:that|this|in\ the|on|day|week|month|year|morning|evening|night)
      |(?:the|at\ the)\ time|within\ (?:\w+\ )?(?:hours|days|minutes)\ of\ (?:his|her|the|that)
      |at\ (?:first\b(?!\ (?:glance|sight))|one\ point|(?:that|this)\ (?:moment|point|stage))
      |asked\ (?:if|about|whether|why|how|by)|(?:as|for|besides|like)\ (?:him|her|them|this|that)
      |both\ (?:men|women|sides|are|were|of)|all\ (?:three|four|five|of\ (?:them|these|those))
      |(?:a|the)\ (?:second|third|fourth|fifth|other),?\ (?!\w+\ (?:in|of|on|for|to)\b)
      |(?:some|many|most|several|others?)\ (?:said|says?|saw|sees?|believed?|think|argued?
         |also|of\ the|ha(?:d|ve)|are|were)
      |later(?=,)|on\ the\ same\ day|not\ all|no\ one\ (?:would|was|has|is)
      |one\ of\ (?:them|those|these|the(?!\ (?:most|\w+est|world)\b|\ (?-i:[A-Z])))
      |(?:many|some|most|several|two|three)\ of\ (?:his|her|its|their)
      |the\ more\ (?:he|she|they|it)|despite\ (?:that|this|these|those)|elsewhere|separately
      |over\ (?:at|on)
      |in\ doing\ so|in\ it(?=,)|in\ (?:both|each|either)\ cases?(?=,)
      |(?:since|until|by|before)\ then|as\ if
      |(?:accordingly|afterwards?|consequently|conversely|either\ way|even\ (?:better|so|worse)
       |hence|in\ short|put\ simply|regardless|similarly|subsequently|that\ said|to\ that\ end
       |with\ that)(?=,)""",
    "de": r"""(?:stunden|tage|wochen|monate|jahre|minuten)\ (?:später|zuvor|danach)
      |am\ (?:nächsten|selben|gleichen)\ tag|zur\ selben\ zeit|kurz\ (?:darauf|danach|zuvor)
      |endlich|später|zuvor|danach|daraufhin|denn|dabei|anschließend|seitdem|seither|damals|trotzdem
      |nun\ (?:hat|haben|ist|sind|soll|wird)|da\ (?:ist|sind|war)|so\ (?:auch|sei|sagte|heißt)
      |(?:dar|da)(?:aus|für|hinter|in|neben|unter|von|vor)|hier(?:bei|für|mit)|gleichzeitig
      |zugleich|ebenso|erstens|zweitens|drittens|weiter(?:s|hin)?|insgesamt\ \w+\ (?:es\ )?damit
      |(?:ganz\ )?im\ gegen(?:satz|teil)|nicht\ etwa|letztere\w*
      |(?:sollte|wenn|ob|wie)\ (?:das|dies)|unter\ anderem|künftig\ (?:müsse|solle|werde)
      |(?:schon|bereits|kurz)\ (?:damals|vorher|zuvor)|unterdessen|mittlerweile
      |deswegen|entsprechend|folglich|immerhin|insofern|oder|schlussendlich|so\ oder\ so
      |(?:als|bevor|da|dass|falls|nachdem|ob|obwohl|sollten?|während|weil|wenn)[ ]
       (?:sie|er|ih[mnr]|ihnen|diese[rsmn]?)
      |von\ (?:dort|hier)|zwar\b(?!.*\b(?:aber|doch|jedoch)\b)
      |(?-i:D(?:er|ie|as|en|em)\ [a-zäöüß]+\ (?:a[mn]|auf|das|den|die|eine?|ih[mr]|i[mn]|mit|nicht
       |sich|um))
      |(?-i:D(?:er|ie|as|en|em))\ (?:ha(?:t|tte|ben)|ist|sind|war|will|wird|wurde|soll|kann|muss)
      |bei\ (?:keine[mr]|beiden)|wie\ (?:müssen|können|sollen)""",
    "fr": r"""(?:quelques|plusieurs|deux|trois)\ (?:heures|jours|semaines|mois|minutes)[ ]
       (?:plus\ tard|après|avant)|le\ lendemain|peu\ après|plus\ tôt|auparavant|ensuite|enfin|puis
      |à\ (?:ce|cette)\ \w+|à\ l['’]époque|dès\ lors|depuis\ lors|en\ effet|en\ revanche
      |au\ contraire|quant\ à\ (?:lui|elle|eux)|de\ même|également|aussi|là-bas|tou(?:te)?s\ deux
      |d['’]autres|l['’]autre|car|or|certes|d['’]ailleurs|de\ fait
      |(?:s['’]|alors\ qu['’]|bien\ qu['’]|comme\ |lorsqu['’]|puisqu['’]|quand\ )
       (?:ils|elles?|il\ (?!faut|n['’]y|s['’]agit|y))""",
    "es": r"""(?:horas|días|semanas|meses|minutos)\ (?:después|antes|más\ tarde)
      |al\ día\ siguiente|poco\ después|más\ tarde|luego|después|por\ último|tras\ (?:ello|esto|eso)
      |en\ (?:tanto|efecto|cambio|dich[oa])|por\ (?:tanto|consiguiente|otra\ parte)|al\ respecto
      |igualmente|amb[oa]s|dich[oa]s?|entonces|desde\ entonces|aún\ así|no\ obstante
      |al\ mismo\ tiempo|allí|otr[oa]s|de\ hecho|por\ ende|es\ decir
      |(?:a|con|de|en|para|por|sin)\ (?:él|ell[oa]s?)
      |(?-i:[A-ZÁÉÍÓÚ]\w+)(?:ó|aron|ieron)\ (?:que|sus?|antes|como|muy)""",
    "it": r"""nel\ frattempo|anche|poi|infine|in\ realtà|ma|così|entramb[ie]|tal[ei]
      |secondo\ l(?:ui|ei)|allo\ stesso\ tempo|il\ giorno\ (?:dopo|seguente)|successivamente|lì
      |altr[ei]|quindi|si\ scopre""",
    "pl": r"""jego|jej|ich|ten|tego|ta|tej|te|tych|to|tym|tam|wtedy|potem|następnie|ponadto|jednak
      |także|również|też|dlatego|doda(?:ł|ła|je)|on|ona|oni|ob(?:aj|ie)|według\ nie(?:go|j)
      |(?:po|w)\ tym(?!\ (?:miesi|rok|tygod))|z\ tego|jako\ (?:pierwsz|jedyn)[aey]
      |(?-i:[A-ZŁŚŻ]\w+)(?:ali|ili|yli|eli|ają)(?:(?=,)|\ (?:do|na|ten|w|z)\b)
      |(?-i:[A-ZŁŚŻ]\w+)[aiyę]ła?(?=,)
      |(?-i:[A-ZŁŚŻ]\w+)[aiyęo]ł[aoy]?\ (?:go|im|ją|jej|mu|również|także|też|to|że)
      |by(?:ł[aoy]?|li)\ \w+(?:ą|em|ami)
      |nic\ dziwnego|na\ koniec|tymczasem|z\ kolei
      |wcześniej|jak\ już|obydwaj
      |u\ (?:drugiego|obu)""",
    "pt": r"""ele|ela|além\ disso|também|depois|porém|no\ entanto|entretanto|seus?|suas?""",
}
_LATER = {
    language: re.compile(rf"""["'“‘«„‚»(]*(?:{openers})\b""", re.IGNORECASE | re.VERBOSE)
    for language, openers in _OPENERS.items()
}
# "On Friday, he lost ...", "Perhaps they ...": a pronoun with nobody before it in the sentence.
_PRONOUN = re.compile(
    r"\b(?:he|she|his|her|him|himself|herself)\b|^(?:\w+,? ){0,3}(?:they|them|their)\b"
    r"|^(?:\w+,? ){0,4}(?:sie ihn|ihn|ihm)\b|^(?:\w+ ){1,4}er\b"
    r"|^(?:\w+,? ){0,3}(?:il|elle|ils|elles)\b",
    re.IGNORECASE,
)
# "In den Tagen darauf fielen sie ...", "Au port, il ...": after what comes before the verb.
_AFTER_ADVERBIAL = re.compile(
    r"(?:Ab|Als|Am|An|Auf|Aus|Bei|Beim|Bereits|Dann|Durch|Für|Gestern|Heute|Im|In|Jetzt|Mit|Nach"
    r"|Nun|Schon|Seit|Unter|Vom|Von|Vor|Zuletzt|Zum|Zur|Über) (?:[\wäöüß.-]+ ){0,6}?"
    r"(?:gab|ging|hat|hatte|hielt|ist|kam|kann|lag|muss|nahm|sah|sei|soll|war|will|wird|wurde"
    r"|[a-zäöüß]{2,}(?:ten?|en|t|me)) "
    r"(?:sie|er|ihn|ihm|ihnen|ihr|sich die|diese[rsnm]?)\b"
    r"|(?:À|Au|Aux|Dans|En|Pendant|Lors|Depuis) [^,]{1,60},"
    r" (?:il|elle|ils|elles) (?!y\b|faut\b|est (?:\w+ )?(?:possible|nécessaire|question)\b)"
)
# "... made the remarks", "the same anniversary", "..., he said": all of them stand for something.
_REFERS = re.compile(
    r"\bm(?:ade|aking) the (?:remarks?|comments?|announcement|statement)\b"
    r"|['’]s (?:comments?|remarks?) (?:came|come|comes|were|was|are)\b"
    r"|\bthe same (?!time\b|as\b|way\b)\w+(?! (?:as|that)\b)|\ball (?:that|this|these|those)\b"
    r"|(?:^|, )that (?:company|group|man|person|woman) "
    r"|\bthe same(?=[,.;])|^(?:\w+ ){0,3}\w+,? the (?:two|three|four|five) [a-z]+ed\b"
    r"|\bthe other (?:case|man|woman|two|side|one)\b"
    r"|,[\"”’]? (?:he|she|it|they) (?:added|argued|asked|claimed|explained|insisted|noted"
    r"|replied|said|says|told|warned|wrote)\b"
    r"|, (?:however|though|meanwhile|instead|for example|for instance|in turn|too)[,.]"
    r"|^(?:Among|At|On|In|By|For|From|After|Before|Under) [^,A-Z]{1,30}, (?:it|they) "
    r"|^(?:An?|The) [a-z]\w+ of (?:his|her) "
    r"|^The [a-z]\w+ (?:about|behind|from|on|over|to) (?:his|her) "
    r"|\b(?:as|in|like|of|than) this one\b"
    r"|\ball (?:three|four|five|six|seven|eight|nine|ten) (?:are|were|ha(?:d|ve))\b"
    r"|\bthe news (?:broke|came|spread|was)\b"
    r"|\b(?:deshalb|deswegen|daraufhin|damals|demzufolge|ohnehin|por eso|c['’]est pourquoi)\b"
    r"|\bdaher\b(?!,)|\b(?:waren|sind|seien) es (?:\w+ )?\d"
    # A contrast, unless the sentence itself has both sides.
    r"|^[^,;:–]*\b(?:aber|jedoch|allerdings|hingegen|indes|en cambio|sin embargo|por el contrario"
    r"|cependant|toutefois|pourtant|en revanche|tuttavia|però|jednak)\b"
    r"|\b(?:an(?:other|y)|every|many|no|one|two|three) such\b|\bhere\b(?! (?:is|are|to)\b)"
    r"|\ba similar [a-z]+(?! (?:as|that|to)\b)\b"
    r"|\badded that\b|\bone\b.*\bthe other\b|\bas a result\b(?! of)"
    r"|\bthere (?:were among|told|said|say)\b|\b(?:instead|as well)\.$"
    r"|^(?:\w+ ){0,3}(?:authorities|officials|police|sources|witnesses) (?:say|said)(?: \w+)? it"
    r" ha(?:d|s)\b"
    r"|^(?:\w+ ){1,5}them\b(?! (?:to|as|in|with|for)\b)|^(?:second|third|fourth)\b"
    r"|\bthan (?:that|this|these|those)\b(?! (?:in|of|who|which|with)\b)"
    r"|\b(?:since|until|back) then\b|\bat (?:that|this) (?:moment|point|stage)\b"
    r"|\b(?:lo anterior|en (?:cuestión|question)|desde entonces|al respecto|à cette occasion"
    r"|depuis lors)\b"
    r"|^(?:[^\s,]+ ){1,7}(?:dabei|dadurch|daher|damit|darin|davon|dazu|demnach|hierzu|somit"
    r"|zudem)\b"
    r"(?!.*, (?:als|dass|indem|ob|wie|weil|wenn|was|wer)\b)"
    r"|^[^,;«\"]*\b(?:les?|lo) (?:ha|han|había)\b(?!.*\ba(?:l\b| l[ao]s?\b| (?-i:[A-ZÁÉÍÓÚ])))"
    r"|^(?!.*\b(?:dass|ob|wie|zu)\b).*\bda(?:f[üu]r|gegen|mit|ran|rauf|raus|rüber|von|zu)"
    r"(?: [a-zäöüß]+(?:en|t))?\.$"
    r"|\b(?:ce dernier|cette dernière|ces derniers|dich[oa]s?(?= [a-zà-ÿ]{3}))\b",
    re.IGNORECASE,
)
# "As coordinator that day": which one the sentence has not said.
_THAT_DAY = re.compile(
    r"^(?:(?!\d|day\b).)*?"
    r"\bthat (?:day|night|morning|afternoon|evening|week|month|year)\b"
)
# "Holm also sold ...": besides what? "also known as" and "not only ... but also" say so.
_BESIDES = re.compile(
    r"(?<!but )(?<!and )(?<!who )(?<!which )\balso\b(?! (?:called|known|named)\b)|\btoo[.,]"
    r"|\b(?:auch|ebenfalls|zudem|außerdem|ferner|weiterhin|zugleich|hingegen|allerdings|jedoch"
    r"|dennoch|trotzdem|indes|dagegen|davon|daran|damit (?!(?:die|der|das|er|sie|es|man)\b))\b"
    r"|\b(?:également|par ailleurs|en outre|quant à|toutefois|cependant)\b"
    r"|\b(?:también|además|asimismo|por su parte|sin embargo|igualmente)\b"
    r"|\b(?:inoltre|tuttavia|infatti)\b|\b(?:także|również|jednak|zatem|też)\b"
    r"|\b(?:também|além disso)\b",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\bnot only\b|\bnicht nur\b|\bsowohl\b|\bnon seulement\b|\bno s[oó]lo\b")
# "Much of this increase ...", "nach dieser Entscheidung": of which nothing was said.
_DESCRIBED = r"(?:[a-z]+(?:ly|ive|al|ous|ed|ing)\s+)?"
_POINTED_AT = {
    "en": re.compile(
        r"\b(?:this|these|such an?|those|(?i:at|by|during|from|in|of|on|to|with) that"
        r"|that(?= (?:aim|approach|claim|decision|decline|deal|figure|goal|increase|information"
        r"|move|plan|position|proposal|ruling|stance|statement)\b))"
        rf"\s+{_DESCRIBED}(?P<noun>[a-z]{{4,}}|[A-Z][a-z]{{3,}})\b"
    ),
    "de": re.compile(r"\b[Dd]iese[rsnm]?\s+(?:[a-zäöüß]+e[nrms]?\s+)?(?P<noun>[A-ZÄÖÜ]\w{3,})\b"),
    "fr": re.compile(r"\b[Cc](?:e|et|ette|es)\s+(?P<noun>(?!qu|dont|sont|est|soit)[a-zà-ÿ]{4,})\b"),
    "es": re.compile(r"\b(?:[Ee]st[aeo]s?|[Ee]s[aeo]s?|[Aa]quel\w*)\s+(?P<noun>[a-zà-ÿ]{4,})\b"),
    "it": re.compile(r"\b[Qq]ue(?:st|ll)(?:[aeio]\s+|['’])(?P<noun>[a-zà-ÿ]{4,})\b"),
    "pl": re.compile(r"\b[Tt](?:en|ej|ego|emu|ym|ych|ymi)\s+(?P<noun>[a-zà-ž]{4,})\b"),
}
# Of these the day of the report tells which, or they are no nouns.
_NOT_POINTED_AT = frozenset(
    words("""
    same week weeks month months year years morning afternoon evening night time times summer winter
    spring autumn fall season weekend century decade days hours point kind kinds sort sorts type way
    ways story report article country world
    who whose that which with from will have were would could should also been more most
    woche wochen monat monats jahr jahres jahren tag tage tagen sommer winter frühjahr herbst
    wochenende morgen abend nacht montag dienstag mittwoch donnerstag freitag samstag sonntag
    saison jahrhundert
    temps moment stade
    semaine mois année matin soir nuit lundi mardi mercredi jeudi vendredi samedi dimanche jour
    jours week weekend fois automne hiver printemps saison type point genre
    semana año años mañana tarde noche lunes martes miércoles jueves viernes sábado domingo verano
    invierno otoño primavera temporada tipo país está están será primero
    settimana mese anno mattina sera notte lunedì martedì mercoledì giovedì venerdì sabato domenica
    estate inverno stagione tipo giorni
    rok roku tydzień tygodniu miesiąc miesiąca miesiącu chwili czasu razem samym samej samego sam
    sposób poniedziałek wtorek środę czwartek piątek sobotę niedzielę
    """)
)
WEEKDAYS = frozenset(
    words("""
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December
    """)
)
# "During the escape, ...", "En la reunión ...": an event that is said to be known.
_SINCE = re.compile(
    r"(?:After|Before|Despite|During|Following|Since) the (?P<words>[a-z][\w’'-]*"
    r"(?: [a-z][\w’'-]*){0,2})(?:,|(?<! by)(?<! for)(?<! in)(?<! of)(?<! on)(?= [A-Z]))"
    r"|(?:At|From|In|On) the (?P<where>attack|book|briefing|case|ceremony|complaint|conference"
    r"|email|event|filing|game|hearing|incident|interview|lawsuit|letter|match|meeting|memo|report|speech"
    r"|statement|trial|video),"
)
_OCCASION = {
    "de": re.compile(
        r"(?:An|Auf|Bei|In|Nach|Vor|Während) (?:de[mnrs] )?(?P<where>Aktion|Angriff|Anschlag"
        r"|Auktion|Debatte|Einsatz|Feier|Gespräch\w*|Partie|Prozess|Sitzung|Spiel|Tat|Treffen|Unfall"
        r"|Unglück|Veranstaltung|Verhandlung|Vorfall|Zeremonie)\b"
        r"(?! (?:a[mn]|auf|de[rsmn]|gegen|i[mn]|mit|um|vo[mn]|zu[mr]?|zwischen|[A-ZÄÖÜ])\b)"
    ),
    "fr": re.compile(
        r"(?:À l['’]issue|Après|Au cours|Avant|Durant|Lors|Pendant) (?:de )?(?:l[ae] |du |l['’])"
        r"(?P<where>accident|attaque|audience|cérémonie|conférence|entretien|événement|match"
        r"|opération|procès|rencontre|réunion|séance)\b"
        r"(?! (?:à|au|avec|contre|d[eu]s?|entre|que?|qui)\b| d['’])"
    ),
    "es": re.compile(
        r"(?:Antes de|Después de|Durante|En|Tras)(?:l| el| la) (?P<where>accidente|acto|ataque"
        r"|audiencia|ceremonia|conferencia|encuentro|entrevista|evento|juicio|operación|partido"
        r"|reunión|sesión)\b(?! (?:con|contra|del?|en|entre|que)\b)"
    ),
}
_WHERE = frozenset(words("in at from near outside"))  # before the name of a place


def points_back(text: str, outside: str, language: str) -> bool:
    """Does a sentence (`outside` its quotations) need the one before it?"""
    return (
        opens_later(text, language)
        or _AFTER_ADVERBIAL.match(outside) is not None
        or _REFERS.search(outside) is not None
        or _THAT_DAY.match(outside) is not None
        or _has_nobody_before_pronoun(outside)
    )


def opens_later(text: str, language: str) -> bool:
    """Does a sentence begin with what comes after something else ("Hours later", "Zuvor")?"""
    return _LATER.get(language, _LATER["en"]).match(text) is not None


def goes_on(outside: str) -> bool:
    """Does it say that it adds to something ("also", "auch"), of which it does not tell itself?"""
    return _BESIDES.search(outside) is not None and _BOTH.search(outside) is None


def pointed_at(text: str, language: str) -> Iterator[str]:
    """The nouns with a demonstrative ("this increase") that the sentence has not named before."""
    pattern = _POINTED_AT.get(language)
    for match in pattern.finditer(text) if pattern else ():
        noun = match["noun"]
        named = noun.lower() in words(text[: match.start()].lower())
        if not named and noun not in WEEKDAYS and noun.lower() not in _NOT_POINTED_AT:
            yield noun


def occasion_of(text: str, language: str) -> tuple[str, ...]:
    """The words for the event with which a sentence begins as something known; () if it does not.

    "During the escape, ..." does, "During the escape of nine men ..." says which one.
    """
    occasion = _OCCASION.get(language)
    match = _SINCE.match(text) or (occasion.match(text) if occasion else None)
    return words(" ".join(filter(None, match.groups()))) if match else ()


def _has_nobody_before_pronoun(text: str) -> bool:
    match = _PRONOUN.search(text)
    if match is None:
        return False
    before = text[: match.end()]
    named = any(
        word[0].isupper() and word not in WEEKDAYS and earlier.lower() not in _WHERE
        for earlier, word in pairwise(words(before))
    )
    somebody = re.search(r"\b(?:[Aa]|[Aa]n|[Oo]ne|[Tt]wo|[Tt]he)(?: [\w’'-]+){1,4} (?=\w)", before)
    return not named and somebody is None
