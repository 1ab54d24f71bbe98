"""Judgements on articles: copies, stories, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.model.articles import Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An article that repeats the text of a group's canonical article.

    `resemblance` is the Jaccard coefficient of the two exact shingle sets, `containment` the
    share of this article's shingles that the other holds (Broder 1997). Both in 0..1.
    """

    article: Article
    resemblance: float
    containment: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """One act of reporting: a canonical article and the copies of its text."""

    canonical: Article
    copies: tuple[Copy, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """All members, the canonical first."""
        return (self.canonical, *(copy.article for copy in self.copies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why two reports are in one story: the evidence of their strongest link."""

    a: str  # article ids
    b: str
    score: float  # 0..1
    shared: tuple[str, ...]  # the terms that weigh most, heaviest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """An operator's word on two articles, by id: one story, or two (Wagstaff and Cardie 2000)."""

    a: str
    b: str
    kind: Literal["must-link", "cannot-link"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Different texts about the same event: the medoid report and the others."""

    id: str
    medoid: DuplicateGroup
    others: tuple[DuplicateGroup, ...] = ()
    evidence: tuple[Join, ...] = ()

    @property
    def reports(self) -> tuple[DuplicateGroup, ...]:
        """The independent reports, the medoid first."""
        return (self.medoid, *self.others)

    @property
    def articles(self) -> tuple[Article, ...]:
        """Every article of the story, copies included."""
        return tuple(article for report in self.reports for article in report.articles)

    @property
    def outlets(self) -> tuple[str, ...]:
        """Names of the outlets that carry the story, each once, in order of appearance."""
        return tuple(dict.fromkeys(article.outlet for article in self.articles))


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySentence:
    """A sentence that stands word for word in the text of `article`.

    In a summary that a model worded, one whose facts `article` states, together with those that
    it cites `also`.
    """

    text: str
    article: str  # article id
    also: tuple[str, ...] = ()  # article ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is said of a story: a few cited sentences, taken from its articles word for word.

    Unless `written_by` names the language model whose words they are.
    """

    sentences: tuple[SummarySentence, ...]
    written_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A number as a report states it, with the sentence in which it does."""

    number: str
    sentence: SummarySentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two or more numbers for one thing; `unit` is what is counted, as a folded stem."""

    unit: str
    statements: tuple[Statement, ...]  # in order of time, each number once


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizedStory:
    """A story, what is said about it, and where its reports contradict each other.

    `unused`: why the words of a model that was asked are not used.
    """

    story: Story
    headline: str
    summary: Summary
    conflicts: tuple[Conflict, ...] = ()
    unused: str | None = None
