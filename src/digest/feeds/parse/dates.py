"""Dates as feeds write them -> aware UTC datetimes.

Read are RFC 3339 and its looser relatives (ISO 8601, W3C-DTF), RFC 822 and 5322, asctime,
and the American order, with month names in six languages. A date without a zone is in UTC.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)

# The first letters of each month in English, German, French, Spanish, Portuguese, Italian and
# Dutch, accents removed; longer prefixes come first where three letters are ambiguous.
_MONTHS = {
    prefix: number
    for number, prefixes in enumerate(
        (
            "jan ene gen",
            "feb fev",
            "mar mrt maa mae",
            "apr avr abr",
            "may mai mei mag",
            "juin jun giu",
            "juil jul lug",
            "aug aou ago",
            "sep set",
            "oct okt out ott",
            "nov",
            "dec dez dic",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}
# Hours east of Greenwich: RFC 822's own names, then those that occur in feeds.
_ZONES = {
    name: hours
    for hours, names in (
        (-10, "hst"),
        (-9, "akst"),
        (-8, "pst akdt"),
        (-7, "mst pdt"),
        (-6, "cst mdt"),
        (-5, "est cdt"),
        (-4, "edt"),
        (1, "bst cet mez west"),
        (2, "cest mesz eet"),
        (3, "eest msk"),
        (9, "jst kst"),
        (10, "aest"),
        (11, "aedt"),
    )
    for name in names.split()
}

_TIME = (
    r"(?:(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\b)?\s*(?P<zone>(?:[a-z]{1,5}\b)?\s*(?:[+-]\d{1,2}:?\d{0,2})?))?"
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        # 2018-09-24T10:00:00Z, 2018-09, 2018, 20180924T100000Z (its time is split beforehand)
        r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?)?(?:\s*t\s*|\s+|$)" + _TIME,
        r"(?P<year>\d{4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})(?:\s*t\s*|[\s,]+|$)" + _TIME,
        # 24.9.2018 10:00: with full stops the day always stands first
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})\b[\s,]*" + _TIME,
        # Mon, 24 Sep 2018 10:00:00 GMT; Seg, 24 de Set de 2018
        r"(?:[a-z]+\.?[\s,]+)*(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.,-]+(?:de\s+)?"
        r"(?P<name>[a-z]{3,})[\s.,-]+(?:de\s+)?(?P<year>\d{4}|\d{2})\b[\s,-]*" + _TIME,
        # Mon Sep 24 10:00:00 2018
        r"[a-z]+\.?[\s,]+(?P<name>[a-z]{3,})\s+(?P<day>\d{1,2})\s+"
        + _TIME.removesuffix("?")
        + r"\s+(?P<year>\d{4})",
        # September 24, 2018 10:00 AM
        r"(?:[a-z]+\.?,?\s+)?(?P<name>[a-z]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+"
        r"(?P<year>\d{4})\b[\s,-]*" + _TIME,
    )
)
_COMPACT = re.compile(r"^(\d{8})t(\d{2})(\d{2})(\d{2})?")


def parse_date(text: str) -> datetime | None:
    """The moment a date string names, or None when it names none from 1990 up to 2100.

    24:00 and leap seconds run over into the next minute; fractions of a second are cut off.
    """
    plain = unicodedata.normalize("NFKD", text[:100].lower()).strip()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = _COMPACT.sub(_with_colons, plain)
    for form in _FORMS:
        match = form.match(plain)
        moment = _moment(match.groupdict()) if match else None
        if moment is not None:
            return moment if _EARLIEST <= moment < _LATEST else None
    return None


def _with_colons(match: re.Match[str]) -> str:
    return f"{match[1]}t{match[2]}:{match[3]}:{match[4] or '00'}"


def _moment(parts: dict[str, str | None]) -> datetime | None:
    month = _month(parts["name"] or "") if "name" in parts else int(parts["month"] or 1)
    year = _year(parts["year"] or "")
    hour, minute, second = (int(parts[unit] or 0) for unit in ("hour", "minute", "second"))
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].startswith("p") else 0)
    if hour > 24 or minute > 59 or second > 61:
        return None
    clock = timedelta(hours=hour, minutes=minute, seconds=second)
    try:
        day = datetime(year, month, int(parts["day"] or 1), tzinfo=UTC)
        return day + clock - _offset(parts["zone"] or "")
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int:
    return _MONTHS.get(name[:4], _MONTHS.get(name[:3], 0))


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 50 else 1900)  # RFC 5322, section 4.3


def _offset(zone: str) -> timedelta:
    """A zone's distance from UTC; a number counts over a name, an unknown name is UTC."""
    number = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if number is None:
        return timedelta(hours=_ZONES.get(zone.strip(), 0))
    distance = timedelta(hours=int(number[2]), minutes=int(number[3] or 0))
    return -distance if number[1] == "-" else distance
