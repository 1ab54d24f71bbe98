"""Which different texts tell one event."""

from __future__ import annotations

import itertools
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import DuplicateGroup, Story
from digest.stories.cluster import Background, TermIndex, cluster, explain, index, judge
from digest.stories.cluster import clusters as clusters_module
from digest.stories.cluster import vectors as vectors_module
from digest.stories.cluster.vectors import vectors
from tests.factories import NOON, group

FERRY = (
    (
        "Ferry crews strike",
        "Ferry crews of the Sundle Line walked out over winter pay in Marrowmouth.",
    ),
    (
        "Sundle Line walkout",
        "The Sundle Line ferries stayed in Marrowmouth as crews struck over pay.",
    ),
    (
        "No ferries sail",
        "Crews of the Sundle Line ferry fleet began a strike in Marrowmouth for pay.",
    ),
)
DAM = (
    (
        "Cracks in dam",
        "Engineers found cracks in the concrete wall of Kestrel Dam above Lake Orrin.",
    ),
    ("Dam closed", "Kestrel Dam at Lake Orrin was closed when engineers saw cracks in its wall."),
)


def reports(*pairs: tuple[str, str], **fields: Any) -> list[DuplicateGroup]:
    """Reports of as many outlets, unless one is given."""
    return [
        group(text, title=title, **{"outlet": f"Outlet {number}", **fields})
        for number, (title, text) in enumerate(pairs)
    ]


def stories_of(groups: list[DuplicateGroup]) -> tuple[Story, ...]:
    indexed = index(groups)
    return cluster(indexed, Background.of(indexed))


def members(stories: tuple[Story, ...]) -> set[frozenset[str]]:
    return {frozenset(made.title for made in story.articles) for story in stories}


def test_nothing_gives_nothing() -> None:
    """No reports, no stories."""
    assert cluster(index([]), Background()) == ()


def test_reports_of_one_event_are_one_story() -> None:
    """Two events in other words each: two stories, with and without a background."""
    groups = reports(*FERRY, *DAM)
    expected = {frozenset(title for title, _ in event) for event in (FERRY, DAM)}
    assert members(cluster(index(groups), Background())) == expected
    assert members(stories_of(groups)) == expected


def test_evidence_tells_why_reports_joined() -> None:
    """Every report but the medoid has its strongest link, with words that both texts hold."""
    (story,) = stories_of(reports(*FERRY))
    texts = {made.id: f"{made.title} {made.text}" for made in story.articles}
    assert {join.a for join in story.evidence} == {other.canonical.id for other in story.others}
    for join in story.evidence:
        assert 0.18 < join.score <= 1
        assert join.a != join.b
        assert join.shared
        assert all(word in re.findall(r"\w+", texts[join.a]) for word in join.shared)
    assert {"Sundle", "Marrowmouth"} < set(story.evidence[0].shared)


def test_a_story_keeps_its_id_when_a_report_is_added() -> None:
    """The id follows from the earliest article, wherever it is in the story."""
    early, late = (
        reports(*FERRY[:2], published_at=NOON),
        reports(FERRY[2], published_at=NOON + timedelta(hours=3)),
    )
    (before,), (after,) = stories_of(early), stories_of([*late, *early])
    assert len(after.reports) == 3
    assert before.id == after.id
    assert re.fullmatch(r"s[0-9a-f]{15}", after.id)


def test_the_medoid_is_readable() -> None:
    """A paywalled report stands for the story only where no other has a text."""
    paid = reports(FERRY[0], paywalled=True)
    empty = [group("", title="Ferry crews strike Sundle Line Marrowmouth pay")]
    (story,) = stories_of(paid + empty + reports(FERRY[1]))
    assert story.medoid.canonical.title == FERRY[1][0]


def test_days_between_reports_count_against_them() -> None:
    """A similarity is worth less the more days lie between; undated reports pay nothing."""
    indexed = index(
        [
            *reports(FERRY[0]),
            *reports(FERRY[1], id="same day"),
            *reports(FERRY[1], id="next week", published_at=NOON + timedelta(days=7)),
            *reports(FERRY[1], id="undated", published_at=NOON + timedelta(days=7), dated=False),
        ]
    )
    first = reports(FERRY[0])[0].canonical.id
    judged = judge(indexed, Background.of(indexed))
    same_day, next_week, undated = (
        explain(judged, first, other).evident for other in ("same day", "next week", "undated")
    )
    assert next_week < 0.8 * same_day
    assert undated == same_day


