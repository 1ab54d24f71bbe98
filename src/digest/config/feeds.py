"""What feeds.toml may say of one feed, and which entries it keeps out."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from digest.config.values import EnvName, Header, Title, UserAgent, WebUrl, Weight
from digest.model import FIELDS, Credentials, Feed, FullText, Rule

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = re.compile(  # set by the client, by keys of their own, or by what the poll remembers
    r"(?i)host|connection|content-length|transfer-encoding|upgrade|te|trailer|proxy-.*|range"
    r"|accept-encoding|if-.*|cookie|authorization|user-agent"
)


class Table(BaseModel):
    """A table of the file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def _header_names(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name[:40]!r} cannot be the name of an HTTP header")
        if _OURS.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot be set here; there are the keys auth, cookie_env and user_agent"
            )
    return headers


def _rule(value: object) -> Rule:
    """A rule as the file has it: words, or a table of words by field."""
    stated = {"any": value} if isinstance(value, str) else value
    if not isinstance(stated, dict) or not stated:
        raise ValueError('write words such as "horoscope", or a table such as { title = "..." }')
    for name, text in stated.items():
        if name not in FIELDS:
            raise ValueError(f"no field {name!r}; there are {', '.join(FIELDS)}")
        if not isinstance(text, str) or not text.strip() or len(text) > 500:
            raise ValueError(f"{name}: write words, or /a regular expression/, of 500 characters")
        _compiles(text)
    return Rule(parts=tuple(sorted(stated.items())))


def _compiles(text: str) -> None:
    if len(text) > 2 and text.startswith("/") and text.endswith("/"):
        import regex  # noqa: PLC0415 -- most files have no regular expression

        try:
            regex.compile(text[1:-1])
        except regex.error as error:
            raise ValueError(f"{text!r} is not a regular expression: {error}") from None


RuleField = Annotated[Rule, BeforeValidator(_rule), WithJsonSchema({"type": "rule"})]
Rules = Annotated[tuple[RuleField, ...], Field(strict=False, max_length=200)]
Selector = Annotated[str, Field(min_length=1, max_length=300)]


def _selects(selector: str) -> str:
    from cssselect import SelectorError  # noqa: PLC0415 -- most files have no selector
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    try:
        CSSSelector(selector)
    except SelectorError as error:
        raise ValueError(f"{selector!r} is not a CSS selector: {error}") from None
    return selector


class AuthTable(Table):
    """auth: HTTP Basic; the password is in the environment."""

    username: Annotated[str, Field(min_length=1, max_length=320, pattern=r"^[^:\x00-\x1f]+$")]
    password_env: EnvName


class FiltersSettings(Table):
    """[filters]: rules for the entries of all feeds."""

    include: Rules = ()
    exclude: Rules = ()


class FeedTable(Table):
    """[[feeds]]: one feed."""

    url: WebUrl
    title: Title | None = None
    section: Title = "News"
    enabled: bool = True
    full_text: FullText = Field(default=FullText.AUTO, strict=False)
    interval: float | None = Field(default=None, ge=60, le=604_800)
    limit: int | None = Field(default=None, ge=1, le=1000)
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] | None = None
    user_agent: UserAgent | None = None
    headers: Annotated[dict[str, Header], AfterValidator(_header_names)] = {}
    auth: AuthTable | None = None
    cookie_env: EnvName | None = None
    selector: Annotated[Selector, AfterValidator(_selects)] | None = None
    remove: Annotated[Selector, AfterValidator(_selects)] | None = None
    include: Rules = ()
    exclude: Rules = ()
    group: Title | None = None
    weight: Weight = 1.0

    def feed(self, filters: FiltersSettings) -> Feed:
        """The feed; the filters for all feeds are added to its own."""
        keys = {name: getattr(self, name) for name in FeedTable.model_fields}
        auth, cookie_env = keys.pop("auth"), keys.pop("cookie_env")
        return Feed(
            **keys
            | {
                "headers": tuple(sorted(self.headers.items())),
                "credentials": Credentials(
                    username=auth.username if auth else None,
                    password_env=auth.password_env if auth else None,
                    cookie_env=cookie_env,
                ),
                "include": self.include or filters.include,
                "exclude": (*self.exclude, *filters.exclude),
            }
        )
