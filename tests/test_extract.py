"""From page bytes to article text, metadata and the reason why a text cannot be used."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.feeds.extract import extract, walls
from digest.model import Document, PageText

URL = "https://www.harbour-post.example/news/2026/ferry-returns"

SENTENCES = (
    "The ferry between the two islands sailed again on Tuesday, five weeks after the storm.",
    "Its captain said that the engine had been taken apart down to the last bolt.",
    "Some forty people stood on the quay, among them the mayor and a brass band.",
    "The company has promised to refund every ticket that was bought since October.",
    "A second boat is to be chartered for the winter, when the older one needs a new hull.",
    "Fishermen had brought mail and milk across while the line was closed.",
)
ARTICLE = "".join(f"<p>{sentence}</p>" for sentence in SENTENCES)


def page(body: str = ARTICLE, head: str = "", *, lang: str = "en") -> str:
    return (
        f"<!DOCTYPE html><html lang='{lang}'><head>{head}</head>"
        f"<body><main><article>{body}</article></main></body></html>"
    )


def read(markup: str | bytes, *, url: str = URL, **fields: str) -> PageText:
    body = markup.encode() if isinstance(markup, str) else markup
    return extract(Document(url=url, body=body, **fields))  # type: ignore[arg-type]


def linked_data(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def meta(name: str, content: str) -> str:
    return f'<meta property="{name}" content="{content}">'


# --- text -------------------------------------------------------------------------------------


def test_text_is_the_article_alone() -> None:
    """Paragraphs come one a line, without navigation and comments."""
    body = f"<h1>Ferry returns</h1>{ARTICLE}"
    found = read(
        page(body).replace("<main>", "<nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav><main>")
    )
    assert list(SENTENCES) == found.text.split("\n")[-len(SENTENCES) :]
    assert "Sport" not in found.text
    assert found.problem is None


def test_text_is_composed_and_clean() -> None:
    """Text is in NFC, with single spaces, no soft hyphens, no control characters."""
    odd = "<p>Cafe\u0301\u00a0and   cha\u00adlet \u200bstay&#7;   open&#x1F;, said the owner.</p>"
    text = read(page(odd + ARTICLE)).text
    assert text.startswith("Café and chalet stay open, said the owner.\n")


def test_giant_page_is_read_in_a_simpler_way() -> None:
    """A page of more than 40,000 tags is not worth minutes: its paragraphs will do."""
    found = read(page(ARTICLE + "<i></i>" * 21_000))
    assert SENTENCES[0] in found.text
    assert found.problem is None


def test_text_in_linked_data_stands_in_for_a_part() -> None:
    """Where the page shows less than half of what its JSON-LD holds, the latter is the article."""
    paragraphs = [f"{sentence} Day {day}." for day in range(2) for sentence in SENTENCES]
    full = {"@type": "NewsArticle", "articleBody": "\n\n".join(paragraphs)}
    teaser = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs[:4])
    assert "\n".join(paragraphs) == read(page(teaser, linked_data(full))).text


def test_text_in_linked_data_stands_in_for_a_shell() -> None:
    """Where the page shows nothing, its JSON-LD is the article."""
    full = {"@type": "NewsArticle", "articleBody": "\n\n".join(SENTENCES)}
    found = read(page("<div id='root'></div>", linked_data(full)))
    assert " ".join(SENTENCES) == " ".join(found.text.split())
    assert found.problem is None


def test_second_search_where_little_was_found() -> None:
    """A short find on a page full of prose is searched again, more thoroughly."""
    refrain = f"<p>{' '.join(SENTENCES)}</p>" * 8  # the fast search takes repeats for clutter
    body = f"<p>{SENTENCES[0]}</p></article></main><div class='related'>{refrain}</div>"
    assert read(page(body)).text.count(SENTENCES[-1]) == 8


def test_text_is_bounded() -> None:
    """No article is longer than 300,000 characters."""
    assert 300_000 >= len(read(page(ARTICLE * 1_000)).text) > 299_000


def test_wide_cells_cost_nothing() -> None:
    """A cell that claims a thousand columns is one cell."""
    table = "<table><tr>" + "<td colspan='1000'>ferry</td>" * 50 + "</tr></table>"
    assert len(read(page(ARTICLE + table)).text) < 2_000


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300), st.sampled_from([None, "utf-16", "utf-7", "x-unknown", "gbk"]))
def test_any_bytes_give_a_value(body: bytes, charset: str | None) -> None:
    """No bytes make it raise; the text is always clean."""
    found = extract(Document(url=URL, body=b"<html><body><p>" + body, charset=charset))
    assert unicodedata.is_normalized("NFC", found.text)
    assert not any(
        unicodedata.category(char) in {"Cc", "Cs"} for char in found.text.replace("\n", "")
    )


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_any_metadata_gives_a_value(name: str, value: str, url: str) -> None:
    """Whatever is where a date, a URL or a name belongs, nothing raises."""
    node = {
        "@type": "Article",
        "datePublished": value,
        "author": [value, {"name": url}],
        name: value,
    }
    head = linked_data([node, value]) + f"<link rel=canonical href='{url}'><base href='{value}'>"
    head += (
        meta("og:title", name) + meta("og:image", url) + meta("date", url) + meta("og:url", name)
    )
    assert isinstance(read(page(head=head).encode("utf-8", "replace")), PageText)


@pytest.mark.parametrize(
    "markup",
    [
        "",
        "<",
        "<html></html>",
        "<?xml version='1.0' encoding='utf-8'?><html><body></body></html>",
        "<div>" * 3_000,
        "<table><tr><td colspan='99999999999'>x</td></tr></table>" * 50,
        f'<script type="application/ld+json">{"[" * 100_000}</script>',
        f'<script type="application/ld+json">{"[" * 50_000 + "]" * 50_000}</script>',
        f'<script type="application/ld+json">[{"9" * 5_000}]</script>',
    ],
)
def test_odd_pages_give_a_value(markup: str) -> None:
    """Empty, broken, deep and wide pages have no usable text, and that is all."""
    assert read(markup).problem is not None


def test_error_within_the_library_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the search for the text fails, the metadata still comes."""

    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("trafilatura.bare_extraction", fail)
    found = read(page(head=meta("og:title", "Ferry returns")))
    assert ("", "no text", "Ferry returns") == (found.text, found.problem, found.title)


