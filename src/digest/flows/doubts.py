"""A language model's word on doubtful joins: it may take stories apart, never join them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.flows.analysis import Analysis, taken_apart
from digest.flows.protocols import Chat
from digest.model import Doubt, Failure, Story
from digest.model.records import Verdict
from digest.stories.doubt import answered, question

if TYPE_CHECKING:
    from digest.store import Store

_PAIRS = 20  # asked about for one edition, however often it is built
_PATIENCE = 3  # failures in a row, after which the endpoint is not called again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtReviewer:
    """Asks a model about the doubtful joins of an edition's first stories, each pair once."""

    store: Store
    chat: Chat
    model: str

    def review(self, judged: Analysis, edition: str, top: Iterable[Story]) -> Analysis:
        """The analysis with what the model says of this edition's doubts, now or in earlier builds.

        `judged` is the one without, made while `asking`; `top` are its first stories, in order. No
        answer, and one that is neither yes nor no, changes nothing.
        """
        known = self.store.verdicts()
        earlier = [verdict for verdict in known if verdict.edition == edition]
        asked = {(verdict.a, verdict.b) for verdict in known}
        open_doubts = [
            doubt for doubt in _of_stories(judged.doubts, top) if _pair(doubt) not in asked
        ]
        new = self._asked(judged, edition, open_doubts[: max(0, _PAIRS - len(earlier))])
        apart = tuple(taken_apart([*earlier, *new]))
        return judged.under((*judged.constraints, *apart)) if apart else judged

    def _asked(self, judged: Analysis, edition: str, doubts: Sequence[Doubt]) -> list[Verdict]:
        articles = {report.canonical.id: report.canonical for report in judged.index.reports}
        verdicts: list[Verdict] = []
        failures = 0
        for doubt in doubts:
            asked = question(articles[doubt.a], articles[doubt.b], model=self.model)
            answer = self.chat.ask(asked)
            if isinstance(answer, Failure):
                _log.warning("a doubtful join stays: %s, %s: %s", *_pair(doubt), answer.reason)
                failures += 1
                if failures == _PATIENCE:
                    break
                continue
            failures = 0
            a, b = _pair(doubt)
            verdicts.append(Verdict(a=a, b=b, edition=edition, same=answered(answer)))
            self.store.save_verdict(verdicts[-1])
            if verdicts[-1].same is None:
                why = "neither yes nor no"
                _log.warning("a doubtful join stays: %s, %s: %s", *_pair(doubt), why)
        return verdicts


def _of_stories(doubts: Sequence[Doubt], stories: Iterable[Story]) -> Iterator[Doubt]:
    """The doubts on these stories, in their order."""
    for story in stories:
        reports = {report.canonical.id for report in story.reports}
        yield from (doubt for doubt in doubts if doubt.a in reports)


def _pair(doubt: Doubt) -> tuple[str, str]:
    return min(doubt.a, doubt.b), max(doubt.a, doubt.b)
