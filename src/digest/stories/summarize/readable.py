"""Can a sentence be read by itself, without the article from which it is taken?

Meant for choosing: a sentence that fails here is passed over while another one is to be had.
English, the commonest openings of German, French and Spanish, and a few of other languages.
"""

from __future__ import annotations

import re

from digest.text import words

# A place in capitals, perhaps an agency, and a dash: "MARROW BAY, Aldmark (AP) - ". Some agencies
# set no dash, and bad decoding may turn it into a control character.
_PLACE = r"[A-Z][A-Z.'’ /-]*[A-Z.](?:,? [\w.'’]{1,20}){0,3}?"
_DASH = r"(?:\s*(?:[–—\x80-\x9f]|--|>>|â\W{0,2})\s*|\s+-\s+|\s{2,})"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_AGENCY = (
    r"\((?:AP|AFP|ANI|BBC|CNN|DPA|dpa|EFE|KUNA|PTI|UPI|Reuters|Bloomberg|Xinhua"
    r"|[A-Z]\w+ (?:Wire|News|Press|Reuters))\b[^)]{0,30}\)"
)
# "Marrow am See – Die", "MARROW, May 2, (AP) –", "Marrow, 15 ene (EFE).-", "Marrow.- ": a place, a
# date and an agency, as papers of other countries set them.
_ABROAD = (
    r"[A-ZÀ-Þ][\wà-ÿ'’-]+(?: (?:am|an|bei|de|del|der|im|la|ob|of|[A-ZÀ-Þ][\wà-ÿ'’-]+)){0,4}"
    r"(?:,? (?:(?:\d{1,2}\.? ?)?[A-Za-zà-ÿ]{2,10}\.?(?: \d{1,2})?|[\d.]{5,10}),?)?"
)
_DATELINE = re.compile(
    rf"(?:(?:{_PLACE}|[A-Z][\w.'’]+(?:[ ,]+[\w.'’]+){{0,6}})?\s*{_AGENCY}\s*(?:[–—:-]{{1,2}}\s*)?"
    rf"|{_PLACE}(?:\s*\([^)]{{1,40}}\))?{_DASH}|Reporting from [^—]{{2,40}}—\s*|[–—-]+\s*"
    r"|[A-Z][A-Z.'’/ -]{3,}, [A-Z][a-z]+(?: [A-Z][a-z]+)? (?=[A-Z][a-z]*\b)"
    r"|[A-Z][\w.'’ ]{2,30}, [A-Z][a-z]+\.? \d{1,2},? \([A-Z]{2,8}\)\s*(?:[-–—:]\s*)?"
    r"|[A-Z]{5,}(?:[ /][A-Z]{3,})*(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)?)?\s+"
    rf"|{_MONTH} \d{{1,2}} "
    rf"|{_ABROAD}(?: ?\([^()]{{2,20}}\))?(?:\.[-–—]| ?\([^()]{{2,20}}\) [–—-]) *"
    r"|[^.!?\"“]{3,60},? (?:\w+\.,? )?\d{1,2} \w{3,10}\.? \([A-Z]\w{1,15}\)\.?[-–—]+ *"
    rf"|{_ABROAD} [–-] (?=\d|(?:D(?:er|ie|as|en|em)|Ein\w*|Im|In|Am|Nach|Bei|Mit|Auf|Es|Zwei) )"
    r"|[A-ZÄÖÜ][\wäöüß-]+, \d{1,2}\.(?: ?\d{1,2}\.| [A-ZÄÖÜ][a-zä]+)(?: ?\d{2,4})? [–-] "
    r"|\[[^\]]{2,40}\]\s*"
    r"|(?!(?:ANSWER|CLAIM|FACT|QUESTION|RATING|VERDICT|VIDEO|WATCH)\b)(?:NEW )?[A-Z]{5,}: "
    r"|(?:Analysis|Breaking|Exclusive|The numbers|Topline)(?:, [^:.]{3,20})?: )"
    r"""(?=["'“‘«]?[^\Wa-z_])"""
)


