"""Log lines, as text or JSON: one line per event, without addresses, secrets and controls."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from enum import StrEnum

from digest.text import CONTROLS, DIRECTIONS, FORMATS, SURROGATES, WHITE_CONTROLS

_LENGTH = 8000  # characters of a line
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_SECRET = re.compile(
    r"(?i)\b(authorization|cookie|password|passwd|secret|token|api[_-]?key)(\W{1,4})"
    r"(?:(?:basic|bearer)\s+)?[^\s&,;'\"]+"
)
_USER = re.compile(r"(?<=://)[^/\s@]{1,200}@")
# Controls, line and paragraph separators, direction and zero width characters, surrogates.
_CONTROL = re.compile(
    rf"[{CONTROLS}{WHITE_CONTROLS}{DIRECTIONS}{FORMATS}{SURROGATES}\u200b-\u200d\u2028\u2029]"
)


class LogFormat(StrEnum):
    """The format of log lines."""

    TEXT = "text"
    JSON = "json"


def one_line(text: str) -> str:
    """A text for a log: on one line, without controls, mail addresses and secrets."""
    text = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text[: 2 * _LENGTH])
    text = _USER.sub("", text)
    return _SECRET.sub(r"\1\2[hidden]", _MAIL.sub("[address]", text))


class Formatter(logging.Formatter):
    """One line per event, at most 8 kB; the line includes an exception's type and message."""

    def __init__(self, kind: LogFormat) -> None:
        super().__init__()
        self._kind = kind

    def format(self, record: logging.LogRecord) -> str:
        """The event as one line, without a line break."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = one_line(record.getMessage())
        trace = ""
        if record.exc_info and record.exc_info[0] is not None:
            trace = one_line(" < ".join(traceback.format_exception_only(*record.exc_info[:2])))
        if self._kind is LogFormat.TEXT:
            line = " ".join(filter(None, (at, record.levelname, message, trace)))
            return line if len(line) <= _LENGTH else line[: _LENGTH - 1] + "\u2026"
        event = {"at": at, "level": record.levelname.lower(), "from": record.name}
        event |= {"event": _cut(message)} | ({"error": _cut(trace)} if trace else {})
        return json.dumps(event, ensure_ascii=True)


def log_as(kind: LogFormat) -> None:
    """Log to standard error, one line per event."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(kind))
    logging.basicConfig(handlers=[handler], force=True)


def _cut(text: str) -> str:
    # Escaped in ASCII, a character takes up to twelve, and two texts share the line.
    return text if len(text) <= 300 else text[:299] + "\u2026"
