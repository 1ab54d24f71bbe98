"""Which entries of a feed are taken: rules of words and regular expressions (pure).

Run it in a worker: an expression can be written so that it never ends. The `regex` library stops
one after a time; what it was asked about is taken then, because a mistake in a rule must not
lose news, and the rule is named and rests until the next poll.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from digest.model import Entry, Feed, Rule
from digest.text import fold

_SECONDS = 0.25  # for one expression on one field
_NEVER = datetime.min.replace(tzinfo=UTC)
_LENGTH = 100_000  # characters of a field that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterTask:
    """Entries to be judged by the rules of their feed; `texts` are those of their pages."""

    include: tuple[Rule, ...]
    exclude: tuple[Rule, ...]
    entries: tuple[Entry, ...]
    texts: tuple[str, ...] = ()  # one for each entry, or none at all

    @classmethod
    def of(cls, feed: Feed, entries: Iterable[Entry], texts: Iterable[str] = ()) -> FilterTask:
        """The task of a feed."""
        return cls(
            include=feed.include,
            exclude=feed.exclude,
            entries=tuple(entries),
            texts=tuple(texts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterResult:
    """For each entry the reason why it is not taken, or None; the rules that took too long."""

    dropped: tuple[str | None, ...]
    slow: tuple[str, ...] = ()


def filtered(task: FilterTask) -> FilterResult:
    """Judge the entries."""
    judge = _Judge()
    texts = task.texts or ("",) * len(task.entries)
    dropped = []
    for entry, text in zip(task.entries, texts, strict=True):
        dropped.append(_reason(judge, task, _fields(entry, text)))
    return FilterResult(dropped=tuple(dropped), slow=tuple(map(str, judge.slow)))


def over_limit(
    entries: Sequence[Entry], dropped: Sequence[str | None], room: int
) -> frozenset[int]:
    """Which of the entries not dropped are too many, the newest being taken first (indexes).

    Of entries without a date those are the newest that a feed shows first.
    """
    open_ = [number for number, reason in enumerate(dropped) if reason is None]
    open_.sort(key=lambda number: entries[number].published_at or _NEVER, reverse=True)
    return frozenset(open_[max(0, room) :])


def _reason(judge: _Judge, task: FilterTask, fields: Mapping[str, str]) -> str | None:
    for rule in task.exclude:
        if judge.means(rule, fields):
            return f"exclude: {rule}"
    # An include rule that rests takes everything.
    if not task.include or any(
        rule in judge.slow or judge.means(rule, fields) for rule in task.include
    ):
        return None
    return "no include rule means it"


def _fields(entry: Entry, text: str) -> dict[str, str]:
    categories = "\n".join(entry.categories)
    return {
        "title": entry.title,
        "text": "\n".join(filter(None, (entry.summary, entry.content, text)))[:_LENGTH],
        "author": entry.author or "",
        "category": categories,
        "url": entry.url or "",
        "any": f"{entry.title}\n{categories}",  # what an editor chose, not each word of a text
    }


@dataclass(frozen=True, slots=True)
class _Judge:
    """Finds rules in entries, and remembers which of them took too long."""

    slow: list[Rule] = field(default_factory=list)

    def means(self, rule: Rule, fields: Mapping[str, str]) -> bool:
        if rule in self.slow:
            return False
        try:
            return all(_found(wanted, fields[name]) for name, wanted in rule.parts)
        except TimeoutError:
            self.slow.append(rule)
            return False


def _found(wanted: str, text: str) -> bool:
    expression = _expression(wanted)
    if expression is None:
        return re.search(_words(wanted), fold(text)) is not None
    return expression.search(text, timeout=_SECONDS) is not None


@cache
def _expression(wanted: str) -> Any | None:
    """The compiled expression between slashes; None where words are meant."""
    if len(wanted) < 3 or not (wanted.startswith("/") and wanted.endswith("/")):
        return None
    import regex  # noqa: PLC0415 -- only where a rule has an expression

    return regex.compile(wanted[1:-1])


@cache
def _words(wanted: str) -> re.Pattern[str]:
    """Whole words next to each other, in any case.

    Letters without case (Han, Thai, Arabic ...) need no end of a word beside them: their scripts
    put no space between words, or write small ones together with the next.
    """
    text = fold(wanted)
    before = "" if unicodedata.category(text[0]) == "Lo" else r"(?<!\w)"
    after = "" if unicodedata.category(text[-1]) == "Lo" else r"(?!\w)"
    return re.compile(f"{before}{re.escape(text)}{after}")
