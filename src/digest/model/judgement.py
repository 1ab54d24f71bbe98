"""Judgements on articles: copies, stories and their summaries."""

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

    @property
    def excerpt(self) -> bool:
        """Whether it carries less than half of the text."""
        return self.resemblance < 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateGroup:
    """One act of reporting: a canonical article and the copies of its text.

    `bounded`: more texts resemble it than were compared with it, so copies may be missing.
    """

    canonical: Article
    copies: tuple[Copy, ...] = ()
    bounded: bool = False

    @property
    def articles(self) -> tuple[Article, ...]:
        """All members, the canonical first."""
        return (self.canonical, *(copy.article for copy in self.copies))


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Why two reports are in one story: the evidence of their strongest link.

    `mean` and `bar` belong to the two clusters that held them when these were joined.
    """

    a: str  # article ids
    b: str
    score: float  # 0..1
    shared: tuple[str, ...]  # the terms that weigh most, heaviest first
    names: tuple[str, ...] = ()  # those of all shared terms that are names, and numbers
    numbers: tuple[str, ...] = ()
    days: float | None = None  # between the two; None where one is undated
    mean: float = 0.0  # mean link between the two sides; 0 where an operator joined them
    bar: float = 0.0  # what it had to reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A word that two reports share, as the first one spells it, and its part of their cosine."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """Two reports, by the ids of their canonical articles, that are similar by `value`."""

    a: str
    b: str
    value: float  # in proportion to the evidence: `Link.evident`


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A join that nearly was none: the two reports most alike of its sides, by article id.

    `margin` is the mean link between the sides, less the bar that it had to reach.
    """

    a: str
    b: str
    margin: float


Decision = Literal["similarity", "must-link", "cannot-link", "model", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The link between two reports of a batch, and why they are one story or two.

    Each value is computed from the one before (0 if that fell below the least considered). The mean
    link between two clusters decides: for reports of one story these are the clusters that were
    joined when the two came together, for others their two stories.
    """

    a: str  # ids of the canonical articles
    b: str
    together: bool
    decided_by: Decision
    cosine: float  # of the two texts
    bounded: float  # ... bounded by the numbers in common, of reports full of numbers
    telling: float  # ... less the words that their outlet always uses, if it is one
    evident: float  # ... in proportion to the evidence, for so many days between them
    smoothed: float  # ... with those of the neighbours, if a text is short
    score: float  # ... less for the density around them: the link
    mean: float  # mean link between the two sides
    bar: float  # what it has to reach
    days: float | None  # None where one is undated
    names: tuple[Shared, ...] = ()  # heaviest first, as all that follows
    terms: tuple[Shared, ...] = ()
    numbers: tuple[Shared, ...] = ()
    only_a: tuple[str, ...] = ()  # names and numbers that the other does not have
    only_b: tuple[str, ...] = ()

    @property
    def margin(self) -> float:
        """The mean link less the bar: negative for two stories."""
        return self.mean - self.bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A decision on two articles: one story or two (Wagstaff and Cardie 2000).

    An operator's, or that of a language model, which can only take apart: its cannot-links yield
    to an operator's must-links, and its must-links are ignored.
    """

    a: str
    b: str
    kind: Literal["must-link", "cannot-link"]
    by: Literal["operator", "model"] = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Different texts about the same event: the medoid report and the others."""

    id: str
    medoid: DuplicateGroup
    others: tuple[DuplicateGroup, ...] = ()
    evidence: tuple[Join, ...] = ()

    @property
    def reports(self) -> tuple[DuplicateGroup, ...]:
        """The texts that tell it, the medoid first."""
        return (self.medoid, *self.others)

    @property
    def independent_reports(self) -> int:
        """Acts of reporting: copies count once, and so do the reports of one newsroom."""
        canonicals = (report.canonical for report in self.reports)
        return len({article.newsroom or article.outlet for article in canonicals})

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
    """A sentence that occurs word for word in the text of `article`.

    In a summary written by a model: one whose facts `article` states, with those cited `also`.
    """

    text: str
    article: str  # article id
    also: tuple[str, ...] = ()  # article ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A few cited sentences on a story, word for word from its articles.

    `written_by` names the language model that wrote them instead, if one did.
    """

    sentences: tuple[SummarySentence, ...]
    written_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A number as a report states it, with the sentence that does."""

    number: str
    sentence: SummarySentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two or more numbers for one thing; `unit` is what is counted, as a folded stem."""

    unit: str
    statements: tuple[Statement, ...]  # in order of time, each number once


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarizedStory:
    """A story with its summary and the contradictions between its reports.

    `unused` is the reason why a model's summary was rejected.
    """

    story: Story
    headline: str
    summary: Summary
    conflicts: tuple[Conflict, ...] = ()
    unused: str | None = None
