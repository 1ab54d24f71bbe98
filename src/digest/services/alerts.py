"""What needs the operator's attention: logged when it begins and ends, sent once a day at most.

The edition reports to readers what concerns them; this is for whoever runs it.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.config import Settings
from digest.feeds.health import TROUBLE, Condition, FeedRow, needs_attention
from digest.fetch import Allowance, Guard
from digest.mail.settlement import PATIENCE
from digest.model import DeliveryState, Failure, Mail
from digest.model.errors import DigestError
from digest.render.clean import clean
from digest.services.feeds import checked_rows
from digest.store import AlertStore, Store

_PAUSE = timedelta(hours=24)  # between two alerts
_RETRY = timedelta(hours=1)  # after one that could not be sent
_OVERDUE = timedelta(hours=1)
_TIMEOUT = 20  # seconds that a webhook may take
_ANSWER = 100_000  # bytes of its answer that are read

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Watches feeds and deliveries of one configuration."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    allowed: tuple[Allowance, ...] = ()

    def watch(self, polled: Collection[str]) -> None:
        """Log what has changed of the feeds just polled; send what needs attention, if it is time.

        The others are as they were, but for those that were paused meanwhile: a feed is polled
        once a day at least, and goes silent after three days.
        """
        now = self.clock()
        said = AlertStore(self.store.engine)
        feeds = self.settings.feeds
        seen = [feed for feed in feeds if feed.url in polled or not feed.enabled]
        _log_changes(checked_rows(seen, self.store, now), said)
        alerts = self.settings.alerts
        if (alerts.to is not None or alerts.webhook is not None) and _is_time(said, now):
            self._alert(said, now)

    def _alert(self, said: AlertStore, now: datetime) -> None:
        """Send what was in no alert yet, and mail that still waits."""
        unreported, last = said.unreported(), said.last_alert()
        feeds = [feed for feed in self.settings.feeds if feed.url in unreported]
        rows = checked_rows(feeds, self.store, now)
        new = [row for row in rows if needs_attention(row.health, now)]
        mail = self._undelivered(last[0] if last else None)
        if new or mail:
            text = "\n".join((*map(describe, new), *mail))
            if self._send(len(new) + len(mail), text, now):
                said.alerted([row.feed.url for row in new], text, now)
            else:
                said.alerted((), "", now)

    def needs(self, rows: Iterable[FeedRow]) -> tuple[str, ...]:
        """What needs attention now, whether or not it was in an alert: a line for each."""
        now = self.clock()
        feeds = [describe(row) for row in rows if needs_attention(row.health, now)]
        return (*feeds, *self._undelivered(now - PATIENCE))

    def _undelivered(self, since: datetime | None) -> list[str]:
        """A line for deliveries that failed or are held since the last alert."""
        from digest.store import Outbox  # noqa: PLC0415 -- most looks find nothing to send

        outbox = Outbox(self.store.engine)
        lines = []
        for state in (DeliveryState.FAILED, DeliveryState.HELD):
            number, reason = outbox.settled_since(state, since)
            if number:
                why = f": {clean(reason, 200)}" if reason else ""
                lines.append(
                    f"{number} {'delivery' if number == 1 else 'deliveries'} {state}{why};"
                    " `digest status --held` lists them"
                )
        waiting = outbox.overdue(self.clock() - _OVERDUE)
        if waiting:
            backoff = outbox.backoff()
            why = "; see the log"
            if outbox.paused():
                why = ": sending is paused; `digest deliver --resume` goes on"
            elif backoff is not None:
                why = f": {clean(backoff.reason, 200)}"
            which = "1 delivery has" if waiting == 1 else f"{waiting} deliveries have"
            lines.append(f"{which} been due for more than an hour{why}")
        return lines

    def _send(self, number: int, text: str, now: datetime) -> bool:
        """Send an alert by mail and webhook; True where one of them was taken."""
        subject = f"{self.settings.digest.title}: {number} need{'s' if number == 1 else ''} a look"
        mailed, posted = self._mail(subject, text, now), self._post(subject, text, now)
        return mailed or posted

    def _mail(self, subject: str, text: str, now: datetime) -> bool:
        to = self.settings.alerts.to
        if to is None:
            return False
        from digest.services.mail import mail_service  # noqa: PLC0415 -- loads all rendering

        mail = Mail(subject=subject, html=f"<pre>{html.escape(text)}</pre>", text=f"{text}\n")
        try:
            mail_service(self.settings, self.store, self.clock).notify(to, mail, now)
        except DigestError as error:
            _log.error("the alert was not sent by mail: %s", error)
            return False
        return True

    def _post(self, subject: str, text: str, now: datetime) -> bool:
        webhook = self.settings.alerts.webhook
        if webhook is None:
            return False
        from digest.fetch import ChatEndpoint  # noqa: PLC0415 -- the client, for an alert only

        answer = ChatEndpoint(
            base=webhook,
            key=None,
            timeout=_TIMEOUT,
            max_bytes=_ANSWER,
            guard=Guard(self.allowed),
        ).post({"title": subject, "text": text, "at": now.isoformat()})
        if isinstance(answer, Failure):
            _log.error("the alert was not sent to the webhook: %s", answer.reason)
        return not isinstance(answer, Failure)


def describe(row: FeedRow) -> str:
    """A feed in trouble on one line."""
    since = f" since {row.health.since:%Y-%m-%d %H:%M} UTC" if row.health.since else ""
    reason = f": {row.health.reason}" if row.health.reason else ""
    return clean(f"{row.health.condition}{since}: {row.name} ({row.feed.url}){reason}", 600)


def _is_time(said: AlertStore, now: datetime) -> bool:
    """Is the last alert a day ago, and the last one that could not be sent an hour?"""
    last, failed_at = said.last_alert(), said.last_failed_alert()
    return (last is None or now >= last[0] + _PAUSE) and (
        failed_at is None or now >= failed_at + _RETRY
    )


def _log_changes(rows: Iterable[FeedRow], said: AlertStore) -> None:
    """Log each feed whose condition is another than when it was last noted, and note it."""
    rows = tuple(rows)
    known = said.conditions([row.feed.url for row in rows])
    changed = {}
    for row in rows:
        before = known.get(row.feed.url)
        if before is not row.health.condition:
            changed[row.feed.url] = row.health
            _log_change(row, before)
    said.note_conditions(changed)


def _log_change(row: FeedRow, before: Condition | None) -> None:
    if row.health.trouble:
        _log.warning("%s", describe(row))
    elif before in TROUBLE:
        _log.info("recovered: %s (%s) was %s", clean(row.name), row.feed.url, before)
