"""What a feed's software adds to its entries: last lines that say where, not what.

Some are known by their wording; the rest by what they repeat: the entry's own title beside the
feed's, or the same line, or the name of a section, at the end of most entries.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.model import Entry
from digest.text import fold

_AROUND_TITLE = 70  # characters besides title and name: "The post ... appeared first on ..."
_OFTEN = 3  # entries that end alike, and
_MOST = 0.5  # of those with more than one line
_LINES = 4  # that may be taken off an entry
_OFTEN_TAGGED = 5  # entries that end with one section's name, at least
_TAG = re.compile(r"(?<=\S\s)[^\W\d_][\w&/-]*$")  # a last word without a stop behind it
_LONGEST_TAG = 100  # characters; a search of whole texts would try each of their words

_KNOWN = re.compile(
    r"""submitted\s+by\s+\S+(?:\s+to\s+\S+)?.{0,40} | (?:\[link\]|\[(?:\d+\ )?comments?\]|\s)+
      | (?:read|continue\ reading|view|see)\ (?:more|the\ (?:rest|full|entire)\b)[^.!?]{0,60}
      | (?:article|comments)\ url:.* | points:\ \d+ | \#\ comments:\ \d+
      | comments? | leave\ a\ comment | share\ (?:this|on)\b[^.!?]{0,60}
      | the\ post\ .+\ (?:appeared\ first\ on|first\ appeared\ on)\ .+
      | (?:der\ beitrag|l[’']article|la\ entrada|l[’']articolo|o\ post|het\ bericht)\ .+
        \ (?:erschien\ zuerst\ auf|est\ apparu\ en\ premier\ sur|(?:se\ publicó\ primero|apareció
        \ primero)\ en|proviene\ da|apareceu\ primeiro\ em|verscheen\ eerst\ op)\ .+""",
    re.IGNORECASE | re.VERBOSE,
)
_URL = re.compile(r"https?://\S+")


def without_boilerplate(entries: Sequence[Entry], feed_title: str) -> tuple[Entry, ...]:
    """The entries without the last lines that their feed's software adds."""
    for _ in range(_LINES):
        common = _common_ends(entries)
        shorter = tuple(
            replace(
                entry,
                summary=_shorter(entry.summary, entry.title, feed_title, common),
                content=_shorter(entry.content, entry.title, feed_title, common),
            )
            for entry in entries
        )
        if shorter == tuple(entries):
            break
        entries = shorter
    return _without_tag(entries)


def _without_tag(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The entries without a capitalised word that most of them end with, whatever they tell."""
    texts = [text for entry in entries for text in (entry.summary, entry.content) if text]
    ends = Counter(
        found[0] for text in texts if (found := _TAG.search(text, max(0, len(text) - _LONGEST_TAG)))
    )
    tag, number = next(iter(ends.most_common(1)), ("", 0))
    if number < max(_OFTEN_TAGGED, _MOST * len(texts)) or not tag[0].isupper():
        return tuple(entries)
    ending = re.compile(rf"\s+{re.escape(tag)}$")
    return tuple(
        replace(entry, summary=ending.sub("", entry.summary), content=ending.sub("", entry.content))
        for entry in entries
    )


def _common_ends(entries: Iterable[Entry]) -> frozenset[str]:
    """Last lines that most entries with several lines share, but for titles and addresses."""
    ends: Counter[str] = Counter()
    several = 0
    for entry in entries:
        lines = max(entry.content, entry.summary, key=len).split("\n")
        if len(lines) > 1:
            several += 1
            ends[_pattern(lines[-1], entry.title)] += 1
    least = max(_OFTEN, _MOST * several)
    return frozenset(end for end, number in ends.items() if number >= least)


def _pattern(line: str, title: str) -> str:
    """A line as all entries would have it."""
    plain = _URL.sub("{}", line).strip()
    return plain.replace(title, "{}") if title else plain


def _shorter(text: str, title: str, feed_title: str, common: frozenset[str]) -> str:
    before, _, last = text.rpartition("\n")
    if not last:
        return text
    at = last.rfind(title) if title else -1
    if at >= 0 and _names_feed(last, title, feed_title):
        return before
    end = last.rfind(". ", 0, at) + 1 if at > 0 else 0
    if end and _names_feed(last[end:], title, feed_title):  # a sentence behind others
        return text[: len(text) - len(last) + end]
    if _KNOWN.fullmatch(last.strip()):
        return before
    return before if before and _pattern(last, title) in common else text


def _names_feed(line: str, title: str, feed_title: str) -> bool:
    """Does a line that holds the entry's title hold the feed's too, and little else?"""
    rest, feed = fold(line.replace(title, "", 1)), fold(feed_title)
    return bool(feed) and feed in rest and len(rest) <= len(feed) + _AROUND_TITLE


def without_source(entry: Entry, source: str) -> Entry:
    """An aggregator's entry without the name of its source in title and text.

    Google News and its like write "Title - Source" as title, and both again as text.
    """
    title = re.sub(rf"\s+[-–—|]\s+{re.escape(source)}\s*$", "", entry.title)
    if title == entry.title:
        return entry
    repeated = fold(f"{title} {source}")

    def unless_repeated(text: str) -> str:
        return "" if fold(" ".join(text.split())) == repeated else text

    return replace(
        entry,
        title=title,
        summary=unless_repeated(entry.summary),
        content=unless_repeated(entry.content),
    )
