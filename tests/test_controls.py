"""Mutants: each check of docs/reliability.md fails where what it checks is taken away.

The checks are in the modules that are imported here. The mutants of the HTTP client, of
payloads, bombs, mutants and the feed reader score are beside their checks, since they take
another browser, parser or reader.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.helpers import proxies_from_env
from jinja2 import Environment

from digest.cli.logs import LogFormat
from digest.feeds.identity import keys_of
from digest.model import Feed, FullText
from digest.store import Store

from . import (
    test_bounds,
    test_clean,
    test_collect,
    test_memory,
    test_network_client,
    test_operation,
    test_politeness,
    test_polling,
    test_schedule,
)
from .fakes import item
from .test_collect import URL, Harness
from .test_memory import HOST

ALWAYS, NEVER = (lambda *_, **__: True), (lambda *_, **__: False)


def nothing(*_: object, **__: object) -> None:
    """What a part says that has been taken out."""


async def allowed(*_: object) -> None:
    """What robots.txt says to who does not ask."""


def same(value: Any, *_: object) -> Any:
    """What a filter gives that lets everything through."""
    return value


# A name, what is taken away (target and mutant), and the check that must notice it. A check that
# takes a harness reads a feed with its own texts; one that takes another is given pages.
MUTANTS: dict[str, tuple[str, Any, Callable[[Harness], None]]] = {
    "A16 a page without end of tries": (
        "digest.flows.pages.TRIES", 99,
        test_collect.test_a_page_that_kills_its_worker_is_tried_three_times,
    ),
    "B1 identity is one key": (
        "digest.flows.collect.keys_of", lambda url, entry: keys_of(url, entry)[:1],
        lambda harness: test_memory.test_a_feed_that_changes_all_it_shows_brings_only_what_is_new(
            harness, "guids rotate"
        ),
    ),
    "B3 a known id is believed": (
        "digest.feeds.identity._believable", ALWAYS,
        test_memory.test_a_guid_used_again_for_another_article_is_a_new_article,
    ),
    "B4 neighbours ignored": (
        "digest.feeds.identity.EntryMatcher._beside", NEVER,
        lambda harness: test_memory.test_poor_identity_loses_nothing(
            harness, [item(n, link=HOST, title=f"Warning {n} for the coast") for n in range(9)], 9
        ),
    ),
    "B5 no memory": (
        "digest.feeds.identity.EntryMatcher.match", nothing,
        test_memory.test_faults_neither_bring_back_nor_forget,
    ),
    "B6 no memory": (
        "digest.feeds.identity.EntryMatcher.match", nothing,
        test_memory.test_a_text_that_was_dropped_does_not_come_back,
    ),
    "B7 edits are not seen": (
        "digest.flows.intake.is_edit", NEVER,
        test_memory.test_edits_update_an_article_until_its_edition_freezes,
    ),
    "B8 dates are believed": (
        "digest.feeds.article.min", same,
        test_memory.test_no_date_crashes_or_pins_an_article_on_top,
    ),
    "B9 all of a new feed is news": (
        "digest.feeds.admission.FIRST_ENTRIES", 1000,
        test_memory.test_a_new_feed_starts_with_ten_items,
    ),
    "flood all of a rebuilt feed is news": (
        "digest.feeds.admission._FLOOD_SHARE", 2,
        test_memory.test_a_rebuilt_feed_brings_nothing_old_into_an_edition,
    ),
    "B10 a hundred entries a poll": (
        "digest.feeds.parse.xml.ENTRY_LIMIT", 100,
        test_memory.test_two_hundred_items_between_two_polls_are_all_there,
    ),
    "B12 no memory": (
        "digest.feeds.identity.EntryMatcher.match", nothing,
        test_memory.test_the_same_input_three_times_changes_nothing,
    ),
    "C10 fields are not cut": (
        "digest.feeds.parse.markup.SHORT_LIMIT", 10**9,
        lambda _: test_bounds.test_long_fields_are_cut_and_the_rest_of_the_feed_is_kept(),
    ),
    "D10 no spread": (
        "digest.feeds.polling._SPREAD", 0,
        lambda _: test_polling.test_start_times_of_many_feeds_are_spread(),
    ),
    "D12 a move is believed at once": (
        "digest.feeds.polling._after_redirects",
        lambda state, target, *_, **__: replace(state, address=target),
        lambda harness: test_politeness.test_a_feed_that_moved_is_polled_at_its_new_address(
            harness.folder
        ),
    ),
    "D13 whatever a feed shows is taken in": (
        "digest.flows.collect.is_another", NEVER,
        test_politeness.test_a_feed_that_became_another_is_held,
    ),
    "D13 gone is like any failure": (
        "digest.flows.collect.is_due", ALWAYS,
        test_politeness.test_a_feed_that_is_gone_is_not_asked_again_until_resumed,
    ),
    "robots.txt is not asked": (
        "digest.flows.robots.Robots.refusal", allowed,
        test_politeness.test_robots_txt_of_the_site_a_page_redirects_to_is_kept_to,
    ),
    "E7 links as they come": (
        "tests.test_clean.web_url", same,
        lambda _: test_clean.test_a_link_is_plain_ascii_to_the_web_or_none(),
    ),
    "E8 texts as they come": (
        "tests.test_clean.clean", same,
        lambda _: test_clean.test_no_control_hidden_or_stacked_character_is_printed(),
    ),
    "G1 the clock's date is published": (
        "tests.test_schedule.due_edition", lambda now, *_, **__: now.date().isoformat(),
        lambda _: test_schedule.test_every_local_date_of_three_years_has_exactly_one_edition(
            "Europe/Berlin", time(2, 30)
        ),
    ),
    "G2 a clock that went back is waited for": (
        "digest.feeds.polling._HOUR", timedelta(days=500),
        lambda _: test_operation.test_no_clock_jump_makes_a_feed_wait_longer(Path()),
    ),
    "G7 the library's log lines": (
        "tests.test_operation.Formatter", lambda _: logging.Formatter(),
        lambda _: test_operation.test_no_address_and_no_secret_is_logged(
            LogFormat.TEXT, "password=hunter2", "hunter2"
        ),
    ),
    "G8 the library's log lines": (
        "tests.test_operation.Formatter", lambda _: logging.Formatter(),
        lambda _: test_operation.test_one_event_is_one_line(LogFormat.TEXT),
    ),
}  # fmt: skip

WITH_PAGES = ("A16", "D12", "D13", "robots", "B9")


@pytest.mark.parametrize("name", MUTANTS)
def test_a_check_fails_for_its_broken_twin(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holds with what it checks, fails without: a check that cannot fail proves nothing."""
    target, mutant, check = MUTANTS[name]
    text = FullText.AUTO if name.startswith(WITH_PAGES) else FullText.ALWAYS
    for folder in ("whole", "broken"):
        (tmp_path / folder).mkdir()
    harnesses = [
        Harness(tmp_path / item, Feed(url=URL, full_text=text)) for item in ("whole", "broken")
    ]
    check(harnesses[0])
    monkeypatch.setattr(target, mutant, raising=False)
    with pytest.raises(AssertionError):
        check(harnesses[1])


