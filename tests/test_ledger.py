"""The ledger: stories keep their id over days; what was published once is not published again."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from digest.model import (
    Copy,
    DuplicateGroup,
    Earlier,
    Join,
    Similar,
    Story,
    SummarizedStory,
    Summary,
    SummarySentence,
)
from digest.model.records import StoryRecord
from digest.stories.ledger import LINE, FollowedStory, follow, is_repeat

from .factories import article


def report(
    name: str, *, copies: tuple[str, ...] = (), excerpts: tuple[str, ...] = ()
) -> DuplicateGroup:
    def copy(id_: str, resemblance: float) -> Copy:
        made = article(f"Text of {name}.", id=id_)
        return Copy(article=made, resemblance=resemblance, containment=1)

    return DuplicateGroup(
        canonical=article(f"Text of {name}.", id=name, title=f"Title {name}"),
        copies=(
            *(copy(duplicate, 0.9) for duplicate in copies),
            *(copy(excerpt, 0.1) for excerpt in excerpts),
        ),
    )


def story(id_: str, *reports: str | DuplicateGroup) -> Story:
    medoid, *others = (
        report(other_report) if isinstance(other_report, str) else other_report
        for other_report in reports
    )
    return Story(id=id_, medoid=medoid, others=tuple(others))


def record(
    id_: str,
    *articles: str,
    edition: str = "2026-03-01",
    status: Literal["new", "update", "repeat"] = "new",
    sentences: tuple[str, ...] = (),
) -> StoryRecord:
    return StoryRecord(
        edition=edition,
        story=id_,
        status=status,
        headline=f"{id_} on {edition}",
        articles=articles,
        sentences=sentences,
    )


def summarized(of: Story, *sentences: str) -> SummarizedStory:
    cited = tuple(
        SummarySentence(text=sentence, article=of.medoid.canonical.id) for sentence in sentences
    )
    return SummarizedStory(story=of, headline="A headline", summary=Summary(sentences=cited))


def only(found: tuple[FollowedStory, ...]) -> FollowedStory:
    (one,) = found
    return one


def test_a_story_without_a_past_is_new() -> None:
    """It keeps its id, all of it is news, and it is day 1."""
    followed = only(follow([story("s", "a", "b")], [], {"b"}))
    assert "s" == followed.story.id
    assert followed.story == followed.news
    assert () == followed.known
    chapter = followed.chapter(summarized(followed.story, "One."), "2026-03-02")
    assert ("new", 1, ()) == (chapter.status, chapter.day, chapter.earlier)


def test_a_story_without_a_fresh_article_is_not_in_the_edition() -> None:
    """Yesterday's articles are there to be compared with."""
    assert () == follow([story("s", "a")], [], set())


def test_a_story_goes_on_under_the_id_it_had() -> None:
    """It shares articles with the earlier one; only its new report is news."""
    followed = only(follow([story("other", "c", "a")], [record("s", "a")], {"c"}))
    assert "s" == followed.story.id
    assert followed.news is not None
    assert ["c"] == [report.canonical.id for report in followed.news.reports]
    chapter = followed.chapter(summarized(followed.news, "New."), "2026-03-03")
    assert ("update", 3) == (chapter.status, chapter.day)
    assert (Earlier(edition="2026-03-01", headline="s on 2026-03-01"),) == chapter.earlier


def test_days_count_from_the_first_edition_that_carried_it() -> None:
    """Newest first, without the editions that held it back."""
    past = [
        record("s", "a"),
        record("s", "a", "b", edition="2026-03-02", status="repeat"),
        record("s", "a", "b", "c", edition="2026-03-03", status="update"),
    ]
    followed = only(follow([story("s", "a", "b", "c", "d")], past, {"d"}))
    assert followed.news is not None
    chapter = followed.chapter(summarized(followed.news, "New."), "2026-03-05")
    assert 5 == chapter.day
    assert ["2026-03-03", "2026-03-01"] == [
        earlier_edition.edition for earlier_edition in chapter.earlier
    ]


def test_the_story_that_shares_more_goes_on() -> None:
    """A story that fell into two: the smaller part is another story, and was published before."""
    past = [record("s", "a", "b", "c")]
    parts = [story("s", "a", "x"), story("t", "b", "c", "y")]
    first, second = follow(parts, past, {"x", "y"})
    assert ("s-2", "s") == (first.story.id, second.story.id)
    assert first.news is not None
    assert (["x"], past) == ([article.id for article in first.news.articles], list(first.past))


