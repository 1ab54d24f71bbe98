"""Invented editions for tests, and ways to read what is rendered of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from lxml import html

from digest.model import (
    Brief,
    Counts,
    Coverage,
    Edition,
    EditionStory,
    FeedReport,
    Kind,
    RenderedFile,
    Role,
    Section,
    SummarySentence,
)
from digest.render import Renderer

UNTIL = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
HOSTILE = (
    "Council <script>alert('x')</script> \u202eevil\u202c \x1b[31m\x00 votes {{ 7*7 }} "
    "& \ud800 rests"
)

_ids = count(1)


def article(
    outlet: str,
    title: str,
    hours: float,
    role: Role = "report",
    copy_of: str | None = None,
    *,
    paywalled: bool = False,
    dated: bool = True,
    url: str | None = "own",
) -> Coverage:
    number = next(_ids)
    slug = re.sub(r"[^a-z]+", "-", outlet.lower()).strip("-") or "outlet"
    return Coverage(
        id=f"a{number}",
        url=f"https://{slug}.example/{number}" if url == "own" else url,
        title=title,
        outlet=outlet,
        published_at=UNTIL - timedelta(hours=hours),
        role=role,
        copy_of=copy_of,
        dated=dated,
        paywalled=paywalled,
    )


def story(
    headline: str, articles: list[Coverage], sentences: list[str], language: str = "en"
) -> EditionStory:
    first, *rest = articles
    members = (replace(first, role="canonical"), *rest)
    originals = [member for member in members if member.role != "copy"]
    return EditionStory(
        id=f"s-{first.id}",
        headline=headline,
        language=language,
        outlets=len({member.outlet for member in members}),
        independent_reports=len(originals),
        summary=tuple(
            SummarySentence(text=text, article=originals[place % len(originals)].id)
            for place, text in enumerate(sentences)
        ),
        articles=members,
    )


def _wire_story() -> EditionStory:
    wire = article("Capital Wire", "Ferry pilots walk out over night crossings", 9)
    return story(
        "Ferry pilots walk out over night crossings",
        [
            wire,
            *(
                article(
                    outlet,
                    "Ferry pilots walk out over night crossings",
                    9 - place / 3,
                    "copy",
                    wire.id,
                )
                for place, outlet in enumerate(
                    ("Pell Echo", "Harbour Post", "Morning Signal", "Sennet Mail", "Kells Star"), 1
                )
            ),
            article("Strait Herald", "Last boat leaves Pell half empty", 6.2, paywalled=True),
            article(
                "Union Notes",
                "Pilots publish the letter that started it",
                4.4,
                "copy",
                "not-in-this-story",
            ),
        ],
        [
            "The pilots of the Pell strait stopped work at midnight and left nine ferries tied "
            "up on both shores.",
            "About four hundred passengers spent the night in the terminal, where the kitchen "
            "stayed open until three.",
            "The operator said it would offer a second pilot on winter crossings from January.",
        ],
    )


def _bridge_story() -> EditionStory:
    return story(
        "Old bridge at Upper Combe closes after divers find a crack wide enough for a hand",
        [
            article("Valley Tribune", "Crack found under Combe bridge, traffic sent round", 23.8),
            article("Northgate Ledger", "Combe bridge shut until spring", 21.5),
            article("Harbour Post", "Farmers face a forty-kilometre detour", 14.0),
            article("The Engineer's Week", "How a stone arch fails", 3.1, paywalled=True),
            article("Combe Parish News", "Bridge: what we know", 30, dated=False),
        ],
        [
            "Divers who were counting mussels found the crack on Friday morning, low on the "
            "second pier.",
            "The county closed the bridge within the hour; some two thousand cars a day now "
            "have to go by way of Kells.",
            "An arch of this kind gives notice before it goes, an engineer said, and this one "
            "has been giving it for years.",
            "Repairs cannot begin before the river falls in April.",
        ],
    )


def _arabic_story() -> EditionStory:
    return story(
        "إعادة افتتاح مكتبة الميناء بعد عشر سنوات من الترميم",
        [
            article("صدى الساحل", "مكتبة الميناء تفتح أبوابها من جديد", 12),
            article("Harbour Post", "Harbour library reopens", 8),
            article("Levant Review", "A library returns to its quay", 5),
        ],
        [
            "فتحت مكتبة الميناء أبوابها صباح الجمعة بعد ترميم استغرق عشر سنوات.",
            "وقف مئات القراء في طابور طويل على الرصيف قبل شروق الشمس.",
        ],
        "ar",
    )


def _plain_story(headline: str, outlets: list[str], sentences: list[str]) -> EditionStory:
    return story(
        headline,
        [article(outlet, headline, 2 + place * 1.7) for place, outlet in enumerate(outlets)],
        sentences,
    )


def sample() -> Edition:
    """Twelve stories in four sections, three on the front, with everything hard to show."""
    sections = (
        Section(
            title="World",
            stories=(
                _bridge_story(),
                _plain_story(
                    "Lighthouse keeper retires as the last of her trade",
                    ["Strait Herald"],
                    ["She climbed the 212 steps for the last time on Thursday, with a thermos."],
                ),
                _wire_story(),
                _arabic_story(),
                _plain_story(HOSTILE, ["Evil <b>Bee</b> \u202eecaG"], [f"A sentence. {HOSTILE}"]),
            ),
        ),
        Section(
            title="Business",
            stories=(
                _plain_story(
                    "Two bakers' chains agree to share an oven",
                    ["Trade Ledger", "Morning Signal"],
                    [
                        "The chains will bake at night in one hall outside Ellinport and sell "
                        "under both names.",
                        "Nobody is to lose a job, both said, though three of five ovens go cold.",
                    ],
                ),
                _plain_story(
                    "Rechtsschutzversicherungsgesellschaften "
                    "und Donaudampfschifffahrtsgesellschaften einigen sich",
                    ["Handelsblick"],
                    ["Die Einigung gilt ab Januar."],
                ),
            ),
        ),
        Section(
            title="Science & health",
            stories=(
                _plain_story(
                    "Heron telescope sees a comet break in three",
                    ["Science Desk", "Northgate Ledger", "Star Dispatch"],
                    [
                        "The pieces drift apart at walking pace, the team writes.",
                        "Amateurs may see the brightest with binoculars after the full moon.",
                    ],
                ),
                _plain_story(
                    "Marsh fever shot holds for two winters",
                    ["Science Desk"],
                    ["Of 3,100 people who had both doses, eleven fell ill."],
                ),
                _plain_story("Why moss likes old roofs", ["Garden Column"], []),
            ),
        ),
        Section(
            title="Culture",
            stories=(
                _plain_story(
                    "The Alhambra shows its last film to a full house of forty",
                    ["Screen Weekly", "Couch Notes"],
                    ["The projector was older than anyone in the room."],
                ),
                _plain_story(
                    "Chess final ends with a rook nobody wanted", ["Lakeside Courier"], []
                ),
            ),
        ),
    )
    first, _, second, third, *_ = sections[0].stories
    return Edition(
        id="2026-11-21",
        title="The Digest",
        language="en",
        timezone="Europe/Berlin",
        since=UNTIL - timedelta(days=1),
        until=UNTIL,
        counts=Counts(feeds=41, feeds_failed=2, articles=1312, copies=58, stories=37),
        feeds=(
            FeedReport(url="https://a.example/feed", title="Harbour Post", status="ok", entries=9),
            FeedReport(url="https://b.example/feed", title="Quiet Notes", status="unchanged"),
            FeedReport(
                url="https://broken-bell.example/rss",
                title="Broken Bell",
                status="failed",
                error="not XML: mismatched tag at line 41, column 7",
            ),
            FeedReport(
                url="https://slow.example/feeds/all.atom.xml?format=full&language=en&size=500",
                title="",
                status="failed",
                error="no answer in 60 s; tried again at 04:10 and 06:10",
            ),
        ),
        sections=sections,
        front=(first.id, second.id, third.id),
        rest=(
            _brief("Harbour cat found in a lorry to Kells", "Kells Star", also=True),
            _brief("Six ways to dry a coat", "Couch Notes", kind="shopping"),
        ),
    )


def _brief(headline: str, outlet: str, *, also: bool = False, kind: Kind = "news") -> Brief:
    return Brief(
        headline=headline,
        url=f"https://{outlet.lower().replace(' ', '-')}.example/brief",
        outlet=outlet,
        articles=1,
        section="World",
        language="en",
        kind=kind,
        also=also,
    )


def large(stories: int, outlets: int = 3) -> Edition:
    """An edition of so many stories, each with a summary and coverage by so many outlets."""
    names = [
        "Harbour Post",
        "Valley Tribune",
        "Kells Star",
        *map("Outlet {}".format, range(outlets)),
    ]
    return replace(
        sample(),
        front=(),
        rest=(),
        sections=(
            Section(
                title="World",
                stories=tuple(
                    _plain_story(
                        f"Story number {number} of a very long day",
                        names[:outlets],
                        ["What happened takes some space here, so that it adds up at last."] * 3,
                    )
                    for number in range(stories)
                ),
            ),
        ),
    )


def days(number: int) -> list[Edition]:
    """The same edition on so many days, newest first."""
    made = []
    for age in range(number):
        until = UNTIL - timedelta(days=age)
        made.append(replace(sample(), id=until.date().isoformat(), until=until))
    return made


def site(editions: Sequence[Edition], renderer: Renderer | None = None) -> tuple[RenderedFile, ...]:
    """All files that the newest of some editions (newest first) makes or changes."""
    rendering = renderer or Renderer()
    return rendering.files(editions[0], [edition.id for edition in editions], editions)


def file(files: Sequence[RenderedFile], name: str) -> str:
    """The file of that path, or of that name in an edition's own folder."""
    by_path = {file.path: file.body for file in files}
    own = [path for path in by_path if re.fullmatch(rf"[0-9-]{{10}}/{re.escape(name)}", path)]
    return by_path[name if name in by_path else own[0]].decode()


def find(node: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """Elements below a node by a path such as `ol.coverage > li p.summary`."""
    xpath, axis = ".", "//"
    for part in path.split():
        if part == ">":
            axis = "/"
            continue
        tag, _, name = part.partition(".")
        xpath += axis + (tag or "*")
        if name:
            xpath += f"[contains(concat(' ', @class, ' '), ' {name} ')]"
        axis = "//"
    found: list[html.HtmlElement] = node.xpath(xpath)
    return found


def squeezed(node: html.HtmlElement) -> str:
    return " ".join(node.text_content().split())
