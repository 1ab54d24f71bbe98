"""A headline of a sentence's own words: all of it, or its main clause. The patterns are English."""

from __future__ import annotations

import re

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
# No headline ends so, or with one of these words; and what a page has beside its text.
_OPEN_END = re.compile(r"(?:…|\.\.\.|[,:;(]|, [a-z]+|(?<![.\w])[A-Z]\.)$")
_OPEN_WORDS = {
    language: frozenset(listed.split())
    for language, listed in {
        "en": "a an and are be because but for from had has have her his is its of or than that"
        " that's that’s the their to was were when which while who with",
        "de": "und oder der die das des dem den ein eine einen einer eines mit von für dass",
        "fr": "et ou le la les de des du un une pour qui que dans avec sur",
        "es": "y o el la los las de del un una con para por que en",
    }.items()
}


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
