"""Bounds on what strangers send (checks C2 to C10): time, memory, size, depth, number."""

from __future__ import annotations

import asyncio
import io
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import feedparser
import pytest

from digest.config import FetchSettings
from digest.feeds.extract import extract
from digest.feeds.parse import html_to_text, parse
from digest.feeds.parse.bounds import newest_entries, too_deep
from digest.feeds.parse.fields import ENTRY_LIMIT
from digest.flows.workers import WorkerPool
from digest.model import Document, Failure, PageText, ParsedFeed
from digest.model.errors import WorkerCrash, WorkerError, WorkerTimeout

from .bombs import FEEDS, MB, PAGES
from .fakes import item, rss

LIMITS = FetchSettings()
CALM = rss(item(1), item(2))


def feed(body: bytes) -> Document:
    return Document(url="https://a.example/feed", body=body, content_type="application/xml")


def web_page(body: bytes) -> Document:
    return Document(url="https://a.example/1", body=body, content_type="text/html")


def pool() -> WorkerPool:
    return WorkerPool(1, timeout=LIMITS.worker_timeout, memory_mb=LIMITS.worker_memory_mb)


def test_the_limits_are_ten_seconds_and_half_a_gigabyte() -> None:
    """As they are without a word in the configuration."""
    assert (10, 512) == (LIMITS.worker_timeout, LIMITS.worker_memory_mb)


async def _bombs() -> tuple[dict[str, object], dict[str, float], object]:
    answers: dict[str, object] = {}
    seconds: dict[str, float] = {}
    async with pool() as workers:
        for kind, table in (("feed", FEEDS), ("page", PAGES)):
            for name, make in table.items():
                body = make()
                begun = time.monotonic()
                try:
                    if kind == "feed":
                        answers[f"{kind}: {name}"] = await workers.run(parse, feed(body))
                    else:
                        answers[f"{kind}: {name}"] = await workers.run(extract, web_page(body))
                except WorkerError as error:
                    answers[f"{kind}: {name}"] = error
                seconds[f"{kind}: {name}"] = time.monotonic() - begun
        last = await workers.run(parse, feed(CALM))
    return answers, seconds, last


