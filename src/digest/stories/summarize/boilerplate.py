"""The sentences of an article that report, without what belongs to its page.

Captions, credits, biographies, invitations, notices and cut-off lines are no statements about an
event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise, zip_longest

from digest.model import Article
from digest.text import is_torn, sentences, words

READ_REPORTS, _READ_SENTENCES = 20, 30  # of a story, and of one of its articles
_SHORTEST, _LONGEST = 8, 52  # words of a sentence
_UNSPACED = {"ja", "km", "lo", "my", "th", "zh"}  # where a word is one character, see text.words

# Where a full stop makes a number an ordinal.
_DOTTED_ORDINALS = frozenset(words("cs da de et fi hr hu is lv nb nn no pl sk sl sr tr"))
_NUMBER_LAST = re.compile(r"(?<![\w:.,–-])\d{1,2}\.$")

_ENDS = (".", "!", "。", "！")
_CUT = ("...", "…")
_OPENING = "\"'“‘„«「『([¿¡"
_CLOSING = "\"'”’»」』)"
# Lines of a page run into one ("... a role model The president has ...", "... said.Police"), a
# ticker's figures, and what was decoded wrongly.
_GLUED = re.compile(
    r" (?<=[a-z][a-z] )(?:The|He|She|They|This|There|But|If|In|It|Some|These|We|When) [a-z]"
    r"| (?<=[a-z][a-z] )The [A-Z]\w+ (?:[a-z]+ ){1,3}(?:said|says?|has|have) "
    r"|[a-z]{3}(?:But|For|From|The|These|This|When|While|With) "
    r"|[a-z]{2}[.!?][\"”’]?(?:[A-Z][a-z]|A )|['’] [\"“]"
    r"|\b[A-Z]{2,5}\.?,? [-+−]\d+\.\d+ ?%|^\d{1,2}[:.]\d\d ?[AaPp]\.?[Mm]\b"
    r"|(?<=[a-z]{2})(?<!vitamin)(?<!hepatitis)(?<!influenza)(?<!type)(?<!grade)(?<!group)(?<!class)"
    r"(?<!plan)(?<!serie) A [a-z]+ "
    r"|(?<=[a-zäöüß]{2} )(?:Ebenso|Außerdem|Zudem|Dabei|Dazu|Damit|Jedoch|Wenn) [a-zäöüß]+ "
    r"|[\x7f-\x9f\ufffd]|(?<!\w)â(?!\w)|[a-z]{3}âs\b|â€|Ã[©¨¼¶¤±³]"
)
# "... at midnight.Police were": between two sentences a space is missing.
_NO_SPACE = re.compile(r"(?<=[a-zß-ÿ]{2}[.!?])(?=[A-ZÀ-Þ][a-zß-ÿ]+ )")
# "... Barack Obama said US President Barack Obama ...": a caption's end and the next beginning.
_TWICE_NAMED = re.compile(r"\b([A-Z][a-z]+ [A-Z][a-z]+) (?:\w+ ){1,4}\1\b")
# A sentence of which nothing but its beginning, or its end, is left.
_RUMP = re.compile(
    r"(?<=[a-z] )(?:an?|and|of|or|the)\.$|\.\.$|\((?:[A-Z][\w.-]*+(?:, ?| ))*[A-Z][\w-]*\.\)$"
)
_TAIL = re.compile(
    r"(?:[A-Z][\w.'’-]+ ){1,4}(?:added|said|says|tweeted|writes|wrote)"
    r"(?: (?:after|at|during|in|on|to|via) [^,:\"“]*)?\."
)
_NAMED_ONLY = re.compile(r"An? (?:[\w-]+ ){1,4}(?:that|where|which|who) ")
_NAMED_ONLY_WORDS = 12  # so short that nothing can be said of what is named

_CREDIT = re.compile(
    r"\b(?:image|photo(?:graph)?|picture|video|file)s?\s?"
    r"(?:credit|courtesy|by|source|gallery)?\s?:"
    r"|\b(?:agence|archiv|symbol)?(?:bild|foto)s?\s?:|\b(?:archiv|symbol)(?:bild|foto)\b"
    r"|\bcrédits?\b.{0,12}:|\bphoto d[’'](?:archives?|illustration)\b"
    r"|\b(?:foto|imagen) de archivo\b"
    r"|(?-i:\b(?:AAP|AFP|ANP|AP|DPA|dpa|EFE|EPA|Getty|PA|Reuters|REUTERS)\s?/\s?[A-Z])"
    r"|\b(?:alamy|istock|shutterstock|unsplash)\b|(?-i:^FILE\b)"
    r"|\(via (?:facebook|instagram|twitter|x|youtube)\)"
    r"|^(?:an?|the|two|three) (?:[\w-]+ ){1,4}\w+s as (?:he|she|they) \w+s? "
    r"|\bgetty\s?images\b|\bfile (?:photo|picture|image)\b"
    r"|\b(?:image|photo) (?:copyright|caption)\b"
    r"|\((?:(?:ap |afp |file )?(?:photo|image|picture)|file)\b"
    r"|\([^()]{0,60}(?:/|\bfor |\bvia )\s?[^()]{0,40}\)\s*$"
    r"|\bin this\b[^.]{0,60}\b(?:photo|image|picture|handout|frame|courtroom sketch)\b"
    r"|\b(?:photo|image|picture|video) (?:provided|released|obtained|taken) (?:by|from)\b"
    r"|\b(?:is|are) (?:seen|pictured|shown) (?:in|on|at|here|during|as|with|after|before|outside)\b"
    r"|(?-i:[A-Z][\w’'-]+), (?:far |(?:second|third) from )?(?:left|right|cent(?:er|re)),"
    r"|^pictured\b|\(?pictured (?:above|below|here|left|right)\b"
    r"|^an? (?:\w+ ){0,3}(?:shot|view|photo|image|picture|screenshot|rendering|illustration) of\b"
    r"|(?-i:^(?:CLOSE|Caption|Image|Media caption|WATCH|LIVE|PHOTOS?|Video|VIDEO|TRAILER)\b:?"
    r" [A-Z])",
    re.IGNORECASE,
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = rf"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, {_MONTH}[.,]? \d{{1,2}}\b"
_DATE = rf"\b(?:{_MONTH}[.,]? \d{{1,2}},?|\d{{1,2}} {_MONTH}) \d{{4}}\b"  # in full

# A caption is in the present and dated, or dated at the end: "... in Marrow Bay, May 2, 2024."
_CAPTION = re.compile(
    rf"{_DATE}\.?$|^(?:\d{{1,2}} )?(?:{_MONTH}|Early|Mid|Late),? \d{{4}}[,:]"
    r"|\b(?:arrives?|attends?|breathes?|carry|carries|competes?|enjoys?|gestures?|holds?|lays?|lies?|looks?"
    r"|pass(?:es)?|poses?|reacts?|runs?|shows?|sits?|speaks?|stands?|takes?|talks?|walks?"
    rf"|watch(?:es)?|waves?|works?)\b.{{5,}}(?:{_DATE}|{_DAY})"
)
_NOTICE = re.compile(
    r"leave a comment|\breached out to\b.{2,60}\bfor comment\b|\brequests? for comment\b"
    r"|related (?:post|stor|article|content|coverage)|\bread (?:more|next|also)\b"
    r"|^sign (?:up|in)\b|\bsign (?:up|in) (?:for|to) (?:our|the|receive|read|get|continue)\b"
    r"|\bsubscribe (?:to|now|today|here)\b|\bsubscribers? (?:only|have)\b|\bnewsletter"
    r"|all rights reserved|©|\bcopyright \d{4}|terms of (?:use|service)|privacy policy"
    r"|\bcookies?\b.{0,40}\b(?:accept|consent|site)|click (?:here|(?:on )?the)\b"
    r"|^please (?:check|enter|enable|try|reload|refresh|click|log|sign)\b"
    r"|\banyone with information\b|\b(?:ruf|telefon)nummer\b|\bhinweise (?:an|nehmen|nimmt)\b"
    r"|toll-free|\b(?:hotline|helpline)\b"
    r"|^(?:source|via|tags?|topics?|share|advertisement|watch|photos?)\b\s*(?::|$|(?-i:[A-Z]))"
    r"|\bfollow (?:us|me|him|her|them|@\w+)\b"
    r"|\b(?:editor|reporter|correspondent|writer|columnist|journalist|contributor)"
    r" (?:covering|who covers)\b|\blives in .{0,40} with (?:her|his|their)\b"
    r"|^this (?:article|story|post) (?:was|is|has been|originally|first)"
    r"|\bearn (?:a |an )?(?:affiliate )?commission|\baffiliate links?\b"
    r"|\b(?:contributed|contributing) to this|\b(?:reporting|editing|writing) by\b"
    r"|\b(?:information|material) (?:for|in|from) this (?:report|story|article)\b"
    r"|\bwatch (?:his|her|their|our|the video|live|more)\b"
    r"|\bvisit .{2,40} for more\b|\bstay up to date\b"
    r"|^(?:fig(?:ure|\.)|table|panels?|pies|bars|arrows|dots) (?:\d|shows?|indicates?|represents?)"
    r"|\b(?:be|been) (?:found|read|seen|viewed|watched) here\b|\bread the full\b"
    r"|^(?:posted|published|updated)\b.{0,20}"
    r"(?:\d{1,2}[:.]\d\d\b|\d+ (?:days?|hours?|minutes?) ago)"
    r"|\b(?:leading|premier|trusted) (?:destination|guide|measurement|provider|source) (?:for|of)\b"
    r"|\(opens in (?:a )?new (?:tab|window)\)|\(öffnet (?:im|in einem) neuen fenster\)"
    r"|\bcrawl data\b|\binternet archive\b|^warning: "
    r"|^(?:anzeige|werbung|werbeartikel|publicité|publicidad)\b|^\d+ (?:bilder|fotos|images)\b"
    r"|^erfahren sie\b|\blesen sie (?:auch|mehr)|\bmehr zum thema|\balle rechte vorbehalten"
    r"|\bjetzt (?:abonnieren|anmelden)"
    r"|\b(?:à lire|lire) (?:aussi|également)|\b(?:abonnez|inscrivez)-vous|\btous droits réservés"
    r"|\b(?:lea|lee|leer) (?:también|más)|\bsuscr[ií]b[ae]|\btodos los derechos reservados"
    r"|\(@\w+\)|@[\w-]+\.\w|https? ?: ?/|\bwww\.|\bpic\.twitter\.com",
    re.IGNORECASE,
)
# What a graphic shows, and what a page asks of its readers in other languages.
_GRAPHIC = re.compile(
    r"^view images\b|^(?:maps?|charts?|graphics?) (?:locates?|shows?)\b"
    r"|\bartist[’']s (?:concept|depiction|illustration|impression|rendering)\b",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\bdatenschutz(?:erklärung|hinweise|richtlinie)|\bakzeptieren (?:und|sie)\b"
    r"|\bpolitique de confidentialité|\bpolítica de (?:privacidad|cookies)",
    re.IGNORECASE,
)
_LIST = 2  # semicolons: there are more in line-ups and tables of results


# No pattern matches without one of its signs; looking for them first is ten times as fast.
_SIGNS = {
    _NOTICE: frozenset(
        words("""
        anyone rufnummer telefonnummer hinweise
        advertisement affiliate arrows article bars click columnist comment commission
        contributed contributing contributor cookie cookies copyright correspondent dots editing
        editor fig figure find follow helpline hotline http https information journalist lives
        material newsletter newsletters next panel panels photo photos pic pies please policy
        date post privacy reach read related reporter reporting reserved share sign source story
        subscribe subscriber subscribers table tag tags terms toll topic topics via watch writer
        writing www read visit posted published updated crawl internet warning
        opens öffnet destination guide measurement provider
        anzeige werbung werbeartikel publicité publicidad bilder fotos images
        erfahren lesen mehr alle abonnieren anmelden lire abonnez inscrivez tous
        lea lee leer suscríbete suscríbase suscribe suscríba suscriba suscribirse todos
        """)
    )
    | {"©", "@"},
    _CREDIT: frozenset(
        words("""
        left right center centre
        caption close file files frame getty gettyimages handout illustration image images live
        media photo photograph photographs photos picture pictured pictures rendering screenshot
        seen shot shown sketch trailer video videos view watch
        bild bilder foto fotos archivbild archivfoto symbolbild symbolfoto crédit crédits imagen
        alamy istock shutterstock unsplash
        """)
    )
    | {")", "/"},
    _GRAPHIC: frozenset(words("artist’s artist's view map maps chart charts graphic graphics")),
    _CONSENT: frozenset(
        words("""
        akzeptieren datenschutzerklärung datenschutzhinweise datenschutzrichtlinie
        datenschutzrichtlinien confidentialité privacidad política
        """)
    ),
    _CAPTION: frozenset(
        words("""
        jan january feb february mar march apr april may jun june jul july aug august sep sept
        september oct october nov november dec december early mid late
        """)
    ),
}


def is_boilerplate(text: str) -> bool:
    """Does the line belong to the page rather than to the report?"""
    return any(pattern.search(text) for pattern in _suspicions(text))


def _suspicions(text: str) -> list[re.Pattern[str]]:
    """The patterns that might match the text or a sentence of it."""
    signs = {*words(text.lower()), *(mark for mark in "©@)/" if mark in text)}
    return [pattern for pattern, needed in _SIGNS.items() if not needed.isdisjoint(signs)]


@lru_cache(maxsize=READ_REPORTS)
def first_statements(article: Article) -> tuple[str, ...]:
    """As many of an article's statements as are read, which bounds the time."""
    return tuple(islice(statements(article), _READ_SENTENCES))


