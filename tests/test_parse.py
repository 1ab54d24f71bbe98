from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.parse import html_to_text
from digest.feeds.parse.dates import parse_date
from digest.feeds.parse.fields import primary_language

NOON = datetime(2018, 9, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2018-09-24T12:00:00Z",
        "2018-09-24T14:00:00.123456+02:00",
        "2018-09-24 12:00",
        "2018-09-24T07:00:00 EST",
        "20180924T120000Z",
        "20180924T1400+0200",
        "2018/9/24 12:00:00",
        "24.09.2018 12:00",
        "Mon, 24 Sep 2018 12:00:00 GMT",
        "Mon, 24 Sep 18 12:00 UT",
        "24 September 2018 2:00 PM +0200",
        "Mon, 24 Sep 2018 14:00:00 GMT+2",
        "Mon, 24 Sep 2018 05:00:00 PDT",
        "Mon, 24 Sep 2018 12:00:00 Nowhere",
        "Mon Sep 24 12:00:00 2018",
        "September 24th, 2018 12:00 p.m.",
        "Seg, 24 Set 2018 09:00:00 -0300",
        "lunes, 24 de septiembre de 2018 12:00:00",
        "Mo, 24. Sept. 2018 14:00 MESZ",
        "lun., 24 sept. 2018 14:00:00 +0200",
    ],
)
def test_one_moment_is_read_in_many_spellings(text: str) -> None:
    """RFC 3339, RFC 822, asctime, month names in several languages; no zone means UTC."""
    assert NOON == parse_date(text)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("Fév", 2),
        ("März", 3),
        ("abr", 4),
        ("mai", 5),
        ("juin", 6),
        ("juillet", 7),
        ("août", 8),
        ("Ago", 8),
        ("Okt", 10),
        ("outubro", 10),
        ("Dezember", 12),
        ("déc.", 12),
        ("ene", 1),
    ],
)
def test_months_are_known_in_several_languages(name: str, month: int) -> None:
    """Accents and endings do not matter; French June and July are told apart."""
    assert datetime(2020, month, 3, tzinfo=UTC) == parse_date(f"3 {name} 2020")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2018-09-23T24:00:00Z", datetime(2018, 9, 24, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2018", datetime(2018, 1, 1, tzinfo=UTC)),
        ("2018-09", datetime(2018, 9, 1, tzinfo=UTC)),
        ("12 Jan 99 12:00 am", datetime(1999, 1, 12, tzinfo=UTC)),
    ],
)
def test_odd_but_meant_moments_are_read(text: str, moment: datetime) -> None:
    """24:00 and leap seconds run over; what is left out is the first."""
    assert moment == parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "0000-00-00",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "44798-01-01T00:00:00Z",
        "2100-01-01",
        "2018-13-01",
        "2018-02-30T00:00:00Z",
        "2018-09-24T25:00:00Z",
        "2018-09-24T12:61:00Z",
        "31 Jun 2006",
        "24 Foo 2018",
        "-1",
        "1 " * 99999,
    ],
)
def test_a_date_that_cannot_be_is_none(text: str) -> None:
    """Outside 1990..2100, or no day of the calendar, or no date at all: None, never an error."""
    assert None is parse_date(text)


@given(
    st.text(max_size=40)
    | st.from_regex(r"\d{1,5}[-/. T]\w{1,5}[-/. T]\d{1,5}[ T]\d\d:\d\d:\d\d.{0,6}")
)
def test_any_string_gives_a_moment_in_range_or_none(text: str) -> None:
    """No string makes parse_date raise or leave its range."""
    moment = parse_date(text)
    assert moment is None or 1990 <= moment.year < 2100


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)).map(
        lambda at: at.replace(microsecond=0)
    ),
    st.integers(-12 * 60, 14 * 60),
)
def test_what_the_standard_library_writes_is_read_back(naive: datetime, minutes: int) -> None:
    """RFC 3339 and RFC 5322 in any zone give the same moment, in UTC."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert [moment, moment] == [parse_date(moment.isoformat()), parse_date(format_datetime(moment))]
    assert timedelta(0) == (parse_date(moment.isoformat()) or moment).utcoffset()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("a\n b", "a b"),
        ("<p>a</p>\n<p> b&nbsp;c </p>", "a\nb c"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<h2>Head</h2>text<ul><li>x<li>y</ul><blockquote>q</blockquote>", "Head\ntext\nx\ny\nq"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("in<b>line</b> <a href='x > y' title=\"<p>\">link</a>", "inline link"),
        ("a<script>var x = '<p>';</script>b<style>p{}</style >c<iframe src=x>d</iframe>e", "abce"),
        ("a<script>never closed", "a"),
        ("a<!-- b --><!DOCTYPE x><?php y ?>c", "ac"),
        (
            "&lt;p&gt; &amp;amp; &#8217; &#0; &#xD800; &unknown;",
            "<p> &amp; ’ \ufffd \ufffd &unknown;",
        ),
        ("5 < 6 and a<b, <3", "5 < 6 and a<b, <3"),
        ("a\x00b\ud800c&#1;d\x1b", "abcd"),
        ("<progress>a</progress><header-x>b</header-x>", "ab"),
    ],
)
def test_html_becomes_what_a_reader_would_see(html: str, text: str) -> None:
    """Blocks are lines, inline markup vanishes, scripts are dropped, entities are decoded."""
    assert text == html_to_text(html)


def test_deep_and_long_html_loses_no_text() -> None:
    """Depth is no limit, length is: a tag that the limit cuts through is left out."""
    assert "deep" == html_to_text("<div>" * 20_000 + "deep" + "</div>" * 20_000)
    assert "x" * 262_000 == html_to_text("x" * 262_000 + "<a href='" + "y" * 1000 + "'>z</a>")


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        '<a "',
        "<a \"' ",
        '<a "<a \' "',
        "<!--",
        "<script",
        "</",
        "&",
        "&#",
        "<!",
        "<?",
        "<br ",
        "\ud800",
    ],
)
def test_repeated_fragments_end(piece: str) -> None:
    """No run of broken markup makes the time grow with the square of its length."""
    assert 262_144 >= len(html_to_text(piece * 300_000))


@given(st.text(st.characters() | st.sampled_from("<>&/\"'!-ap;#\ud800\x00"), max_size=200))
def test_any_html_gives_lines_that_can_be_stored(html: str) -> None:
    """The text encodes as UTF-8 and has no empty line and no space at a line's ends."""
    text = html_to_text(html)
    text.encode()
    assert [line.strip() for line in text.split("\n") if line.strip()] == (
        text.split("\n") if text else []
    )


@pytest.mark.parametrize(
    ("stated", "expected"),
    [("en_GB", "en"), ("no", "nb"), ("nb-NO", "nb"), ("utf-8", None), ("xx", None), ("zu", "zu")],
)
def test_a_language_is_one_that_exists(stated: str, expected: str | None) -> None:
    """The name of an encoding is none; Norwegian has one code whichever is stated."""
    assert expected == primary_language(stated)
