"""What [[feeds]] says of one feed, each on a server on loopback: login, filters, limits, pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from .feed_server import START, FeedServer, Operator


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with FeedServer() as server:
        yield server


@pytest.fixture
def operator(tmp_path: Path, server: FeedServer) -> Operator:
    return Operator(tmp_path, server)


URL = 'url = "http://127.0.0.1:PORT/a"'


def titles(operator: Operator, path: str = "/a", *more: str) -> list[str]:
    """The titles of the entries that `feeds show` lists."""
    url = operator.server.url(path)
    return [
        entry["title"] for entry in operator.run("feeds", "show", url, *more, "--json")["entries"]
    ]


def test_rules_drop_entries_before_their_pages_are_read(
    operator: Operator, server: FeedServer
) -> None:
    """By words, expression, category, author, URL; counted, shown with the rule, never read."""
    author = "<author>a@x.example (Ann Ad)</author>"
    server.feed(
        "/a",
        server.item("/a", 1, "Your HOROSCOPE today"),
        server.item("/a", 2, "Horoscopes are a word of their own"),
        server.item("/a", 3, "Quiz: who said it?"),
        server.item("/a", 4, "A match", "<category>Sport</category>"),
        server.item("/a", 5, "Praise", author),
        server.item("/a", 66, "By address"),
    )
    operator.write(
        f'{URL}\nexclude = ["horoscope", {{title = "/^quiz/"}}, {{title = "/(?i)^quiz\\\\b/"}},'
        ' {category = "sport"}, {author = "ann ad"}, {url = "/\\\\/66$/"}]'
    )
    report = operator.collect()
    assert ("read", 1, 5) == (report["outcome"], report["new"], report["dropped"])
    dropped = operator.run("feeds", "show", server.url("/a"), "--dropped", "--json")["entries"]
    assert {
        "Your HOROSCOPE today": "exclude: horoscope",
        "Quiz: who said it?": "exclude: title: /(?i)^quiz\\b/",
        "A match": "exclude: category: sport",
        "Praise": "exclude: author: ann ad",
        "By address": "exclude: url: /\\/66$/",
    } == {entry["title"]: entry["dropped"] for entry in dropped}
    assert [[], 1] == [server.asked("/a/1"), len(server.asked("/a/2"))]
    again = operator.collect(START + timedelta(days=1))
    assert (0, 0) == (again["new"], again["dropped"])
    explained = operator.run("explain", dropped[0]["id"])
    assert (0, True) == (explained.returncode, "exclude: " in explained.stdout), explained


def test_rules_on_the_text_see_the_page(operator: Operator, server: FeedServer) -> None:
    """Which the feed's own words do not hold; [filters] are for all feeds."""
    server.feed("/a", server.item("/a", 1, "One"), server.item("/a", 2, "Two"))
    operator.write(URL, top='[filters]\nexclude = [{ text = "plan number 1" }]')
    report = operator.collect()
    assert (1, 1) == (report["new"], report["dropped"])
    shown = operator.run("feeds", "show", server.url("/a"), "--json")["entries"]
    assert {"One": "exclude: text: plan number 1", "Two": None} == {
        entry["title"]: entry["dropped"] for entry in shown
    }


def test_only_what_an_include_rule_means_is_taken(operator: Operator, server: FeedServer) -> None:
    """All parts of a rule together, any rule of several."""
    server.feed(
        "/a",
        server.item("/a", 1, "Council votes", "<category>Local</category>"),
        server.item("/a", 2, "Council dines", "<category>Gossip</category>"),
        server.item("/a", 3, "Weather"),
        server.item("/a", 4, "港口新闻"),
    )
    operator.write(
        f'{URL}\ninclude = [{{title = "council", category = "local"}}, "weather", "新闻"]'
    )
    report = operator.collect()
    assert (3, 1) == (report["new"], report["dropped"])
    assert ["Council dines"] == titles(operator, "/a", "--dropped")


def test_a_hostile_expression_ends_in_its_limit_and_is_named(
    operator: Operator, server: FeedServer
) -> None:
    """The entries are taken; what else is due is not kept waiting; the log names the rule."""
    server.feed("/a", server.item("/a", 1, "a" * 60 + "!"), server.item("/a", 2, "b" * 60 + "!"))
    server.feed("/b", server.item("/b", 3, "News"))
    hostile = r"/^(a|aa)+\1c$/"
    operator.write(f"{URL}\nexclude = [{{title = '{hostile}'}}]", 'url = "http://127.0.0.1:PORT/b"')
    done = operator.run("collect")
    assert "New articles: 3." in done.stdout
    assert "a filter took too long" in done.stderr
    assert f"title: {hostile}" in done.stderr


def test_a_day_takes_no_more_than_its_limit(operator: Operator, server: FeedServer) -> None:
    """The newest; over several polls of one day; the next day anew."""
    server.feed("/a", *(server.item("/a", n, f"Item {n}", hours=n) for n in range(5)))
    operator.write(f"{URL}\nlimit = 2")
    report = operator.collect()
    assert (2, 3) == (report["new"], report["dropped"])
    assert ["Item 2", "Item 3", "Item 4"] == titles(operator, "/a", "--dropped")
    server.feed("/a", server.item("/a", 7, "Late", hours=-1), server.item("/a", 0, "Item 0"))
    report = operator.collect(START + timedelta(hours=2))
    assert (0, 1) == (report["new"], report["dropped"])
    server.feed("/a", server.item("/a", 8, "Next", hours=-24), server.item("/a", 0, "Item 0"))
    assert 1 == operator.collect(START + timedelta(days=1))["new"]