@pytest.mark.parametrize("value", ["7200", "Mon, 02 Mar 2026 17:00:00 GMT"])
def test_who_is_deaf_to_retry_after_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    """Control of D8: polled as if the server had said nothing."""
    monkeypatch.setattr("digest.fetch.headers.retry_after", nothing)
    wait = timedelta(hours=2 if value.isdigit() else 5)
    with pytest.raises(AssertionError):
        test_politeness.test_retry_after_is_kept_to_over_restarts(
            tmp_path, "429 Too Many Requests", value, wait
        )


def test_who_forgets_when_a_feed_is_due_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of D9: every start asks, of the feeds that the store takes for due as well."""
    monkeypatch.setattr("digest.flows.collect.is_due", ALWAYS)
    monkeypatch.setattr(Store, "due_states", lambda store, urls, _now: store.feed_states(urls))
    with pytest.raises(AssertionError):
        test_politeness.test_a_hundred_restarts_in_an_hour_are_one_poll(tmp_path)


def test_a_module_that_connects_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of D5: one that names the network, and one that lets a parser fetch."""
    (tmp_path / "quick.py").write_text("import urllib.request\n", encoding="utf-8")
    monkeypatch.setattr(test_network_client, "SOURCE", tmp_path)
    with pytest.raises(AssertionError):
        test_network_client.test_only_the_door_names_the_network()
    (tmp_path / "quick.py").write_text("feedparser.parse(url)\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        test_network_client.test_parsers_get_bytes_only()


def test_the_environment_names_a_proxy_to_who_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control of D4."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:80")
    assert "http" in proxies_from_env()


def test_a_template_would_evaluate_what_is_printed_as_it_is() -> None:
    """Control of E6."""
    assert "49" == Environment(autoescape=True).from_string("{{7*7}}").render()
