"""A story -> a headline and a few sentences that its articles say word for word.

The summary as a whole is to be as near as it can be to what the story says: the sum of its
sentences to the centroid of the reports (Radev et al. 2004; for sets of sentences Ghalandari
2017), greedily. In the centroid every independent report counts the same, its openings more than
the rest, and terms that several reports use more than those of one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from digest.model import Article, Story, SummarizedStory, Summary, SummarySentence
from digest.stories.summarize.boilerplate import statements
from digest.stories.summarize.conflicts import conflicts
from digest.stories.summarize.headline import headline
from digest.stories.summarize.novelty import KnownText
from digest.stories.summarize.readable import has_dateline, stands_alone
from digest.text import stems, words

_Matrix = NDArray[np.float64]
_Flags = NDArray[np.bool_]
_Columns = Mapping[str, tuple[int, float]]  # term -> its column and its weight, ordered

_SENTENCES, _MANY_REPORTS = 3, 5  # one sentence more where that many reports tell the story
_FULL = 120  # words, from which an edition's summary takes no further sentence
_TOLERANCE = 0.1  # by how much a summary may miss the length that was asked for
_READ_REPORTS, _READ_SENTENCES = 20, 30  # as much of a story is read, which bounds the time
_HALF_PLACE = 8  # the sentence whose place counts half of the first one's
_AGREEMENT = 0.5  # power of the share of reports that use a term
_SAME = 0.5  # share of a sentence's longer words in another one, which then says as much
_SHORTEST_TERM, _LONGER = 3, 4  # letters
_MOSTLY = 0.5  # share of an article's sentences from which it is news


def summarize(
    story: Story, *, words: int | None = None, known: Iterable[str] = ()
) -> SummarizedStory:
    """Two to four sentences with the article each stands in, and a headline.

    With `words`, as many sentences as come within a tenth of that length, at least one. `known`
    are texts that readers were given before, such as the articles that earlier editions took in
    and the sentences they told: only sentences with material news are chosen (see `novelty`), so
    that an empty summary means that the story has nothing new to say. At most one sentence comes
    from each outlet while another has one to give; a story without a usable sentence has an
    empty summary, too. Deterministic.
    """
    articles = [report.canonical for report in story.reports[:_READ_REPORTS]]
    budget = _Budget.of_words(words) if words else _Budget.of_edition(len(articles))
    chosen = _choose(_candidates(articles), known, budget)
    texts = tuple(SummarySentence(text=choice.text, article=choice.article.id) for choice in chosen)
    return SummarizedStory(
        story=story,
        headline=headline(articles) or (texts[0].text if texts else story.medoid.canonical.outlet),
        summary=Summary(sentences=texts),
        conflicts=conflicts(story),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Budget:
    """When a summary is long enough: sentences, or words; and the words it may not exceed."""

    sentences: float
    enough: float
    most: float

    @classmethod
    def of_edition(cls, reports: int) -> _Budget:
        return cls(sentences=_SENTENCES + (reports >= _MANY_REPORTS), enough=_FULL, most=math.inf)

    @classmethod
    def of_words(cls, words: int) -> _Budget:
        return cls(
            sentences=math.inf, enough=(1 - _TOLERANCE) * words, most=(1 + _TOLERANCE) * words
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    text: str
    article: Article
    place: int  # among the statements of its article
    terms: Counter[str]
    length: int  # words


def _candidates(articles: Iterable[Article]) -> list[_Candidate]:
    return [
        _candidate(text, article, place)
        for article in articles
        for place, text in enumerate(islice(statements(article), _READ_SENTENCES))
    ]


def _candidate(text: str, article: Article, place: int) -> _Candidate:
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
    candidates: Sequence[_Candidate], known: Iterable[str], budget: _Budget
) -> list[_Candidate]:
    """The sentences of the summary in the order in which they are read."""
    candidates = _news(candidates, known)
    if not candidates:
        return []
    columns = _columns(candidates)
    vectors = _vectors([candidate.terms for candidate in candidates], columns)
    centroid = _centroid(candidates, vectors)
    lengths = np.array([candidate.length for candidate in candidates])
    outlets = np.array([item.article.outlet or item.article.id for item in candidates])
    open_ = _readable(candidates)
    chosen: list[int] = []
    said = np.zeros(vectors.shape[1])
    while len(chosen) < budget.sentences and lengths[chosen].sum() < budget.enough:
        fit = open_ & (lengths[chosen].sum() + lengths <= budget.most) if chosen else open_
        if not fit.any():
            break
        fresh = fit & ~np.isin(outlets, outlets[chosen])
        fit = fresh if fresh.any() else fit
        near = _unit(vectors + said) @ centroid
        best = int(np.where(fit, near.round(9), -1).argmax())
        chosen.append(best)
        said += vectors[best]
        open_[best] = False
        open_ &= ~_is_said(vectors, vectors[[best]], columns)
    return _in_order([candidates[at] for at in chosen], _unit(vectors[chosen]) @ centroid)


def _news(candidates: Sequence[_Candidate], known: Iterable[str]) -> Sequence[_Candidate]:
    """The sentences with news, and the opening of an article that is news for the most part.

    For an opening may tell the latest turn in words that are all known: "the order was lifted".
    What cannot be read by itself is no news, unless that is true of the whole story.
    """
    told = KnownText.of(known, candidates[0].article.language if candidates else "und")
    news: dict[str, list[bool]] = {}
    for other_candidate in candidates:
        news.setdefault(other_candidate.article.id, []).append(told.has_news(other_candidate.text))
    mostly = {article for article, flags in news.items() if sum(flags) > _MOSTLY * len(flags)}
    found = [
        item
        for item in candidates
        if news[item.article.id][item.place]
        or (item.place == 0 and item.article.id in mostly and not told.has_told(item.text))
    ]
    alone = any(stands_alone(match.text) for match in found)
    return (
        found if alone or not any(stands_alone(candidate.text) for candidate in candidates) else []
    )


def _readable(candidates: Sequence[_Candidate]) -> _Flags:
    """Which sentences can be read by themselves, at best without a dateline; or all of them."""
    alone = np.array([stands_alone(candidate.text) for candidate in candidates])
    plain = alone & ~np.array([has_dateline(candidate.text) for candidate in candidates])
    return next((flags for flags in (plain, alone) if flags.any()), ~alone)


def _is_said(vectors: _Matrix, others: _Matrix, columns: _Columns) -> _Flags:
    """Which sentences say little that one of the others does not?"""
    longer = [_is_term(term, _LONGER) for term in columns]
    terms = (vectors[:, longer] > 0).astype(np.float64)
    shares = terms @ (others[:, longer] > 0).T / terms.sum(axis=1, keepdims=True).clip(1)
    said: _Flags = (shares >= _SAME).any(axis=1)
    return said


def _in_order(chosen: Sequence[_Candidate], near: _Matrix) -> list[_Candidate]:
    """First what tells the story best, of sentences that open their article; then as they stand."""
    opening = (near / _distance(chosen)).round(9)
    first = chosen[int(opening.argmax())]
    return sorted(
        chosen,
        key=lambda each: (
            each is not first,
            each.place,
            each.article.published_at,
            each.article.id,
        ),
    )


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