def test_of_two_earlier_stories_that_became_one_the_larger_goes_on() -> None:
    """Its id stays; what was published of either is no news."""
    past = [record("s", "a"), record("t", "b", "c")]
    followed = only(follow([story("s", "a", "b", "c", "d")], past, {"d"}))
    assert followed.news is not None
    assert ("t", ["d"]) == (followed.story.id, [article.id for article in followed.news.articles])


def test_another_copy_of_what_was_told_is_no_news() -> None:
    """A reprint a day later tells nothing."""
    again = story("s", report("a", copies=("late",)))
    assert only(follow([again], [record("s", "a")], {"late"})).news is None


def test_a_copy_that_became_canonical_is_no_news() -> None:
    """The fuller reprint stands for the group now; its text was published."""
    again = story("s", report("fuller", copies=("a",)))
    assert only(follow([again], [record("s", "a")], {"fuller"})).news is None


def test_a_report_of_which_an_excerpt_was_told_is_news() -> None:
    """A flash is followed by the whole text; the flash itself is no part of the news."""
    again = story("s", report("whole", excerpts=("flash",)))
    followed = only(follow([again], [record("s", "flash")], {"whole"}))
    assert followed.news is not None
    assert ["whole"] == [article.id for article in followed.news.articles]


def test_what_there_was_no_room_for_is_news_once_the_story_moves() -> None:
    """An older report that no edition carried comes along, but not by itself."""
    grown = story("s", "a", "unseen", "new")
    followed = only(follow([grown], [record("s", "a")], {"new"}))
    assert followed.news is not None
    assert {"unseen", "new"} == {report.canonical.id for report in followed.news.reports}
    still = story("s", report("a", copies=("late",)), "unseen")
    assert only(follow([still], [record("s", "a")], {"late"})).news is None


def test_readers_know_the_texts_and_sentences_of_earlier_editions() -> None:
    """Also those of what was held back, for nothing in it was new."""
    past = [
        record("s", "a", sentences=("Told.",)),
        record("s", "a", "b", edition="2026-03-02", status="repeat"),
    ]
    followed = only(follow([story("s", "a", "b", "c")], past, {"c"}))
    assert ("Text of a.", "Text of b.", "Told.") == followed.known


def test_the_news_of_an_update_has_a_medoid_of_its_own() -> None:
    """The story's, if it is new; else the readable report that is linked most closely."""
    joins = tuple(
        Join(a=name, b="a", score=score, shared=()) for name, score in (("b", 0.2), ("c", 0.4))
    )
    base = Story(id="s", medoid=report("a"), others=(report("b"), report("c")), evidence=joins)
    news = only(follow([base], [record("s", "a")], {"b", "c"})).news
    assert news is not None
    assert "c" == news.medoid.canonical.id
    news = only(follow([story("s", "c", "a", "b")], [record("s", "a")], {"b", "c"})).news
    assert news is not None
    assert "c" == news.medoid.canonical.id


def test_a_story_that_goes_on_without_a_new_sentence_is_a_repeat() -> None:
    """The summary decides."""
    past = [record("s", "a", sentences=("Told.",))]
    followed = only(follow([story("s", "a", "b")], past, {"b"}))
    assert is_repeat(followed, summarized(followed.story), past)
    assert not is_repeat(followed, summarized(followed.story, "New."), past)


def test_the_same_words_are_a_repeat_though_the_story_was_not_known_again() -> None:
    """Every sentence was published, or there is none and the headline was printed."""
    past = [record("s", "a", sentences=("Told.", "Also told."))]
    other = only(follow([story("t", "b")], past, {"b"}))
    assert is_repeat(other, summarized(other.story, "Told."), past)
    assert not is_repeat(other, summarized(other.story, "Told.", "New."), past)
    bare = summarized(other.story)
    assert not is_repeat(other, bare, past)
    printed = StoryRecord(
        edition="2026-03-01", story="u", status="new", headline="A headline", articles=("z",)
    )
    assert is_repeat(other, bare, [printed])


