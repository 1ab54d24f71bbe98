"""What a feed's servers answered, kept in a folder: to report a fault, and to run it offline.

A folder has `recording.json` (when, which feed, each answer by its URL) and a file for each body.
What was sent is not kept, so neither passwords nor cookies are; values of secrets in addresses and
bodies are replaced.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from digest.config import Settings
from digest.fetch import Allowance
from digest.flows.protocols import Http
from digest.flows.trial import Trial
from digest.model import Credentials, Document, Failure, Feed, NotModified, Validators
from digest.model.errors import UsageError
from digest.services.feeds import try_feeds

_INDEX = "recording.json"
_REMOVED = "REMOVED"
_PARAMETER = re.compile(
    r"([?&;](?:amp;)?[\w.-]*(?:token|key|auth|secret|passw(?:or)?d|signature|sig)=)[^&#\s\"'<>]+",
    re.IGNORECASE,
)
_NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Passes requests on, and keeps the answers; `secrets` are values that must not be kept."""

    http: Http
    secrets: tuple[str, ...] = ()
    _answers: dict[str, Document | Failure] = field(default_factory=dict)

    async def get(
        self,
        url: str,
        *,
        validators: Validators = _NO_VALIDATORS,
        accept: Literal["feed", "page", "picture"],
        max_bytes: int,
        permit: Callable[[str], Awaitable[Failure | None]] | None = None,
        headers_of: Callable[[str], Mapping[str, str]] | None = None,
    ) -> Document | NotModified | Failure:
        """The answer, kept."""
        answer = await self.http.get(
            url,
            validators=validators,
            accept=accept,
            max_bytes=max_bytes,
            permit=permit,
            headers_of=headers_of,
        )
        if not isinstance(answer, NotModified):
            self._answers[url] = answer
        return answer

    def save(self, folder: Path, feed: Feed, at: datetime) -> int:
        """Write the answers into a new folder; how many they are."""
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise UsageError(f"{folder}: exists already; name a new folder") from None
        answers = []
        for number, (url, answer) in enumerate(self._answers.items()):
            stated: dict[str, Any] = {"url": self._clean(url)}
            if isinstance(answer, Failure):
                stated["failure"] = asdict(answer)
            else:
                name = f"{number:03}.body"
                (folder / name).write_bytes(self._clean_body(answer.body))
                stated["document"] = {
                    "url": self._clean(answer.url),
                    "body": name,
                    "content_type": answer.content_type,
                    "charset": answer.charset,
                    "max_age": answer.max_age,
                    "moved_to": answer.moved_to and self._clean(answer.moved_to),
                }
            answers.append(stated)
        document = {"at": at.isoformat(), "feed": self._clean(feed.url), "answers": answers}
        text = json.dumps(document, indent=2, default=str, ensure_ascii=False)
        (folder / _INDEX).write_text(text, encoding="utf-8")
        return len(answers)

    def _clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, _REMOVED)
        return _PARAMETER.sub(rf"\1{_REMOVED}", text)

    def _clean_body(self, body: bytes) -> bytes:
        # Every byte is a character of Latin-1, so that a body in any encoding stays as it is.
        text = body.decode("latin-1")
        for secret in self.secrets:
            text = text.replace(secret.encode().decode("latin-1"), _REMOVED)
        return _PARAMETER.sub(rf"\1{_REMOVED}", text).encode("latin-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording: when it was made, of which feed. It answers as the servers did."""

    at: datetime
    url: str
    answers: Mapping[str, Document | Failure]

    @classmethod
    def read(cls, folder: Path) -> Recording:
        """The recording of a folder; UsageError where it is none."""
        try:
            stated = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
            return cls(
                at=datetime.fromisoformat(stated["at"]),
                url=stated["feed"],
                answers={item["url"]: _answer(folder, item) for item in stated["answers"]},
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{folder}: is no recording that can be read: {error}") from None

    async def get(
        self,
        url: str,
        *,
        validators: Validators = _NO_VALIDATORS,  # noqa: ARG002
        accept: Literal["feed", "page", "picture"],  # noqa: ARG002
        max_bytes: int,  # noqa: ARG002
        permit: Callable[[str], Awaitable[Failure | None]] | None = None,
        headers_of: Callable[[str], Mapping[str, str]] | None = None,  # noqa: ARG002
    ) -> Document | NotModified | Failure:
        """What was answered; a Failure for what was not asked then."""
        refusal = await permit(url) if permit else None
        return refusal or self.answers.get(url, Failure(reason="is not in the recording"))


def _answer(folder: Path, stated: dict[str, Any]) -> Document | Failure:
    if "failure" in stated:
        failure = stated["failure"]
        return Failure(
            reason=failure["reason"], status=failure["status"], permanent=failure["permanent"]
        )
    document = stated["document"]
    body = (folder / Path(document["body"]).name).read_bytes()
    return Document(**document | {"body": body})


def record_feed(
    settings: Settings,
    feed: Feed,
    folder: Path,
    *,
    clock: Callable[[], datetime],
    allowed: Sequence[Allowance],
    pages: int,
) -> int:
    """Ask for a feed and its pages, and keep what is answered in a new folder; how many answers."""
    if folder.exists():
        raise UsageError(f"{folder}: exists already; name a new folder")
    names = (feed.credentials.password_env, feed.credentials.cookie_env)
    values = [os.environ.get(name, "") for name in names if name]
    secrets = tuple(value for value in (*values, *(value for _, value in feed.headers)) if value)
    recorders: list[Recorder] = []

    def recorded(http: Http) -> Http:
        recorders.append(Recorder(http=http, secrets=secrets))
        return recorders[0]

    # Without the store, so that robots.txt is asked for, too.
    trial = try_feeds(
        settings, None, [feed], clock=clock, allowed=allowed, most_pages=pages, through=recorded
    )
    asyncio.run(trial)
    return recorders[0].save(folder, feed, clock())


def play_feed(settings: Settings, feed: Feed, recording: Recording) -> Trial:
    """Try a feed on what was recorded, at the time of the recording; nothing is asked."""
    bare = replace(feed, credentials=Credentials())
    (trial,) = asyncio.run(
        try_feeds(
            settings,
            None,
            [bare],
            clock=lambda: recording.at,
            most_pages=len(recording.answers),
            through=lambda _: recording,
        )
    )
    return trial