def test_a_name_has_a_capital_within_a_running_sentence() -> None:
    """Not at the beginning of one, and not in a headline that capitalises all its words."""
    indexed = index(
        reports(
            ("Irish Goods Rose Again", "Sales of butter grew in May. Dairies in Sundle hired."),
            ("Dairies hire young people from Orrin", ""),
        )
    )
    names = {term for term, is_name in zip(indexed.terms, indexed.names, strict=True) if is_name}
    assert names == {"may", "sundl", "orrin"}


def test_two_teasers_need_more_in_common_than_two_articles() -> None:
    """Of the same cosine, what long texts share is more evidence."""
    short = ("Sundle crews strike over pay", "Ferries stay in port.")
    long = (short[0], " ".join([short[1], *(text for _, text in FERRY)]))
    parts = {}
    for name, (title, text) in (("short", short), ("long", long)):
        indexed = index([group(text, title=title, id="a"), group(text, title=title, id="b")])
        link = explain(judge(indexed, Background.shipped()), "a", "b")
        parts[name] = link.evident / link.bounded
    assert parts["short"] < parts["long"] <= 1


def test_one_rare_word_is_no_event() -> None:
    """Reports that have nothing in common but a town are two, unless they have sure company."""
    town = (
        ("Bridge in Ellwang to be torn down", "What is left of it over the river will go."),
        ("Christmas market opens in Ellwang", "The mayor of Ellwang cut the first cake."),
    )
    indexed = index(reports(*town))
    link = explain(judge(indexed, Background.shipped()), *_ids(indexed))
    assert ("Ellwang",) == tuple(name.word for name in link.names)
    assert (False, 0) == (link.together, link.evident)
    assert link.bounded > 0.3

    fire = tuple((title, f"{text} A fire in Varn spread.") for title, text in town)
    indexed = index(reports(*fire))
    assert explain(judge(indexed, Background.shipped()), *_ids(indexed)).evident > 0


def _ids(indexed: TermIndex) -> list[str]:
    return [report.canonical.id for report in indexed.reports]


def test_texts_without_words_stand_alone() -> None:
    """Articles of which nothing can be compared are stories of their own."""
    groups = [group("", id="a"), group("...", id="b"), group("\ud800 \x00", id="c")]
    assert len(stories_of(groups)) == 3


MATCHES = (
    (
        "Rovers win at home",
        "Aldern Rovers beat Pikeford Town 2-1 at the Meadow Ground after the goalkeeper saved a"
        " penalty. Nelson Brack scored in the second half before the whistle of the referee.",
    ),
    (
        "Late goal for United",
        "Lakeside United beat Thornby Athletic 1-0 at Quay Park after the goalkeeper saved a"
        " penalty. Otto Venn scored in the second half before the whistle of the referee.",
    ),
)


def test_two_events_of_one_form_stay_apart() -> None:
    """Common words alone, however many, do not join where names and numbers differ."""
    groups = reports(*MATCHES)
    assert len(cluster(index(groups), Background.shipped())) == 2


MARKETS = (
    (
        "Shares end higher as chip makers gain",
        "Shares on the Aldern Exchange closed higher on Tuesday as chip makers led the gains. The"
        " Aldern Industrial Average rose 182 points, or 0.5 percent, to 38,901. The Sundle Index"
        " added 0.6 percent to 5,212 and the Orrin Composite climbed 1.1 percent to 16,340.",
    ),
    (
        "Shares end lower as banks fall",
        "Shares on the Aldern Exchange closed lower on Wednesday as shares of banks fell. The"
        " Aldern Industrial Average lost 264 points, or 0.7 percent, to 38,637. The Sundle Index"
        " slipped 0.4 percent to 5,191 and the Orrin Composite dropped 0.2 percent to 16,307.",
    ),
    (
        "Chip makers lift Orrin Composite",
        "The Orrin Composite gained 1.1 percent on Tuesday to end at 16,340, lifted by chip makers,"
        " while the Sundle Index was up 0.6 percent at 5,212. The Aldern average rose 182 points.",
    ),
)