def test_the_ledger_keeps_what_an_edition_did() -> None:
    """All articles of the story, and the sentences that readers were given."""
    past = [record("s", "a")]
    followed = only(follow([story("s", "a", "b")], past, {"b"}))
    assert followed.news is not None
    row = followed.carried_by("2026-03-02", summarized(followed.news, "New."))
    assert ("update", ("a", "b"), ("New.",)) == (row.status, row.articles, row.sentences)
    held = followed.held_back_by("2026-03-02")
    assert ("repeat", "s on 2026-03-01", ()) == (held.status, held.headline, held.sentences)
    fresh = only(follow([story("n", "x")], [], {"x"}))
    assert "Title x" == fresh.held_back_by("2026-03-02").headline


partitions = st.lists(st.integers(0, 3), min_size=1, max_size=8)


def _stories(labels: list[int], prefix: str) -> list[Story]:
    members: dict[int, list[str]] = {}
    for at, label in enumerate(labels):
        members.setdefault(label, []).append(f"{at}")
    return [story(f"{prefix}{label}", *names) for label, names in sorted(members.items())]


@given(partitions, partitions)
def test_no_two_stories_of_an_edition_have_one_id(before: list[int], after: list[int]) -> None:
    """However stories fell apart and grew together since."""
    past = [
        record(story.id, *(article.id for article in story.articles))
        for story in _stories(before, "s")
    ]
    fresh = {f"{at}" for at in range(len(after))}
    found = follow(_stories(after, "s"), past, fresh)
    ids = [match.story.id for match in found]
    assert sorted(set(ids)) == sorted(ids)


@given(partitions, partitions)
def test_no_article_is_told_twice(before: list[int], after: list[int]) -> None:
    """The news of a story holds none that any story was published with."""
    past = [
        record(story.id, *(article.id for article in story.articles))
        for story in _stories(before, "s")
    ]
    for value in follow(_stories(after, "s"), past, {f"{at}" for at in range(len(after))}):
        carried = {item for row in past for item in row.articles}
        assert value.news is None or carried.isdisjoint(
            article.id for article in value.news.articles
        )


# --- lines: the next event of what was published ------------------------------------------------


def similar(a: str, b: str, value: float = 2 * LINE) -> Similar:
    return Similar(a=a, b=b, value=value)


def test_the_next_event_of_a_line_is_an_update() -> None:
    """It shares no article with the earlier story, has its id, and all of it is news."""
    past = [record("s1", "a")]
    followed = only(follow([story("s2", "b")], past, {"b"}, [similar("b", "a")]))
    assert ("s1", similar("b", "a")) == (followed.story.id, followed.line)
    assert followed.news is not None
    assert ["b"] == [article.id for article in followed.news.articles]
    assert "update" == followed.chapter(summarized(followed.news, "New."), "2026-03-02").status


def test_a_line_asks_for_enough_similarity() -> None:
    """Just below it a story is new, and so is one like a story that was never published."""
    past = [record("s1", "a"), record("s0", "z", status="repeat")]
    for pair in (similar("b", "a", LINE - 0.001), similar("b", "z")):
        followed = only(follow([story("s2", "b")], past, {"b"}, [pair]))
        assert ("s2", None, ()) == (followed.story.id, followed.line, followed.past)


def test_one_story_continues_a_line() -> None:
    """The most similar one; a story that shares an article goes before all."""
    past = [record("s1", "a")]
    two = [story("s2", "b"), story("s3", "c")]
    pairs = [similar("b", "a", 0.3), similar("c", "a", 0.4)]
    assert {"s2", "s1"} == {followed.story.id for followed in follow(two, past, {"b", "c"}, pairs)}
    sharing = [story("s1", "a", "d"), *two]
    followed = follow(sharing, past, {"b", "c", "d"}, pairs)
    assert ["s1", "s2", "s3"] == [item.story.id for item in followed]
    assert [None] * 3 == [item.line for item in followed]


def test_an_old_story_of_the_batch_does_not_hold_its_id() -> None:
    """Yesterday's report is judged again with today's, and brings nothing of its own."""
    past = [record("s1", "a")]
    batch = [story("s1", "a"), story("s2", "b")]
    assert "s1" == only(follow(batch, past, {"b"}, [similar("b", "a")])).story.id