# --- character encodings ----------------------------------------------------------------------

GREEK = "Το πλοίο της γραμμής ταξίδεψε ξανά την Τρίτη, πέντε εβδομάδες μετά την καταιγίδα. "
JAPANESE = (
    "二つの島を結ぶ連絡船は、嵐から五週間後の火曜日に再び出航した。船長は機関を分解したと語った。"
)
QUOTED = "The “old” boat – it’s 40 years of age – costs €5 a trip, and the crew of nine is happy. "


@pytest.mark.parametrize(
    ("text", "encoding", "charset", "in_meta"),
    [
        (GREEK, "utf-8", None, ""),
        (GREEK, "utf-8", "iso-8859-1", "iso-8859-1"),  # declared wrongly
        (GREEK, "utf-8-sig", "iso-8859-7", ""),
        (GREEK, "utf-16", None, ""),
        (GREEK, "utf-16-be", "utf-16be", ""),
        (GREEK, "iso8859-7", "ISO-8859-7", ""),
        (GREEK, "iso8859-7", None, "iso-8859-7"),
        (GREEK, "cp1253", "no-such-charset", "windows-1253"),
        (GREEK, "iso8859-7", None, ""),  # found out
        (QUOTED, "cp1252", "iso-8859-1", ""),
        (JAPANESE, "shift_jis", None, "Shift_JIS"),
        (JAPANESE, "euc_jp", "euc-jp", ""),
        (JAPANESE, "iso2022_jp", "iso-2022-jp", ""),
    ],
)
def test_encodings(text: str, encoding: str, charset: str | None, in_meta: str) -> None:
    """The page is decoded as its bytes, its header and its meta element have it, in that order."""
    head = f"<meta charset='{in_meta}'>" if in_meta else ""
    body = page(f"<p>{text * 12}</p>", head).encode(encoding)
    found = extract(Document(url=URL, body=body, charset=charset))
    assert text.strip() in found.text


