"""A story -> a headline and a few sentences that its articles say word for word.

Extractive: a sentence scores by its place in the article, by how near it is to what all
independent reports say (the centroid of Radev et al. 2004), and by how well it stands alone;
maximal marginal relevance (Carbonell and Goldstein 1998) keeps the chosen ones different.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from digest.model import Article, Story, SummarizedStory, Summary, SummarySentence
from digest.text import fold, sentences, stems, words

_Vector = Mapping[str, float]

_SENTENCES, _MANY_REPORTS = 3, 5  # one sentence more where that many reports tell the story
_WORDS = 120  # after that many, no further sentence
_SHORTEST, _LONGEST = 8, 45  # words of a sentence
_UNSPACED = {"ja", "km", "lo", "my", "th", "zh"}  # where a word is one character, see text.words
_CENTRALITY, _POSITION, _NAMES, _REDUNDANCY = 0.5, 0.4, 0.15, 0.7
_FAULT = 0.3  # what a sentence loses for each way in which it does not stand alone
_HALF_PLACE = 4  # the sentence whose place counts half of the first one's
_READ_REPORTS, _READ_SENTENCES = 20, 60  # as much of a story is read, which bounds the time


def summarize(story: Story) -> SummarizedStory:
    """Two to four sentences with the article each stands in, and a headline.

    At most one sentence comes from each report where there is choice; a story of one report has
    up to three, a tiny one fewer, one without a usable sentence none. Deterministic.
    """
    articles = [report.canonical for report in story.reports[:_READ_REPORTS]]
    chosen = _choose(_candidates(articles), articles)
    texts = tuple(SummarySentence(text=each.text, article=each.article.id) for each in chosen)
    return SummarizedStory(
        story=story,
        headline=_headline(articles) or (texts[0].text if texts else story.medoid.canonical.outlet),
        summary=Summary(sentences=texts),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    text: str
    article: Article
    place: int  # among the usable sentences of its article
    words: frozenset[str]  # folded
    terms: frozenset[str]  # their stems
    length: int  # words


# --- choosing ---------------------------------------------------------------------------------


def _candidates(articles: Iterable[Article]) -> list[_Candidate]:
    found = []
    for article in articles:
        usable = list(dict.fromkeys(_usable_sentences(article)))[:_READ_SENTENCES]
        for place, text in enumerate(usable):
            tokens = words(text)
            found.append(
                _Candidate(
                    text=text,
                    article=article,
                    place=place,
                    words=frozenset(map(fold, tokens)),
                    terms=frozenset(stems(tokens, article.language)),
                    length=len(tokens),
                )
            )
    return found


def _choose(candidates: Sequence[_Candidate], articles: Sequence[Article]) -> list[_Candidate]:
    """The best sentence, then the other chosen ones in reading order: openings first, by time."""
    vectors = _vectors(candidates)
    scores = _scores(candidates, vectors, _central_names(articles))
    wanted = _SENTENCES + (len(articles) >= _MANY_REPORTS)
    open_ = list(range(len(candidates)))
    chosen: list[int] = []
    while open_ and len(chosen) < wanted and sum(candidates[at].length for at in chosen) < _WORDS:
        used = {candidates[at].article.id for at in chosen}
        fresh = [at for at in open_ if candidates[at].article.id not in used]
        best = max(
            fresh or open_,
            key=lambda at: scores[at] - _REDUNDANCY * _nearest(at, chosen, vectors),
        )
        chosen.append(best)
        open_.remove(best)
    return [candidates[at] for at in chosen[:1]] + sorted(
        (candidates[at] for at in chosen[1:]), key=_reading_order
    )


def _reading_order(candidate: _Candidate) -> tuple[object, ...]:
    article = candidate.article
    return (candidate.place, article.published_at, article.id)


def _nearest(at: int, chosen: Iterable[int], vectors: Sequence[_Vector]) -> float:
    return max((_dot(vectors[at], vectors[other]) for other in chosen), default=0.0)


def _vectors(candidates: Sequence[_Candidate]) -> list[_Vector]:
    """Unit vectors of the sentences' terms, each weighted by its rarity among the sentences."""
    often = Counter(term for candidate in candidates for term in candidate.terms)
    count = len(candidates) + 1
    return [
        _unit({term: math.log(count / often[term]) for term in sorted(each.terms) if len(term) > 2})
        for each in candidates
    ]


