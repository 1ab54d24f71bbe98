"""Which text, which time, which title an article gets, and what it says about that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.article import (
    FULL_TEXT_LENGTH,
    PageResult,
    assemble,
    is_full,
    language_sample,
    outlet_of,
    wants_page,
    with_page,
)
from digest.languages import detect_language
from digest.model import (
    Article,
    Entry,
    Feed,
    FeedState,
    FullText,
    PageProblem,
    PageText,
    ParsedFeed,
)

SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)
FEED = Feed(url="https://a.example/feed", section="World")
ENTRY = Entry(
    raw_id="1",
    url="https://a.example/1",
    title="Harbour closed",
    summary="The harbour is closed after the storm.",
    published_at=SEEN - timedelta(hours=2),
    language="en",
)
PAGE = PageText(
    text="The harbour of Marrow Bay is closed. " * 20,
    title="Harbour closed | The Post",
    published_at=SEEN - timedelta(hours=3),
    author="Ada Lund",
    language="de",
    image="https://a.example/i.jpg",
)


def made(entry: Entry = ENTRY, page: PageText | None = PAGE, reason: str | None = None) -> Article:
    result = PageResult(page=page, reason=reason)
    return assemble(FEED, "The Post", entry, result, article_id="a" * 16, seen_at=SEEN)


def test_the_page_gives_the_text_and_the_feed_the_time_and_title() -> None:
    """Each is believed for what it knows better."""
    article = made()
    assert PAGE.text == article.text
    assert ("page", None) == (article.text_source, article.text_note)
    assert ENTRY.published_at == article.published_at
    assert "Harbour closed" == article.title
    assert ("Ada Lund", "https://a.example/i.jpg") == (article.author, article.image)
    assert "de" == article.language  # what the page says of itself


def test_of_a_closed_page_the_feeds_teaser_is_kept() -> None:
    """What is stated not to be free is not printed, and the article says so."""
    article = made(page=replace(PAGE, paywalled=True))
    assert (ENTRY.summary, "feed", "paywalled") == (
        article.text,
        article.text_source,
        article.text_note,
    )
    assert article.paywalled


def test_what_a_page_tells_before_its_offer_is_used() -> None:
    """Where it is more than the feed's teaser."""
    before = PageText(text=PAGE.text[:100], problem=PageProblem.SUBSCRIPTION, paywalled=True)
    article = made(page=before)
    assert (before.text, "page", "subscription wall") == (
        article.text,
        article.text_source,
        article.text_note,
    )
    assert ENTRY.summary == made(page=replace(before, text="Harbour closed")).text


def test_a_page_that_tells_something_else_is_not_the_article() -> None:
    """Whatever it is, in whatever words: it shares none with the entry."""
    article = made(page=replace(PAGE, text="Slide the puzzle to show that you are a person. " * 9))
    assert (ENTRY.summary, "another text than the entry's") == (article.text, article.text_note)


def test_an_article_about_apps_is_one() -> None:
    """What reads like a wall is used where it tells what its entry tells."""
    entry = replace(ENTRY, title="Ferry line sells tickets by phone", summary="On two systems.")
    about = "The ferry line sells tickets by phone: the app is for two systems, iPhone and Android."
    page = replace(PAGE, text=about, problem=PageProblem.APP)
    assert (about, "page", None) == (
        made(entry, page).text,
        made(entry, page).text_source,
        made(entry, page).text_note,
    )
    assert "app page" == made(ENTRY, page).text_note


def test_without_a_page_the_feed_gives_the_text_and_the_reason_is_kept() -> None:
    """A page that could not be read costs the article nothing but length."""
    article = made(page=None, reason="page: HTTP 403")
    assert ENTRY.summary == article.text
    assert ("feed", "page: HTTP 403") == (article.text_source, article.text_note)
    assert not article.paywalled


