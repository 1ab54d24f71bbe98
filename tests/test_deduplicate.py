"""Which articles print the same text."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Article, Constraint, DuplicateGroup
from digest.stories import dedup
from digest.stories.dedup import Pair, deduplicate, near_duplicates
from digest.stories.dedup.compare import Text, is_copy
from digest.stories.minhash import shingles, signature
from tests.factories import NOON, article, labelled
from tests.forms import edited, filled_in


def prose(seed: int, length: int = 200) -> str:
    """Words in a random order: texts of two seeds share no shingle."""
    chosen = random.Random(seed)
    return " ".join(f"word{chosen.randrange(5000)}" for _ in range(length))


def ids(groups: tuple[DuplicateGroup, ...]) -> set[frozenset[str]]:
    return {frozenset(member.id for member in group.articles) for group in groups}


def later(hours: int) -> dict[str, Any]:
    return {"published_at": NOON + timedelta(hours=hours)}


def test_nothing_gives_nothing() -> None:
    """No articles, no groups."""
    assert deduplicate([]) == ()


def test_a_reprint_is_a_copy_of_the_earlier_article() -> None:
    """The same text under another title is one group; its canonical was first."""
    first = article(prose(1), title="Council votes", id="b")
    reprint = article(prose(1), title="Vote in council", id="a", **later(2))
    (group,) = deduplicate([reprint, first])
    assert first == group.canonical
    assert [(reprint, 1.0, 1.0)] == [
        (copy.article, copy.resemblance, copy.containment) for copy in group.copies
    ]


def test_a_cut_reprint_is_a_copy_of_the_full_text() -> None:
    """Half of a text is contained in it; the full text is canonical though it came later."""
    full = article(prose(1, 300), id="full", **later(5))
    cut = article(" ".join(prose(1, 300).split()[:160]), id="cut")
    (group,) = deduplicate([cut, full])
    assert group.canonical.id == "full"
    assert group.copies[0].containment == 1.0
    assert 0.5 < group.copies[0].resemblance < 0.56


def test_a_paywalled_text_is_not_canonical_where_a_free_one_exists() -> None:
    """Readers get the text that they can read, even when the other is longer and earlier."""
    paid = article(prose(1, 220), id="paid", paywalled=True)
    free = article(" ".join(prose(1, 220).split()[:200]), id="free", **later(3))
    (group,) = deduplicate([paid, free])
    assert group.canonical.id == "free"


def test_other_texts_stay_apart() -> None:
    """Texts without a common passage are groups of their own, ordered by time."""
    groups = deduplicate([article(prose(2), id="y", **later(1)), article(prose(1), id="x")])
    assert [group.canonical.id for group in groups] == ["x", "y"]


MARKETS = (
    "The exchange closed at {} on {} after a quiet session, {} points from the day before. "
    "Turnover was {} million crowns and {} shares gained while others held still. "
    "The crown traded at {} to the dollar and the yield on government bonds ended at {} percent. "
    "Crude oil for delivery next month was sold at {} a barrel and copper at {} a tonne."
)


def test_one_form_with_other_numbers_is_no_copy() -> None:
    """Two days' market reports share their sentences and are two reports."""
    monday = MARKETS.format(4812, "Monday", 33, 240, 31, 1.084, 3.16, 86.4, 9870)
    friday = MARKETS.format(4763, "Friday", 48, 310, 14, 1.077, 3.25, 85.7, 9750)
    assert len(deduplicate([article(monday), article(friday)])) == 2
    assert len(deduplicate([article(monday, id="a"), article(monday, id="b")])) == 1


NOTICE = (
    "The family of {0} of {1} announces a service of thanks on Sunday in the chapel of {2}. "
    "Friends who knew {3} from the years at {4} are asked to bring a memory written on a card. "
    "Flowers are welcome and gifts may go to the fund that {5} set up for the young of {6}, "
    "which {7} will keep. Tea and cake will be served in the hall behind the church afterwards."
)


