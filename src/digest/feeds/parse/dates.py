"""Dates as feeds write them -> aware UTC datetimes.

Read are RFC 3339 and its looser relatives (ISO 8601, W3C-DTF), RFC 822 and 5322, asctime, numeric
forms and epochs, with month names in seven languages; what is left and names a month goes to
dateparser. A date without a zone is in UTC. Day and month are never guessed: "03/04/2026" is read
only where the feed's other dates or its language tell the order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

DayOrder = Literal["day first", "month first"]

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
        (-5, "est cdt cot pet ect"),
        (-4, "edt ast clt bot vet"),
        (-3.5, "nst"),
        (-3, "adt brt art clst uyt"),
        (-2.5, "ndt"),
        (1, "bst cet mez west wat"),
        (2, "cest mesz eet sast cat"),
        (3, "eest msk trt eat"),
        (3.5, "irst"),
        (4, "gst"),
        (5, "pkt uzt"),
        (5.5, "ist"),
        (5.75, "npt"),
        (6, "bdt"),
        (7, "wib ict"),
        (8, "sgt wita hkt pht myt awst"),
        (9, "jst kst wit"),
        (9.5, "acst"),
        (10, "aest"),
        (10.5, "acdt"),
        (11, "aedt"),
        (12, "nzst"),
        (13, "nzdt"),
    )
    for name in names.split()
}

_TIME = (
    r"(?:(?P<hour>\d{1,2})(?P<mark>[:.h])(?P<minute>\d{2})(?:(?P=mark)(?P<second>\d{1,2})"
    r"(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b)?"
    r"\s*(?P<zone>(?:[a-z]{1,5}\b)?\s*(?:[+-]\d{1,2}:?\d{0,2})?))?"
)
_GAP = r"[\s,|–-]*"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # 2018-09-24T10:00:00Z, 2018-09, 2018, 20180924T100000Z (its time is split beforehand)
        r"(?P<year>\d{4})(?:-?(?P<month>\d{2})(?:-?(?P<day>\d{2}))?)?(?:\s*t\s*|\s+|$)" + _TIME,
        r"(?P<year>\d{4})[/.-]\s?(?P<month>\d{1,2})[/.-]\s?(?P<day>\d{1,2})\.?(?:\s*t\s*|[\s,]+|$)"
        + _TIME,
        # 24.9.2018 10:00: with full stops the day always comes first
        r"(?:[a-z]+\.?[\s,]+)?(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})\b"
        + _GAP
        + _TIME,
        # 24/9/2018 and 9/24/2018: see _numeric
        r"(?:[a-z]+\.?[\s,]+)?(?P<first>\d{1,2})[/-](?P<other>\d{1,2})[/-](?P<year>\d{4})\b"
        + _GAP
        + _TIME,
        # Mon, 24 Sep 2018 10:00:00 GMT; Seg, 24 de Set de 2018
        r"(?:[a-z]+\.?[\s,]+)*(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.,-]*(?:(?:de|of)\s+)?"
        r"(?P<name>[a-z]{3,})[\s.,-]*(?:de\s+)?(?P<year>\d{4}|\d{2})\b" + _GAP + _TIME,
        # Mon Sep 24 10:00:00 2018
        r"[a-z]+\.?[\s,]+(?P<name>[a-z]{3,})\s+(?P<day>\d{1,2})\s+"
        + _TIME.removesuffix("?")
        + r"\s+(?P<year>\d{4})",
        # September 24, 2018 10:00 AM
        r"(?:[a-z]+\.?,?\s+)?(?P<name>[a-z]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+"
        r"(?P<year>\d{4})\b" + _GAP + _TIME,
    )
)
_COMPACT = re.compile(r"^(\d{8})t?(\d{2})(\d{2})(\d{2})?(?!\d)")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]?")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})|(\d{15,16})")
_MARKUP = re.compile(r"<[^>]*?\bdatetime\s*=\s*[\"']([^\"']+)[^>]*>|<[^>]*>")
_SLASHED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-]\d{4}\b")
_MORE = re.compile(r"\d[:.h]\d\d")  # a time that was not read

_FAILURES = 5  # of dateparser in one feed; each may take a tenth of a second
_LANGUAGES = (  # of dateparser, in this order where the feed names none
    "en de fr es it pt nl ru uk pl cs sk hu ro bg hr sr-Latn sl el tr sv da nb fi et lv lt"
    " id ms vi th zh ja ko ar he fa hi bn ta ca eu gl ka"
)


def parse_date(text: str) -> datetime | None:
    """The moment a date string names, or None when it names none from 1990 up to 2100.

    24:00 and leap seconds run over into the next minute; fractions of a second are cut off.
    """
    return DateReader().read(text)


class DateReader:
    """Reads the dates of one feed.

    `dates` are all it states: one that can only be day or month first tells how the others are
    meant, and else `language`, a tag such as "de" or "en-US", does.
    """

    def __init__(self, dates: Iterable[str] = (), language: str = "") -> None:
        self._order = _order_of(dates) or _order_in(language)
        self._language = language.lower().partition("-")[0].partition("_")[0]
        self._failures = 0

    def read(self, text: str) -> datetime | None:
        """The moment a date string names, or None."""
        text = _MARKUP.sub(lambda tag: f" {tag[1] or ''} ", text[:200]).strip()[:100]
        found, rest = self._read(text)
        if (found is None or _MORE.search(rest)) and re.search(r"[^\W\d_]{2}", text):
            found = self._by_library(text) or found
        return found if found is not None and _EARLIEST <= found < _LATEST else None

    def _read(self, text: str) -> tuple[datetime | None, str]:
        """The moment by the forms that feeds use, and what follows it."""
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
        plain = "".join(char for char in plain if not unicodedata.combining(char))
        plain = unicodedata.normalize("NFC", plain)
        plain = _EAST_ASIAN.sub(r"\1-\2-\3 ", plain)
        plain = _COMPACT.sub(_with_colons, plain)
        if epoch := _EPOCH.fullmatch(plain):
            return _since_1970(epoch), ""
        for form in _FORMS:
            match = form.match(plain)
            moment = _moment(match.groupdict(), self._order) if match else None
            if match is not None and moment is not None:
                return moment, plain[match.end() :]
        return None, plain

    def _by_library(self, text: str) -> datetime | None:
        if self._failures >= _FAILURES or _SLASHED.search(text):
            return None
        found = None
        for languages in filter(None, (self._language, _LANGUAGES)):
            found = found or _by_dateparser(text, languages)
        self._failures += found is None
        return found


def _order_of(dates: Iterable[str]) -> DayOrder | None:
    for text in dates:
        if match := _SLASHED.search(text):
            if int(match[1]) > 12:
                return "day first"
            if int(match[2]) > 12:
                return "month first"
    return None


def _order_in(language: str) -> DayOrder | None:
    """By the language's own custom; that of English depends on the country."""
    tag = language.lower().replace("_", "-")
    if tag in {"en-us", "en-ph"}:
        return "month first"
    return "day first" if tag and (not tag.startswith("en") or "-" in tag) else None