def test_every_bomb_ends_in_an_answer_or_at_the_deadline() -> None:
    """Seventy documents: a value or a named end, little of our memory, then work goes on (C2)."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers, seconds, last = asyncio.run(_bombs())
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    kinds = (ParsedFeed, Failure, PageText, WorkerTimeout, WorkerCrash)
    assert {} == {name: each for name, each in answers.items() if not isinstance(each, kinds)}
    assert len(FEEDS) + len(PAGES) == len(answers) >= 70
    assert isinstance(last, ParsedFeed)
    assert 2 == len(last.entries)
    killed = [name for name, each in answers.items() if isinstance(each, WorkerError)]
    print(f"{len(answers)} bombs, slowest {max(seconds.values()):.1f} s, killed {killed},")  # noqa: T201
    print(f"parent grew by {grown_mb:.0f} MB")  # noqa: T201
    assert grown_mb <= 64
    assert len(killed) <= 6


def test_a_bare_parser_works_for_long() -> None:
    """Control: bare feedparser is at work on nested elements fifty times as long as ours."""
    body = b"<rss><channel><item>" + b"<a>" * 100_000
    started = time.process_time()
    assert isinstance(parse(Document(url="https://a.example/feed", body=body)), Failure)
    ours = time.process_time() - started
    feedparser.parse(io.BytesIO(body))
    assert time.process_time() - started > 50 * ours


@pytest.mark.parametrize(
    ("start", "entry", "end"),
    [
        ("<rss><channel>", "<item><guid>{}</guid></item>", "</channel></rss>"),
        (
            '<feed xmlns="http://www.w3.org/2005/Atom">',
            "<entry><id>{}</id></entry>",
            "</feed>",
        ),
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
            ' xmlns="http://purl.org/rss/1.0/"><channel><title>T</title></channel>',
            "<item><title>{}</title></item>",
            "</rdf:RDF>",
        ),
    ],
)
def test_the_first_thousand_entries_are_read(start: str, entry: str, end: str) -> None:
    """The rest is cut off before parsing; what is left is well formed (C10)."""
    body = (start + "".join(entry.format(n) for n in range(3000)) + end).encode()
    parsed = parse(feed(body))
    assert isinstance(parsed, ParsedFeed)
    assert ENTRY_LIMIT == len(parsed.entries)
    root = start[1:].split(maxsplit=1)[0].split(">", maxsplit=1)[0].lower().encode()
    assert newest_entries(body, root).endswith(end.encode())
    assert body == newest_entries(body, b"opml")


def test_long_fields_are_cut_and_the_rest_of_the_feed_is_kept() -> None:
    """64 kB of a title, 256 kB of a text (C10)."""
    long = item(1, title="word " * MB).replace("What", "text " * MB)
    parsed = parse(feed(rss(long, item(2))))
    assert isinstance(parsed, ParsedFeed)
    first, second = parsed.entries
    assert len(first.title) <= 65_536
    assert len(first.summary) <= 262_144
    assert "Story number 2" == second.title


def test_depth_is_counted_and_text_is_not() -> None:
    """Unclosed tags within CDATA and comments are no depth; a few open elements are none either."""
    assert too_deep(FEEDS["nested elements"]())
    assert not too_deep(
        b"<a><![CDATA[" + b"<br>" * 20_000 + b"]]><!--" + b"<p>" * 20_000 + b"--></a>"
    )
    assert not too_deep(b"<a><b/></a>" * 20_000)
    assert not too_deep(b"<a>" * 600)


@pytest.mark.parametrize(
    "unit", ["<div>", "<table><tr><td>", "<b><p>", "<p " + "a=1 " * 9, "<", "&"]
)
def test_text_is_found_in_hostile_html_in_linear_time(unit: str) -> None:
    """One pass without a tree: a tree builder takes more than 30 s for 1 MB of <div> (C7)."""
    html = unit * (MB // len(unit))
    begun = time.process_time()
    html_to_text(html)
    assert time.process_time() - begun <= 2


ODD = ("Zürich – naïve “quotes” 漢字 \u202eright", "plain")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-16"), ("utf-16", None), ("utf-16-le", None), ("utf-16-be", "utf-8"),
        ("utf-32", None), ("utf-7", "utf-7"), ("cp1252", "utf-8"), ("latin-1", "koi8-r"),
        ("shift_jis", "utf-8"), ("gb18030", "x-user-defined"), ("utf-8", "rot13"),
        ("utf-8", "unicode_escape"), ("utf-8", "idna"), ("utf-8", "zip"),
    ],
)  # fmt: skip
def test_charset_games_end_in_valid_text(encoding: str, declared: str | None) -> None:
    """Wrong, absent, mixed and dangerous encodings: never a crash, always Unicode text (C9)."""
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    text = head + rss(item(1, title=ODD[0]), item(2, title=ODD[1])).decode().split("?>", 1)[1]
    body = text.encode(encoding, "replace")
    overlong = b"\xc0\xbcscript\xc0\xbe\xed\xa0\x80\xff\xfe\0"
    for variant in (body, body.replace(b"plain", overlong), body + overlong, overlong + body):
        for charset in (None, "utf-8", "utf-7", "x", "undefined"):
            parsed = parse(Document(url="https://a.example/", body=variant, charset=charset))
            assert isinstance(parsed, ParsedFeed | Failure)
            if isinstance(parsed, ParsedFeed):
                shown = "".join(entry.title for entry in parsed.entries)
                assert shown == shown.encode().decode()
                assert "<script" not in shown


XXE = {
    "entity of a file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    "entity of a path": '<!DOCTYPE r [<!ENTITY x SYSTEM "/etc/hostname">]>',
    "entity of an address": '<!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>',
    "public entity": '<!DOCTYPE r [<!ENTITY x PUBLIC "p" "http://127.0.0.1:9/">]>',
    "external DTD": '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">',
    "external DTD in a file": '<!DOCTYPE rss SYSTEM "file:///etc/passwd">',
    "public DTD": '<!DOCTYPE rss PUBLIC "-//x//y" "http://127.0.0.1:9/rss.dtd">',
    "parameter entity": '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>',
    "nested parameter entity": (
        "<!DOCTYPE r [<!ENTITY % a \"<!ENTITY x SYSTEM 'file:///etc/passwd'>\">%a;]>"
    ),
    "stylesheet": '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl" type="text/xsl"?>',
    "stylesheet in a file": '<?xml-stylesheet href="file:///etc/passwd" type="text/css"?>',
    "notation": '<!DOCTYPE r [<!NOTATION n SYSTEM "file:///etc/passwd">]>',
    "unparsed entity": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd" NDATA n>]>',
    "netdoc": '<!DOCTYPE r [<!ENTITY x SYSTEM "netdoc:///etc/passwd">]>',
    "jar": '<!DOCTYPE r [<!ENTITY x SYSTEM "jar:http://127.0.0.1:9/a!/b">]>',
    "expect": '<!DOCTYPE r [<!ENTITY x SYSTEM "expect://id">]>',
    "filter": '<!DOCTYPE r [<!ENTITY x SYSTEM "php://filter/resource=/etc/passwd">]>',
}
INCLUDES = (
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/hostname"/>',
    '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="file:///etc/passwd"/>',
    '<link xml:base="file:///etc/" href="passwd"/>',
)
_WATCHED = """
import json, sys
from digest.feeds.extract import extract
from digest.model import Document
from digest.feeds.parse import parse
calm = b"<rss><channel><item><title>t</title></item></channel></rss>"
parse(Document(url="https://a.example/", body=calm))  # imports happen now
long = b"<p>" + b"some words " * 300
extract(Document(url="https://a.example/", body=long, content_type="text/html"))
seen = []
sys.addaudithook(lambda event, args: seen.append([event, repr(args)[:200]])
    if event in {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"}
    else None)
for text in json.load(sys.stdin):
    for kind in ("application/xml", "text/html"):
        document = Document(url="https://a.example/", body=text.encode(), content_type=kind)
        parse(document), extract(document)
if len(sys.argv) > 1:
    import feedparser
    feedparser.parse("/etc/hostname")
print(json.dumps(seen))
"""


def watched(documents: list[str], *control: str) -> list[list[str]]:
    """What a process opened and connected to while it parsed the documents."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, *control],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")},
    )
    seen: list[list[str]] = json.loads(done.stdout)
    return [
        sighting
        for sighting in seen
        if "site-packages" not in sighting[1] and "/lib/python" not in sighting[1]
    ]


def test_no_document_opens_a_file_or_a_connection() -> None:
    """External entities, DTDs, stylesheets, inclusions, a body that is a path (C5)."""
    text = rss("<title>&x;</title><guid>1</guid>").decode().split("?>", 1)[1]
    documents = [f'<?xml version="1.0"?>{head}{text}' for head in XXE.values()]
    documents += [
        rss(f"<title>x</title><description>{include}</description>").decode()
        for include in INCLUDES
    ]
    documents += ["/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/feed"]
    assert len(documents) >= 20
    assert [] == watched(documents)


def test_the_watch_sees_a_file_that_is_opened() -> None:
    """Control: feedparser opens a text that is a path."""
    assert any("/etc/hostname" in what for _, what in watched([], "control"))