def test_one_form_with_other_names_is_no_copy() -> None:
    """Two families' notices share their sentences and are two notices."""
    one = NOTICE.format("Ada", "Pell", "Orrin", "Ada", "Quay", "Bert", "Varn", "Cleo")
    two = NOTICE.format("Max", "Holm", "Sundle", "Max", "Mill", "Nora", "Lowther", "Otis")
    assert len(deduplicate([article(one), article(two)])) == 2


def test_short_boilerplate_makes_no_copies() -> None:
    """Pages of which only a notice was extracted are not copies of one another."""
    notice = "Sign in to read this article. Subscribers have access to all our journalism."
    pages = [article(notice, title="One", id="a"), article(notice, title="Two", id="b")]
    assert len(deduplicate(pages)) == 2


def test_what_an_outlet_repeats_makes_no_copies() -> None:
    """Three short articles under one long consent wall are three articles, whoever has the wall."""
    wall, titles = prose(9, 150), ["Ferry sinks", "Bread is dear", "Mayor elected"]
    walled = [article(f"{wall} {prose(at, 50)}", title=titles[at]) for at in range(3)]
    assert 3 == len(deduplicate(walled))
    assert 3 == len(deduplicate([article(wall, title=title) for title in titles]))
    twice = [replace(article, id=f"{article.id}x", outlet="The Inland Post") for article in walled]
    assert 3 == len(deduplicate([*walled, *twice]))


def test_two_articles_above_one_footer_are_two() -> None:
    """The first two of an outlet: neither has a word of what the other announces."""
    footer = prose(9, 150)
    texts = {"Ferry sinks": "The ferry sinks off Halm.", "Bread dearer": "Bread is dearer in Varn."}
    pages = [article(f"{text}\n{footer}", title=title, id=title) for title, text in texts.items()]
    assert 2 == len(deduplicate(pages))
    assert 1 == len(deduplicate([replace(page, outlet=page.id) for page in pages]))
    assert 1 == len(deduplicate([pages[0], replace(pages[1], title="Ferry down")]))


def test_versions_of_one_report_are_copies_in_one_outlet_too() -> None:
    """A report that grows and is sent out three times under other titles is one report."""
    row, titles = prose(1, 400).split(), [prose(1, 9), "", prose(1, 5)]
    versions = [
        article(" ".join(row[: 300 + 50 * at]), title=titles[at], id=f"v{at}") for at in range(3)
    ]
    assert 1 == len(deduplicate(versions))


def test_an_excerpt_is_a_copy_of_a_part() -> None:
    """Sixty words of a report of a thousand are its copy: all contained, hardly resembling."""
    whole = article(prose(1, 1000), id="whole")
    part = article(" ".join(prose(1, 1000).split()[700:760]), id="part", **later(1))
    (group,) = deduplicate([part, whole])
    assert "whole" == group.canonical.id
    assert 1.0 == group.copies[0].containment
    assert group.copies[0].resemblance < 0.06


def test_a_roundup_copies_nothing() -> None:
    """A page that strings four reports together does not make them one."""
    reports = [article(prose(at), id=f"r{at}") for at in range(4)]
    roundup = article("\n".join(report.text for report in reports), id="roundup")
    assert 5 == len(deduplicate([roundup, *reports]))


def test_an_excerpt_is_held_by_every_full_copy() -> None:
    """What one of two full copies left out is no excerpt of what they both print."""
    row = prose(1, 600).split()
    whole = article(" ".join(row), id="whole")
    cut = article(" ".join(row[:400]), id="cut")
    part = article(" ".join(row[450:550]), id="part")
    assert {frozenset({"whole", "cut"}), frozenset({"part"})} == ids(
        deduplicate([whole, cut, part])
    )
    assert {frozenset({"whole", "part"})} == ids(deduplicate([whole, part]))


def pairs_in(groups: Sequence[DuplicateGroup]) -> set[frozenset[str]]:
    return {frozenset((a.id, b.id)) for group in groups for a, b in combinations(group.articles, 2)}


