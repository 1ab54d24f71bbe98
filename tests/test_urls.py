"""Canonical URLs, and hosts under several names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.urls import canonical_url, same_host


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Example.ORG:443/A/b/#top", "https://example.org/A/b"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org:/x", "http://example.org/x"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("http://example.org./x", "http://example.org/x"),
        ("https://e.org/a?utm_source=x&id=3&fbclid=1&UTM_Medium=y", "https://e.org/a?id=3"),
        ("https://e.org/a?b=2&a=1&&", "https://e.org/a?b=2&a=1"),
        ("https://e.org/%7euser/%c3%a9", "https://e.org/~user/%C3%A9"),
        ("https://archive.is/newest/https://e.org/x/", "https://e.org/x"),
        ("https://web.archive.org/web/20240101000000/http://e.org/x", "http://e.org/x"),
        ("https://www.e.org/x", "https://www.e.org/x"),
        ("https://user@E.org/x", "https://user@e.org/x"),
        ("  mailto:harness@e.org ", "mailto:harness@e.org"),
        ("http://[::1", "http://[::1"),
        ("http://e.org:port/", "http://e.org:port/"),
        ("http:///path", "http:///path"),
        ("", ""),
    ],
)
def test_canonical_url(url: str, expected: str) -> None:
    """One spelling for one page; what is no sound http(s) URL stays as it is."""
    assert canonical_url(url) == expected


@given(
    st.text() | st.builds("http{}".format, st.text(alphabet=st.sampled_from("s:/.aB?&=#@%7e[]")))
)
def test_canonical_url_is_its_own(url: str) -> None:
    """No URL makes it raise, and applying it twice changes nothing."""
    once = canonical_url(url)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.paper.example/a", "http://m.paper.example/b", True),
        ("https://paper.example./a", "https://PAPER.example:443/b", True),
        ("https://amp.www.paper.example/", "https://mobile.paper.example/", True),
        ("https://a.paper.co.uk/", "https://b.paper.co.uk/", False),
        ("https://alice.github.io/", "https://mallory.github.io/", False),
        ("https://news.edu.au/", "https://other.edu.au/", False),
        ("https://m.example/", "https://www.example/", False),
        ("https://paper.example/", "https://paper.example.evil.test/", False),
        ("https://evilpaper.example/", "https://paper.example/", False),
        ("http://10.0.0.1/a", "http://10.0.0.1/b", True),
        ("http://10.0.0.1/a", "http://11.0.0.1/b", False),
        ("http://localhost/a", "http://localhost/b", True),
        ("http://intranet/", "http://other/", False),
        ("http://[::1/", "http://[::1/", False),
    ],
)
def test_a_host_is_known_by_its_name(one: str, other: str, same: bool) -> None:
    """Its variants for phones belong to it; neighbours under one domain do not."""
    assert same is same_host(one, other)