def test_a_few_broken_bytes_do_not_change_the_encoding() -> None:
    """One bad byte is replaced; the rest stays what was declared."""
    body = page(f"<p>{GREEK * 12}</p>").encode() + b"\xff"
    assert GREEK.strip() in extract(Document(url=URL, body=body, charset="utf-8")).text


# --- problems ---------------------------------------------------------------------------------

WALLS = {
    "en": "<p>We and our partners use cookies to store personal data on your device.</p>"
    "<p>Choose whether you consent, or manage your privacy preferences at any time.</p>",
    "de": "<p>Mit Ihrer Zustimmung verwenden wir und 190 Partner Cookies und Tracking.</p>"
    "<p>Ihre Einwilligung können Sie in der Datenschutzerklärung jederzeit widerrufen.</p>",
    "fr": "<p>Nos partenaires et nous déposons des cookies pour mesurer l'audience.</p>"
    "<p>Vous pouvez accepter ou retirer votre consentement à tout moment.</p>",
    "nb": "<p>Vi bruker informasjonskapsler og behandler personopplysninger om deg.</p>"
    "<p>Ditt samtykke kan trekkes tilbake når som helst i innstillingene våre.</p>",
}


@pytest.mark.parametrize("language", WALLS)
def test_consent_wall(language: str) -> None:
    """A page that only asks for consent is no article, in several languages."""
    assert "consent wall" == read(page(WALLS[language] * 2, lang=language)).problem


