"""Everything that sends: editions, confirmations, tests, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from secrets import token_hex
from threading import Event

from digest.config import Settings, SmtpSettings
from digest.flows import Deliverer, DeliverReport
from digest.mail.bounces import Kind, file_away, messages_of, read_report
from digest.mail.dkim import dkim_signer
from digest.mail.faults import cause_of
from digest.mail.instance import this_machine
from digest.mail.keys import load_keys
from digest.mail.links import Keys
from digest.mail.message import MimeMessageBuilder
from digest.mail.settlement import backed_off, one_line
from digest.mail.slots import slots
from digest.mail.smtp import SmtpTransport
from digest.model import Cause, Choice, DeliveryState, Mail, Subscriber, SubscriberState
from digest.model.errors import ConfigError, DigestError, MailServerError
from digest.model.records import Delivery, Envelope, Outcome
from digest.render import LiveRenderer
from digest.services.database import open_database
from digest.services.renderers import renderers
from digest.store import BounceStore, ConfirmationQueue, Outbox, Store, SubscriberStore, lock


@dataclass(frozen=True, slots=True, kw_only=True)
class MailService:
    """Sending on one configuration: the flow, tests and previews of it."""

    settings: Settings
    smtp: SmtpSettings
    outbox: Outbox
    people: SubscriberStore
    confirmations: ConfirmationQueue
    returns: BounceStore
    keys: Keys
    builder: MimeMessageBuilder
    renderers: LiveRenderer
    clock: Callable[[], datetime]
    stop: Event
    pause: Callable[[float], bool] | None = None
    alone: bool = True  # only this machine may send; otherwise workers do, divided by a queue

    def deliver(
        self,
        edition: str | None = None,
        *,
        force: bool = False,
        take_over: bool = False,
        wait: timedelta = timedelta(),
    ) -> DeliverReport:
        """Send what is due, and stay as long as `wait` for what is put off.

        One run at a time, on one machine.
        """
        with lock(self.settings.place, "deliver"):  # others may collect and build meanwhile
            self.outbox.claim(this_machine(), take_over=take_over, key=self.keys.ids[0])
            return self.flow(self.outbox, self.smtp).deliver(edition, force=force, wait=wait)

    def test(self, address: str, edition: str | None) -> None:
        """Send the newest edition (or one) to an address; nobody's links, nothing is noted."""
        made = self.outbox.newest(edition)
        if made is None:
            raise DigestError("there is no such edition to send; `digest build` makes one")
        mail = self.renderers.mail(made)
        nobody = Delivery(
            id=0,
            subscriber="0" * 16,
            address=address,
            generation=0,
            revision=0,
            choice=Choice(),
            since=made.id,
            edition=made.id,
            slot=self.clock().date(),
            due_at=self.clock(),
            message_id=self.builder.message_id(token_hex(8), "test"),
        )
        mail = replace(mail, subject=f"[test] {mail.subject}")
        outcome = self.send(self.builder.edition(nobody, token_hex(16), mail))
        if outcome.answer != "sent":
            raise DigestError(f"not sent: {outcome.text}")

    def notify(self, address: str, mail: Mail, at: datetime) -> None:
        """Send one message to the operator; DigestError where it is not taken."""
        recipient = parseaddr(address)[1]
        key = self.builder.key(f"alert {at.isoformat()}", recipient)
        outcome = self.send(self.builder.transactional(recipient, key, mail, at))
        if outcome.answer != "sent":
            raise DigestError(f"not sent: {outcome.text}")

    def send(self, envelope: Envelope) -> Outcome:
        """Send one message over a connection of its own."""
        line = SmtpTransport(self.smtp).connect()
        try:
            return line.send(envelope)
        finally:
            line.close()

    def send_confirmations(self, write: Callable[[Subscriber, str, bool], Mail]) -> int:
        """Send the mails that wait, `write(subscriber, link, known)` making each; how many left.

        What holds back editions holds these back: a pause, another machine that sends, a server
        that refuses us, the rate; and no more leave in an hour than `CONFIRMATIONS_AN_HOUR`.
        DigestError where the mail server is of no use.
        """
        backoff = self.outbox.backoff()
        if self.outbox.paused() or (backoff is not None and self.clock() < backoff.until):
            return 0
        waiting = self.confirmations.waiting(self.clock())
        if waiting and self.alone:
            self.outbox.claim(this_machine(), take_over=False)
        sent = 0
        for confirmation in waiting:
            if sent and self.stop.wait(1 / self.smtp.rate):
                break
            who = confirmation.subscriber
            known = who.state in {SubscriberState.ACTIVE, SubscriberState.PAUSED}
            mail = write(who, self.builder.confirmation_link(who, known=known), known)
            key = self.builder.key(f"letter {confirmation.id}", who.id)
            envelope = self.builder.transactional(who.address, key, mail, self.clock())
            try:
                outcome = self.send(envelope)
            except MailServerError as error:
                refusal = backed_off(backoff, self.clock(), str(error), reached=error.reached)
                self.outbox.back_off(refusal)
                raise
            done = outcome.answer == "sent"
            cause = cause_of(outcome.text, stage=outcome.stage)
            final = outcome.answer == "refused" and cause is not Cause.SENDER
            self.confirmations.settle(confirmation, sent=done, final=final, now=self.clock())
            if not done and cause is Cause.SENDER:
                refusal = backed_off(backoff, self.clock(), outcome.text, reached=True)
                self.outbox.back_off(refusal)
                break
            sent += done
        return sent

    def read_bounce(self, raw: bytes) -> Kind | None:
        """Read a report of mail that came back; None where it is none of ours."""
        report = read_report(raw, self.keys)
        if report is None:
            return None
        subscriber = report.to.subscriber if report.to else None
        slot = report.to.slot if report.to else None
        if report.kind is Kind.COMPLAINT:
            known = self.returns.complained(
                subscriber=subscriber, slot=slot, message_ids=report.message_ids, at=self.clock()
            )
        else:
            known = self.returns.bounced(
                subscriber=subscriber,
                slot=slot,
                message_ids=report.message_ids,
                cause=report.cause or Cause.UNCLEAR,
                text=one_line(report.text),
                at=self.clock(),
            )
        return report.kind if known else None

    def read_bounces(self, path: Path) -> Iterator[Kind | None]:
        """Read a message or a Maildir; what was read in the latter is moved to its `cur`."""
        for file, raw in messages_of(path):
            yield self.read_bounce(raw)
            file_away(file)

    def watch_bounces(self) -> None:
        """Read what arrived in the configured Maildir since the last look."""
        if self.smtp.bounces is not None:
            for _ in self.read_bounces(self.smtp.bounces):
                pass

    def preview(self, now: datetime, edition: str | None) -> Iterator[str]:
        """Who would get what now or later, and who would not, and why: one line each."""
        flow = self.flow(self.outbox, self.smtp)
        chosen = flow.message_cache()
        since = now - timedelta(hours=self.smtp.max_lateness_hours)
        closed = {state for state in SubscriberState if state is not SubscriberState.ACTIVE}
        for delivery in self.outbox.planned(since, flow.slot_of, edition):
            span = delivery.edition
            if delivery.since != delivery.edition:
                span = f"{delivery.since} to {delivery.edition}"
            when = "now" if delivery.due_at <= now else f"at {delivery.due_at:%Y-%m-%d %H:%M} UTC"
            number = chosen.stories(delivery)
            what = f"{number} stories" if number else "nothing in it for them"
            tried = f", tried {delivery.tries} times before" if delivery.tries else ""
            yield f"{delivery.address}: {span}, {what}, {when}{tried}"
        for delivery, state, reason in self.outbox.all_of(
            [DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.SENT], edition
        ):
            yield f"{delivery.address}: no, {delivery.edition} is {state}" + (
                f": {reason}" if reason else ""
            )
        for subscriber in self.people.all(closed):
            yield f"{subscriber.address}: no, is {subscriber.state}"

    def flow(self, queue: Outbox, smtp: SmtpSettings) -> Deliverer:
        """What sends from a queue within limits; others may send what is not in the queue."""
        return Deliverer(
            smtp=smtp,
            queue=queue,
            renderer=self.renderers,
            builder=self.builder,
            mailer=SmtpTransport(self.smtp),
            slot_of=slots(self.settings.digest),
            clock=self.clock,
            stop=self.stop,
            pause=self.pause,
        )


