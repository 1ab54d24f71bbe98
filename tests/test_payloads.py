"""Payloads in every field, shown in a real browser (checks E1 to E3, E12, E13).

Our pages have no policy here (CSP off), so that escaping and cleaning are tested alone; the raw
payloads run without it (control) and with it (the policy alone, too).
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from xml.sax.saxutils import escape

import feedparser
import pytest

from digest.feeds.article import PageResult, assemble, outlet_of
from digest.feeds.parse import parse
from digest.model import (
    Article,
    Counts,
    Coverage,
    Document,
    Edition,
    EditionStory,
    Feed,
    FeedReport,
    FeedState,
    ParsedFeed,
    Section,
    SummarySentence,
)
from digest.render import Renderer

from .payloads import payloads

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
ALL = payloads()
# Control: at each commit those that run in most browsers, since a hundred must, and a few of
# the others keep their pages from ever being done.
RUNS = re.compile(
    r"<script>alert|<img\b[^>]* onerror|<svg/?\s?onload|<(?:video|audio|object|embed)[^>]* onerror"
    r"|<details open ontoggle|autofocus onfocus|<(?:iframe|body|style) onload",
    re.IGNORECASE,
)
LIKELY = [item for item in ALL if RUNS.search(item)]
RAW = ALL if os.environ.get("DIGEST_SOAK") == "1" else LIKELY[: len(LIKELY) * 5 // 8]
TOGETHER = 40  # payloads on one page of ours: as many as mail has room for
FRAMES = 60  # pages in one visit of the browser
PATIENCE = 60  # seconds for them at most
SHORT = 8  # seconds where raw payloads leave their pages for others, or hang them
RENDERER = Renderer(base_url="https://digest.example/")  # its templates are tried once
CSP = re.compile(r"<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]*)\">")

# Runs before anything else in a page: whatever calls alert is reported. At the end every link
# is looked at, and every element and attribute is named that no template of ours has written.
PRELUDE = """<script>(function () {{
  var reported = false, at = '{at}';
  function tell(what) {{
    if (reported && what[0] != 'd') return;
    reported = true;
    new Image().src = at + what;
  }}
  window.alert = window.confirm = window.prompt = window.print = function () {{ tell('run'); }};
  window.addEventListener('load', function () {{ setTimeout(function () {{
    document.querySelectorAll('a,form,button,area').forEach(function (each) {{
      var to = each.href || each.action || each.formAction || '';
      if (/^\\s*(javascript|data|vbscript|blob)/i.test(to)) {{ tell('dom/link'); each.click(); }}
    }});
    document.querySelectorAll('*').forEach(function (each) {{
      var bad = /^(svg|math|iframe|object|embed|form|input|base|template|noscript|video|audio)$/i;
      if (bad.test(each.localName) || (each.localName == 'script' && each !== document.scripts[0]))
        tell('dom/' + each.localName);
      for (var one of each.attributes) if (/^on/i.test(one.name)) tell('dom/' + one.name);
    }});
    tell('done');
  }}, 50); }});
}})()</script>"""


class Stage(ThreadingHTTPServer):
    """Serves pages by number; notes what they tell and which strange hosts are asked."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.reports: Counter[str] = Counter()
        self.hosts: Counter[str] = Counter()
        self.news = threading.Condition()
        self.patience: float = PATIENCE
        super().__init__(("127.0.0.1", 0), _Handler)

    def show(self, pages: list[str], patience: float = PATIENCE) -> tuple[set[int], set[str], int]:
        """Let the browser visit pages: numbers that ran a script, foreign markup, pages done."""
        self.reports.clear()
        self.patience = patience
        at = "http://127.0.0.1:{}/report/{}/"
        port = self.server_address[1]
        self.pages = [
            (PRELUDE.format(at=at.format(port, n)) + page).encode("utf-8", "replace")
            for n, page in enumerate(pages)
        ]
        for first in range(0, len(pages), FRAMES):
            self._visit(f"http://127.0.0.1:{port}/frames/{first}")
        ran = {int(key.split("/")[0]) for key in self.reports if key.endswith("run")}
        foreign = {key.split("dom/")[1] for key in self.reports if "dom/" in key}
        return ran, foreign, sum(key.endswith("done") for key in self.reports)

    def wait(self, first: int) -> None:
        """Return when the pages from `first` on are done, or when some are stuck."""
        expected = {f"{n}/done" for n in range(first, min(first + FRAMES, len(self.pages)))}
        with self.news:
            self.news.wait_for(lambda: expected <= self.reports.keys(), timeout=self.patience)

    def tell(self, what: str) -> None:
        """Note what a page has reported."""
        with self.news:
            self.reports[what] += 1
            self.news.notify_all()

    def _visit(self, url: str) -> None:
        port = self.server_address[1]
        command = [
            "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", "--disable-component-update", "--no-first-run",
            "--disable-sync", "--disable-extensions",
            f"--host-resolver-rules=MAP * 127.0.0.1:{port}, EXCLUDE 127.0.0.1", "--dump-dom", url,
        ]  # fmt: skip
        try:
            subprocess.run(command, capture_output=True, timeout=self.patience + 30, check=False)
        except subprocess.TimeoutExpired:
            self.reports["hung"] += 1  # some raw payloads hang the page; what was reported counts


