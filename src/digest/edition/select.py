"""What of a day an edition shows, and how large: a front, full stories, lines, titles.

Everything is bounded by the time that the edition may take to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from digest.edition.sections import REACHES, Reach
from digest.model import Kind
from digest.text import reading_time

_FRONT = 7  # stories on the front at most; one for every minute and the lead
_STORIES_A_MINUTE = 2.5  # shown with summary or as a line
_FULL_IN_SECTION = 3  # stories with their summary, beside those on the front
_OF_ONE_SECTION = 3  # stories on the front, while other sections have some
_OF_ONE_OUTLET = 2  # stories on the front that nobody else has, while others have some
_FOR_FULL = 0.85  # share of the time that front and full stories may take: lines and titles follow
_ALSO = 20  # titles at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What choosing needs to know of a story; `full` and `line` are minutes to read it so.

    `outlet` names the only one that has it, if there is only one; `tells` that a headline of it
    says what happened; `reach` is how far forward it may be shown.
    """

    id: str
    section: str
    kind: Kind = "news"
    outlet: str | None = None
    summarized: bool = True
    tells: bool = True
    reach: Reach = "front"
    full: float = 0.0
    line: float = 0.0

    @classmethod
    def reading(
        cls, story_id: str, headline: str, sentences: Iterable[str] = (), **about: object
    ) -> Candidate:
        """A candidate with the time that its texts take."""
        line = reading_time(headline)
        texts = tuple(sentences)
        return cls(
            id=story_id,
            line=line,
            full=line + sum(map(reading_time, texts)),
            summarized=bool(texts),
            **about,  # type: ignore[arg-type]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much an edition shows: stories on the front, stories in all, minutes to read."""

    front: int
    stories: int
    minutes: float

    @classmethod
    def of(cls, minutes: int, max_stories: int) -> Plan:
        """What fits into so many minutes, and no more than so many stories."""
        stories = min(max_stories, round(_STORIES_A_MINUTE * minutes))
        return cls(front=min(_FRONT, minutes + 1, stories), stories=stories, minutes=minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Ids: of the front in order, of all that is shown in full, of lines, of further titles."""

    front: tuple[str, ...]
    full: frozenset[str]
    lines: frozenset[str]
    also: frozenset[str]

    @property
    def shown(self) -> frozenset[str]:
        """Everything that sections hold."""
        return self.full | self.lines


def select(ranked: Sequence[Candidate], sections: Sequence[str], plan: Plan) -> Selection:
    """Choose from the stories of a day, the best first; `sections` are in reading order.

    The front takes the best over all sections that say what happened, no more than three of one
    section and two that the same outlet alone has, while there are others. The other places go to
    the sections in turn, in each to the best: up to three in full, then lines. What is left is
    named while there is time, what is in another language last.
    """
    front = _front(ranked, plan)
    on_front = {candidate.id for candidate in front}
    full = set(on_front)
    lines: set[str] = set()
    spent = sum(candidate.full for candidate in front)
    in_section: Counter[str] = Counter()
    others = [candidate for candidate in ranked if candidate.id not in on_front]
    inside = (candidate for candidate in others if candidate.reach != "title")
    for candidate in _in_turn(inside, sections)[: plan.stories - len(front)]:
        fits = spent + candidate.full <= _FOR_FULL * plan.minutes
        if candidate.summarized and fits and in_section[candidate.section] < _FULL_IN_SECTION:
            in_section[candidate.section] += 1
            full.add(candidate.id)
            spent += candidate.full
        else:
            lines.add(candidate.id)
            spent += candidate.line
    also: list[str] = []
    for candidate in sorted(others, key=lambda other: REACHES.index(other.reach)):
        if candidate.id in full or candidate.id in lines:
            continue
        spent += candidate.line
        if len(also) == _ALSO or spent > plan.minutes:
            break
        also.append(candidate.id)
    return Selection(
        front=tuple(candidate.id for candidate in front),
        full=frozenset(full),
        lines=frozenset(lines),
        also=frozenset(also),
    )


def _front(ranked: Sequence[Candidate], plan: Plan) -> list[Candidate]:
    """The best over all sections: news, or where a day has none what there is."""
    readable = [
        candidate for candidate in ranked if candidate.summarized and candidate.reach == "front"
    ]
    fit = [candidate for candidate in readable if candidate.kind == "news"] or readable
    chosen: list[Candidate] = []
    passed: list[Candidate] = []
    sections: Counter[str] = Counter()
    outlets: Counter[str] = Counter()
    for candidate in fit:
        alone = candidate.outlet is not None and outlets[candidate.outlet] >= _OF_ONE_OUTLET
        if alone or not candidate.tells or sections[candidate.section] >= _OF_ONE_SECTION:
            passed.append(candidate)
            continue
        chosen.append(candidate)
        sections[candidate.section] += 1
        if candidate.outlet is not None:
            outlets[candidate.outlet] += 1
    order = {candidate.id: at for at, candidate in enumerate(fit)}
    taken = [*chosen, *sorted(passed, key=lambda other: not other.tells)][: plan.front]
    return sorted(taken, key=lambda candidate: order[candidate.id])


def _in_turn(candidates: Iterable[Candidate], sections: Sequence[str]) -> list[Candidate]:
    """The best of each section, then the second best of each, and so on."""
    rows: dict[str, list[Candidate]] = {title: [] for title in sections}
    for candidate in candidates:
        rows.setdefault(candidate.section, []).append(candidate)
    return [
        candidate
        for turn in zip_longest(*rows.values())
        for candidate in turn
        if candidate is not None
    ]