def test_login_cookie_and_headers_go_to_the_feed_and_its_pages(
    operator: Operator, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment; a secret that is missing is named, and nothing is asked without it."""
    token = base64.b64encode(b"me:s3cret").decode()
    needs = {"authorization": f"Basic {token}", "cookie": "session=1", "x-plan": "gold"}
    server.feed("/a", server.item("/a", 1, "Inside"), needs=needs)
    server.page("/a/1", "Only for those who pay. " * 60, needs=needs)
    operator.write(
        f'{URL}\nauth = {{ username = "me", password_env = "FEED_PW" }}\n'
        'cookie_env = "FEED_COOKIE"\nheaders = { "X-Plan" = "gold" }\nuser_agent = "Reader/1"'
    )
    assert "the environment has no FEED_PW" in operator.collect()["reason"]
    assert [] == server.asked("/a")
    monkeypatch.setenv("FEED_PW", "s3cret")
    monkeypatch.setenv("FEED_COOKIE", "session=1")
    done = operator.run("collect", at=START + timedelta(hours=3))
    assert "New articles: 1." in done.stdout
    (entry,) = operator.run("feeds", "show", server.url("/a"), "--json")["entries"]
    assert entry["text_length"] > 1000
    assert ["Reader/1"] == [asked["user-agent"] for asked in server.asked("/a")]
    database = operator.path.with_name("digest.db").read_bytes()
    assert b"s3cret" not in database + done.stdout.encode() + done.stderr.encode()


def test_a_redirect_to_another_host_gives_no_secret_away(
    operator: Operator, server: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another port is another server, too."""
    monkeypatch.setenv("FEED_PW", "s3cret")
    with FeedServer() as stranger:
        stranger.feed("/b", stranger.item("/b", 1, "Elsewhere"))
        moved = {"Location": stranger.url("/b")}
        server.feed("/a", status=302, headers=moved, pages=False)
        operator.write(
            f'{URL}\nauth = {{ username = "me", password_env = "FEED_PW" }}\n'
            'headers = { "X-Key" = "k" }\nuser_agent = "Reader/1"'
        )
        assert 1 == operator.collect()["new"]
        (at_home,) = server.asked("/a")
        (abroad,) = stranger.asked("/b")
    assert {"authorization", "x-key"} <= set(at_home)
    assert not {"authorization", "x-key"} & set(abroad)
    assert "Reader/1" == abroad["user-agent"]


def test_selectors_choose_and_remove_parts_of_a_page(
    operator: Operator, server: FeedServer
) -> None:
    """The text is what `selector` means without what `remove` does; to find nothing is noted."""
    server.feed("/a", server.item("/a", 1, "One"), server.item("/a", 2, "Two"))
    page = (
        "<html><body><div class='teasers'><p>Other stories of the day, a long list.</p></div>"
        "<div class='story'><p>The council met.</p><div class='ad'>Buy now!</div><p>It voted.</p>"
        "</div></body></html>"
    )
    server.answers["/a/1"].body = page.encode()
    operator.write(f'{URL}\nselector = "div.story"\nremove = ".ad, .promo"')
    operator.collect()
    operator.run("build")
    shown = operator.run("feeds", "show", server.url("/a"), "--json")["entries"]
    by_title = {entry["title"]: entry for entry in shown}
    assert len("The council met.\nIt voted.") == by_title["One"]["text_length"]
    assert "nothing on the page matches the feed's selector" == by_title["Two"]["text_note"]


@pytest.mark.parametrize(("interval", "hours", "polls"), [("", 2, 1), ("interval = 3600", 2, 2)])
def test_the_interval_of_a_feed_is_really_that(
    operator: Operator, server: FeedServer, interval: str, hours: int, polls: int
) -> None:
    """Where a quiet feed would be looked at twice a day; a server's max-age still counts."""
    server.feed("/a", *(server.item("/a", n, f"Item {n}", hours=100 * n) for n in range(3)))
    operator.write(f"{URL}\n{interval}")
    operator.run("collect", "--due")
    operator.run("collect", "--due", at=START + timedelta(hours=hours))
    assert polls == len(server.asked("/a"))


def test_max_age_counts_more_than_the_interval(operator: Operator, server: FeedServer) -> None:
    """Nobody polls before the server allows it."""
    server.feed("/a", server.item("/a", 1, "One"), headers={"Cache-Control": "max-age=10800"})
    operator.write(f"{URL}\ninterval = 600")
    for hours in (0, 1, 4):
        operator.run("collect", "--due", at=START + timedelta(hours=hours))
    assert 2 == len(server.asked("/a"))


def test_a_paused_feed_is_not_asked_and_fails_nothing(
    operator: Operator, server: FeedServer
) -> None:
    """`enabled = false`; it is listed as paused and in no edition's feeds."""
    server.feed("/b", server.item("/b", 1, "One"))
    operator.write(f"{URL}\nenabled = false", 'url = "http://127.0.0.1:PORT/b"')
    done = operator.run("run")
    assert (0, []) == (done.returncode, server.asked("/a")), done
    states = {row["url"]: row["state"] for row in operator.run("feeds", "--json")}
    assert {server.url("/a"): "paused", server.url("/b"): "ok"} == states
    page = (operator.path.parent / "output" / "2026-03-02" / "digest.json").read_text("utf-8")
    assert [server.url("/b")] == [feed["url"] for feed in json.loads(page)["feeds"]]


def test_the_language_of_a_feed_is_believed(operator: Operator, server: FeedServer) -> None:
    """Over what its pages look like."""
    server.feed("/a", server.item("/a", 1, "One"))
    operator.write(f'{URL}\nlanguage = "nl"')
    operator.run("run")
    page = (operator.path.parent / "output" / "2026-03-02" / "digest.json").read_text("utf-8")
    assert '"language": "nl"' in page or '"language":"nl"' in page
