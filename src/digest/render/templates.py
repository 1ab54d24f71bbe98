"""Templates in memory: the operator's over ours, checked before any of them is used."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from traceback import extract_tb
from types import CodeType

from jinja2 import (
    BytecodeCache,
    Environment,
    FunctionLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplatesNotFound,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.bccache import Bucket

from digest.model.errors import TemplateError
from digest.render.catalogue import flaw
from digest.render.data import rfc822, zulu
from digest.render.localization import direction
from digest.render.lookalikes import disguised
from digest.render.plain_text import columns, fill, mailable, mailto
from digest.render.story_view import flat

_OURS = "digest/"  # `{% extends "digest/story.html.j2" %}` means the one that comes with us
_ENGLISH = f"{_OURS}strings/en.toml"


class _Compiled(BytecodeCache):
    """What was compiled before in this process: of a changed set only what is new is compiled."""

    def __init__(self) -> None:
        self._code: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Find it, by file and text."""
        checksum, code = self._code.get(bucket.key, ("", None))
        bucket.code = code if checksum == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it in the place of what the file held before."""
        if bucket.code is not None:
            self._code[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _Compiled()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A template's text and the file it was read from."""

    text: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Templates:
    """A whole set of templates. What happens to the files later changes nothing in it."""

    sources: Mapping[str, Source]

    @classmethod
    def read(cls, own: Path | None = None) -> Templates:
        """Ours with those of the folder `own` in the place of the ones they are named like.

        Raises TemplateError where one of `own` cannot be read or compiled. Ours are compiled when
        they are used; to compile all takes 0.2 s.
        """
        ours = _read(packaged())
        sources = ours | {f"{_OURS}{name}": source for name, source in ours.items()}
        theirs = _read(own) if own is not None and own.is_dir() else {}
        made = cls(sources=sources | theirs)
        made.check(theirs)
        return made

    @property
    def languages(self) -> list[str]:
        """The tags of all languages that have a catalogue, in order."""
        found = (re.fullmatch(r"strings/([\w-]+)\.toml", name) for name in self.sources)
        return sorted({match[1] for match in found if match})

    def catalogues(self, tag: str) -> list[str]:
        """The phrases of a language: our catalogue, then the operator's, where there are any."""
        names = (f"{_OURS}strings/{tag}.toml", f"strings/{tag}.toml")
        return [self.sources[name].text for name in names if name in self.sources]

    @cached_property
    def environment(self) -> Environment:
        """Jinja2 over these: HTML and XML are escaped, an unknown name is an error."""
        made = Environment(
            loader=FunctionLoader(self._load),
            autoescape=select_autoescape(("html.j2", "xml.j2")),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_COMPILED,
        )
        made.filters |= {
            "columns": columns,
            "direction": direction,
            "disguised": disguised,
            "fill": fill,
            "flat": flat,
            "mailable": mailable,
            "mailto": mailto,
            "rfc822": rfc822,
            "zulu": zulu,
        }
        return made

    def check(self, names: Iterable[str]) -> None:
        """Compile these templates and read these catalogues; TemplateError names the first bad."""
        for name in names:
            source = self.sources[name]
            try:
                if name.endswith(".toml"):
                    self._check_phrases(source)
                elif not name.startswith(_OURS):  # compiled where one extends it
                    self.environment.get_template(name)
            except TemplateSyntaxError as error:
                where = self.sources[error.name].path if error.name else source.path
                raise TemplateError(f"{where}:{error.lineno}: {error.message}") from error
            except tomllib.TOMLDecodeError as error:
                line = re.search(r"at line (\d+)", str(error))
                number = line[1] if line else source.text.count("\n") + 1
                raise TemplateError(f"{source.path}:{number}: not valid TOML: {error}") from error

    def fault(self, error: Exception) -> TemplateError:
        """What went wrong while a template ran, as FILE:LINE: REASON."""
        paths = {str(source.path) for source in self.sources.values()}
        frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename in paths]
        where = f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""
        return TemplateError(f"{where}{_reason(error) or type(error).__name__}")

    def _check_phrases(self, source: Source) -> None:
        wrong = flaw(tomllib.loads(source.text), tomllib.loads(self.sources[_ENGLISH].text))
        if wrong is None:
            return
        key, reason = wrong
        where = re.search(rf'^[\s\["]*{re.escape(key)}\b', source.text, re.MULTILINE)
        line = source.text.count("\n", 0, where.end()) + 1 if where else 1
        raise TemplateError(f"{source.path}:{line}: {key}: {reason}")

    def _load(self, name: str) -> tuple[str, str, None] | None:
        source = self.sources.get(name)
        return (source.text, str(source.path), None) if source else None


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no phrase {error}"
    if isinstance(error, TemplateNotFound) and not isinstance(error, TemplatesNotFound):
        return f"no template {str(error)!r}"
    return str(error)


def packaged() -> Path:
    """The folder of the templates that come with us."""
    folder = Path(str(resources.files("digest"))) / "templates"
    # An editable install has none: there the folder lies at the top of the repository.
    return folder if folder.is_dir() else Path(__file__).parents[3] / "templates"


def _read(folder: Path) -> dict[str, Source]:
    sources = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".j2", ".css", ".toml"}:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise TemplateError(f"{path}: cannot be read: {error}") from error
            # One object for each name: code made from templates keeps it as its file name.
            name = sys.intern(path.relative_to(folder).as_posix())
            sources[name] = Source(text=text, path=path)
    return sources
