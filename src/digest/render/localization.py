"""Phrases, dates, numbers and directions, in the language and timezone of an edition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import escape

from digest.model import Edition
from digest.render.catalogue import Strings

_ENGLISH = Locale("en")

Catalogues = Callable[[Locale], Strings]


def _locale(language: str) -> Locale | None:
    if language == "und":  # "not known", which the CLDR takes for American English
        return None
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def direction(language: str) -> str:
    """How a language is written: "ltr", "rtl", or "auto" where the language is not known."""
    locale = _locale(language)
    return locale.text_direction if locale else "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How one edition says a day, a time, a number. Formats come from the Unicode CLDR."""

    locale: Locale
    zone: ZoneInfo
    day: date  # the edition's own
    strings: Strings

    @classmethod
    def of(cls, edition: Edition, strings: Catalogues) -> Wording:
        """The wording of an edition; English where its language has no catalogue.

        Words, dates and numbers are in one language: half a page of each helps nobody.
        """
        locale = _locale(edition.language) or _ENGLISH
        phrases = strings(locale)
        return cls(
            locale=locale if phrases.own else _ENGLISH,
            zone=ZoneInfo(edition.timezone),
            day=date.fromisoformat(edition.id),
            strings=phrases,
        )

    def date(self) -> str:
        """The edition's day with its weekday: "Saturday, November 21, 2026"."""
        return format_date(self.day, "full", locale=self.locale)

    def short_date(self) -> str:
        """The edition's day: "November 21, 2026"."""
        return format_date(self.day, "long", locale=self.locale)

    def long_day(self, edition: str) -> str:
        """Another edition's day without its weekday: "November 20, 2026"."""
        return str(format_date(date.fromisoformat(edition), "long", locale=self.locale))

    def days(self, first: str, last: str) -> str:
        """The days from one edition to another: "Nov 21 – 23, 2026"."""
        ends = date.fromisoformat(first), date.fromisoformat(last)
        return str(format_interval(*ends, "yMMMd", locale=self.locale))

    def weekday(self) -> str:
        """The edition's day within its month: "Sat 21"."""
        return format_skeleton("Ed", self.day, locale=self.locale)

    def day_of(self, edition: str) -> str:
        """Another edition's day: "Fri, Nov 20", with the year where it is another one."""
        day = date.fromisoformat(edition)
        skeleton = "MMMEd" if day.year == self.day.year else "yMMMEd"
        return str(format_skeleton(skeleton, day, locale=self.locale))

    def long_date(self, edition: str) -> str:
        """Another edition's day in full: "Friday, November 20, 2026"."""
        return str(format_date(date.fromisoformat(edition), "full", locale=self.locale))

    def month_of(self, month: str) -> str:
        """A month such as "2026-11" without its year: "November"."""
        return str(self.locale.months["stand-alone"]["wide"][int(month[5:])])

    def month(self) -> str:
        """The edition's month: "November 2026"."""
        return format_skeleton("yMMMM", self.day, locale=self.locale)

    def time(self, moment: datetime) -> str:
        """When something was: "07:12" on the edition's day, "Fri 07:12" in the week before.

        Anything else is said with its date: "Nov 2" in the edition's year, "Nov 2, 2025".
        """
        return _time(self.locale, self.day, self._local(moment))

    def moment(self, moment: datetime) -> str:
        """A day with its time: "Fri, Nov 20, 07:00"."""
        local = self._local(moment)
        day = format_skeleton("MMMEd", local, tzinfo=local.tzinfo, locale=self.locale)
        return f"{day}, {self._clock(local)}"

    def span(self, since: datetime, until: datetime) -> tuple[str, str]:
        """Two moments, the second without a day that is the first's; equal within a minute."""
        first, last = self._local(since), self._local(until)
        same_day = first.date() == last.date() and self._clock(first) != self._clock(last)
        return self.moment(since), self._clock(last) if same_day else self.moment(until)

    def _clock(self, local: datetime) -> str:
        return format_skeleton("Hm", local, tzinfo=local.tzinfo, locale=self.locale)

    def text(self, key: str, number: int | None = None, **values: object) -> str:
        """A phrase of the catalogue as plain text, its {names} filled in, {n} with the number."""
        return self.strings.phrase(key, number).format(n=self.number(number), **values)

    def titled(self, whole: str, part: str) -> str:
        """A part after what it belongs to: "The Digest: World"; French spaces the colon."""
        return f"{whole}{self.text('colon')} {part}"

    @pass_eval_context
    def __call__(
        self, context: EvalContext, key: str, number: int | None = None, **values: object
    ) -> str:
        """The same in a template: values are escaped where the template escapes."""
        if not context.autoescape:
            return self.text(key, number, **values)
        phrase = escape(self.strings.phrase(key, number))
        return phrase.format(n=self.number(number), **values)

    def number(self, number: int | None) -> str:
        """A number in the language's own way: "1,312"."""
        return "" if number is None else _number(number, self.locale)

    def _local(self, moment: datetime) -> datetime:
        try:
            return moment.astimezone(self.zone)
        except OverflowError:  # the first and last day of the calendar have no other timezone
            return moment


# An edition says the same few times and numbers again and again, in every format.
@lru_cache(maxsize=8192)
def _time(locale: Locale, day: date, local: datetime) -> str:
    age = day - local.date()
    if not age:
        skeleton = "Hm"
    elif timedelta(0) < age < timedelta(7):
        skeleton = "EHm"
    else:
        skeleton = "MMMd" if local.year == day.year else "yMMMd"
    return str(format_skeleton(skeleton, local, tzinfo=local.tzinfo, locale=locale))


@lru_cache(maxsize=1024)
def _number(number: int, locale: Locale) -> str:
    return str(format_decimal(number, locale=locale))