def test_reports_full_of_numbers_are_as_alike_as_their_numbers() -> None:
    """Market reports of two days stay apart though they share all else; those of one day join."""
    monday, tuesday = (NOON + timedelta(days=day) for day in range(2))
    groups = [
        *reports(MARKETS[0], MARKETS[2], published_at=monday),
        *reports(MARKETS[1], published_at=tuesday),
    ]
    assert {
        frozenset({MARKETS[0][0], MARKETS[2][0]}),
        frozenset({MARKETS[1][0]}),
    } == members(cluster(index(groups), Background.shipped()))


def test_names_need_capitals_only_where_there_are_some() -> None:
    """Texts without capitals are compared by all their words."""
    more = "fourteen sundle ferries lie in marrowmouth harbour until the winter pay is settled."
    groups = reports(*((title.lower(), f"{text.lower()} {more}") for title, text in FERRY))
    assert not index(groups).names.any()
    assert len(stories_of(groups)) < len(groups)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "ko",
            (
                "선들라인 여객선 승무원들이 겨울 수당을 놓고 19일 마로머스에서 파업에 들어갔다.",
                "마로머스 항구에서 선들라인의 여객선이 모두 멈췄다. 승무원은 수당을 요구하며 파업을"
                " 벌였다.",
                "오린 호수 위 케스트렐 댐의 벽에서 기술자들이 균열을 발견해 19일 도로가 통제됐다.",
                "시의회는 도서관과 공원을 위한 내년 예산을 19일 표결로 통과시켰다.",
            ),
        ),
        (
            "th",
            (
                "ลูกเรือเฟอร์รี่ของซันเดิลไลน์นัดหยุดงานที่มาร์โรว์มัทเรียกร้องค่าจ้างฤดูหนาว",
                "เฟอร์รี่ทุกลำของซันเดิลไลน์จอดอยู่ที่มาร์โรว์มัทเพราะลูกเรือนัดหยุดงานเรื่องค่าจ้าง",
                "วิศวกรพบรอยร้าวบนกำแพงคอนกรีตของเขื่อนเคสเทรลเหนือทะเลสาบออร์ริน",
                "สภาเมืองผ่านงบประมาณปีหน้าสำหรับห้องสมุดและสวนสาธารณะ",
            ),
        ),
    ],
)
def test_terms_of_other_scripts_tell_events_apart(language: str, texts: tuple[str, ...]) -> None:
    """Korean particles hide no word, dates in one word are no names, Thai vowels are no words."""
    groups = reports(*((f"{number}", text) for number, text in enumerate(texts)), language=language)
    assert {frozenset("01"), frozenset("2"), frozenset("3")} == members(stories_of(groups))


def test_languages_do_not_mix() -> None:
    """The same words in two languages are different terms."""
    assert len(stories_of(reports(FERRY[0]) + reports(FERRY[0], language="de", id="b"))) == 2


def test_boilerplate_does_not_count() -> None:
    """What reports of three events repeat is not read; what reports of one event repeat is."""
    events = (*DAM[:1], *FERRY[:1], *MATCHES[:1])
    sign_up = "Sign up for breaking alerts from Morning Signal delivered to your inbox daily."
    furnished = index(reports(*((title, f"{text}\n{sign_up}") for title, text in events)))
    plain = index(reports(*events))
    assert "inbox" not in furnished.words
    assert set(plain.words) == set(furnished.words)
    statement = "We regret what happened to the travellers of this company."
    ferry = reports(*((title, f"{text}\n{statement}") for title, text in FERRY))
    quoted = index(ferry + reports(*DAM, *MATCHES))
    assert "travellers" in quoted.words


