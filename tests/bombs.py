"""Documents made to keep a parser busy: feeds and pages, each of at most 10 MB."""

from __future__ import annotations

import json
from collections.abc import Callable

MB = 1_000_000


def _feed(inner: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>T</title>{inner}'
        "</channel></rss>"
    ).encode("utf-8", "surrogatepass")


def _entry(inner: str) -> bytes:
    return _feed(f"<item><title>One</title><guid>1</guid>{inner}</item>")


def _described(html: str) -> bytes:
    return _entry(f"<description><![CDATA[{html}]]></description>")


def _laughs(depth: int, width: int) -> bytes:
    entities = '<!ENTITY l0 "lol">' + "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, depth)
    )
    return _feed(f"<item><title>&l{depth - 1};</title></item>", f"<!DOCTYPE r [{entities}]>")


def _json(**changes: object) -> bytes:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": []} | changes
    return json.dumps(feed).encode()


FEEDS: dict[str, Callable[[], bytes]] = {
    "billion laughs": lambda: _laughs(10, 10),
    "quadratic entity": lambda: _feed(
        "<item><title>" + "&a;" * 100_000 + "</title></item>",
        f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]>',
    ),
    "entity that is its own": lambda: _feed(
        "<item><title>&a;</title></item>", '<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'
    ),
    "endless doctype": lambda: _feed("", "<!DOCTYPE r [" + "<!ENTITY a 'b'>" * 300_000),
    "nested elements": lambda: _feed("<item>" + "<a>" * 500_000),
    "nested items": lambda: _feed("<item>" * 300_000),
    "nested outlines": lambda: _feed("<x>" * 400_000 + "</x>" * 400_000),
    "2 MB of <": lambda: b"<" * 2 * MB,
    "1 MB of < in a text": lambda: _described("<" * MB),
    "1 MB of < escaped": lambda: _entry("<description>" + "&lt;" * MB + "</description>"),
    "2 MB of &": lambda: _feed("&" * 2 * MB),
    "& flood in a text": lambda: _described("&" * 2 * MB),
    "&amp; flood": lambda: _described("&amp;" * 500_000),
    "& without end": lambda: _described("&" + "a" * 2 * MB),
    "&# flood": lambda: _entry("<description>" + "&#1;" * MB + "</description>"),
    "huge character reference": lambda: _entry(f"<title>&#{'9' * MB};</title>"),
    "]]> flood": lambda: _feed("]]>" * MB),
    "CDATA flood": lambda: _entry("<title>" + "<![CDATA[a]]>" * 300_000 + "</title>"),
    "CDATA without end": lambda: _entry("<title><![CDATA[" + "a" * 5 * MB),
    "comment flood": lambda: _feed("<!---->" * 500_000),
    "comment without end": lambda: _feed("<!--" + "-" * 5 * MB),
    "instruction flood": lambda: _feed("<?a?>" * 500_000),
    "100,000 entries": lambda: _feed(
        "".join(f"<item><guid>{n}</guid></item>" for n in range(10**5))
    ),
    "100,000 attributes": lambda: _feed(
        "<item " + " ".join(f"a{n}='1'" for n in range(10**5)) + "></item>"
    ),
    "100,000 namespaces": lambda: _feed(
        "<item " + " ".join(f"xmlns:a{n}='u{n}'" for n in range(10**5)) + "></item>"
    ),
    "an attribute of 5 MB": lambda: _feed(f"<item a='{'x' * 5 * MB}'></item>"),
    "a name of 5 MB": lambda: _feed(f"<{'x' * 5 * MB}/>"),
    "a title of 5 MB": lambda: _entry(f"<title>{'word ' * MB}</title>"),
    "a link of 5 MB": lambda: _entry(f"<link>https://a.example/{'x' * 5 * MB}</link>"),
    "a date of 5 MB": lambda: _entry(f"<pubDate>{'1' * 5 * MB}</pubDate>"),
    "dates that backtrack": lambda: _entry(f"<pubDate>{'a, ' * MB}</pubDate>"),
    "100,000 links": lambda: _entry("<link>https://a.example/</link>" * 10**5),
    "100,000 categories": lambda: _entry("<category>c</category>" * 10**5),
    "100,000 enclosures": lambda: _entry("<enclosure url='https://a.example/'/>" * 10**5),
    "quotes in a tag": lambda: _described("<a " + "\"'" * 500_000),
    "tags that never close": lambda: _described("<a href='" * 300_000),
    "nested div in a text": lambda: _described("<div>" * 400_000),
    "encodings that disagree": lambda: (
        b'<?xml version="1.0" encoding="utf-16"?>' + _entry("é" * MB)
    ),
    "UTF-7": lambda: b'<?xml version="1.0" encoding="utf-7"?>' + _entry("+ADw-" * 300_000),
    "NUL bytes": lambda: b"<rss>" + b"\0" * 5 * MB,
    "JSON 100,000 deep": lambda: b'{"version":' + b"[" * 10**5,
    "JSON objects 100,000 deep": lambda: b'{"a":' * 10**5,
    "JSON with a number of 5 MB": lambda: b'{"version": ' + b"9" * 5 * MB + b"}",
    "JSON with 100,000 items": lambda: _json(items=[{"id": str(n)} for n in range(10**5)]),
    "JSON with lone surrogates": lambda: _json(items=[{"id": "\ud800", "title": "\udfff" * MB}]),
    "JSON text of <": lambda: _json(items=[{"id": "1", "content_html": "<" * 2 * MB}]),
    "JSON keys that repeat": lambda: b'{"version":"x",' + b'"a":1,' * 500_000 + b'"b":1}',
}


