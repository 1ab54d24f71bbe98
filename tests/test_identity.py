"""Identity is a set of keys: what is the same article, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.identity import EntryMatcher, article_id, content_hash, is_edit, keys_of, url_key
from digest.model import Entry

FEED = "https://a.example/feed"
WHEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
ENTRY = Entry(
    raw_id="tag:1",
    url="https://a.example/storm-closes-harbour",
    title="Storm closes the harbour of Marrow Bay",
    summary="Ships wait outside.",
    published_at=WHEN,
)


def knows(first: Entry, second: Entry, *, feed: str = FEED) -> bool:
    """Is the second entry recognised after the first was learnt?"""
    memory = EntryMatcher({})
    memory.learn(FEED, first, keys_of(FEED, first), article="one")
    return memory.match(second, keys_of(feed, second)) is not None


def test_the_same_entry_is_recognised() -> None:
    """Nothing changed: it is known."""
    assert knows(ENTRY, ENTRY)


def test_a_rotated_id_is_no_new_article() -> None:
    """The page and the title are the same under a new guid."""
    assert knows(ENTRY, replace(ENTRY, raw_id="tag:2"))


def test_a_moved_domain_is_no_new_article() -> None:
    """Id and address changed together; what it says, and when, did not."""
    assert knows(ENTRY, replace(ENTRY, raw_id="new", url="https://b.example/s"))


def test_tracking_parameters_are_no_new_article() -> None:
    """The canonical address is compared."""
    assert knows(
        replace(ENTRY, raw_id=None),
        replace(ENTRY, raw_id=None, url=f"{ENTRY.url}?utm_source=rss#top", summary="Changed."),
    )


def test_an_edited_title_is_no_new_article() -> None:
    """Same id and page under another headline."""
    assert knows(ENTRY, replace(ENTRY, title="Harbour open again", published_at=None))


def test_an_id_used_again_is_a_new_article() -> None:
    """Another page under another title is another article, whatever its guid says."""
    other = replace(
        ENTRY, url="https://a.example/budget", title="Council votes on budget", summary="Money."
    )
    assert not knows(ENTRY, other)


def test_one_link_for_every_item_loses_nothing() -> None:
    """Feeds that link every item to the front page: titles tell them apart."""
    first = replace(ENTRY, raw_id=None, url="https://a.example/", published_at=None)
    second = replace(first, title="Council votes on budget", summary="Money.")
    assert not knows(first, second)


def test_one_article_in_two_feeds_counts_once() -> None:
    """The page is the same and so is the id, though the second feed words the title anew."""
    again = replace(ENTRY, title="Ships wait: port shut", summary="Another teaser.")
    assert knows(ENTRY, again, feed="https://a.example/economy")


def test_ids_are_private_to_a_feed() -> None:
    """Two feeds that count their items from 1 do not share articles."""
    first = replace(ENTRY, raw_id="1", url=None)
    second = replace(first, title="Chess title decided", summary="A rook.")
    assert not knows(first, second, feed="https://b.example/feed")


def test_items_without_id_link_and_title_are_told_apart_by_what_they_say() -> None:
    """Only the content is left, and it is enough."""
    bare = Entry(raw_id=None, url=None, title="", summary="Rain.")
    assert knows(bare, bare)
    assert not knows(bare, replace(bare, summary="Snow."))


def test_two_untitled_items_of_one_link_stay_apart() -> None:
    """No title is no evidence of sameness where the text differs and ids differ."""
    first = replace(ENTRY, title="", published_at=None)
    second = replace(first, raw_id="tag:2", summary="Something else altogether.")
    assert not knows(first, second)


def test_an_edit_counts_only_from_the_articles_own_feed() -> None:
    """Another feed's teaser for the same article is no edit of it."""
    memory = EntryMatcher({})
    known = memory.learn(FEED, ENTRY, keys_of(FEED, ENTRY), article="one")
    changed = replace(ENTRY, summary="Ships may enter again.")
    assert is_edit(FEED, changed, known)
    assert not is_edit(FEED, ENTRY, known)
    assert not is_edit("https://b.example/", changed, known)


def test_an_article_id_is_stable_and_never_taken_twice() -> None:
    """It comes from the canonical URL; another article at that URL gets another id."""
    first = article_id(FEED, ENTRY, lambda _: False)
    assert first == article_id("https://other/", ENTRY, lambda _: False)
    second = article_id(FEED, replace(ENTRY, title="x"), {first}.__contains__)
    third = article_id(FEED, replace(ENTRY, title="x"), {first, second}.__contains__)
    assert 3 == len({first, second, third})
    assert {16} == {len(item) for item in (first, second, third)}


def test_an_address_found_later_is_a_key_like_any_other() -> None:
    """A page's canonical address is compared with the entries' own."""
    assert url_key("https://a.example/storm-closes-harbour") in keys_of(FEED, ENTRY)


texts = st.text(max_size=40)


@given(title=texts, summary=texts, raw_id=st.none() | texts, url=st.none() | texts)
def test_any_entry_recognises_itself_and_has_keys(
    title: str, summary: str, raw_id: str | None, url: str | None
) -> None:
    """Whatever a feed holds: keys exist, have 16 bytes and lead back to the entry."""
    entry = Entry(raw_id=raw_id, url=url, title=title, summary=summary)
    assert {16} == {len(key.digest) for key in keys_of(FEED, entry)}
    assert 32 == len(content_hash(entry))
    assert knows(entry, entry)
