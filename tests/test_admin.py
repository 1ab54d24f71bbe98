"""The operator's pages: they do what the commands do, for the operator alone."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryState
from digest.web.access import is_loopback
from digest.web.admin_view import Sparkline, paragraphs

from .admin_setup import NEWEST, READERS, Admin, admin, make_demo, token_of
from .command import digest

TOKEN = "a token of the tests"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_demo(folder)
    return folder


@pytest.fixture
def pages(made: Path, tmp_path: Path) -> Iterator[Admin]:
    with admin(made, tmp_path / "operated") as served:
        yield served


def form_token(pages: Admin, path: str = "/") -> str:
    return token_of(pages.get(path).text)


def largest(pages: Admin) -> str:
    """The story of the newest edition with most articles."""
    stories = pages.stories()
    return max(stories, key=lambda story: stories[story])


def rows(pages: Admin) -> list[tuple[object, ...]]:
    """Everything that a form may change."""
    tables = ("constraints", "pins", "outbox")
    with pages.database.store.engine.begin() as connection:
        return [
            tuple(row)
            for table in tables
            for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


# --- what is shown ------------------------------------------------------------------------------


def test_the_first_page_says_what_the_commands_say(pages: Admin) -> None:
    """Feeds with their state, editions, deliveries and subscribers, as `feeds` and `status`."""
    text = pages.get().text
    failing = re.findall(r'<span class="label mark">(\w+)</span>', text)
    assert ["failing"] == failing
    assert 5 < text.count("<svg ") == text.count('href="/feed?url=')
    for edition in ("2024-07-10", "2024-07-11", NEWEST):
        assert f'href="/editions/{edition}"' in text
    assert "1 failed, 1 held, 1 sent" in text
    assert "Subscribers: 3 active." in text
    assert "1 delivery failed: 550 5.1.1 no such mailbox" in text


def test_a_feed_without_trouble_is_shown_with_what_it_brings(pages: Admin, tmp_path: Path) -> None:
    """When it last had something new, as `feeds` says, and how much of it has a text."""
    said = digest("feeds", "--json", "-c", str(tmp_path / "operated/feeds.toml")).stdout
    bringing = [row for row in json.loads(said) if row["last_new"]]
    assert any(row["state"] == "ok" for row in bringing)
    text = pages.get().text
    assert len(bringing) == len(re.findall("last new [^<]* ago", text))
    assert len(bringing) == text.count("% with text")


def test_a_feed_is_shown_with_its_last_polls(pages: Admin) -> None:
    """Also one that fails: when, and why."""
    text = pages.get().text
    addresses = re.findall(r'href="(/feed\?url=[^"]+)"', text)
    assert len(addresses) > 5
    worst = pages.get(addresses[0]).text
    assert "failing" in worst
    assert 3 == worst.count("failed: ")
    best = pages.get(addresses[-1]).text
    assert "Last entries" in best
    assert 404 == pages.get("/feed?url=https%3A%2F%2Fnobody.example%2F").status


def test_why_together_is_what_explain_says(pages: Admin, tmp_path: Path) -> None:
    """Every line of the command is on the story's page."""
    story = largest(pages)
    said = digest("explain", story, "-c", str(tmp_path / "operated/feeds.toml")).stdout
    text = re.sub(r"<[^>]+>", "", pages.get(f"/stories/{story}").text)
    words = " ".join(text.replace("&#39;", "'").split())
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    assert len(lines) > 8
    assert [] == [line for line in lines if line not in words]


def test_deliveries_are_listed_with_their_reason(pages: Admin) -> None:
    """Those that failed and are held; not those that were sent."""
    text = pages.get("/deliveries").text
    assert [False, True, True] == [address in text for address in READERS]
    assert "550 5.1.1 no such mailbox" in text


