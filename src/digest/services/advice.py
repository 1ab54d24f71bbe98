"""What a valid configuration should still be asked about: mistakes that only look like choices."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from digest.config.settings import Settings
from digest.model import Feed
from digest.render.templates import Templates
from digest.urls import spelling


def problems_of(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    """One line for each thing to mend, with what to write. Nothing is created or asked."""
    yield from _spelled_in_two_ways(settings.feeds)
    yield from _missing_secrets(settings, environment)
    base = settings.web.base_url
    if settings.smtp is not None and base is not None and _is_plain(base):
        yield f"web.base_url: {base} is not https, which one-click unsubscribing needs (RFC 8058)"
    folders = [("output", settings.digest.output)]
    if settings.store.url is None:
        folders.insert(0, ("database", settings.digest.database))
    for key, path in folders:
        problem = _unwritable(path)
        if problem:
            yield f"digest.{key}: {path}: {problem}"


def _is_plain(base: str) -> bool:
    """Is an address without TLS offered to others? A trial on one's own machine needs none."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    return parts.scheme == "http" and not (host == "localhost" or host.startswith("127."))


def suggestions_of(settings: Settings) -> Iterator[str]:
    """What works as it is, and would be better otherwise."""
    if "+" not in settings.fetch.agent:
        yield (
            "fetch.contact: not set, so publishers cannot tell who reads their feeds; set a mail"
            " address or a page of yours"
        )
    tag, known = settings.digest.language, Templates.read(settings.digest.templates)
    if not any(known.catalogues(name) for name in (tag, tag.split("-")[0])):
        yield (
            f"digest.language: there are no phrases in {tag!r}, so everything around the news is"
            f" in English; translate strings/en.toml to strings/{tag}.toml in [digest] templates"
        )


def _spelled_in_two_ways(feeds: Iterable[Feed]) -> Iterator[str]:
    feeds = tuple(feeds)
    urls = _groups((feed.url for feed in feeds), spelling)
    for group in urls:
        yield f"feeds: {' and '.join(group)} differ only in spelling; keep one"
    sections = (feed.section for feed in feeds)
    for group in _groups(sections, lambda name: " ".join(name.split()).casefold()):
        named = " and ".join(f"{name!r}" for name in group)
        yield f"feeds: the section is spelled {named}; each spelling is a section of its own"


def _groups(names: Iterable[str], key: Callable[[str], str]) -> list[list[str]]:
    """Different names that have one key."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for name in names:
        found[key(name)][name] = None
    return [list(group) for group in found.values() if len(group) > 1]


def _missing_secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[str]:
    stated = [("admin.token_env", settings.admin.token_env)]
    if settings.smtp is not None:
        stated.append(("smtp.password_env", settings.smtp.password_env))
        file = settings.smtp.password_file
        if file is not None and not file.is_file():
            yield f"smtp.password_file: there is no file {file}"
    if settings.llm is not None:
        stated.append(("llm.key_env", settings.llm.key_env))
    for feed in settings.feeds:
        stated.append((f"{feed.url}: auth.password_env", feed.credentials.password_env))
        stated.append((f"{feed.url}: cookie_env", feed.credentials.cookie_env))
    for key, name in stated:
        if name is not None and not environment.get(name):
            yield f"{key}: the environment has no {name}"


def _unwritable(path: Path) -> str:
    """Why a file or folder cannot be made or written; "" where it can."""

    if path.exists():
        return "" if os.access(path, os.W_OK) else "cannot be written"
    parent = next(parent for parent in path.parents if parent.exists())
    if not parent.is_dir():
        return f"{parent} is not a folder"
    return "" if os.access(parent, os.W_OK | os.X_OK) else f"{parent} cannot be written to"
