"""Articles as JSON lines, which the commands on plain files read.

An invalid line is a value with its number and one clear reason, never an exception: the other
lines are used.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from digest.feeds.parse.fields import primary_language
from digest.languages import LANGUAGE_SAMPLE, detect_language, may_be_english
from digest.model import Article

_Row = TypeVar("_Row")
_Object = Mapping[str, object]

LONGEST_LINE = 8 << 20  # bytes
# Without a time, an article counts as later than all that are dated.
_UNDATED = datetime(9999, 1, 1, tzinfo=UTC)
_SHORT = 200  # characters below which a detected language is not trusted ...
_SPOKEN = 0.1  # ... unless this share of the file is in that language
_KINDS = {bool: "true or false", int: "a number", float: "a number", list: "a list"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that was left out, counted from 1, and why."""

    line: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An article with the story or event that its line names, or "" if none is needed."""

    article: Article
    label: str = ""


def articles(
    stream: IO[bytes], label: str | None = None
) -> tuple[tuple[Labelled, ...], tuple[Problem, ...]]:
    """The articles of a file in its order, and its invalid lines.

    `label` is the field that names each article's story or event, if one is needed. A language
    that is not stated is detected, and so is that of a text stated to be English that is not. A
    short text of no stated language counts as being in the file's main language, unless a tenth of
    the file is in the detected one.
    """
    rows, problems = _read(stream, lambda row: _labelled(row, label))
    spoken = _languages([row.article for row in rows])
    known = (
        replace(row, article=replace(row.article, language=language))
        for row, language in zip(rows, spoken, strict=True)
    )
    return tuple(known), problems


def labels(stream: IO[bytes], label: str | None) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """The label of each id in a file, "" if none is needed, and its invalid lines."""
    rows, problems = _read(stream, lambda row: (_id(row), _needed(row, label) if label else ""))
    return dict(rows), problems


def pairs(
    stream: IO[bytes], allowed: Collection[str]
) -> tuple[tuple[tuple[frozenset[str], str], ...], tuple[Problem, ...]]:
    """The pairs of ids in a file, each with its label, and its invalid lines.

    A pair may have several labels, in any order of its two ids, but each only once.
    """
    rows, problems = _read(stream, lambda row: _pair(row, allowed), _named_pair)
    return tuple(rows), problems


def line(row: Mapping[str, object]) -> bytes:
    """One line of a file. A lone surrogate is written as its JSON escape."""
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


# --- lines ------------------------------------------------------------------------------------


def _named(row: _Object) -> str:
    return f"id {_id(row)!r}"


def _read(
    stream: IO[bytes], make: Callable[[_Object], _Row], name: Callable[[_Object], str] = _named
) -> tuple[list[_Row], tuple[Problem, ...]]:
    """What `make` makes of each line; blank lines are skipped, the first of equal names counts."""
    rows: list[_Row] = []
    problems: list[Problem] = []
    first: dict[str, int] = {}
    number = 0
    try:
        for number, given in enumerate(_lines(stream), start=1):
            if not given.strip():
                continue
            try:
                row = _object(given.removeprefix(b"\xef\xbb\xbf") if number == 1 else given)
                made = make(row)
                _claim(name(row), number, first)
            except ValueError as error:
                problems.append(Problem(line=number, what=str(error)))
            else:
                rows.append(made)
    except (EOFError, OSError, zlib.error) as error:  # a damaged compressed file
        problems.append(Problem(line=number + 1, what=f"cannot be read from here on: {error}"))
    return rows, tuple(problems)


def _claim(name: str, number: int, first: dict[str, int]) -> None:
    """Record the line of a name; ValueError if an earlier line has it."""
    if first.setdefault(name, number) != number:
        raise ValueError(f"{name} is already used in line {first[name]}")


def _named_pair(row: _Object) -> str:
    a, b = sorted((_needed(row, "a"), _needed(row, "b")))
    return f"the pair {a!r} and {b!r} as {_needed(row, 'label')}"


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a file; of an overlong line, a part that is too long as well."""
    while given := stream.readline(LONGEST_LINE + 1):
        yield given
        while len(given) > LONGEST_LINE and not given.endswith(b"\n"):
            given = stream.readline(LONGEST_LINE + 1)