def statements(article: Article) -> Iterator[str]:
    """Complete sentences of the text in order, each word for word a part of it, each once."""
    waiting: list[str] = []  # a line by itself may turn out to be a picture's description
    seen: set[str] = set()
    torn = False
    lines = article.text.splitlines()
    for paragraph, following in zip_longest(lines, lines[1:], fillvalue=""):
        suspicions = _suspicions(paragraph)
        # A feed may run a whole article into one paragraph: then only its sentences are judged.
        whole = 2 * len(paragraph) < len(article.text)
        matched = [pattern for pattern in suspicions if whole and pattern.search(paragraph)]
        if not {_CREDIT, _CAPTION, _GRAPHIC}.isdisjoint(matched):
            waiting = []
        yield from waiting
        waiting = []
        if matched:
            continue
        begun, torn = torn, is_torn(paragraph, following)
        apart = [part for text in sentences(paragraph) for part in _NO_SPACE.split(text)]
        parts = _whole(apart, article.language, begun=begun, torn=torn)
        found = [
            text
            for text in dict.fromkeys(parts)
            if text not in seen
            and _is_usable(text, article.language)
            and not any(pattern.search(text) for pattern in suspicions)
        ]
        seen.update(found)
        if len(parts) == 1:
            waiting = found
        else:
            yield from found
    yield from waiting