@pytest.mark.parametrize("path", ["/", "/stories/none", "/editions/2024-01-01", "/editions/x"])
def test_every_page_keeps_others_out(pages: Admin, path: str) -> None:
    """Nothing is stored or framed, no script runs, and no name of a template leaks."""
    answer = pages.get(path)
    assert (200 if path == "/" else 404) == answer.status
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "no-store" == answer.headers["cache-control"]
    assert "DENY" == answer.headers["x-frame-options"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text


def test_names_from_feeds_are_text_on_every_page(pages: Admin) -> None:
    """No control or direction character of a title gets through, and no markup of it is any."""
    story, hostile = largest(pages), "\u202egnp.<script>alert(1)</script>\x1b[31m\u2028"
    with pages.database.store.engine.begin() as connection:
        for statement in (
            "UPDATE articles SET title = ? || title",
            "UPDATE feeds SET outlet = ? || outlet, title = ? || title",
            "UPDATE ledger SET headline = ? || headline",
            "UPDATE polls SET reason = ? WHERE reason IS NOT NULL",
        ):
            connection.exec_driver_sql(statement, (hostile,) * statement.count("?"))
        (document,) = connection.exec_driver_sql(
            "SELECT document FROM editions WHERE id = ?", (NEWEST,)
        ).one()
        changed = json.loads(document)
        for section in changed["sections"]:
            for shown in section["stories"]:
                shown["headline"] = hostile + shown["headline"]
        connection.exec_driver_sql(
            "UPDATE editions SET document = ? WHERE id = ?", (json.dumps(changed), NEWEST)
        )
    feeds = re.findall(r'href="(/feed\?url=[^"]+)"', pages.get().text)
    seen = 0
    for path in ("/", *feeds, f"/editions/{NEWEST}", f"/stories/{story}"):
        text = pages.get(path).text
        assert "<script" not in text
        assert not re.search("[\u202a-\u202e\u2028\x00-\x08\x0e-\x1f]", text)
        seen += text.count("&lt;script&gt;")
    assert seen > 20


# --- what is done -------------------------------------------------------------------------------


def test_a_split_is_recorded_as_the_command_records_it(
    pages: Admin, made: Path, tmp_path: Path
) -> None:
    """The same rows in the database; the page then shows them."""
    story = largest(pages)
    leaving = pages.editor.story(story)[0].articles[1]
    answer = pages.post(
        f"/stories/{story}",
        {"token": form_token(pages), "act": "split", "article[]": leaving},
    )
    assert 200 == answer.status
    number = pages.stories()[story] - 1
    assert f"Recorded {number} pairs. Takes effect at the next build." in answer.text
    shown = answer.text.partition('id="corrections"')[2].partition("</ul>")[0]
    assert number == shown.count("Two stories: ")
    shutil.copytree(made, tmp_path / "other")
    config = str(tmp_path / "other/feeds.toml")
    said = digest("stories", "split", story, leaving, "-c", config)
    assert 0 == said.returncode
    pairs = digest("stories", "export-pairs", "-c", config).stdout
    assert pairs
    assert pairs == digest(
        "stories", "export-pairs", "-c", str(tmp_path / "operated/feeds.toml")
    ).stdout  # fmt: skip


def test_stories_are_merged_pinned_and_unpinned(pages: Admin) -> None:
    """Chosen on the edition's page, or named on the story's."""
    token, stories = form_token(pages), list(pages.stories())
    merged = pages.post(f"/editions/{NEWEST}", {"token": token, "story[]": stories[:2]})
    assert "Recorded " in merged.text
    one, two = (set(pages.editor.story(story)[0].articles) for story in stories[:2])
    said = {frozenset((a.id, b.id)) for a, b, together in pages.editor.pairs() if together}
    assert len(one | two) - 1 == len(said)
    before = len(pages.editor.pairs())
    pages.post(f"/stories/{stories[2]}", {"token": token, "act": "merge", "other": stories[3]})
    assert before < len(pages.editor.pairs())
    pinned = pages.post(f"/stories/{stories[0]}", {"token": token, "act": "pin"})
    assert "Pinned with " in pinned.text
    assert (stories[0],) == tuple(pin.story for pin in pages.database.store.pins())
    assert '<span class="mark">pinned</span>' in pages.get(f"/editions/{NEWEST}").text
    assert (
        "Unpinned." in pages.post(f"/stories/{stories[0]}", {"token": token, "act": "unpin"}).text
    )
    assert () == pages.database.store.pins()


@pytest.mark.parametrize(
    ("act", "states", "said"),
    [
        ("retry", {"pending": 1, "held": 1, "sent": 1}, "Opened again: 1."),
        ("send", {"pending": 1, "failed": 1, "sent": 1}, "To be sent: 1."),
        ("drop", {"failed": 2, "sent": 1}, "Dropped: 1."),
    ],
)
def test_deliveries_are_retried_sent_and_dropped(
    pages: Admin, act: str, states: dict[str, int], said: str
) -> None:
    """Those of one edition, by one button."""
    form: dict[str, object] = {"token": form_token(pages), "act": act, "edition": NEWEST}
    assert said in pages.post("/", form).text
    found = {count.state: count.number for count in pages.database.outbox.delivery_counts()}
    assert {DeliveryState(state): number for state, number in states.items()} == found


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"act": "split"}, "choose the articles"),
        ({"act": "split", "article[]": "nothing"}, "no story or article has this id"),
        ({"act": "merge", "other": "nothing"}, "no story or article has this id"),
        ({"act": "unpin"}, "not pinned"),
        ({}, "the form asks for nothing"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(
    pages: Admin, form: dict[str, object], said: str
) -> None:
    """On the page it was made on."""
    before = rows(pages)
    path = f"/stories/{largest(pages)}"
    answer = pages.post(path, form | {"token": form_token(pages)})
    assert (400, True) == (answer.status, said in answer.text)
    assert before == rows(pages)


# --- who may ------------------------------------------------------------------------------------

FORMS: tuple[tuple[str, dict[str, object]], ...] = (
    ("/", {"act": "retry", "edition": NEWEST}),
    ("/", {"act": "drop", "edition": NEWEST}),
    (f"/editions/{NEWEST}", {"act": "merge", "story[]": "ALL"}),
    ("/stories/LARGEST", {"act": "split", "article[]": "FIRST"}),
    ("/stories/LARGEST", {"act": "pin"}),
)


@pytest.mark.parametrize(("path", "form"), FORMS)
def test_a_forged_form_is_refused(pages: Admin, path: str, form: dict[str, object]) -> None:
    """Without our token, with another one, or from another site; the same form of ours is taken."""
    story = largest(pages)
    chosen = {
        "ALL": list(pages.stories()), "FIRST": pages.editor.story(story)[0].articles[0],
    }  # fmt: skip
    path = path.replace("LARGEST", story)
    filled = {key: chosen.get(str(value), value) for key, value in form.items()}
    token, before = form_token(pages), rows(pages)
    for forged in ({}, {"token": ""}, {"token": "x" * len(token)}, {"token": token[:-1]}):
        assert 403 == pages.post(path, filled | forged).status
    for site in ("cross-site", "same-site"):
        answer = pages.post(path, filled | {"token": token}, **{"Sec-Fetch-Site": site})
        assert 403 == answer.status
    assert before == rows(pages)
    genuine = pages.post(path, filled | {"token": token}, **{"Sec-Fetch-Site": "same-origin"})
    assert 200 == genuine.status
    assert before != rows(pages)


@pytest.mark.parametrize("path", ["/", "/deliveries", "/health", "/metrics"])
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:9999", 200),
        ("127.0.0.1", 200),
        ("127.8.9.1:80", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("192.168.1.1", 421),
        ("", 421),
    ],
)
def test_a_name_of_another_site_shows_nothing(
    pages: Admin, path: str, host: str, status: int
) -> None:
    """A page that leads its own name to this machine (DNS rebinding) gets no answer."""
    answer = pages.get(path, Host=host)
    assert status == answer.status
    assert (status == 200) == (len(answer.body) > 100)


