"""What a feed asks of pollers: ttl, skipped hours and days (RSS 2.0), update period (RSS 1.0)."""

from __future__ import annotations

import re
from typing import Any

from digest.model import Rhythm

_CHANNEL = 65_536  # bytes at the start of a feed in which its own statements are looked for
_SKIP_HOURS = re.compile(rb"<skipHours>([^!]{0,2000}?)</skipHours>", re.IGNORECASE)
_SKIP_DAYS = re.compile(rb"<skipDays>([^!]{0,2000}?)</skipDays>", re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(2[0-4]|1\d|0?\d)\s*</hour>", re.IGNORECASE)
_WEEKDAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")
_DAY = re.compile(rb"<day>\s*(" + b"|".join(_WEEKDAYS) + rb")\s*</day>", re.IGNORECASE)
_PERIODS = {
    "hourly": 3600,
    "daily": 86_400,
    "weekly": 604_800,
    "monthly": 2_592_000,
    "yearly": 31_536_000,
}


def rhythm_in(feed: Any, body: bytes) -> Rhythm:
    """What the feed asks of pollers. Of several skipped hours or days feedparser keeps one."""
    channel = body[:_CHANNEL]
    hours = {int(hour) % 24 for hour in _skipped(_SKIP_HOURS, _HOUR, channel)}
    days = {_WEEKDAYS.index(day) for day in _skipped(_SKIP_DAYS, _DAY, channel)}
    return Rhythm(ttl=_ttl(feed), skip_hours=tuple(sorted(hours)), skip_days=tuple(sorted(days)))


def _skipped(block: re.Pattern[bytes], one: re.Pattern[bytes], channel: bytes) -> list[bytes]:
    found = block.search(channel)
    return [value.lower() for value in one.findall(found[1])] if found else []


def _ttl(feed: Any) -> int | None:
    """RSS <ttl> in minutes, or the Syndication module's updates a period; in seconds."""
    if minutes := re.fullmatch(r"\d{1,9}", _stated(feed, "ttl")):
        return int(minutes[0]) * 60 or None
    period = _PERIODS.get(_stated(feed, "sy_updateperiod").lower())
    if period is None:
        return None
    frequency = re.fullmatch(r"\d{1,6}", _stated(feed, "sy_updatefrequency"))
    return period // max(1, int(frequency[0])) if frequency else period


def _stated(feed: Any, key: str) -> str:
    value = feed.get(key)
    return value if isinstance(value, str) else ""