def _scores(
    candidates: Sequence[_Candidate], vectors: Sequence[_Vector], names: Set[str]
) -> list[float]:
    reports: dict[str, Counter[str]] = {}
    for candidate, vector in zip(candidates, vectors, strict=True):
        reports.setdefault(candidate.article.id, Counter()).update(vector)
    centroid: Counter[str] = Counter()
    for summed in reports.values():
        centroid.update(_unit(summed))
    central = [_dot(vector, _unit(centroid)) for vector in vectors]
    highest = max(central, default=0) or 1
    return [
        _CENTRALITY * near / highest
        + _POSITION / (1 + candidate.place / _HALF_PLACE)
        + _NAMES * len(names & candidate.words) / max(1, len(names))
        - _FAULT * _faults(candidate.text)
        for near, candidate in zip(central, candidates, strict=True)
    ]


def _unit(weights: Mapping[str, float]) -> _Vector:
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {term: weight / length for term, weight in weights.items()} if length else {}


def _dot(a: _Vector, b: _Vector) -> float:
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    return sum(weight * large.get(term, 0) for term, weight in small.items())


# --- usable sentences -------------------------------------------------------------------------

_COMPLETE = re.compile(r"""[.!…。！]["'”’»」』)]*$""")
_DATELINE = re.compile(
    r"^(?:[^\W\d_a-z]{2}[^a-z()]{0,40}(?:,[^()–—-]{0,30})?(?:\([^)]{1,40}\))?\s*[–—-]{1,2}\s"
    r"|[^.]{0,60}\((?:AP|Reuters|AFP|CNN|UPI|Bloomberg|Xinhua|PTI|[A-Z]\w+ (?:Wire|News))\))"
)
_CREDIT = re.compile(
    r"\b(?:image|photo|picture|video|file)s?\s?(?:credit|courtesy|by|source)?\s?:"
    r"|\bgetty\s?images\b|\((?:photo|image|ap photo|file)\b|\bfile photo\b",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"leave a comment|related (?:post|stor|article|content)|read (?:more|next|also)\b"
    r"|^sign (?:up|in)\b|\bsign (?:up|in) (?:for|to) (?:our|the|receive|read|get|continue)\b"
    r"|\bsubscribe (?:to|now|today|here)\b|\bsubscribers? (?:only|have)\b|\bnewsletter"
    r"|all rights reserved|©|\bcopyright \d{4}|terms of (?:use|service)|privacy policy"
    r"|\bcookies?\b.{0,40}\b(?:accept|consent|site)|click here|physical address|toll-free"
    r"|\b(?:hotline|helpline)\b|^(?:source|via|tags?|topics?|share|advertisement)\b\s*(?::|$)"
    r"|\bfollow (?:us|me|him|her|them) on\b|\b(?:find|reach) (?:him|her|them|me) (?:on|at)\b"
    r"|\b(?:editor|reporter|correspondent|writer|columnist|journalist|contributor)"
    r" (?:covering|who covers)\b|\blives in .{0,40} with (?:her|his|their)\b"
    r"|(?-i:\bNext\.(?:\s|$))|^this (?:article|story|post) (?:was|is|has been|originally|first)"
    r"|\bearn (?:a |an )?(?:affiliate )?commission|\baffiliate links?\b|contributed to this report"
    r"|@[\w-]+\.\w|https?://|\bwww\.",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"""["'“‘]?(?:he|she|it|they|his|her|hers|its|their|him|them|this|that|these|those|such|but
      |and|or|so|yet|also|however|meanwhile|moreover|furthermore|in\ addition|additionally|then
      |there|here|instead|still|both|another|while\ there|following\ (?:his|her|their|the)
      |after\ (?:that|this|his|her)|according\ to\ (?:him|her|them)|as\ such|for\ example)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED = re.compile(r"""“[^”]*”|"[^"]*"|«[^»]*»""")
_FIRST_PERSON = re.compile(
    r"\b(?:I|I[’']\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e[’']\w+|[Oo]ur|[Yy]ou|[Yy]our)\b"
)