def test_what_aggregators_print_in_place_of_a_text_is_no_evidence() -> None:
    """Labels before addresses and numbers, and addresses anywhere, of items about nothing alike."""
    printed = (
        "Article URL: https://pages.example/{0}\nComments URL: https://talk.example/item?id={1}\n"
        "Points: {1}\n# Comments: 98\nSee https://pages.example/{0}"
    )
    titles = ("Show: Tide, a tiny table", "The decline of the paperclip", "Kernels in five years")
    items = [(title, printed.format(at, 40 + at)) for at, title in enumerate(titles)]
    indexed = index(reports(*items, outlet="Talk"))
    assert not {"points", "articl", "url", "http", "talk", "98"} & {*indexed.terms}
    assert 3 == len(cluster(indexed, Background.shipped()))


def test_headlines_are_spoken_for_by_their_neighbours() -> None:
    """Two headlines without a word in common are similar through those in between."""
    headlines = (
        "Sundle ferry strike strands islanders at Tessaly",
        "Sundle ferry walkout strands islanders at Tessaly, Marrowmouth crews say",
        "Marrowmouth crews on Sundle ferry strike: walkout strands Tessaly islanders",
        "Marrowmouth crews say walkout ends",
    )
    indexed = index(
        group(title=title, published_at=NOON + timedelta(minutes=at))
        for at, title in enumerate(headlines)
    )
    basis = judge(indexed, Background.of(indexed)).basis
    assert basis is not None
    assert basis.alike.evident[0, 3] == 0 < basis.alike.smoothed[0, 3]


def test_the_shipped_table_is_small_and_english() -> None:
    """Counts of frequent stems, in less than 200 kB."""
    table = Background.shipped()
    assert {"en"} == set(table.documents)
    assert table.documents["en"] > 5_000
    assert table.frequencies["en"]["polic"] > 100
    assert len(table.to_bytes()) < 200_000


def test_background_survives_storage_and_adds_up() -> None:
    """Stored counts read back equal; the sum of two batches is that of both at once."""
    ferry, dam = (Background.of(index(reports(*item))) for item in (FERRY, DAM))
    assert Background.from_bytes(ferry.to_bytes()) == ferry
    assert ferry.plus([dam]) == Background.of(index(reports(*FERRY, *DAM)))
    assert ferry.plus([dam]).to_bytes() == dam.plus([ferry]).to_bytes()
    for broken in (b"", b"junk", ferry.to_bytes()[:-3]):
        with pytest.raises(ValueError, match="not a table"):
            Background.from_bytes(broken)


def test_counts_of_terms_that_a_batch_does_not_have_are_left_out() -> None:
    """What is kept of others is what the batch asks for, and judges it as all of them do."""
    indexed = index(reports(*FERRY))
    own, others = (
        Background.of(indexed),
        [Background.shipped(), Background.of(index(reports(*DAM)))],
    )
    all_, kept = own.plus(others), own.plus(others, indexed)
    assert set(indexed.terms) == kept.frequencies["en"].keys() < all_.frequencies["en"].keys()
    assert all(
        often == all_.frequencies["en"][term] for term, often in kept.frequencies["en"].items()
    )
    assert all_.documents == kept.documents
    assert cluster(indexed, all_) == cluster(indexed, kept)


MADE = st.lists(
    st.builds(
        lambda tokens, number, hours, dated: group(
            " ".join(tokens),
            title=" ".join(tokens[:3]),
            id=f"a{number}",
            published_at=NOON + timedelta(hours=hours),
            dated=dated,
        ),
        st.lists(
            st.sampled_from(
                [
                    "ferry",
                    "Sundle",
                    "strike",
                    "dam",
                    "Kestrel",
                    "crack",
                    "pay",
                    "Orrin",
                    "61",
                    "wall",
                ]
            )
        ),
        st.integers(0, 10_000),
        st.integers(0, 100),
        st.booleans(),
    ),
    max_size=10,
    unique_by=lambda made: made.canonical.id,
)


@settings(max_examples=50, deadline=None)
@given(MADE, st.randoms(use_true_random=False))
def test_order_does_not_matter(groups: list[DuplicateGroup], chance: random.Random) -> None:
    """Every report is in exactly one story, and no shuffling changes the stories."""
    stories = stories_of(groups)
    found = [report.canonical.id for story in stories for report in story.reports]
    assert sorted(found) == sorted(group.canonical.id for group in groups)
    chance.shuffle(groups)
    assert stories_of(groups) == stories