def _by_dateparser(text: str, languages: str) -> datetime | None:
    try:
        found = _dateparser(languages).get_date_data(text).date_obj
    except Exception:  # noqa: BLE001 -- odd strings find every corner of a large library
        return None
    return found.astimezone(UTC) if found is not None else None


@cache
def _dateparser(languages: str) -> Any:
    from dateparser.date import DateDataParser  # noqa: PLC0415 -- most feeds do not need it

    settings = {
        "PARSERS": ["absolute-time"],  # "2 hours ago" depends on when it is read
        "STRICT_PARSING": True,
        "RETURN_AS_TIMEZONE_AWARE": True,
        "TIMEZONE": "UTC",
    }
    try:
        return DateDataParser(
            languages=languages.split(), use_given_order=True, try_previous_locales=False,
            settings=settings,
        )  # fmt: skip
    except ValueError:  # no such language
        return DateDataParser(languages=["en"], settings=settings)


def _since_1970(epoch: re.Match[str]) -> datetime:
    seconds, milliseconds, microseconds = (int(group or 0) for group in epoch.groups())
    total = seconds + milliseconds // 1000 + microseconds // 1_000_000
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=total)


def _with_colons(match: re.Match[str]) -> str:
    return f"{match[1]}t{match[2]}:{match[3]}:{match[4] or '00'}"


def _moment(parts: dict[str, str | None], order: DayOrder | None) -> datetime | None:
    if parts.get("first"):
        parts = _numeric(parts, order)
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


def _numeric(parts: dict[str, str | None], order: DayOrder | None) -> dict[str, str | None]:
    """Day and month of a numeric date, where they cannot be mistaken; else a day that is none."""
    first, other = int(parts["first"] or 0), int(parts["other"] or 0)
    if first > 12 or (other <= 12 and (order == "day first" or first == other)):
        return parts | {"day": str(first), "month": str(other)}
    if other > 12 or order == "month first":
        return parts | {"day": str(other), "month": str(first)}
    return parts | {"day": "99", "month": "1"}


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
