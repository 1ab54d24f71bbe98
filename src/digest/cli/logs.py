"""Log lines, as text or JSON: one line per event, without addresses, secrets and controls."""

from __future__ import annotations

import json
import logging
import re
import threading
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import typer

from digest.text import CONTROLS, DIRECTIONS, FORMATS, SURROGATES, WHITE_CONTROLS

_LENGTH = 8000  # characters of a line
_FRAMES = 12  # of a traceback, the innermost ones
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
    """One line per event, at most 8 kB; the line includes an exception's type and message.

    As JSON it has the traceback too, as a list of FILE:LINE FUNCTION, the innermost last.
    """

    def __init__(self, kind: LogFormat) -> None:
        super().__init__()
        self.kind = kind

    def format(self, record: logging.LogRecord) -> str:
        """The event as one line, without a line break."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = one_line(record.getMessage())
        error = ""
        if record.exc_info and record.exc_info[0] is not None:
            error = one_line(" < ".join(traceback.format_exception_only(*record.exc_info[:2])))
        if self.kind is LogFormat.TEXT:
            line = " ".join(filter(None, (at, record.levelname, message, error)))
            return line if len(line) <= _LENGTH else line[: _LENGTH - 1] + "\u2026"
        event: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "from": record.name}
        trace = _trace(record)
        whole = _json(event | {"event": message} | _stated(error=error, trace=trace))
        if len(whole) <= _LENGTH:
            return whole
        # Escaped in ASCII, a character takes up to twelve, and two texts share the line.
        return _json(event | {"event": _cut(message)} | _stated(error=_cut(error)))


def log_as(kind: LogFormat) -> None:
    """Log to standard error, one line per event; so are warnings and errors of threads."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(kind))
    logging.basicConfig(handlers=[handler], force=True)
    if kind is LogFormat.JSON:
        logging.captureWarnings(capture=True)
        threading.excepthook = _log_failed_thread


def is_json() -> bool:
    """Are log lines JSON?"""
    formatters = (handler.formatter for handler in logging.getLogger().handlers)
    return any(
        isinstance(formatter, Formatter) and formatter.kind is LogFormat.JSON
        for formatter in formatters
    )


def on_stderr(text: str, level: int = logging.ERROR) -> None:
    """Tell people something on standard error; where log lines are JSON, each line is an event."""
    if not is_json():
        typer.echo(text, err=True)
        return
    for line in text.splitlines():
        # Whatever level is logged: this is an answer to whoever runs the command.
        record = logging.LogRecord("digest", level, "", 0, line.strip(), None, None)
        logging.getLogger().handle(record)


def _log_failed_thread(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else "?"
    given = (failed.exc_type, failed.exc_value or failed.exc_type(), failed.exc_traceback)
    logging.getLogger("digest").error("thread %s ended", name, exc_info=given)


def _trace(record: logging.LogRecord) -> list[str]:
    frames = traceback.extract_tb(record.exc_info[2]) if record.exc_info else []
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-_FRAMES:]]


def _stated(**values: str | list[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _json(event: dict[str, Any]) -> str:
    return json.dumps(event, ensure_ascii=True)


def _cut(text: str) -> str:
    return text if len(text) <= 300 else text[:299] + "\u2026"
