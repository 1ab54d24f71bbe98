"""How a title speaks: does it tell what happened, or ask, promise, judge, name or announce?

English, German, French and Spanish; whether a title has a verb is asked of English ones only.
"""

from __future__ import annotations

import re
from functools import lru_cache

from digest.stories.summarize.lexicon import TURNS
from digest.stories.titles import unquoted
from digest.text import words

_KNOWN = 8192  # titles that are judged once: ranking and the choice of the front ask for each
_QUESTION_WORDS = (
    "why|how|what|who|whose|where|when|which|should|could|is|are|can|will|do|does|did|would"
    "|warum|wie|was|wer|wo|wann|wieso|weshalb|welche[rs]?"
    "|pourquoi|comment|quel(?:le)?s?|qui|o[ùu]|faut-il|peut-on"
    "|por qu[ée]|c[óo]mo|qu[ée]|qui[ée]n(?:es)?|cu[áa]l(?:es)?|cu[áa]ndo|d[óo]nde"
)
_TEASES = re.compile(
    rf"""^[¿"“'‘]?(?:{_QUESTION_WORDS})\b
      |^(?:[A-Z]{{2,5}}\ )?fact[-\ ]?check(?:ing|ed)?\b|\bfact-?checked$
      |^(?:q\ ?&\ ?a|here(?:['’]s|\ is|\ are)|meet|inside|this|these|watch|see|look|one|it|he|she
         |if\ you|you|there(?:['’]s|\ is|\ are)
         |they|the\ (?:one|real|untold|truth)|so|das\ sind|das\ ist|diese[rs]?|voici|ce(?:t|tte|s)?
         |c['’]est|il|elle|as[íi]|est[aeo]s?|ella?)\b
      |^(?:the\ )?(?:\d+|two|three|four|five|six|seven|eight|nine|ten|top)\ (?:\w+\ )?
         (?:ways?|things?|reasons?|questions|takeaways|tips|facts|signs|ideas|scenarios|lessons|myths
         |dinge|gründe|fragen|choses|raisons|idées|cosas|razones|claves)\b
      |\b(?:you\ (?:need|should|have)\ to\ know|you\ should\ know|what\ (?:we|to)\ (?:know|expect)
         |won['’]t\ believe|here['’]s\ (?:why|how|what)|what\ (?:happen|come)(?:s|ed)\ next
         |what\ (?:it|this)\ means
         |explained|das\ müssen\ sie\ wissen|ce\ (?:qu['’]il\ faut|que\ l['’]on)\ sa(?:voir|it)
         |lo\ que\ (?:debes|hay\ que|se)\ sab(?:er|e))\b
      |\?(?:\s|$)|…|\.\.\.
      |^["“«„'‘][^"”»“’]+["”»“'’](?:$|,?\ (?:he|she|they)\ (?:said|says)\b)
      # "Crews on strike: How the pay talks failed", but not: "Holm: 'What a day'".
      |(?:[\w'’”"]\s?[:–—]|\s-)\s(?:how|why|what|where|inside|wie|warum|wieso|was|wer|comment|pourquoi
         |ce\ qu[e'’i]|c[óo]mo|por\ qu[ée]|qu[ée])\b
      |^(?:buy(?!-|\ now\b)|check\ out|find\ out|get\ (?:ready|your|an?\ )|read|forget
         |listen\ (?:to|up)
         |take\ a\ look|discover\ (?:how|the|what|why|your)|(?:don['’]t|let['’]s)\b|say\ hello
         |entdecken\ sie|découvrez|descubre)\b
      |:\ (?:read|watch|see|listen)\b|:\ don['’]t$
      |[:–—]\ (?:the\ )?(?:secret|untold|real|inside|\d+\ (?:\w+\ )?(?:facts|lessons|moments|photos
         |questions|quotes|reasons|signs|takeaways|things|tips|tweets|ways))\b
      |^the\ (?:most|worst|best)\b|^(?:aboard|behind\ the|on\ the\ ground)\b
      |\bfaq\b|,\ (?:answered|explained|ranked|revealed)$|^top\ \d+\b
      |^the\ (?:\w+\ ){{0,2}}(?:man|men|woman|women|people|person|company|country|town|story|race
         |rise)\ (?:who|whose|behind|that|of|to)\b
      |\b(?:first|closer|exclusive|inside|sneak)\ (?:look|peek|glimpse)\b
      |\bthe\ (?:most\ \w+|\w{{3,}}est)\b.*\b(?:ever|of\ all\ time|on\ earth)\b
      |\bin\ (?:\d+\ )?(?:charts?|maps|numbers|photos|pictures|bildern|zahlen)$|:\ a\ timeline$
      |^(?:\S+\ ){{1,6}}review\s?[:–—]\ |\bwatch\ (?:now|here|it)!?$
      |\b(?:en\ (?:images|chiffres|im[áa]genes|cifras))$""",
    re.IGNORECASE | re.VERBOSE,
)
# "We owe it to her", "Your phone ...": somebody's view, or advice.
_PERSON = re.compile(
    r"(?<![\w-])(?:(?<!War )(?<!ype )I(?= \w)|I['’]\w+|[Mm]y|[Mm]e|[Ww]e|[Ww]e['’]\w+|[Oo]urs?|us"
    r"|[Yy]ou(?:rs?|['’]\w+)?|[Ii]ch|[Ww]ir|[Uu]ns(?:er\w*)?|[Dd]u|[Dd]eine?[mnrs]?|Je|[Nn]ous|[Nn]otre"
    r"|[Vv]ous|[Vv]otre|[Nn]osotr[ao]s|[Nn]uestr[ao]s?|[Uu]sted(?:es)?"
    r"|(?<=[a-zäöüß,] )(?:Sie|Ihnen|Ihre?[mnrs]?))(?![\w-])"
)
_VERDICT = re.compile(
    r"\b(?:is|are|was|were)(?:n['’]t)? (?:(?:not )?(?:an?|the|enough|here|just|like|more|part|so"
    r"|too)\b|not (?:getting|the|what)\b|what\b|(?:right|wrong) (?:(?:to|about|on)\b|[–—-]))"
    r"|\band that['’]s\b|\bseems? (?:like|to)\b|\b(?:should|ought to|deserves?)\b"
    r"|\b(?:it|that)['’]s (?:\w+ )?\w+(?:able|ible|ful|ous)$|\bno wonder\b"
    r"|\b(?:actually|basically|clearly|implicitly|literally|obviously|really)\b"
    r"|\bgood riddance\b|!$"
    r"|\b(?:hat|haben|hatte) recht\b|\ba (?:raison|tort) d[e'’]|\btiene razón\b",
    re.IGNORECASE,
)
# Words that want to be clicked, or that take sides.
_LOADED = re.compile(
    r"\b(?:absolutely|amazing|bizarre|bombshell|brilliantly|brutally|chilling|completely|desperately"
    r"|disgraceful|epic|heroic|fascists?|flagrantly|heartbreaking|hilarious(?:ly)?|hypocri\w+|idiot\w*"
    r"|incredible|insane|jaw-dropping|liars?|no sense|nonsense|outrageous|pathetic|powerfully"
    r"|recklessly|ridiculous|shameful|shamelessly|shocking|smears?|stunning|unbelievable|utterly"
    r"|wrongheaded|unfassbar|schockierend|wahnsinn|irre|skandalös|choquante?|incroyable|hallucinant"
    r"|impactante|increíble|insólit[oa])\b|\bcan(?:['’]t|not) just\b"
    r"|\bjust (?:\w+ed|gave|got|lost|made|said|told|went|won)\b",
    re.IGNORECASE,
)
_SPOKEN = re.compile(r"(?P<who>[\w .’'-]{3,45}): (?:“[^”]*”|\"[^\"]*\"|„[^“”]*[“”]|‘.*’|'.*')$")
_SPEAKER = re.compile(r"[\w .’'-]{3,30}: (?=(?:I|We|My|Our)\b)")  # "Holm: We will not pay"
# "Vera Holm: Ferries should sail again" reports what she says.
_NAMED = re.compile(r"(?:[A-Z][\w.’'-]*\s){0,3}[A-Z][\w.’'-]+: ")
_SAYING = re.compile(
    r"\b(?:says?|said|tells?|told|urges?|warns?|argues?|calls?|claims?|finds?|shows?|report|study"
    r"|studies|survey|poll|court|judge|panel)\b",
    re.IGNORECASE,
)
# What is still to come, in the words of headlines.
_AHEAD = re.compile(
    r"\b(?:nears?|looms?|upcoming|ahead of|poised|expected|scheduled|prepares?|plans? to"
    r"|set (?:to|for)|about to|likely to|in talks|weighs?|mulls?|considers?|eyes?"
    r"|considering|vor dem?|soll(?:en)?|droht|plant|erwägt|envisage|pourrait|va|prévoit|podría"
    r"|planea|prevé|estudia)\b",
    re.IGNORECASE,
)
_MAYBE = re.compile(r"\b(?:could|may|might)\b")
# "Sundle Line to sell ferries", but not: "Sundle Line hires captain to sail to Marrow".
_TO_DO = re.compile(
    r"(?P<who>[^:]*) to (?!(?:the|a|an|its|his|her|their)\b)[a-z]{3,}\b", re.IGNORECASE
)
_ENGLISH_VERBS = frozenset(
    words("""
    is are was were be been has have had will would can could may might must should do does did to
    says won wins beat beats hit hits cut cuts set sets met meet meets sent send sends held
    hold holds told tell tells found find finds left leave leaves lost lose loses gone go goes seen
    see sees made make makes put puts led lead leads fell fall falls rose rise rises grew grow grows
    struck strike strikes gave give gives took take takes got get gets came come comes ran run runs
    began begin begins broke break breaks brought bring brings bought buy buys built build builds
    caught catch catches chose choose drew draw draws drove drive drives fought fight fights forgot
    kept keep keeps knew know knows laid lay lays paid pay pays read reads rode said sold sell
    sells shot shut shuts slid slide slides spent spend spends spoke speak speaks
    stole steal steals swept sweep sweeps swore swear swears taught threw throw throws woke wrote
    write writes add adds agree agrees aim aims allow allows announce ask asks back backs ban bans
    block blocks call calls claim claims close closes end ends face faces fear fears fire fires halt
    halts join joins launch launches list move moves name names need needs offer offers open opens
    order orders pass passes plan plans post posts push pushes reach reaches report reports return
    returns reveal reveals review say seek seeks sign signs start starts stay stays stop stops
    suspend talk talks test try turn turns up out
    down off urge urges vote votes vow vows warn warns work works
    """)
)
# At the end of a title these are nouns; and what it names in double quotation marks is a work.
_NOUNS = frozenset(
    words(
        "call claim end launch list move name need offer order plan post push report return review"
        " sign start stop talk test try turn vote work"
    )
)
# "Crises at sea", "Accused captain at large", but not: "Ships wait".
_NO_VERB_FIRST = re.compile(r"\S+ed\b|\S+ (?:and|at|by|for|from|in|of|on|over|to|with)$")
_LOWER = re.compile(r"\b[a-z]{8,}\b")
_WORK = re.compile(r"[“\"](?:[^”\" ]+ +){4}[^”\"]+[”\"]")
# "The letters between Holm and Lee", "In Marrow, a long night": what a feature is called.
_FEATURE = re.compile(
    r"(?:The|A|An) (?:[\w’'-]+ ){1,4}(?:between|behind|that|who)\b"
    r"|[^:,]{3,40}, the [^,]* (?:that|who)\b|(?:The|A|An|From (?:the|our)) [^:]{5,60}: "
    r"|(?:Amid|At|For|From|In|On|With) [^,]{2,30}, (?:a|an) ",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"\w+(?:['’]s|s['’])(?!\w)", re.IGNORECASE)