class _Handler(BaseHTTPRequestHandler):
    server: Stage

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        at_home = re.search(r"\.(?:google|googleapis|gvt1)\.com$", host)  # the browser's own calls
        if not host.startswith("127.0.0.1") and not at_home:
            self.server.hosts[host] += 1
        _, kind, *rest = self.path.split("/")
        body = b""
        if kind == "report":
            self.server.tell("/".join(rest))
        elif kind == "frames":
            numbers = range(int(rest[0]), min(int(rest[0]) + FRAMES, len(self.server.pages)))
            body = b"<!doctype html><img src=/wait/%d>" % numbers[0] + b"".join(
                b"<iframe sandbox=allow-scripts src=/page/%d></iframe>" % n for n in numbers
            )
        elif kind == "wait":  # the visit ends when this picture is there
            self.server.wait(int(rest[0]))
        elif kind == "page" and rest[0].isdigit():
            body = self.server.pages[int(rest[0])]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if shutil.which("chromium") is None:
        pytest.skip("no chromium here: the proof in a browser needs one")
    with Stage() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


# --- our pages ------------------------------------------------------------------------------------


def rss_of(payload: str) -> bytes:
    """A feed with a payload in every field that has one."""
    x = escape(payload)
    fields = "".join(
        f"<{name}>{x}</{name}>"
        for name in ("title", "author", "dc:creator", "description", "content:encoded", "category",
                     "comments", "source", "guid", "link", "media:title")
    )  # fmt: skip
    quoted = x.replace('"', "&quot;")
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{x}</title><language>{x}</language><generator>{x}</generator><item>{fields}"
        f'<enclosure url="{quoted}" type="image/png"/></item></channel></rss>'
    ).encode("utf-8", "replace")


def articles_of(payload: str, number: int) -> tuple[Feed, list[Article]]:
    """What the real steps make of that feed; the link as it is where none is left."""
    feed = Feed(url=f"https://a.example/{number}")
    parsed = parse(Document(url=feed.url, body=rss_of(payload)))
    assert isinstance(parsed, ParsedFeed)
    outlet = outlet_of(feed, FeedState(url=feed.url, title=parsed.title))
    return feed, [
        assemble(feed, outlet, entry, PageResult(), article_id=f"a{number}", seen_at=NOW)
        for entry in parsed.entries
    ]


