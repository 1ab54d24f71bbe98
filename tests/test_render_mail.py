"""The mail of an edition: short enough, safe in every line, both parts complete."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import parse_qs, quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from digest.model import Edition, FeedReport, Mail, Personal, RenderedFile, Section
from digest.render import Renderer
from digest.render.mail import LIMIT, short_lines
from digest.render.plain_text import WIDTH, columns, fill, mailto
from digest.render.sample_edition import sample_editions

from .editions import article, file, find, large, sample, site, squeezed, story

RENDERER = Renderer()
ROOMY = Renderer(base_url="https://news.example/")
URL = "https://harbour-post.example/2026/11/21/"


@pytest.fixture(scope="module")
def edition() -> Edition:
    return sample()


@pytest.fixture(scope="module")
def files(edition: Edition) -> tuple[RenderedFile, ...]:
    return RENDERER.edition(edition, "2026-11-20")


# --- mail -------------------------------------------------------------------------------------


def test_mail_is_inlined_and_still_knows_the_dark(files: tuple[RenderedFile, ...]) -> None:
    """Styles are on the elements; only the media query stays a style sheet."""
    mail = html.fromstring(file(files, "email.html"))
    (style,) = mail.xpath("//style/text()")
    assert style.strip().startswith("@media (prefers-color-scheme: dark)")
    assert all("font-size" in style for style in mail.xpath("//td[@class='front']/@style"))
    assert ["light dark"] == mail.xpath("//meta[@name='color-scheme']/@content")
    assert [] == mail.xpath("//img | //script | //@src")
    preheader = squeezed(find(mail, ".preheader")[0])
    assert preheader.startswith("Ferry pilots walk out over night crossings · ")


@pytest.mark.parametrize(
    ("stories", "notice"),
    [
        (12, ""),
        (100, "have no summary."),
        (500, "were left out."),
    ],
)
def test_mail_stays_below_the_limit(stories: int, notice: str) -> None:
    """Titles give way first, then summaries, then stories; the mail says which and links."""
    edition = large(stories)
    files = ROOMY.edition(replace(edition, rest=sample().rest), None)
    body = file(files, "email.html")
    assert len(body.encode()) <= LIMIT
    assert notice in body
    assert bool(notice) == ("Read the whole edition" in body)
    assert bool(notice) != ("Harbour cat" in body)
    assert stories == file(files, "index.html").count("<article")
    if notice:
        assert len(body.encode()) > 0.9 * LIMIT


def test_mail_of_a_site_without_an_address_leads_nowhere() -> None:
    """It says what it leaves out all the same."""
    mail = html.fromstring(RENDERER.mail(large(120)).html)
    assert "To keep this email short" in squeezed(mail)
    assert [] == mail.xpath("//a[text()='Read the whole edition']")


def test_mail_names_the_rest_where_there_is_one() -> None:
    """Both parts count it and lead to its page; without such a page they say nothing of it."""
    new, _ = sample_editions()
    made = ROOMY.mail(new)
    assert "1 more story we had no room for" in made.html
    assert "1 more story we had no room for\nhttps://news.example/2026-03-02/rest/" in made.text
    made = ROOMY.mail(replace(new, rest=(), counts=replace(new.counts, stories=40)))
    assert "no room" not in made.html + made.text


def test_a_thousand_failed_feeds_do_not_fill_the_mail(edition: Edition) -> None:
    """Five failures are named, fifty in the text part; the rest is counted, after no comma."""
    feeds = tuple(
        FeedReport(url=f"https://{n}.example/", title="<" * 900, status="failed", error="&" * 900)
        for n in range(1000)
    )
    made = RENDERER.edition(replace(edition, feeds=feeds), None)
    body = file(made, "email.html")
    assert "and 995 more" in body
    assert "… and 950 more." in " ".join(file(made, "email.txt").split())
    assert len(body.encode()) <= LIMIT


SCRIPTS = {
    "Latin": ("The harbour opens again after the storm ", "en"),
    "CJK": ("港は嵐のあと再び開かれ船は沖で待っていた人々は岸に立ち", "ja"),
    "Arabic": ("يفتح الميناء أبوابه من جديد بعد العاصفة ", "ar"),
}


def written_in(script: str, stories: int) -> Edition:
    """An edition of so many stories, with long texts and links, in one script."""
    text, language = SCRIPTS[script]
    single = tuple(
        replace(
            story(
                f"{number}. {text}",
                [article(text * 2, text * 3, place, url=URL + "x" * 80) for place in range(4)],
                [(text * 9).strip()] * 3,
                language,
            ),
            id=f"s{number}",
        )
        for number in range(stories)
    )
    return replace(
        sample(),
        language=language,
        front=(),
        rest=(),
        sections=(Section(title=text.strip(), stories=single),),
    )


def left_out(body: str) -> int:
    """How many stories a mail says it leaves out."""
    found = re.search(r"To keep this email short, (\d+) stor(?:y was|ies were) left out", body)
    return int(found[1]) if found else 0


def message(mail: Mail) -> EmailMessage:
    made = EmailMessage(policy=SMTP.clone(cte_type="8bit"))
    made["Subject"] = mail.subject
    made.set_content(mail.text)
    made.add_alternative(mail.html, subtype="html")
    return made


def filled(part: str) -> str:
    """With the longest addresses that a subscriber may have."""
    for token in Personal():
        part = part.replace(token, "https://news.example/".ljust(200, "x"))
    return part


@pytest.mark.parametrize("stories", [5, 60, 400])
@pytest.mark.parametrize("script", SCRIPTS)
def test_mail_in_any_script_keeps_all_limits(script: str, stories: int) -> None:
    """HTML at most 100 kB, no line over 998 octets, both parts with every story they claim."""
    edition = written_in(script, stories)
    made = ROOMY.mail(edition)
    for part in (made.html, made.text):
        assert max(len(line.encode()) for line in filled(part).split("\n")) <= 998
        assert 1 == part.count("%%UNSUBSCRIBE%%")
    assert len(filled(made.html).encode()) <= LIMIT
    shown = len(html.fromstring(made.html).xpath("//*[contains(@class, 'headline')]"))
    assert shown == made.html.count("%%PREFERENCES%%?mute=")
    assert stories == shown + left_out(made.html)
    text = " ".join(made.text.split())
    assert all(f"{number}. " in text for number in range(stories))
    parsed = message_from_bytes(message(made).as_bytes(), policy=SMTP)
    body = parsed.get_body(("html",))
    assert body is not None
    assert made.html.split() == body.get_content().split()


@pytest.mark.parametrize("letter", ["x", "語", "ض", "&"])
def test_the_worst_that_feeds_send_keeps_all_limits(letter: str) -> None:
    """Headlines of 2,000 letters without a space, outlets and links as long, 400 sources."""
    long = letter * 2000
    single = tuple(
        replace(
            story(
                f"{number}{long}",
                [
                    article(long, long, place, url=f"{URL}{number}/{place}/{'y' * 900}")
                    for place in range(400 if number < 2 else 3)
                ],
                [long] * 4,
                "und",
            ),
            id=f"s{number}",
        )
        for number in range(12)
    )
    failed = FeedReport(url=URL, title=long, status="failed", error=long)
    edition = replace(
        sample(),
        title=long[:200],
        sections=(Section(title=long, stories=single),),
        feeds=(failed,) * 20,
    )
    made = ROOMY.mail(edition)
    assert len(made.html.encode()) <= LIMIT
    for part in (made.html, made.text):
        assert max(len(line.encode()) for line in part.split("\n")) <= 998
        assert 1 == part.count("%%UNSUBSCRIBE%%")
    shown = html.fromstring(made.html).xpath("//*[contains(@class, 'headline')]")
    assert 12 == len(shown) + left_out(made.html)


def test_the_archived_mail_has_no_place_for_a_subscriber(
    edition: Edition, files: tuple[RenderedFile, ...]
) -> None:
    """Only what is delivered names the two links."""
    for name in ("email.html", "email.txt"):
        assert "%%" not in file(files, name)
    made = RENDERER.mail(edition)
    links = html.fromstring(made.html).xpath("//td[@class='imprint']//a/@href")
    own = ["%%PREFERENCES%%", "%%PREFERENCES%%?frequency=weekly", "%%UNSUBSCRIBE%%"]
    assert own == links


def test_addresses_that_no_line_can_hold_are_no_links_in_mail() -> None:
    """The story stays; its page has the link."""
    url = "https://a.example/" + "x" * 1500
    single = story("Far away", [article("A", "Far away", 1, url=url)], ["It is far."])
    lone = replace(sample(), rest=(), sections=(Section(title="World", stories=(single,)),))
    made = RENDERER.mail(lone)
    assert "Far away" in made.html
    assert "Far away" in made.text
    assert url not in made.html + made.text
    assert url in file(RENDERER.edition(lone), "index.html")


@given(
    st.lists(
        st.one_of(
            st.text(st.sampled_from("a 語é &;"), max_size=700),
            st.sampled_from(["<b>", "</b>", "<br>", '<a href="https://x.example/y" class="c d">']),
        ),
        max_size=12,
    )
)
def test_short_lines_change_nothing_that_is_seen(parts: list[str]) -> None:
    """Every line is short enough, and what a reader sees is the same but for white space."""
    line = "".join(parts).replace("&", "&amp;")
    made = short_lines(line)
    assert max(len(part.encode()) for part in made.split("\n")) <= 998
    assert line.split() == re.sub(r"<!--\n-->", "", made).split()


def test_a_picture_stands_in_mail_only_where_it_is_wanted() -> None:
    """Off by default; "all" has it, with alt text and width, if the site has an address."""
    new, _ = sample_editions()
    assert [] == html.fromstring(RENDERER.mail(new).html).xpath("//img")
    assert [] == html.fromstring(Renderer(images="page").mail(new).html).xpath("//img")
    assert [] == html.fromstring(Renderer(images="all").mail(new).html).xpath("//img")
    roomy = Renderer(base_url="https://news.example", images="all")
    (image,) = html.fromstring(roomy.mail(new).html).xpath("//img")
    assert "https://news.example/2026-03-01/pictures/ferries.jpg" == image.get("src")
    assert "Picture published by Strait Herald" == image.get("alt")
    assert "560" == image.get("width")
    assert "max-width: 560px" in image.get("style")
    assert "Picture: Strait Herald" in roomy.mail(new).html


def test_a_mailbox_shows_the_lead_and_the_two_behind_it(edition: Edition) -> None:
    """Subject, title and preheader; page and archive name the three in the same order."""
    bridge, wire, library = (story.headline for story in edition.front_stories)
    made = RENDERER.mail(edition)
    assert bridge == made.subject
    mail = html.fromstring(made.html)
    assert bridge == mail.findtext(".//title")
    assert f"{wire} · {library}" == squeezed(find(mail, ".preheader")[0])
    assert bridge == squeezed(find(mail, "h2.lead")[0])
    files = site([edition])
    for name in ("2026-11-21/index.html", "index.html", "2026-11/index.html"):
        page = html.fromstring(file(files, name))
        (description,) = page.xpath("//meta[@property='og:description']/@content")
        assert f"{bridge} · {wire} · {library}" == description
    for name in ("index.html", "2026-11/index.html"):
        listed = find(html.fromstring(file(files, name)), "ol.editions .summary")[0]
        assert f"{bridge} · {wire} · {library}" == squeezed(listed)
    empty = replace(edition, sections=(), front=(), rest=())
    assert "The Digest, November 21, 2026" == RENDERER.mail(empty).subject


def test_a_headline_without_a_summary_is_a_line(edition: Edition) -> None:
    """Never in full size; a line leads to the story, its outlet beside it."""
    mail = html.fromstring(ROOMY.mail(edition).html)
    lines = [squeezed(line) for line in find(mail, "h3.line")]
    assert ["Why moss likes old roofs", "Chess final ends with a rook nobody wanted"] == lines
    page = html.fromstring(file(ROOMY.edition(edition), "index.html"))
    assert lines == [squeezed(line) for line in find(page, "ul.lines h3")]
    moss = edition.sections[2].stories[2]
    (link,) = mail.xpath(f"//a[text()='{moss.headline}']/@href")
    assert f"https://news.example/stories/{moss.id}/" == link
    assert "Garden Column · Mute this story" == squeezed(find(mail, "h3.line")[0].getnext())


def test_what_there_was_little_room_for_is_named_in_every_format(edition: Edition) -> None:
    """With its outlet; what is one click away is not."""
    made = ROOMY.mail(edition)
    files = site([edition])
    for text in (
        made.html,
        made.text,
        file(files, "2026-11-21/index.html"),
        file(files, "feed.json"),
        file(files, "feed.xml"),
    ):
        assert "Also today" in text or "ALSO TODAY" in text
        assert "Harbour cat found in a lorry to Kells" in text
        assert "Six ways to dry a coat" not in text


def test_a_story_can_be_forwarded(edition: Edition) -> None:
    """By a link that begins a mail: its headline, its page; of any length, in any script."""
    (link, *_) = html.fromstring(ROOMY.mail(edition).html).xpath("//a[text()='Forward']/@href")
    bridge = edition.front_stories[0]
    page = f"https://news.example/stories/{bridge.id}/"
    sent = parse_qs(link.removeprefix("mailto:?"))
    assert {"subject": [bridge.headline], "body": [f"{page}\n\nFrom The Digest"]} == sent
    (own,) = html.fromstring(RENDERER.mail(edition).html).xpath(
        f"//a[starts-with(@href, 'mailto:?subject={quote(bridge.headline, safe='')}&')]/@href"
    )
    assert str(bridge.articles[0].url) in unquote(own)
    assert 1 == ROOMY.mail(edition).html.count(quote("https://news.example/2026-11-21/", safe=""))


@given(st.text(st.characters(codec="utf-8"), max_size=400), st.integers(1, 900), st.booleans())
def test_a_link_that_begins_a_mail_fits_a_line(subject: str, length: int, noted: bool) -> None:
    """At most 900 octets, the address whole; what is cut of a subject ends with an ellipsis."""
    url = "https://a.example/" + "x" * length
    link = mailto(subject, url, "From afar" if noted else "")
    if link is None:
        assert length + len(quote(subject)) > 800
        return
    assert len(link) <= 900
    sent = parse_qs(link.removeprefix("mailto:?"), keep_blank_values=True)
    assert url == sent["body"][0].partition("\n")[0]
    (kept,) = sent["subject"]
    assert kept == subject or (kept.endswith("…") and subject.startswith(kept[:-1]))


# --- text -------------------------------------------------------------------------------------


def test_text_mail_keeps_its_width(files: tuple[RenderedFile, ...]) -> None:
    """No line is wider than 78 columns, but for the addresses at the end of a section."""
    lines = file(files, "email.txt").splitlines()
    wide = [line for line in lines if columns(line) > WIDTH and not re.match(r"\[\d+\] http", line)]
    assert [] == wide
    assert [line.rstrip() for line in lines] == lines


def test_text_mail_numbers_its_links(files: tuple[RenderedFile, ...]) -> None:
    """Each number in the text is explained once, at the end of its own section."""
    text = file(files, "email.txt")
    listed = re.findall(r"^\[(\d+)\] (http\S+)$", text, re.MULTILINE)
    assert [str(number) for number in range(1, len(listed) + 1)] == [n for n, _ in listed]
    assert len(listed) == len({url for _, url in listed})
    for part in text.split("\n\n\n")[1:-1]:
        body, _, notes = part.rpartition("\n\n")
        used = set(re.findall(r"\[(\d+)\]", body))
        assert used == set(re.findall(r"^\[(\d+)\]", notes, re.MULTILINE))


def test_items_of_a_list_hang() -> None:
    """Their mark is alone before them, so that the eye finds where each begins."""
    assert "  - " + "x" * 70 + "\n    yyyyy" == fill("x" * 70 + " yyyyy", 4, "- ")


@given(st.text(st.sampled_from("ab 語文\n"), max_size=400), st.sampled_from([0, 2, 4]))
def test_filling_keeps_text_and_width(text: str, indent: int) -> None:
    """No line is too wide, wide characters counted twice, and no letter is lost."""
    lines = fill(text, indent).split("\n")
    assert all(columns(line) <= WIDTH for line in lines)
    assert "".join(text.split()) == "".join("".join(lines).split())


def test_words_that_are_too_long_are_cut() -> None:
    """A word wider than a line goes on in the next; wide letters count twice."""
    assert "a\n" + "x" * 78 + "\nxx b" == fill("a " + "x" * 80 + " b")
    assert "語" * 39 + "\n語" == fill("語" * 40)