_FINITE = re.compile(r"\w{2,}(?:[^su]s|ed)$")
# After an article a word that ends in "s" is rather a noun: "The ships of Marrow".
_ARTICLE, _PAST = re.compile(r"(?:The|An?) ", re.IGNORECASE), re.compile(r"\w{2,}ed$")
_AFTER_FIRST = re.compile(r"\s\w{2,}ing\b|n['’]t\b", re.IGNORECASE)  # "Crews leaving", "hasn't"


def is_tease(title: str) -> bool:
    """Does a title ask or promise rather than tell?"""
    return _TEASES.search(title) is not None


def is_view(title: str) -> bool:
    """Does a title, outside of quotations, speak as somebody, to the reader or as a judge?

    So does one that is a quotation and its speaker: it tells what was said, not what happened.
    """
    spoken = _SPOKEN.match(title)
    if spoken and not _has_verb(spoken["who"]):
        return True
    outside = unquoted(title)
    if _SPEAKER.match(outside):
        return False
    if _PERSON.search(outside) or _LOADED.search(outside):
        return True
    reported = _NAMED.match(outside) or _SAYING.search(outside)
    return _VERDICT.search(outside) is not None and not reported


def is_label(title: str, language: str) -> bool:
    """Does an English title only name something, as features do, or without a verb?"""
    return language == "en" and (_FEATURE.match(title) is not None or not _has_verb(title))


