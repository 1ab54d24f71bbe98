"""More situations of the kinds that are met in the world, with sites of our own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from html import escape

import pytest

from .reading import (
    Answer,
    Read,
    Request,
    Site,
    Sites,
    collect,
    configuration,
    from_paths,
    response,
)

PARAGRAPHS = (
    "The lighthouse of Varn will be repainted in spring, the harbour board decided on Monday after"
    " two years of talks with the painters' guild and the owners of the ferry line.",
    "Red and white bands were chosen over the plain grey that the island's council had asked for,"
    " since ships on the northern approach had twice mistaken the tower for the church.",
    "Work on the scaffold begins in March and is to end before the herring fleet returns in June,"
    " when the light must not be darkened for more than a single night.",
)
TEASER = "The lighthouse of Varn gets red and white bands."
TITLE = "Lighthouse of Varn to be repainted"
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def entry(
    number: int = 1,
    *,
    title: str = TITLE,
    text: str = TEASER,
    link: str | None = None,
    guid: str | None = "id",
    day: int = 25,
) -> str:
    """An RSS item; `guid` None is none, "id" is one of its own."""
    stated = "" if guid is None else f"<guid isPermaLink='false'>{guid}</guid>"
    stated = stated.replace(">id<", f">id-{number}<")
    return (
        f"<item><title>{escape(title)}</title><link>{link or f'{{H}}/a/{number}'}</link>{stated}"
        f"<pubDate>{day} Nov 2026 08:{number:02}:00 GMT</pubDate>"
        f"<description>{escape(text)}</description></item>"
    )


def rss(*entries: str, title: str = "The Varn Courier") -> bytes:
    """A feed, served."""
    return response(
        f"<rss version='2.0'><channel><title>{title}</title><link>{{H}}/</link>"
        f"{''.join(entries)}</channel></rss>",
        "application/rss+xml",
    )


def document(body: str, head: str = "") -> bytes:
    """A page, served."""
    return response(
        f"<!DOCTYPE html><html lang='en'><head><title>{TITLE}</title>{head}</head>"
        f"<body>{body}</body></html>"
    )


def one_page(name: str, page: bytes, *entries: str) -> Site:
    """A feed of one entry with its page."""
    return Site(
        name=name, answer=from_paths({"/feed.xml": rss(*(entries or [entry()])), "/a/1": page})
    )


def over_time(name: str, *polls: bytes) -> Site:
    """A feed that shows something else at every poll."""
    return Site(
        name=name,
        answer=from_paths({"/feed.xml": polls}),
        toml='full_text = "always"',
        polls=len(polls),
    )


def raw(head: str, entries: str = "") -> bytes:
    """A response whose head is written out; LENGTH is that of the body."""
    body = rss(entries or entry()).partition(b"\r\n\r\n")[2]
    # The hosts are not filled in: their length would change.
    body = body.replace(b"{H}", b"http://varn.example")
    return head.replace("LENGTH", str(len(body))).encode("latin-1") + body


Check = Callable[[Read], bool]
_SITES: list[tuple[Site, Check]] = []


def _situation(site: Site, check: Check) -> None:
    _SITES.append((site, check))


# --- what is an article -----------------------------------------------------------------------

_situation(
    one_page(
        "an offer in German after the first paragraph",
        document(
            f"<div class='text'><p>{PARAGRAPHS[0]}</p></div>"
            "<div><p>Weiterlesen mit dem Digitalabo. Jederzeit kündbar.</p>"
            "<p>4 Wochen kostenlos, danach 9,90 Euro monatlich.</p>"
            "<p>Schon Abonnent? Hier anmelden.</p></div>"
        ),
    ),
    lambda read: (
        PARAGRAPHS[0] in read.only["text"]
        and "Digitalabo" not in read.only["text"]
        and bool(read.only["paywalled"])
    ),
)
_situation(
    one_page(
        "a page that is not shown in this region",
        document(
            "<main><h1>Sorry</h1><p>This page is not available in your region for legal reasons."
            "</p><p>Visitors from outside the country cannot read it, because the rights holders"
            " of some pictures do not allow it. We are sorry that it is unavailable in your"
            " country, and we are working on it with our partners in every location.</p></main>"
        ),
    ),
    lambda read: TEASER == read.only["text"] and "region block" in read.notes[0],
)
_situation(
    one_page(
        "parts of a text between advertisements, teasers and readers' letters",
        document(
            "".join(
                f"<div class='story-text'><p>{paragraph}</p></div><div class='ad'>Buy a boat</div>"
                for paragraph in PARAGRAPHS
            )
            + "".join(
                f"<div class='card'><h3><a href='/other/{n}'>Another story {n}</a></h3>"
                f"<p>{'Something else that happened on the island this week. ' * 3}</p></div>"
                for n in range(3)
            )
            + "<section id='leserkommentare'>"
            + "".join(
                f"<div class='c'><b>Reader {n}</b><p>{'I never liked its colour. ' * 4}</p></div>"
                for n in range(4)
            )
            + "</section>"
        ),
    ),
    lambda read: read.only["text"].split("\n") == list(PARAGRAPHS),
)
_situation(
    one_page(
        "a page that is stated to be closed, though its text is sent",
        document(
            f"<article>{TEXT}</article>",
            "<script type='application/ld+json'>"
            + json.dumps({"@type": "NewsArticle", "headline": TITLE, "isAccessibleForFree": False})
            + "</script>",
        ),
    ),
    lambda read: (
        TEASER == read.only["text"]
        and bool(read.only["paywalled"])
        and read.notes[0].endswith(": paywalled")
    ),
)
_NOTICE = (
    "<p>Lighthouse, harbour, ferry: la tuta ĵurnalo de Varn atendas vin post la pordo de nia domo,"
    " kie la amikoj de la insulo renkontiĝas ĉiutage kaj legas kune la novaĵojn de la maro.</p>"
    "<p>Bonvolu paroli kun la gardisto de la turo, kiu sidas apud la fenestro kaj kalkulas la"
    " ŝipojn; li donos al vi ŝlosilon kaj tason da teo, se vi diros la vorton de la tago kaj"
    " promesos reporti ĝin antaŭ la vespero, kiam la lampo estas lumigata denove.</p>"
)
_situation(
    Site(
        name="the same text under two entries, on two days, in no known words",
        answer=from_paths(
            {
                "/feed.xml": [
                    rss(entry(1, title="Lighthouse and harbour reopened", text="A harbour.")),
                    rss(entry(2, title="Ferry renamed after the harbour", text="A ferry.", day=26)),
                ],
                "/a/1": document(_NOTICE),
                "/a/2": document(_NOTICE),
            }
        ),
        polls=2,
    ),
    lambda read: ["A ferry."] == [row["text"] for row in read.articles[:1]],
)
_situation(
    one_page("a whole article is kept", document(f"<main>{TEXT}</main>")),
    lambda read: read.only["text"].split("\n") == list(PARAGRAPHS),
)

_situation(
    one_page(
        "readers' words within the article, told only by the button under each",
        document(
            f"<article>{TEXT}"
            + "".join(
                f"<div class='x9'><p>{'I never liked its colour. ' * 4}</p><button>Reply ({n})"
                "</button></div>"
                for n in range(4)
            )
            + "</article>"
        ),
    ),
    lambda read: read.only["text"].split("\n") == list(PARAGRAPHS),
)
_INFOBOX = (
    "The tower was built in 1861 from the stones of a church that had burnt down, and its light can"
    " be seen from nineteen miles away, farther than that of any other tower on the coast, which is"
    " why two shipping companies paid for the first lamp."
)
_situation(
    one_page(
        "what is explained in a box beside the text, and a box of links",
        document(
            f"<article><p>{PARAGRAPHS[0]}</p><aside><h3>The tower</h3><p>{_INFOBOX}</p></aside>"
            f"<p>{PARAGRAPHS[1]}</p><aside>"
            + "".join(f"<p><a href='/o/{n}'>{'Other news of the day. ' * 5}</a></p>" for n in "12")
            + f"</aside><p>{PARAGRAPHS[2]}</p></article>"
        ),
    ),
    lambda read: (
        {_INFOBOX, *PARAGRAPHS} <= set(read.only["text"].split("\n"))
        and "Other news" not in read.only["text"]
    ),
)

# --- what a feed says -------------------------------------------------------------------------

_situation(
    Site(
        name="a film that only its description tells about",
        answer=from_paths(
            {
                "/feed.xml": response(
                    "<feed xmlns='http://www.w3.org/2005/Atom'"
                    " xmlns:media='http://search.yahoo.com/mrss/'><title>Films</title><entry>"
                    "<id>f</id><title>A film</title><link href='{H}/f'/><media:group>"
                    "<media:content url='{H}/f.mp4' type='video/mp4'/>"
                    f"<media:description>{TEASER}</media:description></media:group></entry></feed>",
                    "application/atom+xml",
                )
            }
        ),
        toml='full_text = "always"',
    ),
    lambda read: TEASER == read.only["text"],
)
_situation(
    over_time(
        "titles that speak of code, and titles in HTML",
        rss(
            entry(1, title="Vec<T> && you"),
            entry(2, title="Two<br/>lines"),
            entry(3, title="A <em>great</em> day &#8211; again"),
            entry(4, title="Never close a <br> again"),
        ),
    ),
    lambda read: (
        {"Vec<T> && you", "Two lines", "A great day – again", "Never close a <br> again"}
        == {row["title"] for row in read.articles}
    ),
)
_situation(
    over_time(
        "a last line that all entries have",
        rss(
            *(
                entry(
                    n, title=f"Story {n} of the sea", text=f"<p>Line {n}.</p><p>© 2026 Courier</p>"
                )
                for n in range(4)
            )
        ),
    ),
    lambda read: {f"Line {n}." for n in range(4)} == {row["text"] for row in read.articles},
)
_situation(
    over_time(
        "a footer in German",
        rss(
            entry(
                text=f"<p>{TEASER}</p><p>Der Beitrag <a href='x'>{TITLE}</a> erschien zuerst auf"
                " <a href='y'>The Varn Courier</a>.</p>"
            )
        ),
    ),
    lambda read: TEASER == read.only["text"],
)
_situation(
    Site(
        name="a JSON Feed with a bare version, a date in milliseconds and names as strings",
        answer=from_paths(
            {
                "/feed.xml": response(
                    '{"version": "1.1", "title": "J", "items": [{"id": 7, "url": "{H}/j",'
                    ' "title": "On <p>", "content_html": "<p>One</p><p>two</p>",'
                    ' "date_published": 1795618800000, "authors": ["Ida", "Per"]}]}',
                    "application/json",
                )
            }
        ),
        toml='full_text = "always"',
    ),
    lambda read: (
        ("On <p>", "One\ntwo", "2026-11-25 15:00", "Ida, Per")
        == tuple(read.only[name] for name in ("title", "text", "published_at", "author"))
    ),
)

_situation(
    Site(
        name="a feed in another encoding, which nothing states",
        answer=from_paths(
            {
                "/feed.xml": response(
                    "<rss version='2.0'><channel><title>Варна</title><item><guid>k</guid>"
                    "<title>Маяк перекрасят весной</title><description>Совет порта решил это в"
                    " понедельник.</description></item></channel></rss>".encode("koi8-r"),
                    "text/xml",
                )
            }
        ),
        toml='full_text = "always"',
    ),
    lambda read: (
        ("Маяк перекрасят весной", "Совет порта решил это в понедельник.")
        == (read.only["title"], read.only["text"])
    ),
)

# --- which entry is new -----------------------------------------------------------------------

_situation(
    over_time(
        "an edit: another title and date under the same id",
        rss(entry(1), entry(2, title="Tides of November", day=20)),
        rss(
            entry(1, title="Tower gets new colours", day=26),
            entry(2, title="Tides of November", day=20),
        ),
    ),
    lambda read: [2, 0] == read.new,
)
_situation(
    over_time(
        "ids that change at every poll",
        rss(entry(1, guid="a1"), entry(2, title="Tides of November", guid="b1")),
        rss(entry(1, guid="a2"), entry(2, title="Tides of November", guid="b2")),
    ),
    lambda read: [2, 0] == read.new,
)
_situation(
    over_time(
        "ids and dates that change at every poll",
        *(
            rss(
                entry(1, guid=f"a{day}", day=day),
                entry(2, title="Tides of November", guid=f"b{day}", day=day),
            )
            for day in (23, 24, 25)
        ),
    ),
    lambda read: [2, 0, 0] == read.new,
)
_situation(
    over_time(
        "a briefing that keeps its title",
        *(
            rss(entry(1, title="The morning", text=text, guid=text, link="{H}/now", day=day))
            for day, text in ((23, "A tower."), (24, "A ferry."), (25, "A storm."))
        ),
    ),
    lambda read: [1, 1, 1] == read.new,
)
_situation(
    over_time(
        "a status page without ids",
        *(
            rss(entry(1, title=title, link="{H}/status", guid=None, day=day))
            for title, day in (
                ("All systems up", 23),
                ("Login is slow", 24),
                ("Login is slow again", 25),
            )
        ),
    ),
    lambda read: [1, 1, 1] == read.new,
)
_situation(
    over_time(
        "places on one page as ids",
        *(
            rss(
                *(
                    entry(n, title=f"Release {n} of Sextant", guid=None, link=f"{{H}}/log#r{n}")
                    for n in numbers
                )
            )
            for numbers in ((1, 2), (3, 2), (4, 3))
        ),
    ),
    lambda read: [2, 1, 1] == read.new,
)
_situation(
    over_time(
        "one id for all entries, then one more of them",
        *(
            rss(
                *(entry(len(title), title=title, guid="same", link="{H}/notes") for title in titles)
            )
            for titles in (
                ("Printer repaired", "Lift out of order"),
                ("Canteen closed", "Printer repaired", "Lift out of order"),
            )
        ),
    ),
    lambda read: [2, 1] == read.new,
)
_situation(
    Site(
        name="a long JSON Feed, oldest first",
        answer=lambda request, poll: (
            response(
                json.dumps(
                    {
                        "version": "https://jsonfeed.org/version/1.1",
                        "items": [
                            {
                                "id": str(n),
                                "url": f"https://log.example/{n}",
                                "title": f"Log {n}",
                                "date_published": f"2026-11-25T{n // 60:02}:{n % 60:02}:00Z",
                            }
                            for n in range(1100)
                        ],
                    }
                ),
                "application/json",
            )
            if request.target == "/feed.xml"
            else None
        ),
        toml='full_text = "always"',
    ),
    lambda read: {"Log 100", "Log 1099"} <= {row["title"] for row in read.articles},
)

# --- asking -----------------------------------------------------------------------------------


def _only(target: str, *, path: str = "/feed.xml") -> Callable[[Request, int], bytes | None]:
    """Serves a page at one spelling only."""

    def answer(request: Request, poll: int) -> bytes | None:
        if request.target == path:
            return rss(entry(link="{H}" + escape(target)))
        return document(f"<main>{TEXT}</main>") if request.target == target else None

    return answer


_situation(
    Site(name="the address of a page", answer=_only("/a/%7Ename/o%27x;v=1?sig=a%2Bb%2F%3D&x=,")),
    lambda read: PARAGRAPHS[0] in read.only["text"],
)
_situation(
    Site(
        name="a head with bare line feeds, a folded header and a space before the colon",
        answer=from_paths(
            {
                "/feed.xml": raw(
                    "HTTP/1.1 200 OK\nX-Long: a\n b\nContent-Length : LENGTH\nrubbish\n\n",
                )
            }
        ),
        toml='full_text = "always"',
    ),
    lambda read: TITLE == read.only["title"],
)
_situation(
    Site(
        name="a length stated twice behind an interim response",
        answer=from_paths(
            {
                "/feed.xml": raw(
                    "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n\r\nHTTP/1.1 200\r\n"
                    "Content-Length: LENGTH\r\nContent-Length: LENGTH\r\n\r\n",
                    entry(link="https://hints.example/1"),
                )
            }
        ),
        toml='full_text = "always"',
    ),
    lambda read: TITLE == read.only["title"],
)
_situation(
    Site(
        name="a redirect in UTF-8",
        answer=lambda request, poll: {
            "/feed.xml": b"HTTP/1.1 302 Found\r\nLocation: /fjor\xc3\xb0ur x.xml?q=a%2Fb\r\n"
            b"Content-Length: 0\r\n\r\n",
            "/fjor%C3%B0ur%20x.xml?q=a%2Fb": rss(entry()),
        }.get(request.target),
    ),
    lambda read: TITLE == read.only["title"],
)
_situation(
    Site(
        name="a part of a feed",
        answer=from_paths(
            {
                "/feed.xml": response(
                    b"<rss><channel><item>", "text/xml", "Content-Range: bytes 0-19/512",
                    status="206 Partial Content",
                )
            }
        ),
    ),
    lambda read: "HTTP 206 Partial Content" in read.reason,
)  # fmt: skip
_situation(
    Site(
        name="a gzip file that breaks off",
        answer=from_paths(
            {"/feed.xml": response(gzip.compress(b"<rss/>" * 99)[:-9], "application/gzip")}
        ),
    ),
    lambda read: "its gzip file broke off" in read.reason,
)
_situation(
    Site(
        name="a cookie of the last poll",
        answer=lambda request, poll: (
            None
            if request.target != "/feed.xml"
            else rss(entry(poll, title=f"Cookie {poll} is sent"))
            if "cookie" in request.headers
            else response(
                "", None, "Location: /feed.xml", f"Set-Cookie: n={poll}", status="302 Found"
            )
        ),
        polls=2,
        toml='full_text = "always"',
    ),
    lambda read: [1, 1] == read.new,
)


def _redirector(location: str) -> Answer:
    """Serves a feed whose link leads on without saying where."""
    feed = rss(entry(link="{H}/~r/courier/~3/x7Yz"))
    moved = response("", None, f"Location: {location}", status="302 Found")
    return from_paths({"/feed.xml": feed, "/~r/courier/~3/x7Yz": moved})


_situation(
    Site(
        name="a redirector that does not say where it leads",
        answer=_redirector("{B}/tower?from=rss"),
        elsewhere=from_paths({"/tower?from=rss": document(f"<main>{TEXT}</main>")}),
    ),
    lambda read: (
        PARAGRAPHS[0] in read.only["text"] and read.only["url"].endswith("/tower?from=rss")
    ),
)
_situation(
    Site(
        name="a link that leads to a wall at another host",
        answer=_redirector("{B}/wall"),
        elsewhere=from_paths({"/wall": document("<p>Prove that you are human.</p>")}),
    ),
    lambda read: TEASER == read.only["text"] and read.only["url"].endswith("/x7Yz"),
)


# --- discovery --------------------------------------------------------------------------------

_situation(
    Site(
        name="a page that names no feed, where one lies in a usual place",
        answer=from_paths({"/": document("<p>Welcome</p>"), "/atom.xml": rss(entry())}),
        feed="/",
    ),
    lambda read: read.reason.endswith("/atom.xml: put that into feeds.toml"),
)


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Read]:
    """All situations, collected in one run for each number of polls."""
    found: dict[str, Read] = {}
    for polls in sorted({site.polls for site, _ in _SITES}):
        folder = tmp_path_factory.mktemp(f"polls{polls}")
        with Sites(site for site, _ in _SITES if site.polls == polls).running() as running:
            found |= collect(running, configuration(running, folder), polls)
    return found


@pytest.mark.parametrize(("site", "check"), _SITES, ids=[site.name for site, _ in _SITES])
def test_a_situation_is_read_as_it_should_be(
    site: Site, check: Check, reads: Mapping[str, Read]
) -> None:
    """What is stored of it is what its check asks for."""
    read = reads[site.name]
    assert check(read), read


def test_situations_have_names_of_their_own() -> None:
    """So that none hides another."""
    assert len(_SITES) == len({site.name for site, _ in _SITES})
