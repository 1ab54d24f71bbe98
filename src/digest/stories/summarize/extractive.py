"""A story -> a headline and a few sentences that its articles say word for word.

The first sentence tells what the headline says happened; it comes from the opening of a report and
can be read by itself. Each that follows adds a fact. The summary as a whole is to be as near as it
can be to what the story says: the sum of its sentences to the centroid of the reports (Radev et
al. 2004; for sets of sentences Ghalandari 2017), greedily. In the centroid every independent
report counts the same, its openings more than the rest, and terms that several reports use more
than those of one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Story, SummarizedStory, Summary, SummarySentence
from digest.stories.summarize.boilerplate import statements
from digest.stories.summarize.conflicts import conflicts
from digest.stories.summarize.headline import headline_of
from digest.stories.summarize.novelty import KnownText
from digest.stories.summarize.readable import (
    Context,
    opens_with_background,
    stands_alone,
    without_dateline,
)
from digest.stories.summarize.teaser import teaser
from digest.text import stems, words

_Matrix = NDArray[np.float64]
_Flags = NDArray[np.bool_]
_Columns = Mapping[str, tuple[int, float]]  # term -> its column and its weight, ordered

_DOUBT = 0.97
_SAME_OUTLET = 0.98
_SENTENCES, _MANY_REPORTS = 3, 5  # one sentence more where that many reports tell the story
_FULL = 100  # words, from which an edition's summary takes no further sentence
_TOLERANCE = 0.1  # by how much a summary may miss the length that was asked for
_READ_REPORTS, _READ_SENTENCES = 20, 30  # as much of a story is read, which bounds the time
_HALF_PLACE = 8  # the sentence whose place counts half of the first one's
_AGREEMENT = 0.5  # power of the share of reports that use a term
_SHORTEST_TERM, _LONGER = 3, 4  # letters
_SAID = 0.34  # share of the shorter of two sentences' terms from which they tell the same
_SAID_BY_ALL = 0.65  # share of a sentence's terms in all that is chosen, from which it adds nothing
_MOSTLY = 0.5  # share of an article's sentences from which it is news
_LEAD = 3  # the first sentence is one of so many of an article
_HEADLINE = 1.0  # weight of the headline beside the centroid for the first sentence
_LEAST = 1 / 3  # share of the headline's names and numbers in a first sentence
_NEARBY = 0.22  # cosine to the centroid, in shares of the best sentence's, that a further one has
_OLDER = timedelta(hours=36)  # before the newest report: what such a one tells may be out of date


def summarize(
    story: Story, *, words: int | None = None, known: Iterable[str] = ()
) -> SummarizedStory:
    articles = [report.canonical for report in story.reports[:_READ_REPORTS]]
    budget = _Budget.of_words(words) if words else _Budget.of_edition(len(articles))
    title = headline_of(articles)
    known = tuple(known)
    chosen = _choose(_candidates(articles), title, known, budget)
    texts = tuple(SummarySentence(text=each.text, article=each.article.id) for each in chosen)
    if not texts and not known:
        texts = teaser(articles, title)
    return SummarizedStory(
        story=story,
        headline=title or (texts[0].text if texts else story.medoid.canonical.outlet),
        summary=Summary(sentences=texts),
        conflicts=conflicts(story),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budget:
    """When a summary is long enough: sentences, or words; and the words it may not exceed."""

    sentences: float
    enough: float
    most: float
    strict: bool = True

    @classmethod
    def of_edition(cls, reports: int) -> _Budget:
        return cls(sentences=_SENTENCES + (reports >= _MANY_REPORTS), enough=_FULL, most=math.inf)

    @classmethod
    def of_words(cls, words: int) -> _Budget:
        return cls(
            sentences=math.inf,
            enough=(1 - _TOLERANCE) * words,
            most=(1 + _TOLERANCE) * words,
            strict=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    text: str
    article: Article
    place: int  # among the statements of its article
    terms: Counter[str]
    length: int  # words


def _candidates(articles: Sequence[Article]) -> list[_Candidate]:
    language = articles[0].language
    return [
        _candidate(text, article, place)
        for article in articles
        if article.language in (language, "und")
        for place, text in enumerate(islice(statements(article), _READ_SENTENCES))
    ]


def _candidate(text: str, article: Article, place: int) -> _Candidate:
    text = without_dateline(text)
    tokens = words(text)
    return _Candidate(
        text=text,
        article=article,
        place=place,
        terms=_terms(tokens, article.language),
        length=len(tokens),
    )


def _terms(tokens: Iterable[str], language: str) -> Counter[str]:
    return Counter(stem for stem in stems(tokens, language) if _is_term(stem, _SHORTEST_TERM))


def _is_term(stem: str, shortest: int) -> bool:
    """Does it carry meaning? Short Latin words seldom do; numbers and Chinese pairs may."""
    return len(stem) >= shortest or not (stem.isascii() and stem.isalpha())


# --- choosing ---------------------------------------------------------------------------------


def _choose(
    candidates: Sequence[_Candidate], title: str, known: Sequence[str], budget: _Budget
) -> list[_Candidate]:
    """The sentences of the summary in the order in which they are read."""
    candidates = _news(candidates, known)
    if not candidates:
        return []
    columns = _columns(candidates)
    vectors = _vectors([each.terms for each in candidates], columns)
    centroid = _centroid(candidates, vectors)
    near = _unit(vectors) @ centroid
    lengths = np.array([each.length for each in candidates])
    outlets = np.array([each.article.outlet or each.article.id for each in candidates])
    longer = _longer(vectors, columns)
    open_ = _readable(candidates)
    context = Context.of(title, candidates[0].article.language)
    first = _first(candidates, title, near, open_, context)
    if first is None:
        return []
    chosen = [first]
    said = vectors[first].copy()
    doubtful: set[int] = set()
    penalty = np.ones(len(candidates))
    open_ &= ~_tells_the_same(longer, first)
    open_ &= near >= _NEARBY * near.max()
    while len(chosen) < budget.sentences and lengths[chosen].sum() < budget.enough:
        fit = open_ & (lengths[chosen].sum() + lengths <= budget.most)
        fit &= ~_adds_nothing(longer, chosen)
        if not fit.any():
            break
        fresh = fit & ~np.isin(outlets, outlets[chosen])
        worth = _unit(vectors + said) @ centroid * np.where(fresh, 1.0, _SAME_OUTLET) * penalty
        best = int(np.where(fit, worth.round(9), -1).argmax())
        told = context.with_texts(candidates[at].text for at in chosen)
        open_[best] = False
        if told.dangles(candidates[best].text, candidates[best].article) and best not in doubtful:
            doubtful.add(best)
            if budget.strict:
                continue
            # passed over once: taken where nothing nearly as good can be read by itself
            penalty[best] = _DOUBT
            open_[best] = True
            continue
        chosen.append(best)
        said += vectors[best]
        open_ &= ~_tells_the_same(longer, best)
    return _in_order([candidates[at] for at in chosen])


def _first(candidates, title, near, open_, context) -> int | None:
    """The sentence that tells what the headline says happened, at the opening of a report."""
    if not open_.any():
        return None
    told = np.array([context.share(each.text) for each in candidates])
    marked = np.array([context.marked_share(each.text) for each in candidates])
    place = np.array([each.place for each in candidates])
    worth = (near / max(near.max(), 1e-9) + _HEADLINE * (told + marked) / 2) / _distance(candidates)
    worth -= 0.5 * np.array([opens_with_background(each.text) for each in candidates])
    alone = np.array([not context.dangles(each.text, each.article) for each in candidates])
    lead = place < _LEAD
    tries = (
        open_ & lead & alone & (marked >= _LEAST),
        open_ & alone & (marked >= _LEAST),
        open_ & lead & alone,
        open_ & alone,
        open_,
    )
    fit = next(flags for flags in tries if flags.any())
    return int(np.where(fit, worth.round(9), -9).argmax())


def _news(candidates: Sequence[_Candidate], known: Iterable[str]) -> Sequence[_Candidate]:
    """The sentences with news, and the opening of an article that is news for the most part.

    For an opening may tell the latest turn in words that are all known: "the order was lifted".
    What cannot be read by itself is no news, unless that is true of the whole story.
    """
    told = KnownText.of(known, candidates[0].article.language if candidates else "und")
    news: dict[str, list[bool]] = {}
    for each in candidates:
        news.setdefault(each.article.id, []).append(told.has_news(each.text))
    mostly = {article for article, flags in news.items() if sum(flags) > _MOSTLY * len(flags)}
    found = [
        each
        for each in candidates
        if news[each.article.id][each.place]
        or (each.place == 0 and each.article.id in mostly and not told.has_told(each.text))
    ]
    alone = any(stands_alone(each.text) for each in found)
    return found if alone or not any(stands_alone(each.text) for each in candidates) else []


def _readable(candidates: Sequence[_Candidate]) -> _Flags:
    """Which sentences can be read by themselves, of reports that may not be out of date."""
    alone = np.array([stands_alone(each.text) for each in candidates])
    newest = max(each.article.published_at for each in candidates)
    young = np.array([newest - each.article.published_at <= _OLDER for each in candidates])
    return next((flags for flags in (alone & young, alone) if flags.any()), ~alone)


def _longer(vectors: _Matrix, columns: _Columns) -> _Matrix:
    keep = [_is_term(term, _LONGER) for term in columns]
    return (vectors[:, keep] > 0).astype(np.float64)


def _tells_the_same(longer: _Matrix, other: int) -> _Flags:
    """Which sentences share much of the shorter one's longer words with another?"""
    sizes = longer.sum(axis=1)
    shorter = np.minimum(sizes, sizes[other]).clip(1)
    same: _Flags = longer @ longer[other] / shorter >= _SAID
    return same