@lru_cache(maxsize=_KNOWN)
def tells(title: str, language: str) -> bool:
    """Does a title say what happened, rather than ask, promise, judge or name?"""
    return not (is_tease(title) or is_view(title) or is_label(title, language))


def looks_ahead(title: str, language: str) -> bool:
    """Does a title tell of what is still to come?"""
    if _AHEAD.search(title) or (_MAYBE.search(title) and not _SAYING.search(title)):
        return True
    to_do = _TO_DO.match(title) if language == "en" else None
    return to_do is not None and not _has_verb(to_do["who"])


def _has_verb(title: str) -> bool:
    """May an English title have a verb? Words that end as one count, too.

    Not in the title of a work, nor where a word of that form can be no verb, at the beginning or
    the end: "Crises at sea", "The captain's report".
    """
    outside = _POSSESSIVE.sub("", _WORK.sub(" ", title))
    if _AFTER_FIRST.search(outside):
        return True
    finite = _PAST if _ARTICLE.match(outside) else _FINITE
    tokens = words(outside)
    if tokens and tokens[-1].lower() in _NOUNS:
        tokens = tokens[:-1]
    # In sentence case what has a capital is a name: "The fall of Do Kwon".
    named = _LOWER.search(outside) is not None
    small = [word.lower() for word in tokens if not (named and word[0].isupper())]
    if any(word in _ENGLISH_VERBS or word in TURNS for word in small):
        return True
    first = " ".join(tokens[:2]).lower()
    return any(
        finite.fullmatch(word.lower()) for word in tokens[1 if _NO_VERB_FIRST.match(first) else 0 :]
    )