def _whole(parts: Sequence[str], language: str, *, begun: bool, torn: bool) -> list[str]:
    """The sentences that nothing has cut in two.

    A number may ("magnitude 4. 6", "der 2. Liga"), or the end of a line ("told the Rev."): the
    first is the rest of one that has `begun` on the line before, the last is `torn` off.
    """
    any_word = language in _DOTTED_ORDINALS
    cut = [
        _NUMBER_LAST.search(a) is not None and (any_word or b[0].isdigit())
        for a, b in pairwise(parts)
    ]
    kept = zip(parts, [begun, *cut], [*cut, torn], strict=False)
    return [part for part, before, after in kept if not before and not after]


def _is_usable(text: str, language: str) -> bool:
    """Is this a complete statement of fair length?"""
    longest = _LONGEST * (2 if language in _UNSPACED else 1)
    end = text.rstrip(_CLOSING)
    first = next(filter(str.isalpha, text), "")
    return (
        end.endswith(_ENDS)
        and not end.endswith(_CUT)
        and (text[0].isalnum() or text[0] in _OPENING)
        and first != ""
        and not first.islower()
        and _SHORTEST <= len(words(text)) <= longest
        and 2 * sum(map(str.isupper, text)) <= len(text)
        and text.count(";") <= _LIST
        and _balanced(text)
        and _GLUED.search(text) is None
        and _TWICE_NAMED.search(text) is None
        and not _is_rump(text)
    )


def _balanced(text: str) -> bool:
    # „ … “ closes with the mark that opens “ … ”.
    quotes = text.count("„") if "„" in text else text.count("“")
    closed = text.count("“") + text.count("”") if "„" in text else text.count("”")
    pairs = (("«", "»"), ("(", ")"), ("[", "]"), ("「", "」"))
    even = text.count('"') % 2 == 0 and quotes == closed
    return even and all(text.count(a) == text.count(b) for a, b in pairs)


def _is_rump(text: str) -> bool:
    """Is a part of the sentence missing?"""
    return bool(
        _RUMP.search(text)
        or _TAIL.fullmatch(text)
        or (_NAMED_ONLY.match(text) and len(words(text)) <= _NAMED_ONLY_WORDS)
    )
