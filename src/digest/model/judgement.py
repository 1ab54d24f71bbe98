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

    @property
    def excerpt(self) -> bool:
        """Does it carry a part only, less than half of the text?"""
        return self.resemblance < 0.5


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
    """Why two reports are in one story: the evidence of their strongest link.

    `mean` and `bar` are of the two sides on which they stood when these became one.
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
    """A word that two reports share, as the first spells it, and its part in their cosine."""

    word: str
    weight: float


Decision = Literal["likeness", "must-link", "cannot-link", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How two reports of a batch stand to each other, and why they are in one story or in two.

    The link between them is made step by step, each value from the one before (0 where it fell
    below what is looked at). What decides is the mean link between the two sides: for reports in
    one story those that met when these two came together, for others their two stories.
    """

    a: str  # ids of the canonical articles
    b: str
    together: bool
    decided_by: Decision
    cosine: float  # of the two texts
    bounded: float  # ... by what reports full of numbers have in common in numbers
    evident: float  # ... in proportion to the evidence, for so many days between them
    smoothed: float  # ... where a text is short, with what its neighbours say
    score: float  # ... less what is owed to the crowd around them: the link
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
        """How much weaker the mean link may be before the two part, or how much it lacks (< 0)."""
        return self.mean - self.bar


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
