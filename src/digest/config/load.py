"""feeds.toml to frozen settings, or all its mistakes at once with their lines."""

from __future__ import annotations

import difflib
import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from digest.config.feeds import AuthTable, FeedTable, FiltersSettings
from digest.config.settings import (
    AdminSettings,
    AlertSettings,
    DigestSettings,
    FetchSettings,
    File,
    LlmSettings,
    RankingSettings,
    Settings,
    SmtpSettings,
    WebSettings,
)
from digest.config.toml_lines import TomlPath, line_of, lines_of
from digest.model.errors import ConfigError


def load(path: Path) -> Settings:
    """Read and check a configuration file; paths in it are relative to its folder.

    Raises ConfigError that names every mistake as `FILE:LINE: path: what, did you mean ...`.
    Nothing is created or written.
    """
    text = text_of(path)
    table = _table(path, text)
    lines = lines_of(text)
    problems: list[tuple[int, str]] = []
    try:
        file = File.model_validate(table)
    except ValidationError as error:
        problems = [_problem(dict(item), lines) for item in error.errors()]
        file = None
    problems += _repeated_feeds(table, lines)
    problems += _smtp_problems(file, lines) + _ranking_problems(file, lines)
    problems += _operator_problems(file, lines)
    if problems or file is None:
        ordered = sorted(dict.fromkeys(problems))
        raise ConfigError(tuple(f"{path}:{line}: {text}" for line, text in ordered))
    folder = path.resolve().parent
    tables = {name: getattr(file, name) for name in Settings.model_fields}
    digest = file.digest.model_copy(
        update={
            "database": folder / file.digest.database.expanduser(),
            "output": folder / file.digest.output.expanduser(),
            "templates": folder / file.digest.templates.expanduser(),
        }
    )
    # Without a contact, the address of the editions says who reads.
    fetch = file.fetch.model_copy(update={"contact": file.fetch.contact or file.web.base_url})
    smtp = _smtp(file.smtp, folder)
    feeds = tuple(feed.feed(file.filters) for feed in file.feeds)
    return Settings(**tables | {"digest": digest, "fetch": fetch, "smtp": smtp, "feeds": feeds})