@pytest.mark.parametrize("seed", range(5))
def test_forms_and_edited_copies_are_told_apart(seed: int) -> None:
    """Of 200 forms filled in and 100 edited copies: precision .99 and recall .97 at least."""
    chance = random.Random(seed)
    pairs = list(edited(chance, 100))
    forms = [replace(each, outlet=f"outlet {at}") for at, each in enumerate(filled_in(chance, 40))]
    found = pairs_in(deduplicate([*forms, *(side for pair in pairs for side in pair)]))
    right = found & {frozenset((a.id, b.id)) for a, b in pairs}
    assert len(right) >= 0.99 * len(found)
    assert len(right) >= 0.97 * len(pairs)


def test_one_page_in_two_feeds_is_one_article() -> None:
    """The same address and title are copies even where the text is only a teaser."""
    there = "https://harbour-post.example/a"
    teaser = article("A few words.", title="Ferry", id="a", url=f"{there}?utm_source=rss")
    other = article("", title="FERRY", id="b", url=f"{there}/", **later(1))
    (group,) = deduplicate([teaser, other])
    assert (group.copies[0].resemblance, group.copies[0].containment) == (0.0, 1.0)
    assert group.canonical.id == "a"


def test_a_teaser_stays_with_its_page() -> None:
    """The page's teaser is no excerpt that others must hold: it goes where its page goes."""
    there = "https://harbour-post.example/a"
    whole = article(prose(1), title="Ferry", id="whole", url=there)
    teasers = [article(text, title="Ferry", id=text, url=there) for text in ("One.", "Two.")]
    reprint = article(prose(1), title="Elsewhere", id="reprint", **later(1))
    assert 1 == len(deduplicate([whole, *teasers, reprint]))


def test_one_address_for_everything_folds_nothing() -> None:
    """A feed that links every entry to its front page keeps its entries."""
    front = "https://harbour-post.example/"
    entries = [article("", title=name, url=front) for name in ("One", "Two", "")]
    untitled = article("other", url=front)
    assert len(deduplicate([*entries, untitled])) == 4


def test_copies_are_verified_against_the_canonical() -> None:
    """A chain of texts, each half of the next, does not join ends that share too little."""
    row = prose(1, 700).split()
    chain = [article(" ".join(row[at : at + 400]), id=f"c{at}") for at in (0, 150, 300)]
    groups = deduplicate(chain)
    assert {frozenset({"c0", "c150"}), frozenset({"c300"})} == ids(groups)


def test_the_earliest_is_canonical_only_if_all_can_be_verified_against_it() -> None:
    """Where the earliest full text is too far from one copy, the longest text is used."""
    row = prose(1, 1000).split()
    longest = article(" ".join(row[100:700]), id="longest", **later(5))
    early = article(" ".join(row[0:560]), id="early")
    late = article(" ".join(row[340:700]), id="late", **later(1))
    (group,) = deduplicate([early, longest, late])
    assert group.canonical.id == "longest"


def test_stored_signatures_give_the_same_result() -> None:
    """Stored signatures are used; one made with other parameters is made anew."""
    pair = [article(prose(1), id="a"), article(prose(1), id="b")]
    stored = {
        "a": signature(prose(1)),
        "b": replace(signature(prose(1)), seed=7),
    }
    assert deduplicate(pair) == deduplicate(pair, stored)