def _usable_sentences(article: Article) -> list[str]:
    """Complete sentences in order, without the furniture of the page."""
    usable: list[str] = []
    alone = 0  # how many usable sentences the paragraph before had, where it was one sentence
    for paragraph in article.text.splitlines():
        parts = sentences(paragraph)
        # A feed may run a whole article into one paragraph: then only its sentences are judged.
        whole = 2 * len(paragraph) < len(article.text)
        credit = whole and _CREDIT.search(paragraph) is not None
        if credit:  # what stands alone before a caption is the picture's description
            usable = usable[: len(usable) - alone]
        if credit or (whole and _FURNITURE.search(paragraph)):
            alone = 0
        elif parts:
            good = [text for text in parts if _is_usable(text, article.language)]
            usable += good
            alone = len(good) if len(parts) == 1 else 0
    return usable


def _is_usable(text: str, language: str) -> bool:
    """Is this a complete statement of fair length, and not furniture?"""
    factor = 2 if language in _UNSPACED else 1
    letters = [char for char in text if char.isalpha()]
    return (
        _COMPLETE.search(text) is not None
        and _SHORTEST <= len(words(text)) <= factor * _LONGEST
        and letters != []
        and not letters[0].islower()
        and 2 * sum(char.isupper() for char in letters) <= len(letters)
        and _balanced(text)
        and not any(pattern.search(text) for pattern in (_DATELINE, _CREDIT, _FURNITURE))
    )


def _balanced(text: str) -> bool:
    pairs = (("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"), ("「", "」"))
    return text.count('"') % 2 == 0 and all(text.count(a) == text.count(b) for a, b in pairs)


def _faults(text: str) -> int:
    """In how many ways does the sentence not stand alone, or not report?"""
    outside = _QUOTED.sub(" ", text)
    return (
        (_DANGLING.match(text) is not None)
        + (_FIRST_PERSON.search(outside) is not None)
        + (2 * len(outside) < len(text))
        + text.endswith("!")
        + (text.count(";") > 2)  # a list: line-ups, results
    )


# --- headline ---------------------------------------------------------------------------------

_SEPARATOR = re.compile(r"\s+(?:[|·•–—»-]|::)\s+")
_MARKS = " |·•–—»:-"
_CENTRAL_NAMES = 4
_SHORTEST_TITLE = 4  # words


def _headline(articles: Sequence[Article]) -> str:
    """The first title, the medoid's, unless it is poor and another names the story better."""
    titles = [title for title in map(_clean_title, articles) if title]
    if not titles:
        return ""
    central = _central_names(articles)
    named = [len(central & set(words(fold(title)))) for title in titles]
    poor = (
        len(words(titles[0])) < _SHORTEST_TITLE
        or titles[0].endswith(("…", "..."))
        or titles[0].isupper()
        or _FURNITURE.search(titles[0]) is not None
    )
    if poor or (not named[0] and max(named) > 1):
        return titles[named.index(max(named))]
    return titles[0]


def _clean_title(article: Article) -> str:
    """The title without the name of its outlet in front or behind."""
    title = " ".join(article.title.split())
    outlet = fold(article.outlet).removeprefix("the ")
    parts = [part for part in _SEPARATOR.split(title) if part]
    if len(parts) < 2 or not outlet:
        return title
    first, last = (fold(part).removeprefix("the ") for part in (parts[0], parts[-1]))
    if first == outlet:
        return title[len(parts[0]) :].lstrip(_MARKS)
    behind_bar = title[: title.rindex(parts[-1])].endswith("| ") and len(words(last)) < 5
    if last == outlet or behind_bar:
        return title[: title.rindex(parts[-1])].rstrip(_MARKS)
    return title


def _central_names(articles: Iterable[Article]) -> set[str]:
    """The names that most reports mention, folded."""
    reports: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    for article in articles:
        tokens = [token for token in words(article.text) if len(token) > 2]
        lower = {token for token in tokens if token.islower()}
        names = [
            fold(token) for token in tokens if token[0].isupper() and token.lower() not in lower
        ]
        reports.update(set(names))
        mentions.update(names)
    ranked = sorted(reports, key=lambda name: (-reports[name], -mentions[name], name))
    return set(ranked[:_CENTRAL_NAMES])