# A headline before it ran into the text: "Crews go on strike MARROW BAY, Aldmark (AP) - Crews ...".
_HEADLINE_FIRST = re.compile(
    r"(?:[^\s.!?]+ ){3,20}[A-Z]{3,}(?: [A-Z]{3,})*(?:, [A-Z][\w.]+)?(?: ?\([A-Z][\w /]+\))?"
    r"(?: ?(?:--|[–—]) ?| - )(?=[\"“]?[A-Z][a-z]|[\"“]?A )"
)


def without_dateline(text: str) -> str:
    """The sentence without where or when its report was written, still word for word."""
    match = _DATELINE.match(text) or _HEADLINE_FIRST.match(text)
    return text[match.end() :] if match else text


_DANGLING = re.compile(
    r"""["'“‘«„‚»]?(?:he|she|it|they|his|her|its|their|this|that|these|those|such|but
      |and|or|nor|so|yet|also|however|meanwhile|moreover|furthermore|further|in\ addition
      |additionally|then|there|maybe|perhaps|(?:now|sure|well|yes|no|oh|okay|ok)(?=,)|after\ all
      |here|instead|rather|still|both\ (?-i:[a-z])\w*|another\ (?!\d)|others?
      |while\ there
      |(?:after|prior\ to)\ (?:that|this|his|her)|according\ to\ (?:him|her|them)|as\ such
      |for\ example|for\ instance|the\ (?:following|latter|two|pair)
      |the\ former\ (?:ha[ds]|is|said|says|was|will)|neither|otherwise
      |nevertheless|nonetheless|therefore|thus|besides|indeed|in\ (?:fact|turn|contrast|response)
      |by\ contrast|on\ the\ other\ hand|at\ (?:the|that)\ (?:same\ )?time|as\ a\ result
      |likewise|finally|if\ (?:so|not)(?=,)|eventually|obviously|ultimately|not\ to\ mention
      |in\ other\ words
      |now,?\ (?:he|she|it|they)|following\ (?:is|are|his|her|their|the)
      |(?:among|at|by|during|despite|for|from|in|of|on|with)\ (?:that|these|this|those|him|them
         |(?:its|their)|(?:his|her)\b(?!(?-i:[^,A-Z]{8,60},\ (?:(?:an?|the\ [a-z]+)\ )?[A-Z])))
      |(?:each|many|most|some|several)\ of\ (?:them|these|this|those)
      |the\ (?:\w+\ ){1,2}(?:came|comes?|followed|follows?)
      |es\ (?:ist|war|wird|wurde|soll|sollte)\ (?:als|auf|bei|für|in|von|zu)\b
      |es\ (?!gibt|gab|ist|sei|geht|ging|handelt|war|kam|kommt|sind|wird|wurde|soll|fehlt|bleibt)
      |(?:an|auf|aus|bei|durch|für|in|mit|nach|unter|von|vor|zu|über)[ ]
       (?:dies\w*|jen\w*|ihm|ihr|ihnen|ihr\w+|sein\w*)
      |das\ (?:ist|war|sind|wurde|hat|gilt|geht|sagte|soll|teilten?|bestätigte|berichtet\w*)
      |dann|danach|demnach|demzufolge|ferner|hier(?:bei|mit|zu)|insbesondere|indem\ sie|lo\ anterior
      |somit|ebenfalls|hinzu|daran|darauf|darüber|dagegen|stattdessen|schließlich
      |er|sie|dies\w*|jen\w*|aber|doch|und|auch|dort|dabei|damit|dazu|dadurch|daher|deshalb|zudem
      |außerdem|jedenfalls|zunächst|allerdings|jedoch|dennoch|sein\w*|ihr\w*
      |ils?|elles?|cel(?:a|le|les|ui)|ce(?:ci|s|t|tte|ux)?|c['’]|mais|et|donc|cependant|toutefois
      |pourtant|ainsi|en\ outre|en\ conséquence|par\ conséquent|de\ ce\ fait
      |de\ plus|par\ ailleurs|s(?:es?|a)|leurs?|son\ (?!of\b)(?-i:[a-zà-ÿ])
      |(?:à|avec|dans|de|en|par|pour|selon|sur)\ (?:ce(?:t|tte|s|la|lui)?|lui
         |elles?|eux|s[ae]s?|son)
      |(?:con|de|en|para|por|según|tras)\ (?:est|es)[aeo]s?|sus?\ (?-i:[a-zà-ÿ])|siguiendo\ esto
      |(?:además|finalmente|asimismo|mientras\ tanto|por\ otro\ lado|(?:por|de)\ (?:su|otra)\ parte)
      |(?:fue(?:ron)?|serán?)\ (?!posible|necesari)
      |(?:afirmó|agregó|añadió|aseguró|destacó|detalló|dijo|explicó|indicó|insisti?ó|manifestó|precisó
         |recordó|señaló|sostuvo|subrayó)\ que
      |él|ell[ao]s?|est[aeo]s?|es[ao]s?|ese|pero|sin\ embargo|además|también|así|según\ (?:él|ella)
      |por\ (?:eso|ello|lo\ tanto|otra\ parte)|en\ consecuencia|pese\ a\ (?:ello|eso|esto)
      |quest[oaie]|quell[oaie]|tuttavia|inoltre|infatti|però|sedan\ dess|dessutom
      |eles|elas?|isso|isto|hij|zij|han|hun|но|он[аи]?|это|однако|также)(?:(?<=['’])|\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# It speaks to the reader: "Meet the man who ...", "Watch the interview".
_CALLS = re.compile(
    r"(?:Check|Click|Congrats|Congratulations|Consider|Don[’']t|Find out|Forget|Hit the|Imagine"
    r"|Let[’']?s?|Listen|Look|Meet|Read|Remember|Scroll|See|Select|Stay tuned|Tap|Watch"
    r"|Welcome)\b(?! [A-Z])"
)
# "While on stage, she ..." and "..., he said": of whom nothing before tells.
_UNNAMED = re.compile(
    r"\w[^A-Z\"“]*,[\"”’]? (?:he|she|they) "
    r"|(?:After|As|At|Before|By|During|For|If|In|On|Once|Since|Until|When|While|With)"
    r" [^A-Z\"“]*\b(?:he|she) (?![^,.;]{3,80}, (?:[A-Z][a-z]+ ){2,})"
)
# "A hard day: Two men ...", "Vera Holm: Ships ...": a caption, a teaser, part of an interview.
_LABEL = re.compile(r"(?:[^\s:\"“”]+ ){0,4}[^\s:\"“”]+:\s+(?=[A-Z])")
QUOTED = re.compile(r"""“[^”]*”|"[^"]*"|«[^»]*»|„[^“”]*[“”]""")
_FIRST_PERSON = re.compile(
    r"(?<![\w.-])(?<!Part )(?<!War )(?<![Tt]he )(?:I|I[’']\w+|[Mm]y"
    r"|[Mm]e(?! [Tt]oo\b)|[Mm]yself|[Ww]e|[Ww]e[’']\w+|[Oo]ur|us|ours|[Yy]ou|[Yy]our"
    r"|[Ii]ch|[Ww]ir|[Uu]ns(?:er\w*)?|[Jj]e|[Jj]['’]\w+|[Nn]ous|[Nn]otre|[Vv]ous|[Vv]otre"
    r"|[Nn]osotros|[Nn]uestr[ao]s?|[Tt]enemos|[Ee]stamos|[Hh]emos|[Pp]odemos|[Qq]ueremos|[Dd]ebemos"
    r"|[Ss]omos|[Vv]amos|[Cc]reemos|creo|[Nn]oi|[Nn]ostr[aeio]|[Aa]bbiamo|[Ss]iamo|[Pp]ossiamo"
    r"|[Dd]obbiamo|[Vv]ogliamo|nas|nam|[Nn]asz\w*|[Jj]esteśmy|[Mm]amy|[Mm]ożemy|[Mm]usimy|[Nn]ós"
    r"|[Nn]oss[ao]s?|[Tt]emos|[Ww]ij|[Oo]nze|(?<=[a-zäöüß,] )(?:Sie|Ihnen|Ihre?[mnrs]?))(?![\w-])"
)
# "Wie es dazu kam.": a question that is no sentence, since no clause with a verb follows.
_GERMAN_QUESTION = re.compile(
    r"(?:Wie|Was|Warum|Weshalb|Wieso|Wann|Wo|Wer|Welche[rsn]?|Ob) (?!.*, (?:ist|sind|war|waren"
    r"|ha(?:t|ben|tten?)|w[iu]rden?|wird|soll|sollen|will|kann|muss|darf"
    r"|[a-zäöüß]{3,}(?:ten?|t|en)) ).* [a-zäöüß]+\.$"
)
_ATTRIBUTED = 3  # words outside a quotation, by which a reader knows whose it is