FRAGMENTS = sorted(
    {part for _, terms in walls._TERMS_OF_KIND for part in re.findall(r"\w+ ?", terms)}
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_no_term_of_a_wall_is_passed_over(text: str) -> None:
    """The quick look finds the beginning of every term, whatever is around it."""
    quick = {found.start() for found in walls._BEGINNINGS.finditer(text)}
    for _, pattern in walls._PATTERNS:
        assert {found.start() for found in pattern.finditer(text)} <= quick


def test_article_about_cookies_is_no_wall() -> None:
    """An article that mentions consent, cookies and privacy among other things can be used."""
    about = "<p>The office fined the line because its cookies ignored privacy and consent.</p>"
    assert read(page(about + ARTICLE)).problem is None


@pytest.mark.parametrize(
    "body",
    [
        "<p>Please enable JavaScript to view this page.</p>",
        "<noscript>You need to turn on JavaScript.</noscript><div id='main'></div>",
        "<div id='root'></div><script src='/app.js'></script>",
        "<div id='__next'><div></div></div>",
    ],
)
def test_page_that_a_script_would_fill(body: str) -> None:
    """Shells are distinguished from short articles."""
    assert "needs JavaScript" == read(page(body)).problem


def test_too_short() -> None:
    """Fewer than 60 words are a teaser."""
    found = read(page(f"<p>{SENTENCES[0]}</p><div id='other'>x</div>"))
    assert "too short" == found.problem
    assert SENTENCES[0] in found.text


@pytest.mark.parametrize(("times", "problem"), [(2, "too short"), (4, None)])
def test_short_in_a_script_without_spaces(times: int, problem: str | None) -> None:
    """Japanese is counted by characters, two for a word."""
    body = "".join(f"<p>{JAPANESE}{number}</p>" for number in range(times))
    assert problem == read(page(body, lang="ja")).problem


def test_a_notice_behind_an_article_is_cut_off() -> None:
    """The article before it can be used; an offer to subscribe is noted all the same."""
    notice = "<p>Get the app for iPhone and Android.</p><p>Scan the code to download our app.</p>"
    found = read(page(ARTICLE + notice))
    assert found.problem is None
    assert "iPhone" not in found.text
    offer = "<p>Subscribe now to keep reading.</p><p>One crown a month. Log in or sign up.</p>"
    found = read(page(ARTICLE + offer))
    assert ("subscription wall", True) == (found.problem, found.paywalled)
    assert "crown" not in found.text
    assert found.text


@pytest.mark.parametrize("content_type", ["application/pdf", "image/jpeg", "text/css"])
def test_not_a_web_page(content_type: str) -> None:
    """What is not markup is not searched for an article."""
    assert "not a web page" == read(page(), content_type=content_type).problem


@pytest.mark.parametrize(
    "content_type", ["", "text/html", "application/xhtml+xml", "text/xml", "text/plain"]
)
def test_web_page(content_type: str) -> None:
    """Markup is, and so is what does not say what it is."""
    assert read(page(), content_type=content_type).problem is None


# --- times ------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (linked_data({"@type": "NewsArticle", "datePublished": "2026-11-20T13:00:00+01:00"}), NOON),
        (
            linked_data({"@type": ["x", "BlogPosting"], "datePublished": "2026-11-20T12:00Z"}),
            NOON,
        ),
        (
            linked_data(
                {
                    "@graph": [
                        {"@type": "WebPage", "datePublished": "2019-01-01T00:00Z"},
                        {"@type": "Article", "datePublished": ["2026-11-20T12:00:00.000Z"]},
                    ]
                }
            ),
            NOON,
        ),
        (linked_data({"@type": "WebPage", "datePublished": "2026-11-20T07:00:00-0500"}), NOON),
        (meta("article:published_time", "2026-11-20 14:00:00 +0200"), NOON),
        ("<meta itemprop=datePublished content='2026-11-20T12:00:00Z'>", NOON),
        ("<meta name=pubdate content='Fri, 20 Nov 2026 12:00:00 GMT'>", NOON),
        ("<meta name=date content='2026-11-20T13:00:00+01:00[Europe/Berlin]'>", NOON),
        (meta("date", "2026-11-20T12:00:00"), NOON),
        (meta("date", "2026-11-20"), NOON.replace(hour=0)),
        # a more exact statement refines the first one, and does not contradict it
        (meta("datePublished", "2026-11-20") + meta("date", "2026-11-20T12:00:00Z"), NOON),
        (meta("datePublished", "2026-11-20T12:00") + meta("date", "2026-01-01T00:00:00Z"), NOON),
        (meta("date", "yesterday"), None),
        (meta("date", "0001-01-01T00:00:00Z"), None),
        (meta("date", "1970-01-01T00:00:00Z"), None),
        (meta("date", "9999-12-31T23:59:59-01:00"), None),
        (linked_data({"@type": "Article", "datePublished": {"@value": 5}}), None),
    ],
)
def test_published_at(head: str, expected: datetime | None) -> None:
    """The time of publication is exact, in UTC, wherever the page states it."""
    assert expected == read(page(head=head)).published_at


def test_published_at_from_time_element() -> None:
    """Without metadata the first time element counts."""
    body = "<time>today</time><time datetime='2026-11-20T13:00+01:00'>13:00</time>"
    assert NOON == read(page(body + ARTICLE)).published_at


@given(
    st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
)
@settings(deadline=None, max_examples=50)
def test_published_at_keeps_the_moment(when: datetime, offset: int) -> None:
    """Any ISO time with any zone comes back as the same moment."""
    stated = when.replace(tzinfo=timezone(timedelta(minutes=offset)))
    found = read(page("", meta("article:published_time", stated.isoformat()))).published_at
    assert stated == found


