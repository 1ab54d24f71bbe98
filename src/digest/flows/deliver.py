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
from digest.mail.settlement import backed_off, in_doubt
from digest.model import Cause, DeliveryState, SlotOf
from digest.model.records import Backoff

if TYPE_CHECKING:
    from digest.store import Outbox

_MARGIN = timedelta(seconds=5)  # after a try is due, for a server that counts in seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverReport:
    """What one run of deliver did: deliveries by what became of them.

    `held` were found late or in doubt at its start; `error` is why it ended before everything
    that was due had left. `backoff` is set while the mail server takes nothing from us: nothing
    is sent until then.
    """

    counts: Counter[DeliveryState]
    held: int = 0
    error: str | None = None
    backoff: Backoff | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverer:
    """The deliver flow with everything it needs. One runs at a time, under a lock.

    `pause` waits for a number of seconds, and says whether to stop.
    """

    smtp: SmtpSettings
    queue: Outbox
    renderer: MailRenderer
    builder: MessageBuilder
    mailer: Mailer
    slot_of: SlotOf
    clock: Callable[[], datetime]
    stop: threading.Event = field(default_factory=threading.Event)
    pause: Callable[[float], bool] | None = None

    def deliver(
        self, edition: str | None = None, *, force: bool = False, wait: timedelta = timedelta()
    ) -> DeliverReport:
        """Send what is due; what is put off waits in the outbox for a later run.

        `force` sends what is too late as well. For as long as `wait`, the run stays for what a
        server put off and tries it again, as servers that know nobody (greylisting) ask for.
        After `stop`, messages in hand are finished.
        """
        now = self.clock()
        latest = timedelta(hours=self.smtp.max_lateness_hours)
        self.freeze()
        held = self._recover(now)
        backoff = self.queue.backoff()
        if backoff is not None and now < backoff.until:
            return DeliverReport(counts=Counter(), held=held, backoff=backoff)
        if force:
            self.queue.release(Cause.LATE, send=True, at=now, edition=edition)
        else:
            held += self.queue.hold_late(now - latest, now)
        counts: Counter[DeliveryState] = Counter()
        while True:
            sender = self._send(edition, probing=backoff is not None)
            counts.update(sender.counts)
            backoff = None if sender.accepted else backoff
            again = self.queue.next_try(self.clock(), edition)
            if sender.error or again is None or again > now + wait or not self._waits(again):
                break
        if sender.refusal is not None:
            reason, reached = sender.refusal
            backoff = backed_off(backoff, self.clock(), reason, reached=reached)
            self.queue.back_off(backoff)
            return DeliverReport(counts=counts, held=held, error=sender.error, backoff=backoff)
        return DeliverReport(counts=counts, held=held, error=sender.error)

    def freeze(self) -> None:
        """Give everybody their mail of the editions published since, unless they have it."""
        latest = timedelta(hours=self.smtp.max_lateness_hours)
        for unfrozen, published_at in self.queue.unfrozen(self.clock() - latest):
            self.queue.freeze(unfrozen, published_at, self.slot_of)

    def _send(self, edition: str | None, *, probing: bool) -> MailSender:
        """Send what is due now, and note that the server takes mail, if it does."""
        skipped = self.queue.skip_inactive(self.clock())
        sender = MailSender(
            queue=self.queue,
            messages=self.message_cache(),
            mailer=self.mailer,
            smtp=self.smtp,
            clock=self.clock,
            stop=self.stop,
            edition=edition,
            probing=probing,
        )
        sender.run()
        if sender.accepted:
            self.queue.back_off(None)
        # Those who left while it ran are done with, too.
        skipped += self.queue.skip_inactive(self.clock())
        sender.counts[DeliveryState.SKIPPED] += skipped
        return sender

    def _waits(self, until: datetime) -> bool:
        """Wait until a time; False where the run is to end before."""
        seconds = (until + _MARGIN - self.clock()).total_seconds()
        return not (self.pause or self.stop.wait)(max(seconds, 0))

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