def stands_alone(text: str) -> bool:
    """Can the statement be read without what comes before it in its article?"""
    outside = QUOTED.sub(" ", text)
    return not (
        _DANGLING.match(text)
        or _CALLS.match(text)
        or _UNNAMED.match(text)
        or _LABEL.match(text)
        or _GERMAN_QUESTION.match(text)
        or _FIRST_PERSON.search(outside)
        or text.endswith("!")
        or text.startswith(("(", "["))
        or (outside != text and len(words(outside)) < _ATTRIBUTED)
    )


_BACKGROUND = re.compile(
    r"""(?:(?:in|since|by|until|during|back\ in)\ (?:(?:early|late|mid-?|the)\ ?)*(?:\w+\ )?
          (?:1[5-9]|20)\d\d
      |(?:\w+\ )?(?:weeks|months|years)\ ago\b(?!\ (?:on|this|today))|recently|last
      |earlier\ this|in\ recent|over\ the\ (?:past|last)
      |for\ (?:(?:nearly|almost|over|about|some)\ )?(?:\w+\ )?(?:years|decades|months)
      |for\ more\ than|once|long|historically|previously|earlier
      |traditionally|on\ \w+\.?\ \d{1,2},\ (?:1[5-9]|20)\d\d|am\ \d{1,2}\.\ \w+\ (?:1[5-9]|20)\d\d
      |le\ \d{1,2}\ \w+\ (?:1[5-9]|20)\d\d|el\ \d{1,2}\ de\ \w+\ de\ (?:1[5-9]|20)\d\d
      |(?:(?:bereits|erst|noch|schon)\ )?(?:im\ (?:jahr|letzten|vergangenen)|seit
        |in\ den\ (?:letzten|vergangenen)\ (?:\w+\ )?(?:jahr\w+|monaten|wochen)
        |vor\ (?:\w+\ )?(?:jahren|monaten|wochen))
      |kürzlich|jährlich|einst|früher
      |depuis|en\ (?:1[5-9]|20)\d\d|l['’]an\ dernier|il\ y\ a|récemment|autrefois
      |desde|el\ año\ pasado|hace|recientemente)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "The riots were a result of ...": it explains what another sentence tells.
_EXPLAINS = re.compile(
    r"The (?:[a-z][\w’'-]* ){1,4}"
    r"(?:was|were|is|are|has been|have been|comes?|came|follows?|marks?|had) "
)


# "The fighters had held out for a year": in the past of the past, unless somebody says so.
_BEFOREHAND = re.compile(
    r"(?P<before>[^,;]*?)\bhad (?:(?:\w+ly|already|earlier|long|once|since) )?"
    r"(?:been|\w+(?:ed|en|ld|nt|ught|wn))\b"
)
_REPORTED = re.compile(
    r"\b(?:said|says|announced|confirmed|reports?|reported|told|that|who|which|after|because|believed?"
    r"|if|when)\b"
)


_THEN = re.compile(r", (?:and|but)\b|\bwhen\b")  # what happened after all


def opens_with_background(text: str) -> bool:
    """Does the sentence begin with what was before, or explains, rather than what happened?"""
    beforehand = _BEFOREHAND.match(text)
    return (
        _BACKGROUND.match(text) is not None
        or _EXPLAINS.match(text) is not None
        or (
            beforehand is not None
            and _REPORTED.search(beforehand["before"]) is None
            and _THEN.search(text, beforehand.end()) is None
        )
    )


# "The Geysers is one of the ...": it says what something is.
_DEFINES = re.compile(
    r"(?:The )?[A-Z][\w’'-]*(?: (?:of |for |the )?[A-Z][\w’'-]*){0,5}(?:, [^,]+,)? (?:is|are) "
    r"(?:one of the|an?|the) "
    r"|(?:D(?:er|ie|as) )?[A-ZÄÖÜ][\w-]*(?: [A-ZÄÖÜ][\w-]*){0,4} (?:gehört|gilt|zählt"
    r"|ist (?:d(?:as|e[rs]|ie)|eine?[rs]?))\b"
    r"|(?:L[ea]s? |L['’]|El |Los |Il |Lo )?[\wà-ÿ'’-]+(?: [\wà-ÿ'’-]+){0,3}"
    r" (?:est une?|es una?|è un[ao]?)\b"
)
# "Die Gruppe hatte sich bekannt", "Dem Beschluss war ... vorangegangen", "steht seit Wochen": what
# was so before, in German main clauses.
_GERMAN_BEFORE = re.compile(
    r"[^,;:–]*?\bhatten?\b[^,;:]*\b(?:\w*ge\w+|\w+iert|(?:be|ent|er|ver|zer)\w+(?:en|t))"
    r"(?=[,.]| und\b)"
    r"|[^,;:–]*?\bwar(?:en)?\b[^,;:]*\b(?:worden|vor(?:an|aus)gegangen)(?=[,.]| und\b)"
    r"|[^,;:–]*?\b(?:bleib|geh|gil|herrsch|läuf|schwel|steh|streit|wart|wäch)\w*t?\b[^,;:]{0,20}?"
    r"\bseit (?:\w+ )?(?:Jahr|Monat|Tag|Woche|lange)"
)


def says_what_it_is(text: str) -> bool:
    """Does the sentence say what something is rather than what happened?"""
    return _DEFINES.match(text) is not None


# "Police said officers were called to a house": how they came to know of it.
_CALLED = re.compile(
    r"(?:[\w.’'-]+ ){0,4}(?:crews|deputies|firefighters|officers|paramedics|police|troopers)\b"
    r"[^,.]{0,20}\bwere (?:called|dispatched|sent)\b(?!.*\b(?:after|because|found|when)\b)",
    re.IGNORECASE,
)


def tells_aside(text: str) -> bool:
    """Does it begin with background, say what something is, or tell, in German, what led to it?

    The past of the past is background in a first sentence only: after it, that is what a reader
    wants to know.
    """
    return (
        opens_with_background(text)
        or says_what_it_is(text)
        or _GERMAN_BEFORE.match(text) is not None
        or _CALLED.match(text) is not None
    )


_LONG_QUOTATION = 8  # words
_QUOTATION_MARKS = frozenset('"“„«‘')


def quotes_at_length(text: str, title: str) -> bool:
    """Does the sentence hold somebody's words, where the headline says what happened?"""
    return _QUOTATION_MARKS.isdisjoint(title) and any(
        len(words(quoted[0])) >= _LONG_QUOTATION for quoted in QUOTED.finditer(text)
    )


_AHEAD = re.compile(
    r"\b(?:(?:is|are|was|were) (?:set|expected|scheduled|due|likely|poised|about) to"
    r"|(?:is|are) due (?:on|this|next|later)|(?:will|to) be (?:released|announced|published|held)"
    r"|(?:soll|sollen|wird|werden) (?:am|im|noch|heute|morgen)|wird erwartet"
    r"|(?:doit|doivent|devrait|devraient) \w+er|est attendue?"
    r"|(?:se espera|está previst[oa]|deberá))\b",
    re.IGNORECASE,
)


def looks_ahead(text: str) -> bool:
    """Does the sentence tell of something that is still to come?"""
    return _AHEAD.search(text) is not None
