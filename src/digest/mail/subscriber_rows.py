"""Lists of people: rows of a CSV file -> subscribers, and back."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from zoneinfo import available_timezones

from digest.mail.address import address_key, normal_address
from digest.model import Frequency, Subscriber, SubscriberState
from digest.text import CONTROLS, SURROGATES, WHITE_CONTROLS

FIELDS = (
    "address", "language", "timezone", "hour", "frequency", "sections", "fewer", "muted", "state",
)  # fmt: skip

_ALIASES = dict.fromkeys(("email", "e-mail", "mail", "email address", "e-mail address"), "address")

Fields = Mapping[str, object]  # values of any of FIELDS but the address, by name

_LENGTH = 4000  # characters of one value; nobody chooses more


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRow:
    """A valid row: the address, and those fields that the row fills in."""

    line: int
    address: str
    fields: Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRow:
    """A row that is not: where, and what to do. The address itself is not repeated."""

    line: int
    problem: str


def parse_rows(
    header: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    sections: Collection[str] | None = None,
) -> Iterator[SubscriberRow | InvalidRow]:
    """People of numbered rows under a header that has `address` and any others of FIELDS.

    Raises ValueError where the header is of no use. Blank rows are passed over, and so are columns
    with neither name nor values; an address that comes twice counts once. Sections must be among
    those given, if any are.
    """
    names = [_ALIASES.get(name, name) for name in (visible(cell).lower() for cell in header)]
    _check_header(names)
    return _parse(names, rows, sections)


def parse_fields(values: Mapping[str, str], sections: Collection[str] | None = None) -> Fields:
    """Fields from their spelling in a file or a form; a blank one is unset.

    Raises ValueError that names the field and says what to write. Sections must be among those
    given, if any are; their case does not matter.
    """
    made: dict[str, object] = {}
    for name, raw in values.items():
        text = visible(raw)
        if len(text) > _LENGTH or re.search(f"[{CONTROLS}{WHITE_CONTROLS}{SURROGATES}]", text):
            raise ValueError(f"{name}: is too long or holds a control character")
        try:
            made[name] = _READ[name](text)
            if sections is not None and name in {"sections", "fewer"}:
                made[name] = _known_sections(_names(text), sections)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    return made


def row_of(subscriber: Subscriber) -> dict[str, str]:
    """A subscriber as a row that `parse_rows` reads."""
    rhythm, choice = subscriber.rhythm, subscriber.choice
    return {
        "address": _inert(subscriber.address),
        "language": subscriber.language or "",
        "timezone": rhythm.timezone or "",
        "hour": "" if rhythm.hour is None else str(rhythm.hour),
        "frequency": rhythm.frequency.value,
        "sections": _inert(";".join(choice.sections)),
        "fewer": _inert(";".join(choice.fewer)),
        "muted": ";".join(choice.muted),
        "state": subscriber.state.value,
    }


def _check_header(names: Sequence[str]) -> None:
    if "address" not in names:
        raise ValueError("has no column 'address'; give the column of the addresses that name")
    for name in filter(None, names):
        if name not in FIELDS:
            near = difflib.get_close_matches(name, FIELDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(FIELDS)}"
            raise ValueError(f"unknown column {name[:40]!r}, {hint}")
        if names.count(name) > 1:
            raise ValueError(f"has two columns {name!r}")


def _parse(
    names: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    sections: Collection[str] | None,
) -> Iterator[SubscriberRow | InvalidRow]:
    seen: dict[str, int] = {}
    for line, row in rows:
        if not any(map(visible, row)):
            continue
        try:
            person = _person(line, names, row, sections)
        except ValueError as error:
            yield InvalidRow(line=line, problem=str(error))
            continue
        first = seen.setdefault(address_key(person.address), line)
        if first == line:
            yield person
        else:
            yield InvalidRow(line=line, problem=f"address: is already on line {first}")


def _person(
    line: int, names: Sequence[str], row: Sequence[str], sections: Collection[str] | None
) -> SubscriberRow:
    cells = dict(zip(names, row, strict=False))
    nameless = [cell for name, cell in zip_longest(names, row, fillvalue="") if not name]
    if any(map(visible, nameless)):
        raise ValueError(f"has {len(row)} values under {sum(map(bool, names))} columns")
    try:
        address = normal_address(visible(cells.pop("address", "")))
    except ValueError as error:
        raise ValueError(f"address: {error}") from None
    filled = {name: cell for name, cell in cells.items() if name and visible(cell)}
    return SubscriberRow(line=line, address=address, fields=parse_fields(filled, sections))


def visible(cell: str) -> str:
    """A cell without blanks around it, marks that nobody sees, and `row_of`'s apostrophe."""
    shown = "".join(
        " " if character == "\u00a0" else character
        for character in cell
        if unicodedata.category(character) != "Cf"
    ).strip()
    return shown[1:] if re.match(r"'[=+@-]", shown) else shown


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `visible` undoes it."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} else cell


def _known_sections(names: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    by_case = {name.casefold(): name for name in known}
    for name in names:
        if name.casefold() not in by_case:
            near = difflib.get_close_matches(name.casefold(), by_case, n=1)
            hint = f"did you mean {by_case[near[0]]!r}?" if near else f"known: {', '.join(known)}"
            if "," in name:
                hint = "separate several by semicolons"
            raise ValueError(f"no such section {name[:40]!r}, {hint}")
    return tuple(dict.fromkeys(by_case[name.casefold()] for name in names))


def _language(text: str) -> str | None:
    if text and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(f"write a tag such as 'en' or 'pt-BR', not {text[:40]!r}")
    return text or None


_zones = cache(available_timezones)  # it looks through folders


def _timezone(text: str) -> str | None:
    if text and text not in _zones():
        near = difflib.get_close_matches(text[:80], sorted(_zones()), n=1)
        hint = f", did you mean {near[0]!r}?" if near else "; write one such as 'Europe/Berlin'"
        raise ValueError(f"no such timezone {text[:40]!r}{hint}")
    return text or None


def _hour(text: str) -> int | None:
    if not text:
        return None
    # As spreadsheets show it: 7, 07:00, 07:00:00, 7.0, 7:00 AM.
    read = re.fullmatch(r"(\d{1,2})(?:[:.]0{1,2}(?::00)?)?(?: ?([ap])m)?", text, re.IGNORECASE)
    hour = int(read[1]) if read else 24
    if read and read[2]:
        hour = hour % 12 + 12 * (read[2].lower() == "p") if 1 <= hour <= 12 else 24
    if hour > 23:
        raise ValueError(f"write a full hour from 0 to 23, not {text[:40]!r}")
    return hour


def _frequency(text: str) -> Frequency:
    try:
        return Frequency(text.lower() or Frequency.DAILY)
    except ValueError:
        raise ValueError(f"write daily, weekdays or weekly, not {text[:40]!r}") from None


def _state(text: str) -> SubscriberState:
    try:
        return SubscriberState(text.lower())
    except ValueError:
        known = ", ".join(SubscriberState)
        raise ValueError(f"is one of {known}, not {text[:40]!r}") from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


_READ: Mapping[str, Callable[[str], object]] = {
    "language": _language,
    "timezone": _timezone,
    "hour": _hour,
    "frequency": _frequency,
    "sections": _names,
    "fewer": _names,
    "muted": _names,
    "state": _state,
}
