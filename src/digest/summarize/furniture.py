"""The sentences of an article that report, without what belongs to its page.

Captions, credits, biographies, invitations, notices and cut-off lines are no statements about an
event. A dateline stays where it is, for sentences are never cut; they can be told by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.model import Article
from digest.text import sentences, words

_SHORTEST, _LONGEST = 8, 45  # words of a sentence
_UNSPACED = {"ja", "km", "lo", "my", "th", "zh"}  # where a word is one character, see text.words

_ENDS = (".", "!", "。", "！")
_CUT = ("...", "…")
_CLOSING = "\"'”’»」』)"
# Two lines of a page run into one: "... a role model The president has ...".
_GLUED = re.compile(r" (?<=[a-z][a-z] )(?:The|He|She|They|This|There|But) [a-z]")

# A place in capitals, perhaps an agency, and a dash: "MARROW BAY, Aldmark (AP) - ".
_PLACE = r"[A-Z][A-Z.'’ /-]*[A-Z.](?:,? [\w.'’]{2,20}){0,3}?"
_DASH = r"(?:\s*(?:[–—]|--|>>|â\W{0,2})\s*|\s+-\s+|\s{2,})"  # â: what bad decoding makes of one
_AGENCY = (
    r"\((?:AP|AFP|ANI|BBC|CNN|DPA|EFE|KUNA|PTI|UPI|Reuters|Bloomberg|Xinhua"
    r"|[A-Z]\w+ (?:Wire|News|Press|Reuters))\b[^)]{0,30}\)"
)
_DATELINE = re.compile(
    rf"(?:(?:{_PLACE}|[A-Z][\w.'’]+(?:[ ,]+[\w.'’]+){{0,6}})?\s*{_AGENCY}\s*(?:[–—:-]{{1,2}}\s*)?"
    rf"|{_PLACE}(?:\s*\([^)]{{1,40}}\))?{_DASH}|Reporting from [^—]{{2,40}}—\s*|[–—-]+\s*)"
    r"""(?=["'“‘«]?[A-Z0-9])"""
)
_CREDIT = re.compile(
    r"\b(?:image|photo(?:graph)?|picture|video|file)s?\s?"
    r"(?:credit|courtesy|by|source|gallery)?\s?:"
    r"|\bgetty\s?images\b|\bfile (?:photo|picture|image)\b"
    r"|\b(?:image|photo) (?:copyright|caption)\b"
    r"|\((?:(?:ap |afp |file )?(?:photo|image|picture)|file)\b"
    r"|\([^()]{0,60}(?:/|\bfor |\bvia )\s?[^()]{0,40}\)\s*$"
    r"|\bin this\b[^.]{0,60}\b(?:photo|image|picture|handout|frame|courtroom sketch)\b"
    r"|\b(?:photo|image|picture|video) (?:provided|released|obtained|taken) (?:by|from)\b"
    r"|\b(?:is|are) (?:seen|pictured|shown) (?:in|on|at|here|during|as|with|after|before|outside)\b"
    r"|\(?pictured (?:above|below|here|left|right)\b"
    r"|^an? (?:\w+ ){0,3}(?:shot|view|photo|image|picture|screenshot|rendering|illustration) of\b"
    r"|(?-i:^(?:CLOSE|Caption|Image|Media caption|WATCH|LIVE|PHOTOS?|Video|VIDEO|TRAILER)\b:?"
    r" [A-Z])",
    re.IGNORECASE,
)
_DATE = (
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[.,]? \d{1,2},? \d{4}\b"  # in full
)
# A picture is told in the present and dated, or dated at the end: "... in Marrow Bay, May 2, 2024."
_CAPTION = re.compile(
    rf"{_DATE}\.?$"
    r"|\b(?:arrives?|attends?|breathes?|carry|carries|competes?|enjoys?|gestures?|holds?|lays?|lies?|looks?"
    r"|pass(?:es)?|poses?|reacts?|runs?|shows?|sits?|speaks?|stands?|takes?|talks?|walks?"
    rf"|watch(?:es)?|waves?|works?)\b.{{5,}}{_DATE}"
)
_NOTICE = re.compile(
    r"leave a comment|related (?:post|stor|article|content|coverage)|\bread (?:more|next|also)\b"
    r"|^sign (?:up|in)\b|\bsign (?:up|in) (?:for|to) (?:our|the|receive|read|get|continue)\b"
    r"|\bsubscribe (?:to|now|today|here)\b|\bsubscribers? (?:only|have)\b|\bnewsletter"
    r"|all rights reserved|©|\bcopyright \d{4}|terms of (?:use|service)|privacy policy"
    r"|\bcookies?\b.{0,40}\b(?:accept|consent|site)|click (?:here|on the)|physical address"
    r"|^please (?:check|enter|enable|try|reload|refresh|click|log|sign)\b"
    r"|toll-free|\b(?:hotline|helpline)\b"
    r"|^(?:source|via|tags?|topics?|share|advertisement|watch|photos?)\b\s*(?::|$|(?-i:[A-Z]))"
    r"|\bfollow (?:us|me|him|her|them|@\w+)\b|\b(?:find|reach) (?:him|her|them|me) (?:on|at)\b"
    r"|\b(?:editor|reporter|correspondent|writer|columnist|journalist|contributor)"
    r" (?:covering|who covers)\b|\blives in .{0,40} with (?:her|his|their)\b"
    r"|(?-i:\bNext\.(?:\s|$))|^this (?:article|story|post) (?:was|is|has been|originally|first)"
    r"|\bearn (?:a |an )?(?:affiliate )?commission|\baffiliate links?\b"
    r"|\b(?:contributed|contributing) to this|\b(?:reporting|editing|writing) by\b"
    r"|\b(?:information|material) (?:for|in|from) this (?:report|story|article)\b"
    r"|\bwatch (?:his|her|their|our|the video|live|more)\b"
    r"|^(?:fig(?:ure|\.)|table|panels?|pies|bars|arrows|dots) (?:\d|shows?|indicates?|represents?)"
    r"|@[\w-]+\.\w|https? ?: ?/|\bwww\.|\bpic\.twitter\.com",
    re.IGNORECASE,
)
_LIST = 2  # semicolons: more stand in line-ups and tables of results


# No pattern matches without one of its signs; looking for them first is ten times as fast.
_SIGNS = {
    _NOTICE: frozenset(
        words("""
        address advertisement affiliate arrows article bars click columnist comment commission
        contributed contributing contributor cookie cookies copyright correspondent dots editing
        editor fig figure find follow helpline hotline http https information journalist lives
        material newsletter newsletters next panel panels photo photos pic pies please policy
        post privacy reach read related reporter reporting reserved share sign source story
        subscribe subscriber subscribers table tag tags terms toll topic topics via watch writer
        writing www
        """)
    )
    | {"©", "@"},
    _CREDIT: frozenset(
        words("""
        caption close file files frame getty gettyimages handout illustration image images live
        media photo photograph photographs photos picture pictured pictures rendering screenshot
        seen shot shown sketch trailer video videos view watch
        """)
    )
    | {")"},
    _CAPTION: frozenset(
        words("""
        jan january feb february mar march apr april may jun june jul july aug august sep sept
        september oct october nov november dec december
        """)
    ),
}


def is_furniture(text: str) -> bool:
    """Does the line belong to the page rather than to the report?"""
    return any(pattern.search(text) for pattern in _suspicions(text))


def _suspicions(text: str) -> list[re.Pattern[str]]:
    """The patterns that might match the text or a sentence of it."""
    signs = {*words(text.lower()), *(mark for mark in "©@)" if mark in text)}
    return [pattern for pattern, needed in _SIGNS.items() if not needed.isdisjoint(signs)]


def statements(article: Article) -> Iterator[str]:
    """Complete sentences of the text in order, each word for word a part of it, each once."""
    waiting: list[str] = []  # what stands alone may turn out to be a picture's description
    seen: set[str] = set()
    for paragraph in article.text.splitlines():
        suspicions = _suspicions(paragraph)
        # A feed may run a whole article into one paragraph: then only its sentences are judged.
        whole = 2 * len(paragraph) < len(article.text)
        matched = [pattern for pattern in suspicions if whole and pattern.search(paragraph)]
        if _CREDIT in matched or _CAPTION in matched:
            waiting = []
        yield from waiting
        waiting = []
        if matched:
            continue
        parts = sentences(paragraph)
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


def has_dateline(text: str) -> bool:
    """Does the sentence begin with where its report was written, or by which agency?"""
    return _DATELINE.match(text) is not None


def _is_usable(text: str, language: str) -> bool:
    """Is this a complete statement of fair length?"""
    longest = _LONGEST * (2 if language in _UNSPACED else 1)
    end = text.rstrip(_CLOSING)
    first = next(filter(str.isalpha, text), "")
    return (
        end.endswith(_ENDS)
        and not end.endswith(_CUT)
        and first != ""
        and not first.islower()
        and _SHORTEST <= len(words(text)) <= longest
        and 2 * sum(map(str.isupper, text)) <= len(text)
        and text.count(";") <= _LIST
        and _balanced(text)
        and _GLUED.search(text) is None
    )


def _balanced(text: str) -> bool:
    pairs = (("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"), ("「", "」"))
    return text.count('"') % 2 == 0 and all(text.count(a) == text.count(b) for a, b in pairs)


# --- standing alone ---------------------------------------------------------------------------

_DANGLING = re.compile(
    r"""["'“‘]?(?:he|she|it|they|his|her|hers|its|their|him|them|this|that|these|those|such|but
      |and|or|so|yet|also|however|meanwhile|moreover|furthermore|in\ addition|additionally|then
      |there|here|instead|still|both|another|while\ there|following\ (?:his|her|their|the)
      |after\ (?:that|this|his|her)|according\ to\ (?:him|her|them)|as\ such|for\ example
      |for\ instance|the\ (?:former|latter|two|pair)|neither|otherwise|nevertheless|nonetheless
      |therefore|thus|besides|indeed|in\ (?:fact|turn|contrast|response)|by\ contrast
      |on\ the\ other\ hand|at\ (?:the|that)\ (?:same\ )?time|as\ a\ result|likewise)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"""“[^”]*”|"[^"]*"|«[^»]*»""")
_FIRST_PERSON = re.compile(
    r"\b(?:I|I[’']\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e[’']\w+|[Oo]ur|[Yy]ou|[Yy]our)\b"
)
_ATTRIBUTED = 3  # words outside a quotation, by which a reader knows whose it is


def stands_alone(text: str) -> bool:
    """Can the statement be read without what stood before it in its article?"""
    outside = _QUOTED.sub(" ", text)
    return not (
        _DANGLING.match(text)
        or _FIRST_PERSON.search(outside)
        or text.endswith("!")
        or (outside != text and len(words(outside)) < _ATTRIBUTED)
    )
