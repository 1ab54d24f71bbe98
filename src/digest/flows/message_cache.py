"""What a delivery says: editions told as one, cut to a choice, rendered once for each result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from digest.edition.combine import combine
from digest.flows.protocols import MailRenderer, MessageBuilder
from digest.mail.personalize import personal
from digest.model import Choice, Edition
from digest.model.records import Delivery, Envelope

if TYPE_CHECKING:
    from digest.store import Outbox

_KEPT = 64  # rendered mails at hand; others are read from the store


class _Span(NamedTuple):
    """Editions in one mail, as they are now: a rebuild makes it another."""

    since: str
    until: str
    revision: int
    weekly: bool


def _span(delivery: Delivery) -> _Span:
    return _Span(delivery.since, delivery.edition, delivery.edition_revision, delivery.weekly)


class MessageCache:
    """Makes the message of each delivery. Threads may share it."""

    def __init__(
        self,
        *,
        queue: Outbox,
        renderer: MailRenderer,
        builder: MessageBuilder,
        clock: Callable[[], datetime],
        send_empty: bool,
    ) -> None:
        self._queue, self._renderer, self._builder = queue, renderer, builder
        self._clock, self._send_empty = clock, send_empty
        self._turn = threading.Lock()
        self._editions: dict[_Span, Edition] = {}
        self._rendered: dict[tuple[_Span, Choice], str | None] = {}
        self._shown: dict[tuple[_Span, tuple[str, ...]], str] = {}
        self._mail = lru_cache(_KEPT)(queue.mail)

    def message(self, delivery: Delivery) -> tuple[Delivery, Envelope] | None:
        """The delivery with its mail and Message-ID named, and its bytes; None: nothing to send.

        A delivery that was tried before keeps its mail, whatever its edition and choice are now.
        """
        with self._turn:
            key = delivery.mail or self._choose(delivery)
            if key is None:
                return None
            mail = self._mail(key)
        envelope = self._builder.edition(delivery, key, mail)
        return replace(delivery, mail=key, message_id=envelope.message_id), envelope

    def stories(self, delivery: Delivery) -> int:
        """How many stories a delivery would hold."""
        with self._turn:
            return len(self._personal(_span(delivery), delivery.choice).stories)

    def _choose(self, delivery: Delivery) -> str | None:
        span = _span(delivery)
        if (span, delivery.choice) not in self._rendered:
            self._rendered[span, delivery.choice] = self._render(span, delivery.choice)
        return self._rendered[span, delivery.choice]

    def _render(self, span: _Span, choice: Choice) -> str | None:
        edition = self._personal(span, choice)
        # Different choices may come to the same: somebody muted a story that is not in it.
        stories = tuple(story.id for story in edition.stories)
        if not stories and not self._send_empty:
            return None
        if (span, stories) not in self._shown:
            mail = self._renderer.mail(edition)
            self._shown[span, stories] = self._queue.keep(mail, self._clock())
        return self._shown[span, stories]

    def _personal(self, span: _Span, choice: Choice) -> Edition:
        if span not in self._editions:
            together = combine(self._queue.editions(span.since, span.until))
            self._editions[span] = replace(together, weekly=span.weekly)
        return personal(self._editions[span], choice)