def edition_of(some: tuple[str, ...], first: int) -> Edition:
    """An edition with a story for each payload, which also is in every field directly."""
    stories, feeds = [], []
    for number, payload in enumerate(some, first):
        feed, articles = articles_of(payload, number)
        covered = [
            Coverage(
                id=article.id, url=article.url or payload, title=article.title,
                outlet=article.outlet,
                published_at=article.published_at, role="report",
            )
            for article in articles
        ]  # fmt: skip
        covered.append(
            Coverage(
                id=f"b{number}", url=payload, title=payload, outlet=payload, published_at=NOW,
                role="report",
            )
        )  # fmt: skip
        sentences = [article.text or payload for article in articles] + [payload]
        stories.append(
            EditionStory(
                id=f"s{number}", headline=articles[0].title or payload, language="en", outlets=2,
                independent_reports=2, articles=tuple(covered),
                summary=tuple(
                    SummarySentence(text=text, article=covered[n].id)
                    for n, text in enumerate(sentences)
                ),
            )
        )  # fmt: skip
        feeds.append(
            FeedReport(url=feed.url + payload, title=payload, status="failed", error=payload,
                       entries=0)
        )  # fmt: skip
    count = len(stories)
    return Edition(
        id="2026-11-21", title=some[0], language="en", timezone="UTC", since=NOW, until=NOW,
        counts=Counts(feeds=count, feeds_failed=count, articles=count, copies=0, stories=count),
        feeds=tuple(feeds), sections=(Section(title=some[-1], stories=tuple(stories)),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def editions() -> list[Edition]:
    return [edition_of(ALL[n : n + TOGETHER], n) for n in range(0, len(ALL), TOGETHER)]


def pages_of(editions: list[Edition]) -> list[str]:
    """Every HTML that is printed of them, one story page of each, the bodies of our own feed."""
    pages = []
    for edition in editions:
        site = {file.path: file.body for file in RENDERER.files(edition, [edition.id], [edition])}
        shown = (path for path in site if path.endswith(".html") and "stories/" not in path)
        pages += [site[path].decode() for path in shown]
        pages.append(next(site[path].decode() for path in site if path.startswith("stories/")))
        own = feedparser.parse(site["feed.xml"], sanitize_html=False, resolve_relative_uris=False)
        pages.append(f"<html><head></head><body>{own.entries[0].content[0].value}</body></html>")
    return pages


def test_there_are_a_thousand_payloads() -> None:
    """Each is another text."""
    assert len(ALL) >= 1000


def test_no_payload_runs_on_our_pages(stage: Stage, editions: list[Edition]) -> None:
    """In every field, without a policy: 0 runs, 0 foreign elements, 0 handlers (E1, E12, E13)."""
    pages = [CSP.sub("", page) for page in pages_of(editions)]
    stage.hosts.clear()
    ran, foreign, done = stage.show(pages)
    print(f"{len(ALL)} payloads on {len(pages)} pages, {done} pages done, {len(ran)} ran")  # noqa: T201
    assert set() == ran
    assert set() == foreign
    assert len(pages) == done
    assert Counter() == stage.hosts  # nothing was loaded from anywhere (E3)


def test_what_a_page_loads_from_elsewhere_is_noticed(stage: Stage) -> None:
    """Control: one picture of another host is one request to it (E3)."""
    stage.hosts.clear()
    stage.show(['<img src="http://elsewhere.example/pixel.png">'])
    assert ["elsewhere.example"] == list(stage.hosts)


def test_raw_payloads_run_and_our_policy_alone_stops_them(
    stage: Stage, editions: list[Edition]
) -> None:
    """Control: unescaped at least 100 run; under the policy of our page none does (E2)."""
    page = RENDERER.edition(editions[0], None)[0].body.decode()
    policy = CSP.search(page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    raw = [
        f"<!doctype html><html><head></head><body><p>{raw}</p><p title='{raw}'>t</p>" for raw in RAW
    ]
    ran, _, _ = stage.show(raw, SHORT)
    print(f"raw: {len(ran)} of {len(RAW)} payloads ran")  # noqa: T201
    assert len(ran) >= 100
    walled = [_behind_policy(raw[number], policy[1]) for number in sorted(ran)]
    blocked, _, done = stage.show(walled, SHORT)
    assert set() == blocked
    assert done >= len(walled) // 2


def _behind_policy(page: str, policy: str) -> str:
    # The reporting script comes before it; a policy counts for what comes after it.
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}; img-src *">'
    return page.replace("<head></head>", f"<head>{meta}</head>")


def templates() -> list[str]:
    """Two hundred texts that a template language would take for its own."""
    inner = ("7*7", "self", "config", "''.__class__.__mro__", "request.application", "cycler.x",
             "lipsum.__globals__", "range(9)|list", "0.__class__", "x|attr('y')")  # fmt: skip
    around = ("{{%s}}", "{{-%s-}}", "{%%if %s%%}x{%%endif%%}", "{%% set x=%s %%}", "{#%s#}",
              "${%s}", "#{%s}", "<%%=%s%%>", "{%s}", "%%(%s)s", "{{'%s'}}",
              "{%%raw%%}{{%s}}{%%endraw%%}",
              "{%% include '%s' %%}", "{%% import '%s' as x %%}", "@{%s}", "{{{%s}}}", "[[%s]]",
              "{{ %s | safe }}", "*{%s}", "${{%s}}")  # fmt: skip
    return [form % item for form in around for item in inner]


def test_template_payloads_are_printed_as_they_are() -> None:
    """Nothing from a feed is ever a template: each is there as it was, in every field (E6)."""
    texts = templates()
    assert len(set(texts)) >= 200
    for first in range(0, len(texts), TOGETHER):
        some = tuple(texts[first : first + TOGETHER])
        files = RENDERER.edition(edition_of(some, 0), None)
        page = next(file.body.decode() for file in files if file.path.endswith("index.html"))
        shown = html.unescape(page)
        assert [] == [text for text in some if " ".join(text.split()) not in shown]


def names() -> list[str]:
    """Three hundred titles, ids and feed names that would be bad names of files."""
    parts = ("../", "..\\", "%2e%2e/", "a\0b", "CON", "nul.txt", "x" * 400, "/etc/", "~root/",
             "C:\\", "\u202e", "-rf", ".", " ", "index.html")  # fmt: skip
    return ["".join(pair) for pair in product(parts, (*parts, "A", "a", "é", "e\u0301", "ß"))]


def test_pages_are_named_by_ids() -> None:
    """No title, guid or feed name is part of a path (E14)."""
    every = names()
    assert len(set(every)) >= 300
    named = re.compile(r"(?:[a-z0-9-]{1,64}/)*[a-z]+\.[a-z]+")
    assert sum(named.fullmatch(name) is not None for name in every) < 10  # control
    for first in range(0, len(every), TOGETHER):
        edition = edition_of(tuple(every[first : first + TOGETHER]), 0)
        paths = [file.path for file in RENDERER.files(edition, [edition.id], [edition])]
        assert all(named.fullmatch(path) for path in paths)
        assert len(paths) == len({path.casefold() for path in paths})
