"""deliver: STORE > what is due > render once per choice > send > STORE."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.config import Empty, InDoubt, SmtpSettings
from digest.flows.message_cache import MessageCache
from digest.flows.protocols import Mailer, MailRenderer, MessageBuilder
from digest.flows.sending import MailSender
from digest.mail.settlement import in_doubt
from digest.model import DeliveryState, SlotOf

if TYPE_CHECKING:
    from digest.store import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """What one run of deliver did: deliveries by what became of them.

    `held` were found late or in doubt at its start; `error` is why it ended before everything
    that was due had left.
    """

    counts: Counter[DeliveryState]
    held: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """The deliver flow with everything it needs. One runs at a time, under a lock."""

    smtp: SmtpSettings
    queue: Outbox
    renderer: MailRenderer
    builder: MessageBuilder
    mailer: Mailer
    slot_of: SlotOf
    clock: Callable[[], datetime]
    stop: threading.Event = field(default_factory=threading.Event)

    def deliver(self, edition: str | None = None, *, force: bool = False) -> DeliverReport:
        """Send what is due; what is put off waits in the outbox for a later run.

        `force` sends what is too late as well. After `stop`, messages in hand are finished.
        """
        now = self.clock()
        latest = timedelta(hours=self.smtp.max_lateness_hours)
        for unfrozen, published_at in self.queue.unfrozen(now - latest):
            self.queue.freeze(unfrozen, published_at, self.slot_of)
        held = self._recover(now)
        if force:
            self.queue.release("late", send=True, at=now, edition=edition)
        else:
            held += self.queue.hold_late(now - latest, now)
        skipped = self.queue.skip_inactive(now)
        dispatch = MailSender(
            queue=self.queue,
            typeset=self.message_cache(),
            mailer=self.mailer,
            smtp=self.smtp,
            clock=self.clock,
            stop=self.stop,
            edition=edition,
        )
        dispatch.run()
        # Those who left while it ran are done with, too.
        skipped += self.queue.skip_inactive(now)
        dispatch.counts[DeliveryState.SKIPPED] += skipped
        return DeliverReport(counts=dispatch.counts, held=held, error=dispatch.error)

    def message_cache(self) -> MessageCache:
        """What makes the message of each delivery."""
        return MessageCache(
            queue=self.queue,
            renderer=self.renderer,
            builder=self.builder,
            clock=self.clock,
            send_empty=self.smtp.empty is Empty.MAIL,
        )

    def _recover(self, now: datetime) -> int:
        """Settle what a killed run left in doubt; how many rows the operator has to look at."""
        held = 0
        for delivery in self.queue.in_doubt():
            done = in_doubt(delivery, now, hold=self.smtp.in_doubt is InDoubt.HOLD)
            # Due since it was: at once, unless that is too late by now.
            self.queue.step(replace(done, retry_at=None))
            held += done.state is DeliveryState.HELD
        return held