# --- titles, authors, languages ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (meta("og:title", "Ferry &amp;amp; mail"), "", "Ferry & mail"),
        (linked_data({"@type": "Article", "headline": "Ferry"}), "", "Ferry"),
        ("<title>Site</title>", "<h1> Ferry\n returns </h1>", "Ferry returns"),
        (
            meta("og:title", "Oh!") + linked_data({"@type": "Article", "headline": "A"}),
            "<h1>A</h1>",
            "A",
        ),
        (meta("og:title", "A - b | Post") + meta("og:site_name", "Post"), "", "A - b"),
        ("<title>Ferry returns – Harbour-Post</title>", "", "Ferry returns"),
        ("<title>Ferry returns – at last</title>", "", "Ferry returns – at last"),
        ("<title>Ferry | </title>", "", "Ferry |"),
        ("", "", None),
    ],
)
def test_title(head: str, body: str, expected: str | None) -> None:
    """The title is what the page agrees on, without the name of the site."""
    assert expected == read(page(body + ARTICLE, head)).title


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (linked_data({"@type": "Article", "author": "Ada Quill"}), "Ada Quill"),
        (linked_data({"@type": "Article", "author": {"name": "Ada Quill"}}), "Ada Quill"),
        (
            linked_data({"@type": "Article", "author": [{"name": "Ada Quill"}, "Bo Reed", {}, 5]}),
            "Ada Quill, Bo Reed",
        ),
        (linked_data({"@type": "Article", "creator": ["Bo Reed", "Bo Reed"]}), "Bo Reed"),
        ("<meta name=author content=' Ada  Quill '>", "Ada Quill"),
        (meta("article:author", "https://social.example/ada"), None),
        ("", None),
    ],
)
def test_author(head: str, expected: str | None) -> None:
    """Authors are names, each once; a profile's address is no name."""
    assert expected == read(page(head=head)).author


@pytest.mark.parametrize(
    ("lang", "head", "expected"),
    [
        ("pt-BR", "", "pt"),
        ("DE", meta("og:locale", "en_GB"), "de"),
        ("", meta("og:locale", "en_GB"), "en"),
        ("", "<meta http-equiv=Content-Language content='fr, en'>", "fr"),
        ("", linked_data({"@type": "Article", "inLanguage": "nb-NO"}), "nb"),
        ("no", "", "nb"),
        ("utf-8", "<meta http-equiv=Content-Language content=zh>", "zh"),
        ("english", "", None),
    ],
)
def test_language(lang: str, head: str, expected: str | None) -> None:
    """The language is a primary subtag in lower case; what is no language is passed over."""
    assert expected == read(page(head=head, lang=lang)).language


# --- addresses --------------------------------------------------------------------------------

SITE = "https://www.harbour-post.example"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (f"<link rel=canonical href='{SITE}/a'>", f"{SITE}/a"),
        ("<link rel='Canonical nofollow' href='/a?b=1#c'>", f"{SITE}/a?b=1#c"),
        (
            "<base href='https://cdn.example/x/'><link rel=canonical href=y>",
            "https://cdn.example/x/y",
        ),
        (f"<link rel=canonical href='{SITE}/'>" + meta("og:url", f"{SITE}/a"), f"{SITE}/a"),
        (f"<link rel=canonical href='{SITE}'>", None),
        ("<link rel=canonical href='javascript:alert(1)'>", None),
        ("<link rel=canonical href='http://[broken'>", None),
        ("<link rel=canonical href='/with space'>", None),
        (f"<link rel=canonical href='/{'a' * 3000}'>", None),
        ("<link rel=stylesheet href='/a.css'>", None),
    ],
)
def test_canonical_url(head: str, expected: str | None) -> None:
    """The canonical URL is an absolute web address, and not the site's start page."""
    assert expected == read(page(head=head)).canonical_url


