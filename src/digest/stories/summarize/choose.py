"""Which sentences tell a story, and in which order.

The first tells what the headline says happened: it comes from the opening of a report, can be read
by itself and holds the headline's names. Each that follows adds a fact. Of those that may follow,
each is the one with which the summary as a whole comes nearest to what the story says: the sum of
its sentences to the centroid of the reports (Radev et al. 2004; for sets of sentences Ghalandari
2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from digest.stories.summarize.anaphora import goes_on, opens_later
from digest.stories.summarize.budget import Budget
from digest.stories.summarize.candidate import OPENING, Candidate, is_outdated, turns_of
from digest.stories.summarize.context import Context
from digest.stories.summarize.readable import (
    QUOTED,
    opens_with_background,
    quotes_at_length,
    stands_alone,
    tells_aside,
)
from digest.stories.summarize.teaser import is_teaser
from digest.stories.summarize.vectors import Flags, Matrix, Space

# Share of a sentence's terms that no sentence before it has, nor the headline; in a long summary.
_ADDED, _ADDED_AT_LENGTH = 0.62, 0.35
_LEAD = 3  # the first sentence is one of so many of an article
_LEAST = 1 / 3  # share of the headline's names and numbers in a first sentence
# Terms of the headline that a first sentence holds at least: the opening, and another one.
_TIED_OPENING, _TIED = 1, 2
_MOSTLY = 0.4  # share of the headline's terms in a first sentence that is no lead
_AT_ALL = 0.5  # share of its terms in one that is taken though it speaks of something unknown
_HEADLINE = 0.5  # weight of its share in the headline's terms, and of that in its names
_TURN = 0.3  # for telling a turn of events that the headline tells: a verdict, a death
_OWN, _OWN_LEAD = 0.15, 0.22  # for being of the article whose headline it is, and its first
_BACKGROUND = 0.5  # off a first sentence that begins with what was before
_QUOTING = 0.5  # off a first sentence that quotes somebody at length
_NEARBY = 0.22  # nearness to the centroid, in shares of the best, below which nothing follows
_DEEPEST = 8  # a further sentence of an edition is one of so many of an article
_SAME_OUTLET = 0.98  # factor of a further sentence of an outlet that has one already


def choose(
    candidates: Sequence[Candidate], title: str, budget: Budget, titled: str | None = None
) -> list[Candidate]:
    """The sentences of a summary in the order in which they are read.

    `title` is the story's headline, that of the article `titled` (id).
    """
    if not candidates:
        return []
    return _Choice(candidates, title, budget, titled).made()


class _Choice:
    """One choice: what is known of all candidates, and which are taken so far."""

    def __init__(
        self, candidates: Sequence[Candidate], title: str, budget: Budget, titled: str | None
    ) -> None:
        self.candidates, self.budget = candidates, budget
        self.title = title
        self.space = Space([candidate.terms for candidate in candidates])
        self.places = np.array([candidate.place for candidate in candidates])
        self.centroid = self.space.centroid(
            [candidate.article.id for candidate in candidates], self.places
        )
        self.near = self.space.nearness(self.space.vectors, self.centroid)
        self.distance = self.space.distance(self.places)
        self.lengths = np.array([candidate.length for candidate in candidates])
        self.outlets = np.array(
            [candidate.article.outlet or candidate.article.id for candidate in candidates]
        )
        self.own = np.array([candidate.article.id == titled for candidate in candidates])
        self.background = np.array(
            [opens_with_background(candidate.text) for candidate in candidates]
        )
        self.alone, self.open = _readable(candidates, needed=budget.needed)
        self.context = Context.of(title, candidates[0].article.language)
        self.shared = np.array(
            [len(self.context.shared(candidate.said)) for candidate in candidates]
        )
        self.taken: list[int] = []

    def made(self) -> list[Candidate]:
        """Take the first sentence, then others as long as there is room and something to add."""
        first = self._first()
        if first is None:
            return []
        self._take(first)
        self.open &= self.near >= _NEARBY * self.near.max()
        if self.budget.strict:
            self.open &= (self.places < _DEEPEST) & ~self.background & ~self._retelling()
        if self.budget.many:
            self.open &= ~self._other_openings()
        while len(self.taken) < self.budget.sentences and self._length() < self.budget.enough:
            following = self._next()
            if following is None:
                break
            self._take(following)
        return self._in_order()

    def _retelling(self) -> Flags:
        return np.array([self.context.retells(candidate.said) for candidate in self.candidates])

    def _other_openings(self) -> Flags:
        """Those of other reports, which tell the event once more, unless they tell a new turn.

        A teaser is all opening: there each says something of its own.
        """
        first = self.candidates[self.taken[0]]
        known = turns_of(first) | self.context.facts
        going_on = {
            candidate.article.id for candidate in self.candidates if candidate.place > OPENING
        }
        return np.array(
            [
                candidate.place < OPENING
                and candidate.article.id in going_on - {first.article.id}
                and turns_of(candidate) <= known
                for candidate in self.candidates
            ]
        )

    def _in_order(self) -> list[Candidate]:
        """As sentences are in their articles, but none before what it speaks of."""
        first, *others = self.taken
        left = sorted(others, key=lambda at: _reading_order(self.candidates[at]))
        ordered = [self.candidates[first]]
        while left:
            known = self.context.with_terms(candidate.said for candidate in ordered)
            following = next((at for at in left if not self._dangles(at, known)), left[0])
            left.remove(following)
            ordered.append(self.candidates[following])
        return ordered

    def _length(self) -> int:
        return int(self.lengths[self.taken].sum())

    def _first(self) -> int | None:
        """What tells the headline's event, as far as some sentence does; None where none may."""
        shared_terms = np.array(
            [self.context.share(candidate.said) for candidate in self.candidates]
        )
        marked = np.array(
            [self.context.marked_share(candidate.said) for candidate in self.candidates]
        )
        aside = np.array([tells_aside(candidate.text) for candidate in self.candidates])
        worth = self._worth_as_first(shared_terms + marked, aside)
        tied = self._tied()
        whole = self._whole(self.alone & tied & (self.places < _DEEPEST))
        if not (whole & self.open).any():
            whole = self._whole(self.alone & tied)
        fit = whole & self.open
        lead = self.places < _LEAD
        opening = self.own & (self.places == 0)
        telling = (marked >= _LEAST) | (
            opening & (self.shared >= _MOSTLY * len(self.context.facts))
        )
        mostly = lead & telling & (shared_terms >= _AT_ALL) & ~aside
        plain = fit & ~aside
        later: Flags = np.array(
            [opens_later(candidate.text, self.context.language) for candidate in self.candidates]
        )
        # An older report may be the last to tell what newer ones take as known.
        older = whole & mostly
        tries = (
            plain & lead & telling,
            plain & telling & (shared_terms >= _MOSTLY),
            self.open & tied & mostly & ~later,
            older,
            plain & lead,
            fit & lead,
            fit,
            # A compound hides what it shares: "Zinsen" in "Leitzinssenkung".
            self._whole(self.open & lead & ~aside & self.own & (self.shared > 0))
            & self.context.compounds,
        )
        if (flags := next((flags for flags in tries if flags.any()), None)) is not None:
            return _best(worth, flags)
        return _best(worth, self.open) if self.budget.needed else None

    def _worth_as_first(self, shared: Matrix, aside: Flags) -> Matrix:
        """How well each sentence would open the summary.

        `shared` is its share of the headline's terms and that of its names, added up; `aside` says
        whether it begins with background.
        """
        turned = np.array(
            [bool(turns_of(candidate) & self.context.facts) for candidate in self.candidates]
        )
        near = self.near / max(self.near.max(), 1e-9)
        worth: Matrix = near + _HEADLINE * shared + _TURN * turned
        worth += self.own * np.where(self.places == 0, _OWN_LEAD, _OWN)
        worth /= self.distance
        worth -= _BACKGROUND * aside
        if self.budget.strict:
            worth -= _QUOTING * np.array(
                [quotes_at_length(candidate.text, self.title) for candidate in self.candidates]
            )
        return worth

    def _tied(self) -> Flags:
        """Those that have to do with the headline: they share a term, or two after an opening.

        The teaser of the article with the headline has, since it is written to follow it; that of
        another shares a term.
        """
        if not self.budget.strict:
            return np.ones(len(self.candidates), dtype=np.bool_)
        least = np.where(self.places == 0, _TIED_OPENING, _TIED)
        articles = {candidate.article.id: candidate.article for candidate in self.candidates}
        teasers = {name for name, article in articles.items() if is_teaser(article)}
        teased = np.array([candidate.article.id in teasers for candidate in self.candidates])
        teased &= self.own | (self.shared > 0)
        return teased | (self.shared >= np.minimum(least, len(self.context.facts)))

    def _whole(self, flags: Flags) -> Flags:
        """Those that speak of nothing but what the headline says."""
        whole = flags.copy()
        for at in map(int, np.flatnonzero(flags)):
            whole[at] = not self._dangles(at, self.context) and not (
                self.budget.strict and goes_on(QUOTED.sub(" ", self.candidates[at].text))
            )
        return whole

    def _next(self) -> int | None:
        """The sentence that adds most, if any adds something and can be read where it comes."""
        fit = self.open & (self._length() + self.lengths <= self.budget.most)
        if not fit.any():
            return None
        said = self.space.vectors[self.taken].sum(axis=0)
        worth = self.space.nearness(self.space.vectors + said, self.centroid)
        worth = worth * np.where(np.isin(self.outlets, self.outlets[self.taken]), _SAME_OUTLET, 1)
        known = self.context.with_terms(self.candidates[at].said for at in self.taken)
        known_terms = self._known() | self.context.facts
        while fit.any():
            best = _best(worth, fit)
            if self._goes_on_from(known_terms, best) and not self._dangles(best, known):
                return best
            fit[best] = False
        return None

    def _goes_on_from(self, known_terms: frozenset[str], at: int) -> bool:
        """Does a sentence share a term with those before, or is it near one in its article?"""
        candidate = self.candidates[at]
        if not self.budget.strict or not known_terms.isdisjoint(
            candidate.longer | (candidate.said & self.context.facts)
        ):
            return True
        quoted = {self.candidates[taken].article.id for taken in self.taken}
        return candidate.place < _LEAD and candidate.article.id in quoted

    def _dangles(self, at: int, context: Context) -> bool:
        candidate = self.candidates[at]
        return self.budget.strict and context.dangles(candidate.text, candidate.article)

    def _take(self, best: int) -> None:
        self.taken.append(best)
        self.open[best] = False
        known = self._known()
        for at in map(int, np.flatnonzero(self.open)):
            candidate = self.candidates[at]
            self.open[at] = not (
                self.budget.repeats(candidate, self.candidates[best])
                or self._adds_little(candidate, known)
            )

    def _known(self) -> frozenset[str]:
        return reduce(frozenset.union, (self.candidates[at].longer for at in self.taken))

    def _adds_little(self, one: Candidate, known: frozenset[str]) -> bool:
        if self.budget.strict:
            return len(one.longer - known - self.context.facts) < _ADDED * len(one.longer)
        return len(one.longer - known) < _ADDED_AT_LENGTH * len(one.longer)


def _best(worth: Matrix, fit: Flags) -> int:
    return int(np.where(fit, worth.round(9), -np.inf).argmax())


def _readable(candidates: Sequence[Candidate], *, needed: bool) -> tuple[Flags, Flags]:
    """Which sentences can be read by themselves, and which of them are not out of date."""
    alone = np.array([stands_alone(candidate.text) for candidate in candidates])
    dated = (candidate.article for candidate in candidates if candidate.article.dated)
    newest = max((article.published_at for article in dated), default=None)
    young = np.array([not is_outdated(candidate, newest) for candidate in candidates])
    if needed and not alone.any():
        alone = ~alone
    return alone, alone & young if (alone & young).any() else alone


def _reading_order(candidate: Candidate) -> tuple[object, ...]:
    """As sentences follow in their articles; of two in the same place the older first."""
    return candidate.place, candidate.article.published_at, candidate.article.id