@pytest.mark.parametrize("shared", ["Am 14. und 13.", "Im Jahr 2025."])
def test_a_day_and_a_year_are_no_evidence_where_little_is_known(shared: str) -> None:
    """Two reports in a language without shipped counts that share only such numbers are two."""
    one = f"{shared} Der Erdrutsch bei Vellmar verschüttete die Bergstraße und eine Scheune."
    other = f"{shared} Das Parlament in Ostrava stritt über den Haushalt der Bahn."
    weighed = {
        word: weight
        for word, weight in _weights(index(reports(("", one), ("", other), language="de")))
        if word[0].isdigit()
    }
    assert all(weight < 2.4 for weight in weighed.values()), weighed
    assert weighed.keys() >= set(re.findall(r"\d+", shared))


def test_a_fraction_is_evidence() -> None:
    """A rate of 4.6 is what a report is about."""
    weights = dict(
        _weights(index(reports(("", "Zins bei 4.6"), ("", "14 und 4.6"), language="de")))
    )
    assert weights["4.6"] > 2 * weights["14"]


def test_what_most_reports_tell_is_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event's own names stay rare, however many reports of it there are."""
    groups = reports(*_one_event(40), *_alone(20))
    assert 1 + 20 == len(stories_of(groups))
    monkeypatch.setattr(clusters_module, "_COUNTED", len(groups))
    assert 1 + 20 < len(stories_of(groups))


def _one_event(count: int) -> list[tuple[str, str]]:
    """So many reports that each name three of four people."""
    chance = random.Random(4)
    people = itertools.combinations(("Keldra", "Vossling", "Tarnmoor", "Harrowby"), 3)
    return [
        (
            f"{a} and {b} at Marrowmouth",
            f"In Marrowmouth the Sundle Line met {a} and {b} and {c} to {_invented(chance, 4)}.",
        )
        for a, b, c in itertools.islice(itertools.cycle(people), count)
    ]


def _alone(count: int) -> list[tuple[str, str]]:
    """So many reports that share nothing."""
    chance = random.Random(5)
    return [(_invented(chance, 4), f"{_invented(chance, 12)}.") for _ in range(count)]


def _invented(chance: random.Random, words: int) -> str:
    made = ("".join(chance.choices("bdfglmnprst", k=7)) for _ in range(words))
    return " ".join(made)


def _weights(indexed: TermIndex) -> list[tuple[str, float]]:
    """What the terms of a batch weigh, as if in a text of their own."""
    unweighed = vectors_module._rarity(indexed, Background.shipped(), None)
    return list(zip(indexed.terms, unweighed.tolist(), strict=True))


def test_hiragana_in_a_row_weighs_nothing() -> None:
    """Endings and particles are in all Japanese texts, whatever they are about."""
    one = "東京女子医大の元理事長が逮捕されている。謝罪してほしいとしている。"
    other = "停戦に合意したとしている。攻撃を続けている。発表している。"
    weights = dict(_weights(index(reports(("", one), ("", other), language="ja"))))
    hiragana = {term: weight for term, weight in weights.items() if re.fullmatch("[ぁ-ん]+", term)}
    assert hiragana
    assert set(hiragana.values()) == {0.0}


def test_characters_in_a_row_that_one_report_has_weigh_nothing() -> None:
    """They are mostly the end of one word and the beginning of another."""
    texts = (
        "\u6e21\u8f6e\u8239\u5458\u5728\u9a6c\u7f57\u6e2f\u7f62\u5de5",
        "\u9a6c\u7f57\u6e2f\u7684\u6e21\u8f6e\u56e0\u7f62\u5de5\u505c\u822a",
    )
    indexed = index(
        group(text, id=name, language="zh") for name, text in zip("ab", texts, strict=True)
    )
    weighed = vectors(indexed, Background.of(indexed)).unit
    held = {indexed.terms[at % len(indexed.terms)] for at in weighed.tocoo().col.tolist()}
    assert {"\u6e21\u8f6e", "\u9a6c\u7f57", "\u7f57\u6e2f", "\u7f62\u5de5"} == held