def _adds_nothing(longer: _Matrix, chosen: Sequence[int]) -> _Flags:
    told = longer[list(chosen)].max(axis=0)
    nothing: _Flags = longer @ told / longer.sum(axis=1).clip(1) >= _SAID_BY_ALL
    return nothing


def _in_order(chosen: Sequence[_Candidate]) -> list[_Candidate]:
    """The first as chosen, then as they stand in their articles, older before newer."""
    return [
        chosen[0],
        *sorted(
            chosen[1:],
            key=lambda each: (each.place, each.article.published_at, each.article.id),
        ),
    ]


def _distance(candidates: Sequence[_Candidate]) -> _Matrix:
    """By how much less a sentence counts than the first one of its article."""
    return 1 + np.array([candidate.place for candidate in candidates]) / _HALF_PLACE


# --- vectors ----------------------------------------------------------------------------------


def _columns(candidates: Sequence[_Candidate]) -> _Columns:
    """For every term its column and its weight, the root of its rarity among the sentences.

    The root, for two vectors that are compared both hold it.
    """
    often = Counter(term for candidate in candidates for term in candidate.terms)
    count = len(candidates) + 1
    return {
        term: (at, math.sqrt(math.log(count / often[term])))
        for at, term in enumerate(sorted(often))
    }


def _vectors(rows: Sequence[Counter[str]], columns: _Columns) -> _Matrix:
    vectors = np.zeros((len(rows), len(columns)))
    for vector, terms in zip(vectors, rows, strict=True):
        for term, often in terms.items():
            at, weight = columns[term]
            vector[at] = weight * (1 + math.log(often))
    return vectors


def _unit(vectors: _Matrix) -> _Matrix:
    """The rows scaled to length 1; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: _Matrix = vectors / np.where(lengths > 0, lengths, 1)
    return unit


def _centroid(candidates: Sequence[_Candidate], vectors: _Matrix) -> _Matrix:
    """What the story says: the mean of its reports, raised where several agree."""
    rows: dict[str, list[int]] = {}
    for at, candidate in enumerate(candidates):
        rows.setdefault(candidate.article.id, []).append(at)
    weighted = _unit(vectors) / _distance(candidates)[:, None]
    reports = _unit(np.array([weighted[members].sum(axis=0) for members in rows.values()]))
    agreement: _Matrix = (reports > 0).mean(axis=0) ** _AGREEMENT
    centroid: _Matrix = reports.mean(axis=0) * agreement
    return centroid