def text_of(path: Path) -> str:
    """The text of a configuration file with its byte order mark, or ConfigError."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(
            (f"{path}: cannot be read: {reason}; name it with --config, or run `digest init`",)
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            (f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8",)
        ) from None


def _table(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ConfigError((f"{path}: not valid TOML: nested too deeply",)) from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise ConfigError((_syntax_problem(path, str(error)),)) from None


def _smtp(smtp: SmtpSettings | None, folder: Path) -> SmtpSettings | None:
    if smtp is None:
        return None
    paths = {
        "password_file": smtp.password_file,
        "bounces": smtp.bounces,
        "dkim_key": smtp.dkim_key,
    }
    return smtp.model_copy(
        update={name: folder / path.expanduser() for name, path in paths.items() if path}
    )


def _smtp_problems(file: File | None, lines: dict[TomlPath, int]) -> list[tuple[int, str]]:
    """Mistakes that only several keys together show."""
    if file is None or file.smtp is None:
        return []
    smtp, problems = file.smtp, []
    if file.web.base_url is None:
        problems.append(
            (
                "smtp",
                "needs [web] base_url: every mail links to its subscriber's pages",
            )
        )
    if smtp.username and not (smtp.password_env or smtp.password_file):
        problems.append(("smtp.username", "needs password_env or password_file"))
    if smtp.bounces and not smtp.return_path:
        problems.append(("smtp.bounces", "needs return_path, the address that bounces go to"))
    if (smtp.dkim_key is None) != (smtp.dkim_selector is None):
        problems.append(("smtp", "needs both dkim_key and dkim_selector, or neither"))
    return [(line_of(tuple(at.split(".")), lines), f"{at}: {what}") for at, what in problems]


def _operator_problems(file: File | None, lines: dict[TomlPath, int]) -> list[tuple[int, str]]:
    if file is None:
        return []
    problems = []
    if file.alerts.to is not None and file.smtp is None:
        problems.append(("alerts.to", "needs [smtp], or write webhook instead"))
    listen = file.admin.listen
    if listen is not None and listen == file.web.listen:
        problems.append(("admin.listen", "is that of [web]; it needs an address of its own"))
    if listen is not None and file.admin.token_env is None and not _is_loopback(listen):
        problems.append(("admin.listen", "needs token_env, since others can reach this address"))
    return [(line_of(tuple(at.split(".")), lines), f"{at}: {what}") for at, what in problems]


def _is_loopback(listen: str) -> bool:
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _ranking_problems(file: File | None, lines: dict[TomlPath, int]) -> list[tuple[int, str]]:
    """Weights of sections that no feed is in."""
    if file is None:
        return []
    known = sorted({feed.section for feed in file.feeds})
    problems = []
    for section in file.ranking.sections:
        if section not in known:
            near = difflib.get_close_matches(section, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
            line = line_of(("ranking", "sections", section), lines)
            problems.append((line, f"ranking.sections.{section}: no feed is in it; {hint}"))
    return problems


def _syntax_problem(path: Path, message: str) -> str:
    match = re.search(r"\(at line (\d+), column (\d+)\)$", message)
    if match:
        what = message[: match.start()].strip()
        return f"{path}:{match[1]}: not valid TOML: {what} (column {match[2]})"
    return f"{path}: not valid TOML: {message}"


_OTHER_NAMES = {"ssl": "tls", "smtps": "tls", "plain": "none"}  # of values, in other programs


def _problem(error: dict[str, Any], lines: dict[TomlPath, int]) -> tuple[int, str]:
    location: TomlPath = error["loc"]
    dotted = ".".join(str(part) for part in location)
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = _known_keys(location[:-1])
        near = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
        what = f"unknown key, {hint}"
    elif kind == "missing":
        what = "is missing" + (
            ": add at least one [[feeds]] table with a url" if location == ("feeds",) else ""
        )
    elif kind == "value_error":
        what = str(context["error"])
    elif kind == "enum":
        values = re.findall(r"'([^']*)'", context["expected"])
        stated = str(error["input"]).lower()
        stated = _OTHER_NAMES.get(stated, stated)
        near = difflib.get_close_matches(stated, values, n=1, cutoff=0.3)
        hint = f", did you mean {near[0]!r}?" if near else ""
        what = f"must be {context['expected']}, not {error['input']!r}{hint}"
    else:
        message = (
            error["msg"].replace("Input should be", "must be").replace("String should", "must")
        )
        what = f"{message[:1].lower()}{message[1:]}, not {_short(error['input'])}"
    return line_of(location, lines), f"{dotted}: {what}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(location: TomlPath) -> list[str]:
    tables: dict[str | int, type[BaseModel]] = {
        "digest": DigestSettings,
        "fetch": FetchSettings,
        "web": WebSettings,
        "llm": LlmSettings,
        "ranking": RankingSettings,
        "smtp": SmtpSettings,
        "filters": FiltersSettings,
        "alerts": AlertSettings,
        "admin": AdminSettings,
        "feeds": FeedTable,
    }
    if location and location[-1] == "auth":
        return list(AuthTable.model_fields)
    model = tables[location[0]] if location else File
    return list(model.model_fields)


def _repeated_feeds(table: dict[str, Any], lines: dict[TomlPath, int]) -> list[tuple[int, str]]:
    seen: dict[str, int] = {}
    problems = []
    feeds = table.get("feeds")
    for index, feed in enumerate(feeds if isinstance(feeds, list) else []):
        url = feed.get("url") if isinstance(feed, dict) else None
        if not isinstance(url, str):
            continue
        line = line_of(("feeds", index, "url"), lines)
        if url in seen:
            problems.append(
                (line, f"feeds.{index}.url: already listed at line {seen[url]}; remove one")
            )
        seen.setdefault(url, line)
    return problems