def _object(given: bytes) -> _Object:
    if len(given) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE >> 20} MiB")
    try:
        row = json.loads(given.decode("utf-8"), parse_constant=_refused)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at")
        raise ValueError(f"not valid JSON: {what} at character {error.colno}") from None
    except RecursionError:
        raise ValueError("not valid JSON: nested too deeply") from None
    if not isinstance(row, dict):
        raise ValueError(f"{_kind(row)} instead of an object")
    return row


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"not valid JSON: {constant} is not a number")


# --- fields -----------------------------------------------------------------------------------


def _string(row: _Object, name: str) -> str:
    """A field's text, or "" if it is missing or null."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: {_kind(value)} instead of a string")
    return value


def _needed(row: _Object, name: str) -> str:
    value = _string(row, name)
    if not value:
        raise ValueError(f"no {name}")
    return value


def _id(row: _Object) -> str:
    return _needed(row, "id")


def _pair(row: _Object, allowed: Collection[str]) -> tuple[frozenset[str], str]:
    a, b, label = (_needed(row, field) for field in ("a", "b", "label"))
    if a == b:
        raise ValueError(f"a and b are one article, {a!r}")
    if label not in allowed:
        raise ValueError(f"label: {label!r} instead of {', '.join(allowed)}")
    return frozenset((a, b)), label


def _kind(value: Any) -> str:
    return "null" if value is None else _KINDS.get(type(value), "an object")


def _labelled(row: _Object, label: str | None) -> Labelled:
    id_, title, text = _id(row), _string(row, "title"), _string(row, "text")
    if row.get("title") is None and row.get("text") is None:
        raise ValueError("neither title nor text")
    url, published = _string(row, "url") or None, _published(_string(row, "published"))
    article = Article(
        id=id_,
        feed_url="",
        outlet=_string(row, "source") or _host(url or ""),
        section="",
        url=url,
        title=title,
        text=text,
        published_at=published or _UNDATED,
        first_seen_at=published or _UNDATED,
        dated=published is not None,
        language=primary_language(_string(row, "language")) or "und",
    )
    return Labelled(article=article, label=_needed(row, label) if label else "")


def _published(stated: str) -> datetime | None:
    """The time, in UTC unless it has an offset; None if none is stated."""
    if not stated.strip():
        return None
    try:
        moment = datetime.fromisoformat(stated.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"published: {stated[:40]!r} is not an ISO 8601 time") from None


def _host(url: str) -> str:
    """The host, for an outlet without a name."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _language(article: Article) -> str:
    """As stated, or as detected; "en", the preset of many programs, is believed of English only."""
    sample = f"{article.title}\n{article.text[:LANGUAGE_SAMPLE]}"
    stated = article.language
    if stated not in {"und", "en"} or (stated == "en" and may_be_english(sample)):
        return stated
    detected = detect_language(sample)
    return stated if detected == "und" else detected


def _languages(read: Sequence[Article]) -> list[str]:
    """The language of each article: as stated, or as its text and the whole file suggest."""
    guesses = [_language(article) for article in read]
    counts = Counter(guess for guess in guesses if guess != "und")
    if not counts:
        return guesses
    main = min(counts, key=lambda language: (-counts[language], language))
    spoken = {name for name, often in counts.items() if often >= _SPOKEN * len(read)} | {main}
    return [
        guess
        if guess in spoken
        or article.language != "und"
        or len(article.title) + len(article.text) >= _SHORT
        else main
        for article, guess in zip(read, guesses, strict=True)
    ]