TEXTS = st.builds(
    lambda seed, start, length: " ".join(prose(seed, 300).split()[start : start + length]),
    st.integers(0, 2),
    st.integers(0, 100),
    st.integers(0, 250),
)
ARTICLES = st.lists(
    st.builds(
        lambda text, number, hours, paid: article(
            text, id=f"a{number}", paywalled=paid, **later(hours)
        ),
        TEXTS,
        st.integers(0, 10_000),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda made: made.id,
)


@given(ARTICLES, st.randoms(use_true_random=False))
def test_order_does_not_matter(articles: list[Article], chance: random.Random) -> None:
    """Every article is in exactly one group, and no shuffling changes the groups."""
    groups = deduplicate(articles)
    members = [member.id for group in groups for member in group.articles]
    assert sorted(made.id for made in articles) == sorted(members)
    chance.shuffle(articles)
    assert groups == deduplicate(articles)


@given(st.lists(st.text(), max_size=4))
def test_hostile_texts_are_only_texts(texts: list[str]) -> None:
    """Any characters at all can be deduplicated."""
    made = [
        article(text, title=text, url=text, id=str(number)) for number, text in enumerate(texts)
    ]
    assert len(made) == sum(len(group.articles) for group in deduplicate(made))


def every_pair(articles: Sequence[Article]) -> tuple[Pair, ...]:
    """What counting the shared shingles of all pairs finds."""
    sets = {article.id: frozenset(shingles(article.text).tolist()) for article in articles}
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for id_ in sorted(sets):
        for shingle in sets[id_]:
            holders[shingle].append(id_)
    shared = Counter(pair for ids in holders.values() for pair in combinations(ids, 2))
    found = []
    for (a, b), count in sorted(shared.items()):
        resemblance = count / (len(sets[a]) + len(sets[b]) - count)
        containment = count / min(len(sets[a]), len(sets[b]))
        if resemblance >= 0.4 or containment >= 0.75:
            found.append(Pair(a=a, b=b, resemblance=resemblance, containment=containment))
    return tuple(found)


def unmarked(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(replace(pair, template=False) for pair in pairs)


def test_pairs_are_marked_where_one_form_is_filled_in_twice() -> None:
    """Another day's report of the same market is no copy; the same day's in another paper is."""

    def report(day: str, points: str, share: str, name: str) -> str:
        return (
            f"Shares in Ellinport closed on {day} at {points} points after a quiet session. Dealers"
            f" said that the ferry operator {name} gained most, by {share} percent, while the rest"
            " of the market hardly moved before the holidays and few orders reached the floor of"
            " the exchange. The market opens again at nine tomorrow morning."
        )

    monday = report("Monday", "4,512", "3.1", "Sundle")
    texts = {
        "a": monday,
        "b": report("Tuesday", "4,498", "1.7", "Orrin"),
        "c": monday.replace("hardly moved", "barely moved"),
    }
    found = near_duplicates([article(text, id=id_) for id_, text in texts.items()])
    assert {("a", "b"): True, ("a", "c"): False, ("b", "c"): True} == {
        (pair.a, pair.b): pair.template for pair in found
    }


@given(ARTICLES, st.lists(st.text("abc ", max_size=60), max_size=8))
def test_no_near_duplicate_is_missed(articles: list[Article], texts: list[str]) -> None:
    """The pairs are exactly those of brute force, for texts of any length, in any order."""
    made = [*articles, *(article(text, id=f"t{at}") for at, text in enumerate(texts))]
    assert every_pair(made) == unmarked(near_duplicates(made))
    assert near_duplicates(made) == near_duplicates(made[::-1])


def test_near_duplicates_of_a_corpus_are_those_of_brute_force(corpus: Path) -> None:
    """Not one pair is missed or invented among 2,000 real articles."""
    names = ("copies/wire", "stories/ecbplus", "stories/multinews", "stories/wikinews")
    made = [each for name in names for each, _ in labelled(corpus / f"{name}.jsonl.gz")][:2000]
    assert every_pair(made) == unmarked(near_duplicates(made))


def test_events_are_not_taken_for_copies(corpus: Path) -> None:
    """No two articles on different events are copies, in four labelled sets mixed."""
    sets = ("ecbplus", "wikinews", "multinews", "neus")
    made = [item for name in sets for item in labelled(corpus / f"stories/{name}.jsonl.gz")]
    event = {each.id: event for each, event in made}
    groups = deduplicate([each for each, _ in made])
    assert all(1 == len({event[article.id] for article in group.articles}) for group in groups)


def test_wire_copies_are_found(corpus: Path) -> None:
    """On reprints of wire stories: precision .99 and recall .97 at least."""
    groups = deduplicate([made for made, _ in labelled(corpus / "copies/wire.jsonl.gz")])
    found = pairs_in(groups)
    pairs: dict[str, set[frozenset[str]]] = {"copy": set(), "grey": set()}
    with gzip.open(corpus / "copies/wire_pairs.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            pairs[row["label"]].add(frozenset((row["a"], row["b"])))
    judged = found - pairs["grey"]
    right = judged & pairs["copy"]
    assert len(right) / len(judged) >= 0.99
    assert len(right) / len(pairs["copy"]) >= 0.97


def test_what_an_operator_put_apart_is_no_copy() -> None:
    """Neither of the canonical nor beside another copy; words on other articles change nothing."""
    text = " ".join(f"word{n} of the statement" for n in range(40))
    copies = [article(text, id=name, outlet=name) for name in "abc"]

    def groups(*apart: tuple[str, str]) -> list[list[str]]:
        words = [Constraint(a=a, b=b, kind="cannot-link") for a, b in apart]
        return sorted(
            sorted(article.id for article in found.articles)
            for found in deduplicate(copies, constraints=words)
        )

    assert [["a", "b", "c"]] == groups()
    assert [["a", "b"], ["c"]] == groups(("c", "a"))
    assert [["a", "b"], ["c"]] == groups(("b", "c"))
    assert [["a"], ["b"], ["c"]] == groups(("a", "b"), ("b", "c"), ("a", "c"))
    assert [["a", "b", "c"]] == groups(("a", "x"))


# --- pointers and versions of one page --------------------------------------------------------

HEADLINE = "Kestrel Dam wall closed after engineers find cracks"
WHOLE = article(
    prose(50), title=HEADLINE, id="whole", outlet="Ledger", url="https://ledger.example/news/dam-1"
)


@pytest.mark.parametrize(
    "fields",
    [
        {"outlet": "Front Page", "text": prose(51, 30), "title": HEADLINE},
        {"outlet": "Front Page", "text": "", "title": "Cracks in a dam [2026]"},
        {"outlet": "Ledger", "text": " ".join(prose(50).split()[:35]), "title": HEADLINE,
         "url": "https://amp.ledger.example/news/dam-1"},
        {"outlet": "Ledger", "text": " ".join(prose(50).split()[:35]), "title": "Dam closed",
         "url": "https://m.ledger.example/news/dam-1/amp"},
        {"outlet": "Ledger", "title": "Dam to be emptied after cracks are found",
         "text": " ".join([*prose(50).split()[:60], *prose(52).split()])},
    ],
    ids=["other feed", "other feed and title", "AMP excerpt", "mobile excerpt", "rewritten"],
)  # fmt: skip
def test_what_comes_from_one_page_is_one_article(fields: dict[str, str]) -> None:
    """Whatever feed shows it, and whatever version of its text."""
    fields = {"url": "https://ledger.example/news/dam-1"} | fields
    other = article(fields.pop("text"), id="other", **fields, **later(1))
    (group,) = deduplicate([other, WHOLE])
    assert max(other, WHOLE, key=lambda version: len(version.text)) == group.canonical


def test_a_version_in_other_words_is_of_the_same_page() -> None:
    """It keeps most of the longer words, though no five in a row; another text there does not."""
    row = prose(55, 60).split()
    versions = [
        article(" ".join(words), title=title, id=title, url="https://ledger.example/news/dam-2")
        for title, words in (
            ("Dam closed", row),
            ("Engineers empty a dam", [*row[::-2], *row[1::2], *prose(56, 20).split()]),
            ("Chess club wins", prose(57, 60).split()),
        )
    ]
    found = deduplicate(versions)
    assert [{"Dam closed", "Engineers empty a dam"}, {"Chess club wins"}] == sorted(
        ({member.id for member in group.articles} for group in found), key=len, reverse=True
    )


@pytest.mark.parametrize(
    ("outlet", "title", "text", "url"),
    [
        ("Hacker News", HEADLINE, "Article URL: https://ledger.example/news/dam-1 Comments URL:"
         " https://news.example/item?id=1 Points: 12 # Comments: 3", "https://news.example/i?id=1"),
        ("Google News", f"{HEADLINE} - Ledger", f"{HEADLINE} Ledger", "https://n.example/CBMi"),
        ("r/dams", HEADLINE, "submitted by /u/someone [link] [comments]", "https://r.example/1"),
    ],
    ids=["Hacker News", "Google News", "Reddit"],
)  # fmt: skip
def test_an_item_that_only_points_to_an_article_reports_nothing(
    outlet: str, title: str, text: str, url: str
) -> None:
    """It is a copy, also where it came first; the article is that of the page's outlet."""
    pointer = article(text, title=title, outlet=outlet, url=url, id="pointer", **later(-1))
    (group,) = deduplicate([WHOLE, pointer])
    assert "Ledger" == group.canonical.outlet


def test_a_headline_alone_folds_only_what_has_no_text_of_its_own() -> None:
    """Two outlets may write under one headline, and one outlet uses its headlines again."""
    own = article(prose(53), title=HEADLINE, outlet="Tribune", id="own")
    late = article("", title=HEADLINE, outlet="Google News", id="late", **later(24 * 7))
    assert 3 == len(deduplicate([WHOLE, own, late]))


def test_an_article_that_another_feed_carries_keeps_its_outlet() -> None:
    """Of one page and text the canonical is the one from the page's own site."""
    text, url = prose(54), "https://ledger.example/news/dam-1"
    fields = {"title": HEADLINE, "url": url}
    carried = article(text, **fields, feed_url="https://hub.example/rss", outlet="Hub", id="a")
    own = article(
        text, **fields, feed_url="https://ledger.example/feed", outlet="Ledger", id="b", **later(1)
    )
    (group,) = deduplicate([carried, own])
    assert "Ledger" == group.canonical.outlet


def test_an_excerpt_goes_to_the_text_it_resembles_most() -> None:
    """Not to the longest that holds it, a roundup for instance."""
    report, rest = prose(55, 300), prose(56, 900)
    excerpt = article(" ".join(report.split()[:100]), id="excerpt", outlet="C")
    groups = deduplicate(
        [
            article(f"{report.split()[0]} {' '.join(report.split()[:110])} {rest}", id="roundup"),
            article(report, id="report", outlet="B"),
            excerpt,
        ]
    )
    assert {frozenset({"report", "excerpt"}), frozenset({"roundup"})} == ids(groups)


def looked_at(monkeypatch: pytest.MonkeyPatch, articles: Sequence[Article]) -> int:
    """How many pairs of texts are compared while these articles are folded."""
    compared = Counter[str]()

    def counted(a: Text, b: Text) -> bool:
        compared["pairs"] += 1
        return is_copy(a, b)

    with monkeypatch.context() as patch:
        patch.setattr(dedup, "is_copy", counted)
        deduplicate(articles)
    return compared["pairs"]


def test_one_form_on_many_sites_takes_time_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times as many texts of five forms are three times as many comparisons, not nine."""
    chance = random.Random(1)
    forms = [replace(form, outlet=str(at)) for at, form in enumerate(filled_in(chance, 240))]
    some, all_of_them = forms[::3], forms
    assert looked_at(monkeypatch, all_of_them) <= 3.3 * looked_at(monkeypatch, some)


def test_copies_of_one_text_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the text that leads them, and with the canonical."""
    articles = [article(prose(1), id=f"a{at}", outlet=str(at)) for at in range(300)]
    assert 2 * 299 == looked_at(monkeypatch, articles)


def test_reprints_are_found_among_many_texts_of_one_form() -> None:
    """What a text shares with its reprint alone is looked at first; the groups say the bound."""
    forms = [
        replace(form, outlet=str(at)) for at, form in enumerate(filled_in(random.Random(1), 150))
    ]
    reprints = [
        replace(form, id=f"again {form.id}", outlet=f"again {form.outlet}", title=f"Read {at}")
        for at, form in enumerate(forms[::10])
    ]
    groups = deduplicate([*forms, *reprints])
    expected = {frozenset((form.id, f"again {form.id}")) for form in forms[::10]}
    assert expected == pairs_in(groups)
    assert any(group.bounded for group in groups)
    assert not any(group.bounded for group in deduplicate(forms[:100]))
