"""Several editions in one mail: a week has a name, a page and a link of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from lxml import html

from digest.edition.combine import combine
from digest.model import Edition
from digest.model.records import Envelope, Outcome
from digest.render import Renderer

from .editions import days, file, find, sample, site, squeezed
from .mail_setup import MailSetup, edition

HERE = "https://news.example"
ROOMY = Renderer(base_url=HERE)


def together(number: int, *, weekly: bool = False) -> Edition:
    """So many days up to the sample's, told as one, with a front."""
    editions = days(number)[::-1]
    editions = [replace(edition, since=edition.until - timedelta(days=1)) for edition in editions]
    made = combine(editions)
    return replace(made, front=editions[-1].front, rest=editions[-1].rest, weekly=weekly)


def test_a_week_is_called_so() -> None:
    """In subject, heading, text and page, each in its language; a single day never is."""
    week = together(7, weekly=True)
    made = ROOMY.mail(week)
    assert f"Week of November 15, 2026: {week.front_stories[0].headline}" == made.subject
    assert "Week of November 15, 2026" == squeezed(find(html.fromstring(made.html), "p.date")[0])
    assert "\nWeek of November 15, 2026\n" in made.text
    assert "ALSO THIS WEEK" in made.text
    german = ROOMY.mail(replace(week, language="de"))
    assert german.subject.startswith("Woche vom 15. November 2026: ")
    french = ROOMY.mail(replace(week, language="fr"))
    assert french.subject.startswith("Semaine du 15 novembre 2026\u00a0: ")
    assert "Week of" not in ROOMY.mail(sample()).html


def test_a_weekly_mail_leads_to_the_weeks_own_page() -> None:
    """And offers no weekly one instead."""
    made = ROOMY.mail(together(7, weekly=True))
    links = html.fromstring(made.html).xpath("//a/@href")
    assert f"{HERE}/2026-11-21/week/" in links
    assert f"{HERE}/2026-11-21/week/rest/" in links
    assert [] == [link for link in links if "frequency=weekly" in link]
    assert f"In your browser: {HERE}/2026-11-21/week/" in made.text
    assert "frequency=weekly" not in made.text


@pytest.mark.parametrize(("number", "path"), [(1, ""), (2, "week/"), (7, "week/")])
def test_a_weekly_readers_mail_is_a_week_however_short(number: int, path: str) -> None:
    """So is the first one, of the days since they subscribed; it offers no weekly one instead."""
    made = ROOMY.mail(together(number, weekly=True))
    assert made.subject.startswith(f"Week of November {22 - number}, 2026: ")
    assert f"In your browser: {HERE}/2026-11-21/{path}\n" in made.text
    assert "frequency=weekly" not in made.html + made.text


@pytest.mark.parametrize("number", [2, 3, 7])
def test_days_in_one_mail_lead_to_each_of_them(number: int) -> None:
    """A mail of several days, for whoever gets no weekly one, has their names and their pages."""
    made = ROOMY.mail(together(number))
    expected = [f"{HERE}/2026-11-{day}/" for day in range(22 - number, 22)]
    head = find(html.fromstring(made.html), "td.masthead")[0]
    assert expected == head.xpath(".//a/@href")
    assert f"Nov {22 - number}\u2009–\u200921, 2026" in squeezed(head).replace(
        " – ", "\u2009–\u2009"
    )
    assert all(f"In your browser: {link}" in made.text for link in expected)
    assert "frequency=weekly" in made.html


def test_the_page_of_a_week_stands_beside_its_newest_edition() -> None:
    """Its links arrive, it says what it is, and edition and archive lead to it."""
    editions, week = days(7), together(7, weekly=True)
    ids = [edition.id for edition in editions]
    files = ROOMY.files(editions[0], ids, editions, week)
    written = {item.path for item in files}
    assert {"2026-11-21/week/index.html", "2026-11-21/week/rest/index.html"} <= written
    page = html.fromstring(file(files, "2026-11-21/week/index.html"))
    assert "Week of November 15, 2026" == squeezed(find(page, "p.date time")[0])
    assert [f"{HERE}/2026-11-21/week/"] == page.xpath("//link[@rel='canonical']/@href")
    story = week.front_stories[0]
    assert f"../../stories/{story.id}/index.html" == find(page, "h3 > a")[0].get("href")
    newest = html.fromstring(file(files, "2026-11-21/index.html"))
    assert ["Weekly edition"] == newest.xpath("//footer//a[@href='week/index.html']/text()")
    index = html.fromstring(file(files, "index.html"))
    assert ["2026-11-21/week/index.html"] == index.xpath("//a[contains(@href, 'week')]/@href")


def test_an_edition_alone_has_no_week() -> None:
    """Nor has one that was stored before there were fronts."""
    assert not any("week" in item.path for item in site([sample()]))
    assert () == ROOMY.week_of("2026-11-21", ["2026-11-21", "2026-11-14"])
    assert ("2026-11-15", "2026-11-21") == ROOMY.week_of(
        "2026-11-21", ["2026-11-22", "2026-11-21", "2026-11-15", "2026-11-14"]
    )
    old = [replace(edition, front=()) for edition in days(2)]
    assert "week/" not in file(site(old), "index.html")


def test_a_weekly_reader_gets_a_week(tmp_path: Path) -> None:
    """Several editions in one mail, by the real outbox; on weekdays a weekend's days."""
    room = MailSetup(tmp_path)
    room.add("weekly@mail.example", frequency="weekly")
    room.add("office@mail.example", frequency="weekdays")
    sent: dict[str, list[EmailMessage]] = {}

    class Wire:
        def connect(self) -> Wire:
            return self

        def send(self, envelope: Envelope) -> Outcome:
            mail = message_from_bytes(envelope.data, policy=SMTP)
            sent.setdefault(envelope.recipient, []).append(mail)
            return Outcome(answer="sent")

        def close(self) -> None:
            """Nothing to close."""

    for _ in range(8):  # from one Monday to the next
        now = room.now
        room.publish(edition(now.date(), since=now - timedelta(days=1), until=now))
        room.deliverer(mailer=Wire()).deliver()
        room.wait(days=1)
    (weekly,) = sent["weekly@mail.example"]
    assert weekly["Subject"].startswith("Week of March 2, 2026: Headline ")
    assert f"{HERE}/2026-03-07/week/" in text_of(weekly)
    *_, weekend = sent["office@mail.example"]
    assert [f"{HERE}/2026-03-0{day}/" for day in (7, 8, 9)] == [
        line.removeprefix("In your browser: ")
        for line in text_of(weekend).splitlines()
        if line.startswith("In your browser: ")
    ]


def text_of(mail: EmailMessage) -> str:
    """The plain part of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())
