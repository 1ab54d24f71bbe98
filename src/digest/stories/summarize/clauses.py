"""A headline of a sentence's own words: all of it, or its main clause. The patterns are English."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.text import words

SHORTEST, LONGEST = 4, 17  # words of a good headline
_SENTENCE, _CLAUSE = 30, 22  # words of an opening sentence, or its main clause, that may be one
_FEWEST = 6  # words of a clause that tells enough by itself
_OBJECT = 12  # words of a clause that ends before a second verb
_ABBREVIATED = re.compile(r"\b\w\.\w\.$")
# Where the main clause of a sentence may end.
_SUBORDINATE = re.compile(
    r"(?:,| —| –| --) (?=(?:\w+ing|who|which|where|when|after|as|while|but|only|according"
    r"|a|an|the)\b"
    r"|(?:[\w.’'-]+ ){1,5}?(?:says?|said|told|reports?|reported|confirms?|announced)\b[^,]{0,30}$)"
    r"|,? (?:just |only |shortly |soon |right )?"
    r"(?:(?:\w+ )?(?:minute|hour|day|week|month|year)s? )?"
    r"(?=(?:after|before|when|while|because|although|amid)\b)"
    r"|(?P<next>, )(?=(?:and|but) (?:[\w’'-]+ ){0,4}"
    r"(?:was|were|is|are|has|have|had|will|would|could)\b)"
    # "... and agreed": a second verb, where the first has its object.
    r"|(?<=\w)(?P<verb> )(?=and \w{3,}ed (?:an?|h[ei][rsm]|its|over|that|the|their|them|to)\b)"
)
# A subject is described before its verb: "Vera Holm, who owns the ships, has ...".
_DESCRIBED = re.compile(
    r", (?:who|which|an?|the)\b[^,]*(?:,[^,]*)?,"
    r" (?:\w+ly )?(?:has|have|had|is|are|was|were|will|would"
    r"|could|can|may|might|said|says|told|began|won|took|made|went|\w{3,}ed)\b"
)
# Here it comes later, or does not end there: "In a ferry, a man ...", "A man who ... fell".
_LATE_MAIN = re.compile(
    r"(?:\w+ ){0,3}(?:after|when|as|while|although|if|since|before|nachdem|als|après|tras)\b"
    r"|(?:[\w’'-]+ ){1,5}(?:who|which|that|whose) "
    r"|.* (?:that|said|says) (?:had|if|when|while|once)\b",
    re.IGNORECASE,
)
_ADVERBIAL = re.compile(r"(?:In|On|At|By|For|From|With|During|Despite|Amid|Citing|\w+ing) [^,]*, ")


def _by_language(**listed: str) -> dict[str, frozenset[str]]:
    """The words that are listed for each language."""
    return {language: frozenset(words.split()) for language, words in listed.items()}


# No headline ends so, or with one of these words; and what a page has beside its text.
_OPEN_END = re.compile(r"(?:…|\.\.\.|[,:;(]|, [a-z]+|(?<![.\w])[A-Z]\.)$")
_OPEN_WORDS = _by_language(
    en="a an and are be because but for from had has have her his is its of or than that"
    " that's that’s the their to was were when which while who with",
    de="und oder der die das des dem den ein eine einen einer eines mit von für dass",
    fr="et ou le la les de des du un une pour qui que dans avec sur",
    es="y o el la los las de del un una con para por que en",
)

# What begins a further phrase, before which a long sentence may be cut; and, with a capital behind
# a word, the text after a heading: "Storm closes the harbour The ferries ...".
_PHRASES = _by_language(
    en="after against amid as at because before by during following for from in near on over"
    " since that under until when where which while who with",
    de="als am an auf aus bei dass für im in mit nach obwohl um und vor weil wenn während",
    fr="alors après avant avec contre dans en lors pendant pour que qui selon sur",
    es="ante como con contra cuando después durante en mientras para por que según sobre tras",
)
_BEGINNINGS = _by_language(
    en="A After An As At But For He In It On She The There They This When With",
    de="Am Auf Bei Das Dem Den Der Die Ein Eine Er Es Für Im In Mit Nach Seit Sie Von Wie",
    fr="Après Au Aux Ce Cette Dans Depuis Des Elle En Il Ils La Le Les Pour Selon Un Une",
    es="Al Con Desde El Ella En Este Esta La Las Los Para Por Se Según Tras Un Una",
)
_AGENCY = re.compile(r"\(?(?:AFP|AP|DPA|EFE|Reuters|SDA|dpa)\)?")
# "MARROW BAY (AP) —", "MARROW.-", "MARROW:"; and how the last word of a heading ends.
_DATELINE = re.compile(r"[A-ZÀ-Þ][A-ZÀ-Þ .,]{2,30}(?:\s?\(|\s?[—–-]+(?:\s|$)|\.-|:)")
_ENDS = re.compile(r"[^\W_][”\"'’»)?!]*$")
_FEWEST_CUT, _MOST_CUT = 8, 20  # words of a sentence that is cut


def heading_of(text: str, language: str) -> str:
    """The heading that runs into the text which it begins; "" where none is found.

    It is repeated there, with its first two words at least, or a dateline, an agency or a word
    that sentences begin with follows.
    """
    tokens = text.split(maxsplit=2 * _SENTENCE)[: 2 * _SENTENCE]
    for end in range(SHORTEST, min(LONGEST, len(tokens) - 1) + 1):
        head, rest = tokens[:end], tokens[end:]
        if rest[:end] == head or (
            _ENDS.search(head[-1])
            and any(word.isalpha() and word.islower() and len(word) > 3 for word in head)
            and not _is_unfinished(head[-1], language)
            and not head[-1].isupper()
            and _begins(head, rest, language)
        ):
            return " ".join(head)
    return ""


def _begins(head: Sequence[str], rest: Sequence[str], language: str) -> bool:
    """May a text begin after these words, rather than go on?"""
    again = [word.rstrip(",") for word in rest[:2]] == [word.rstrip(",") for word in head[:2]]
    return (
        (again and rest[0][0].isupper())
        or rest[0] in _BEGINNINGS.get(language, ())
        or _AGENCY.fullmatch(rest[0]) is not None
        or _DATELINE.match(" ".join(rest[:5])) is not None
    )


def cut_short(sentence: str, language: str) -> str:
    """The beginning of a long sentence up to where a phrase ends; "" where none does."""
    tokens = sentence.split()
    ends = (
        end
        for end in range(min(_MOST_CUT, len(tokens) - 1), _FEWEST_CUT - 1, -1)
        if tokens[end].lower() in _PHRASES.get(language, ())
        and not _is_unfinished(tokens[end - 1], language)
    )
    end = next(ends, 0)
    return " ".join(tokens[:end]).rstrip(",;:") + "…" if end else ""


def _is_unfinished(word: str, language: str) -> bool:
    """Does a phrase need a further word after this one?"""
    needing = _OPEN_WORDS.get(language, frozenset())
    if language != "de":  # where a verb may end in one: "nimmt Form an"
        needing |= _PHRASES.get(language, frozenset())
    return word.lower() in needing


def made_of(sentence: str) -> str:
    """A headline of the sentence's own words: all of a short one, or its main clause.

    "" where it is long and has no such clause.
    """
    whole = sentence if _ABBREVIATED.search(sentence) else sentence.rstrip(".")
    if len(words(sentence)) <= LONGEST:
        return whole
    return _clause(sentence) or (whole if len(words(sentence)) <= _SENTENCE else "")


def is_open(title: str, language: str) -> bool:
    """Does a title end where no headline does?"""
    last = title.rsplit(maxsplit=1)[-1:]
    return _OPEN_END.search(title) is not None or (
        last != [] and last[0] in _OPEN_WORDS.get(language, ())
    )


def _clause(said: str) -> str:
    """The part of a sentence that ends before a subordinate clause; "" if none is fit.

    The longest that is no longer than a good headline; else the longest.
    """
    if _LATE_MAIN.match(said):
        return ""
    opening = _ADVERBIAL.match(said)
    found = _SUBORDINATE.finditer(said, opening.end() if opening else 0)
    ends = [
        match.start()
        for match in found
        # A comma before "and" may as well belong to a list.
        if (match["next"] is None or "," not in said[: match.start()])
        and (match["verb"] is None or len(words(said[: match.start()])) >= _OBJECT)
    ]
    parts = (said[:end] for end in reversed(ends) if not _DESCRIBED.match(said, end))
    fit = [
        part for part in parts if _FEWEST <= len(words(part)) <= _CLAUSE and not is_open(part, "en")
    ]
    return next((part for part in fit if len(words(part)) <= LONGEST), "".join(fit[:1]))