def test_a_form_under_the_name_of_another_site_is_refused(pages: Admin) -> None:
    """Even with the right token."""
    form: dict[str, object] = {"token": form_token(pages), "act": "drop", "edition": NEWEST}
    before = rows(pages)
    assert 421 == pages.post("/", form, Host="evil.example").status
    assert before == rows(pages)


def basic(password: str) -> str:
    return f"Basic {base64.b64encode(f'me:{password}'.encode()).decode()}"


def test_with_a_token_nothing_is_shown_without_it(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Bearer or as a password, under any name; only /live answers everybody."""
    monkeypatch.setenv("ADMIN_TOKEN", TOKEN)
    top = '[admin]\nlisten = "0.0.0.0:1"\ntoken_env = "ADMIN_TOKEN"\n'
    with admin(made, tmp_path / "operated", top) as pages:
        wrong = ("", "Bearer", "Bearer x", TOKEN, f"Basic {TOKEN}", basic("x"), "Basic é")
        for path in ("/", "/deliveries", "/health", "/metrics", f"/editions/{NEWEST}", "/none"):
            for stated in wrong:
                answer = pages.get(path, Authorization=stated)
                assert 401 == answer.status
                assert NEWEST not in answer.text
            for stated in (f"Bearer {TOKEN}", basic(TOKEN)):
                answer = pages.get(path, Authorization=stated, Host="admin.news.example")
                assert (404 if path == "/none" else 200) == answer.status
        assert 200 == pages.get("/live").status
        before = rows(pages)
        found = pages.get("/", Authorization=basic(TOKEN)).text
        (form_token,) = set(re.findall(r'name="token" value="([^"]+)"', found))
        form: dict[str, object] = {"token": form_token, "act": "drop", "edition": NEWEST}
        assert 401 == pages.post("/", form).status
        assert before == rows(pages)
        assert 200 == pages.post("/", form, Authorization=basic(TOKEN)).status
        assert before != rows(pages)


@given(st.text(max_size=30))
def test_only_loopback_names_are_ours(host: str) -> None:
    """Whatever a Host header holds, it is answered or refused."""
    if is_loopback(host):
        assert re.search(r"localhost|127\.|::1", host.lower())


# A name, what is taken away (target and mutant), the check that must notice it.
MUTANTS: dict[str, tuple[str, Any, Callable[[Admin], None]]] = {
    "any form is ours": (
        "digest.web.access.Forms.is_ours", lambda *_: True,
        lambda pages: test_a_forged_form_is_refused(pages, *FORMS[0]),
    ),
    "the browser's word is not asked for": (
        "digest.web.access._OURS", ("same-origin", "none", "same-site", "cross-site"),
        lambda pages: test_a_forged_form_is_refused(pages, *FORMS[1]),
    ),
    "any name is ours": (
        "digest.web.access.is_loopback", lambda _: True,
        lambda pages: test_a_name_of_another_site_shows_nothing(pages, "/", "evil.example", 421),
    ),
    "a name is compared by its beginning": (
        "digest.web.access.is_loopback", lambda host: host.startswith(("localhost", "127.")),
        lambda pages: test_a_name_of_another_site_shows_nothing(
            pages, "/", "localhost.evil.example", 421
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_check_fails_for_its_mutant(
    name: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that nothing could miss proves nothing."""
    target, mutant, check = MUTANTS[name]
    monkeypatch.setattr(target, mutant)
    with admin(made, tmp_path / "mutant") as pages, pytest.raises(AssertionError):
        check(pages)


# --- in words -----------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=40))
def test_a_sparkline_has_a_bar_for_each_day_with_entries(days: list[int]) -> None:
    """The largest is as high as the drawing, and none is invisible."""
    drawn = Sparkline.of(days)
    heights = [int(height) for height in re.findall(r"v-(\d+)", drawn.path)]
    assert sum(number > 0 for number in days) == len(heights)
    assert not heights or (max(heights) == 20 and min(heights) >= 1)
    assert f"{days[-1]} today" in drawn.label


def test_an_explanation_becomes_paragraphs() -> None:
    """Indented lines belong to what is said before them."""
    lines = ["One.", "Two.", "", "Three:", "  because", "  and", ""]
    assert [("One. Two.", []), ("Three:", ["because", "and"])] == paragraphs(lines)
