"""A database with editions and subscribers, ready to send (for tests)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from digest.config import Settings, SmtpSettings, WebSettings
from digest.flows import Deliverer
from digest.mail.links import Keys
from digest.mail.message import MimeMessageBuilder
from digest.mail.slots import slots
from digest.mail.smtp import SmtpTransport
from digest.mail.subscriber_rows import parse_fields
from digest.model import (
    Counts,
    Coverage,
    Edition,
    EditionStory,
    Feed,
    Section,
    SummarySentence,
)
from digest.model.records import Publication
from digest.render import Renderer
from digest.store import Outbox, Store, SubscriberStore, Why, open_store

from .postgres import place

RENDERER = Renderer(base_url="https://news.example")
MORNING = datetime(2026, 3, 2, 7, tzinfo=UTC)  # a Monday
SECRET = b"a secret of the tests, long enough"
BASE = "https://news.example"


def story(number: int | str, **fields: Any) -> EditionStory:
    """A story that two outlets tell."""
    articles = tuple(
        Coverage(
            id=f"a{number}-{outlet}",
            url=f"https://{outlet}.example/{number}",
            title=f"Title {number} by {outlet}",
            outlet=outlet.title(),
            published_at=MORNING,
            role="canonical" if outlet == "harbour" else "report",
        )
        for outlet in ("harbour", "valley")
    )
    given: dict[str, Any] = {
        "id": f"s{number}",
        "headline": f"Headline {number}",
        "language": "en",
        "outlets": 2,
        "independent_reports": 2,
        "summary": (SummarySentence(text=f"What happened, {number}.", article=articles[0].id),),
        "articles": articles,
    }
    return EditionStory(**(given | fields))


def edition(day: date | str, *sections: Section, **fields: Any) -> Edition:
    """An edition of a date; by default with three stories in two sections."""
    name = str(day)
    shown = sections or (
        Section(title="World", stories=(story(f"{name}-1"), story(f"{name}-2"))),
        Section(title="Science", stories=(story(f"{name}-3"),)),
    )
    number = sum(len(section.stories) for section in shown)
    given: dict[str, Any] = {
        "id": name,
        "title": "The Digest",
        "language": "en",
        "timezone": "UTC",
        "since": MORNING,
        "until": MORNING,
        "counts": Counts(feeds=2, feeds_failed=0, articles=number * 2, copies=0, stories=number),
        "feeds": (),
        "sections": shown,
    }
    return Edition(**(given | fields))


class MailSetup:
    """Everything of the deliver flow over a real database, with a clock set by hand."""

    def __init__(
        self, folder: Path, *, port: int = 9, store: Store | None = None, **smtp: Any
    ) -> None:
        self.folder = folder
        self.now = MORNING
        self.store: Store = store or open_store(place(folder / "digest.db"))
        self.people = SubscriberStore(self.store.engine)
        self.outbox = Outbox(self.store.engine)
        given = {
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "sender": "The Digest <digest@news.example>",
            "rate": 10_000.0,
            "timeout": 20.0,
        }
        self.smtp = SmtpSettings.model_validate(given | smtp)
        self.settings = Settings(
            feeds=(Feed(url="https://a.example/"),),
            smtp=self.smtp,
            web=WebSettings(base_url=BASE),
        )
        self.keys = Keys([SECRET])
        self.slot_of = slots(self.settings.digest)

    def clock(self) -> datetime:
        return self.now

    def add(self, *addresses: str, state: str = "active", **fields: str) -> None:
        """Subscribers by address, with fields as a list spells them."""
        parsed = parse_fields(fields | {"state": state})
        self.people.put(
            [(address, parsed) for address in addresses],
            why=Why(self.now, "added in a test"),
            confirm=False,
            slot_of=self.slot_of,
        )

    def crowd(self, number: int, **fields: str) -> None:
        """So many subscribers, over a few domains."""
        self.add(
            *(
                f"reader{other_number}@mail{other_number % 7}.example"
                for other_number in range(number)
            ),
            **fields,
        )

    def publish(self, made: Edition | None = None, at: datetime | None = None) -> Edition:
        """Store and publish an edition; its audience is frozen with it."""
        when = at or self.now
        made = made or edition(when.date())
        self.store.save_edition(Publication(edition=made, considered=(), terms=b""))
        self.store.mark_published(made.id, when, self.slot_of)
        return made

    def deliverer(self, **parts: Any) -> Deliverer:
        """The deliver flow; parts may be replaced."""
        given: dict[str, Any] = {
            "smtp": self.smtp,
            "queue": self.outbox,
            "renderer": RENDERER,
            "builder": MimeMessageBuilder(self.smtp, BASE, self.keys),
            "mailer": SmtpTransport(self.smtp),
            "slot_of": self.slot_of,
            "clock": self.clock,
            "stop": threading.Event(),
        }
        return Deliverer(**(given | parts))

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        counted: dict[str, int] = {}
        for standing in self.outbox.delivery_counts():
            counted[standing.state] = counted.get(standing.state, 0) + standing.number
        return counted

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


Clock = Callable[[], datetime]