def _page(inner: str) -> bytes:
    return f"<!doctype html><html><head><title>T</title></head><body>{inner}".encode()


PAGES: dict[str, Callable[[], bytes]] = {
    "nested div": lambda: _page("<div>" * 500_000),
    "nested b and p": lambda: _page("<b><p>" * 200_000),
    "nested table": lambda: _page("<table><tr><td>" * 100_000),
    "nested font": lambda: _page("<font><a><b><i>" * 100_000),
    "nested lists": lambda: _page("<ul><li>" * 100_000),
    "200,000 spans": lambda: _page("<span>word</span> " * 200_000),
    "200,000 paragraphs": lambda: _page("<p>A sentence with several words in it.</p>" * 75_000),
    "1 MB of <": lambda: _page("<" * MB),
    "2 MB of &": lambda: _page("&" * 2 * MB),
    "100,000 attributes": lambda: _page(
        "<p " + " ".join(f"a{n}=1" for n in range(10**5)) + ">text</p>"
    ),
    "1,000,000 attributes": lambda: _page("<p " + "a=1 " * 700_000 + ">text</p>"),
    "a huge colspan": lambda: _page("<table><tr><td colspan=9007199254740991>a</td></tr></table>"),
    "a paragraph of 3 MB": lambda: _page(f"<p>{'word ' * 590_000}</p>"),
    "a word of 3 MB": lambda: _page(f"<p>{'w' * 2_900_000}</p>"),
    "JSON-LD 100,000 deep": lambda: _page(
        f"<script type='application/ld+json'>{'[' * 10**5}</script>"
    ),
    "100,000 JSON-LD blocks": lambda: _page(
        '<script type="application/ld+json">{"a":1}</script>' * 50_000
    ),
    "100,000 meta elements": lambda: _page("<meta property='og:title' content='a'>" * 60_000),
    "100,000 links": lambda: _page("<a href='/x'>a</a>" * 10**5),
    "100,000 line breaks": lambda: _page("a<br>" * 10**5),
    "100,000 images": lambda: _page("<img src=a>" * 10**5),
    "script without end": lambda: _page("<script>" + "<!--" * 500_000),
    "comments": lambda: _page("<!-- a -->" * 250_000),
    "NUL bytes": lambda: b"<html>" + b"\0" * 2_900_000,
    "control references": lambda: _page("&#1;" * 500_000),
}