@pytest.mark.parametrize(
    "problem", [PageProblem.CONSENT, PageProblem.NEEDS_JAVASCRIPT, PageProblem.TOO_SHORT]
)
def test_a_page_that_cannot_be_used_falls_back_to_the_feed_and_says_so(
    problem: PageProblem,
) -> None:
    """Consent walls, shells and stubs are not articles."""
    article = made(page=replace(PAGE, problem=problem, text="We value your privacy"))
    assert (ENTRY.summary, "feed", problem) == (
        article.text,
        article.text_source,
        article.text_note,
    )


def test_a_short_page_is_better_than_nothing() -> None:
    """Where the feed carries no text at all, what the page gave is kept, with its problem."""
    page = replace(PAGE, problem=PageProblem.TOO_SHORT, text="Closed.")
    article = made(replace(ENTRY, summary=""), page)
    assert ("Closed.", "page", "too short") == (
        article.text,
        article.text_source,
        article.text_note,
    )


def test_a_page_thinner_than_its_feed_is_a_stub() -> None:
    """Some hold less than a full-text feed gives away."""
    entry = replace(ENTRY, content="The harbour is closed. " * 100)
    article = made(entry)
    assert (entry.content, "feed") == (article.text, article.text_source)
    assert "the page holds less than the feed" == article.text_note


def test_times_fall_back_from_feed_to_page_to_update_to_first_sight() -> None:
    """And only an article that nobody dated says that it is undated."""
    undated = replace(ENTRY, published_at=None)
    assert PAGE.published_at == made(undated).published_at
    updated = replace(undated, updated_at=SEEN - timedelta(hours=1))
    assert updated.updated_at == made(updated, page=None).published_at
    assert updated.updated_at == made(updated).published_at  # a page's time may be a teaser's
    dated = replace(PAGE, dates_article=True)
    assert PAGE.published_at == made(updated, page=dated).published_at
    assert (SEEN, False) == (
        made(undated, page=None).published_at,
        made(undated, page=None).dated,
    )


def test_a_date_in_the_future_is_clamped_to_first_sight() -> None:
    """It must not pin an article on top."""
    article = made(replace(ENTRY, published_at=SEEN + timedelta(days=400)))
    assert (SEEN, True) == (article.published_at, article.dated)


def test_a_title_is_found_somewhere() -> None:
    """Feed, page, first line, address: in this order."""
    untitled = replace(ENTRY, title="")
    assert PAGE.title == made(untitled).title
    assert ENTRY.summary == made(untitled, page=None).title
    long = replace(untitled, summary="word " * 100)
    assert 120 >= len(made(long, page=None).title)
    assert made(long, page=None).title.endswith("word…")
    assert ENTRY.url == made(replace(untitled, summary=""), page=None).title
    assert "(untitled)" == made(replace(untitled, summary="", url=None), page=None).title


def test_the_headline_above_a_text_is_no_part_of_it() -> None:
    """It is dropped where it only repeats the title, and kept where it is all there is."""
    page = replace(PAGE, text="HARBOUR  closed\nShips wait outside.")
    assert "Ships wait outside." == made(replace(ENTRY, summary=""), page).text
    assert "Harbour closed" == made(replace(ENTRY, summary="Harbour closed"), None).text


def test_language_is_guessed_only_where_nobody_states_it() -> None:
    """Page, feed, then what was detected in the text itself."""
    assert "en" == made(page=None).language
    assert language_sample(ENTRY, PageResult()) is None
    silent = replace(ENTRY, language=None, title="Hafen zu", summary="Der Hafen ist geschlossen.")
    assert "Hafen zu\nDer Hafen ist geschlossen." == language_sample(silent, PageResult())
    assert "und" == made(silent, page=None).language
    article = assemble(
        FEED, "Ships", silent, PageResult(), article_id="a", seen_at=SEEN, detected="de"
    )
    assert "de" == article.language


def test_full_text_feeds_need_no_pages() -> None:
    """A page is fetched unless the feed says, or shows, that it carries everything."""
    whole = replace(ENTRY, content="Sentence number one. " * 100)
    always, never = (replace(FEED, full_text=item) for item in (FullText.ALWAYS, FullText.NEVER))
    assert not wants_page(FEED, whole, feed_is_full=True)
    assert wants_page(FEED, whole, feed_is_full=False)  # one long excerpt proves nothing
    assert wants_page(FEED, ENTRY, feed_is_full=True)
    assert not wants_page(always, ENTRY, feed_is_full=False)
    assert wants_page(never, whole, feed_is_full=True)
    assert not wants_page(never, replace(ENTRY, url=None), feed_is_full=False)