def smtp_problem(smtp: SmtpSettings) -> str | None:
    """Why the mail server cannot be used now; None where it greets and, if asked to, logs us in."""
    try:
        SmtpTransport(smtp).connect().close()
    except DigestError as error:
        return str(error)
    return None


def mail_service(
    settings: Settings,
    store: Store,
    clock: Callable[[], datetime],
    *,
    stop: Event | None = None,
    pause: Callable[[float], bool] | None = None,
    renderer: LiveRenderer | None = None,
    new_key: bool = True,
    take_over: bool = False,
    alone: bool = True,
) -> MailService:
    """Sending, ready. Raises ConfigError without [smtp].

    Without `new_key` a key that is missing is not made, for commands that only look. DigestError
    where it is not the key that signed the links in mail sent before, unless this takes over.
    """
    if settings.smtp is None:
        raise ConfigError(("smtp: is missing: add an [smtp] table with host and sender",))
    outbox = Outbox(store.engine)
    keys = _keys(settings, outbox.signed_with(), new=new_key, take_over=take_over)
    return MailService(
        settings=settings,
        smtp=settings.smtp,
        outbox=outbox,
        people=SubscriberStore(store.engine),
        confirmations=ConfirmationQueue(store.engine),
        returns=BounceStore(store.engine),
        keys=keys,
        builder=MimeMessageBuilder(
            settings.smtp, settings.web.base_url or "", keys, dkim_signer(settings.smtp)
        ),
        renderers=renderer or renderers(settings),
        clock=clock,
        stop=stop or Event(),
        pause=pause,
        alone=alone,
    )


def _keys(settings: Settings, signed_with: str | None, *, new: bool, take_over: bool) -> Keys:
    database = settings.digest.database
    keys = load_keys(database, make=new and (signed_with is None or take_over))
    if signed_with is not None and signed_with not in keys.ids and not take_over:
        raise DigestError(
            f"{database}.key: the key that signed the links in mail sent before is missing;"
            " restore it from your backup. If it is lost for good, `digest deliver --take-over`"
            " goes on with another, and links in older mails stop working"
        )
    return keys


@contextmanager
def open_mail(
    settings: Settings,
    clock: Callable[[], datetime],
    *,
    stop: Event | None = None,
    pause: Callable[[float], bool] | None = None,
    new_key: bool = True,
    take_over: bool = False,
) -> Iterator[MailService]:
    """Sending over the database of a configuration; UsageError where there is none."""
    with open_database(settings) as database:
        yield mail_service(
            settings,
            database.store,
            clock,
            stop=stop,
            pause=pause,
            new_key=new_key,
            take_over=take_over,
        )