def test_canonical_url_of_a_start_page() -> None:
    """The start page itself is its own canonical page."""
    found = read(page(head="<link rel=canonical href='/'>"), url=f"{SITE}/")
    assert f"{SITE}/" == found.canonical_url


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (meta("og:image", "/ferry.jpg"), f"{SITE}/ferry.jpg"),
        (linked_data({"@type": "Article", "image": {"url": f"{SITE}/b.jpg"}}), f"{SITE}/b.jpg"),
        (linked_data({"@type": "Article", "image": ["data:x", "/c.jpg"]}), f"{SITE}/c.jpg"),
        ("", None),
    ],
)
def test_image(head: str, expected: str | None) -> None:
    """The lead image is an absolute web address."""
    assert expected == read(page(head=head)).image


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("0; url=/real", f"{SITE}/real"),
        ("0;URL='https://other.example/x'", "https://other.example/x"),
        ("3, real", f"{SITE}/news/2026/real"),
        ("300", None),
        (f"0; url={URL}", None),
        (" " * 500_000 + "x", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_refresh_url(content: str, expected: str | None) -> None:
    """A page without a text may send its readers on; to itself does not count."""
    head = f'<meta http-equiv="refresh" content="{content}">'
    assert expected == read(page("", head)).refresh_url


def test_refresh_of_an_article_is_ignored() -> None:
    """Where there is a text, nobody has to go anywhere else."""
    assert read(page(head='<meta http-equiv="refresh" content="0; url=/x">')).refresh_url is None


# --- paywalls and broken JSON-LD --------------------------------------------------------------


@pytest.mark.parametrize("value", [False, "False", "false", "http://schema.org/False", 0, "no"])
def test_paywalled(value: object) -> None:
    """Every spelling of false counts."""
    head = linked_data({"@type": "NewsArticle", "isAccessibleForFree": value})
    assert read(page(head=head)).paywalled


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (linked_data({"@type": "Article", "isAccessibleForFree": True}), False),
        (linked_data({"@type": "Article", "hasPart": {"isAccessibleForFree": "False"}}), True),
        (
            linked_data(
                {
                    "@type": "Article",
                    "isAccessibleForFree": True,
                    "hasPart": [{"isAccessibleForFree": False}],
                }
            ),
            False,
        ),
        ("<meta itemprop=isAccessibleForFree content=false>", True),
        (meta("article:content_tier", "locked"), True),
        (meta("article:content_tier", "free"), False),
        ("", False),
    ],
)
def test_paywalled_or_not(head: str, expected: bool) -> None:
    """The article's own statement goes before that of its parts and of meta elements."""
    assert expected == read(page(head=head)).paywalled


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "Article", "headline": "Ferry",}',
        '<!-- {"@type": "Article", "headline": "Ferry"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "Ferry"}\n//]]>',
        '{"@type": "Article", "description": "two\nlines", "headline": "Ferry"};',
        "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;Ferry&quot;}",
    ],
)
def test_broken_linked_data_is_read(text: str) -> None:
    """The common ways to get JSON-LD wrong cost nothing."""
    found = read(page(head=f'<script type="application/ld+json">{text}</script>'))
    assert "Ferry" == found.title


def test_unreadable_linked_data_is_passed_over() -> None:
    """What cannot be read does not hide what can."""
    head = '<script type="application/ld+json">{"@type": oops}</script>'
    head += '<script type="application/ld+json"> </script><script>var x</script>'
    head += linked_data({"@type": "Article", "headline": "Ferry"})
    assert "Ferry" == read(page(head=head)).title


def test_what_a_page_calls_its_article_is_read() -> None:
    """Its sections, then its types of schema.org, each once."""
    stated = {"@type": ["OpinionNewsArticle", 1], "headline": "Ships", "articleSection": ["Ports"]}
    head = '<meta property="article:section" content="Opinion">' + linked_data(stated)
    assert ("Opinion", "Ports", "OpinionNewsArticle") == read(page(head=head)).labels