@pytest.mark.parametrize("end", ["…", "...", "[…]", "[...]", "Read more", "Continue reading »"])
def test_a_text_that_breaks_off_is_not_whole(end: str) -> None:
    """However long it is."""
    entry = replace(ENTRY, content="Sentence number one. " * 100 + end)
    assert wants_page(FEED, entry, feed_is_full=True)


def test_a_feed_is_full_when_most_of_its_entries_are() -> None:
    """The median decides; an empty feed is not full."""
    long, short = replace(ENTRY, content="x" * FULL_TEXT_LENGTH), ENTRY
    assert is_full(ParsedFeed(title=None, entries=(long, long, short)))
    assert not is_full(ParsedFeed(title=None, entries=(long, short, short)))
    assert not is_full(ParsedFeed(title=None, entries=()))


def test_a_second_try_replaces_the_text_and_keeps_the_rest() -> None:
    """What the feed stated stays; what the page adds comes in; a failure leaves the text."""
    first = made(page=None, reason="page: timeout")
    better = with_page(first, PageResult(page=PAGE))
    assert (PAGE.text, "page", None) == (better.text, better.text_source, better.text_note)
    assert (first.title, first.published_at) == (better.title, better.published_at)
    assert "Ada Lund" == better.author
    worse = with_page(first, PageResult(reason="page: HTTP 500"))
    assert (first.text, "feed", "page: HTTP 500") == (
        worse.text,
        worse.text_source,
        worse.text_note,
    )


def test_an_outlet_is_named_as_configured_as_stated_or_by_its_host() -> None:
    """In this order."""
    state = FeedState(url=FEED.url, title="The Post of A")
    assert "Mine" == outlet_of(replace(FEED, title="Mine"), state)
    assert "The Post of A" == outlet_of(FEED, state)
    assert "a.example" == outlet_of(FEED, FeedState(url=FEED.url))


def test_what_feed_and_page_call_an_article_is_kept() -> None:
    """Categories first, then types, each once; a page that is read later adds its own."""
    entry = replace(ENTRY, categories=("Opinion", "Ships"))
    made_of = made(entry, replace(PAGE, labels=("Opinion", "NewsArticle")))
    assert ("Opinion", "Ships", "NewsArticle") == made_of.labels
    later = with_page(made(entry, None), PageResult(page=replace(PAGE, labels=("NewsArticle",))))
    assert ("Opinion", "Ships", "NewsArticle") == later.labels


def test_english_is_believed_of_english_texts_only() -> None:
    """Many publishing systems state it of whatever they carry; a short text cannot tell."""
    swahili = (
        "Wafanyakazi wa vivuko katika bandari ya Marrowmouth wamegoma kwa siku ya tatu wakitaka"
        " malipo bora ya majira ya baridi, na abiria wengi wamekwama kwenye visiwa vilivyo mbali."
        " Kampuni imesema mazungumzo yataanza tena wiki ijayo kabla ya sikukuu."
    )
    english = (
        "The crews of the ferries in the port of Marrowmouth were on strike for a third day, and"
        " most of the passengers on the islands had to wait for the talks of the next week."
    )
    for text, language, is_asked in ((swahili, "sw", True), (english, "en", False)):
        entry = replace(ENTRY, language="en", title="Habari", summary=text)
        sample = language_sample(entry, PageResult())
        assert is_asked == (sample is not None)
        detected = detect_language(sample or "")
        article = assemble(
            FEED,
            "The Post",
            entry,
            PageResult(),
            article_id="a" * 16,
            seen_at=SEEN,
            detected=detected,
        )
        assert language == article.language
    short = replace(ENTRY, language="en", title="Habari", summary="")
    assert language_sample(short, PageResult()) is None
