"""What is printed of hostile links and characters (checks E4, E7, E8)."""

from __future__ import annotations

import re
import unicodedata
from itertools import product
from urllib.parse import urlsplit

import pytest

from digest.render import clean, web_url

from .payloads import URLS

HOSTS = (
    "a.example", "A.EXAMPLE", "xn--mnchen-3ya.example", "münchen.example",
    "\u0430\u0440\u0440\u04cf\u0435.com",  # all Cyrillic, reads as a well-known name
    "pa\u0443pal.com", "раураl.com", "ɡoogle.com", "g00gle.com", "a.example.", "a\u2024example",
    "a\uff0eexample", "a。example", "127.0.0.1", "[::1]", "[v1.x]", "user@a.example",
    "user:pw@a.example", "a.example@evil.example", "a.example:80", "a.example:99999", "", "-",
    "a b", "a\tb", "a\u202eb", "xn--", "xn--a", "\u200ba.example", "a\x00.example", "a%2eexample",
    "faß.de", "☃.net", "a_b.example", "*.example", "a..example", "\ud800.example",
)  # fmt: skip
SCHEMES = (
    "http://",
    "https://",
    "HTTP://",
    "//",
    "ftp://",
    "javascript:",
    "data:",
    " https://",
    "",
)
PATHS = ("", "/x", "/\u202egnp.exe", "/x?q=<script>", "/" + "x" * 2100, '/"onclick=', "/%00", "/\n")


def links() -> list[str]:
    """More than three hundred, each with something wrong, or nothing."""
    made = [scheme + host + PATHS[n % len(PATHS)] for n, (scheme, host) in enumerate(
        product(SCHEMES, HOSTS)
    )]  # fmt: skip
    return [*made, *URLS, *(f"https://a.example{path}" for path in PATHS)]


def test_a_link_is_plain_ascii_to_the_web_or_none() -> None:
    """Only http and https, no user name, the host as it is looked up (punycode), 2 kB (E7)."""
    kept = 0
    assert len(links()) >= 300
    for link in links():
        shown = web_url(link)
        if shown is None:
            continue
        kept += 1
        parts = urlsplit(shown)
        assert parts.scheme in {"http", "https"}, link
        assert shown.isascii(), link
        assert not re.search(r"[\x00-\x20\"<>\\^`{|}\x7f]", shown), link
        assert "@" not in parts.netloc, link
        assert len(shown) <= 2000
        assert web_url(shown) == shown
    assert kept >= 50


@pytest.mark.parametrize(
    ("link", "host"),
    [
        ("https://\u0430\u0440\u0440\u04cf\u0435.com/", "xn--80ak6aa92e.com"),
        ("https://pa\u0443pal.com/", "xn--papal-fze.com"),
        ("https://münchen.example/", "xn--mnchen-3ya.example"),
        ("https://a。example/", "a.example"),
    ],
)
def test_a_host_that_looks_like_another_is_shown_as_it_is_looked_up(link: str, host: str) -> None:
    """Whole-script and mixed look-alikes alike (E7)."""
    shown = web_url(link)
    assert shown is not None
    assert host == urlsplit(shown).hostname


MARKS = "\u0301", "\u0489", "\u064b", "\u0e47", "\u0e31", "\u20dd", "\ufe0f", "\U000e0101", "\u05b0"
HIDDEN = [
    *map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2060, 0x2070)), *map(chr, range(0xE0000, 0xE0080, 6)), "\ud800", "\udfff",
    "\u061c", "\u200e", "\u200f", "\u200b", "\ufeff", "\ufff9", "\ufffe", "\uffff", "\u115f",
    "\u3164", "\uffa0", "\u2800", "\xad", "\u180e",
]  # fmt: skip


def test_no_control_hidden_or_stacked_character_is_printed() -> None:
    """Two hundred strings: what is left is one line, encodes, stacks four marks at most (E8)."""
    texts = [f"a{char}b{char}{char}c" for char in HIDDEN] + [f"a{mark * 1000}b" for mark in MARKS]
    texts += [f"a{''.join(pair) * 500}b" for pair in product(MARKS, MARKS) if pair[0] != pair[1]]
    assert len(texts) >= 200
    for text in texts:
        shown = clean(text)
        assert shown.encode().decode() == shown
        assert 1 == len(shown.splitlines())
        assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Cf"}], repr(text)
        assert len(shown) <= 12, repr(text)
        assert clean(shown) == shown
