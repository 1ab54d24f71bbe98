"""A reader's way in a real browser: by keyboard alone, at the width of a phone."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from digest.mail.links import Purpose
from digest.mail.message import MimeMessageBuilder
from digest.render import Renderer

from .mail_setup import MailSetup
from .sink import Running, running_sink
from .web_setup import Site, free_port, site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ME = "reader@mail.example"


def _needed(name: str) -> Any:
    if os.environ.get("CI") != "true":
        return pytest.importorskip(name)
    return __import__(name, fromlist=["_"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    api = _needed("playwright.sync_api")
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing: continuous integration must have it")
        pytest.skip("chromium is not here")
    with api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Site, MailSetup, Running]]:
    """Pages, a mail setup and a mail server, all real."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        port = free_port()
        base = f"http://127.0.0.1:{port}"
        with site(room, tmp_path / "output", port=port, base=base) as web:
            yield web, room, sink


@pytest.mark.parametrize("name", ["127.0.0.1", "www.localhost", "localhost"])
@pytest.mark.parametrize("path", ["", "/digest"])
def test_somebody_subscribes_by_any_name(page: Any, tmp_path: Path, name: str, path: str) -> None:
    """The form goes to where it was loaded from, whatever `base_url` says, below its path too."""
    with running_sink(tmp_path / "sink") as sink:
        room = MailSetup(tmp_path, port=sink.port)
        with site(room, tmp_path / "output", base="https://news.example/digest") as web:
            page.goto(f"http://{name}:{web.port}{path}/subscribe")
            page.get_by_role("textbox").fill(ME)
            page.get_by_role("button").first.click()
            page.get_by_role("heading", name="Check your").wait_for(timeout=20_000)
    assert "pending" == web.state(ME)


def accessible(page: Any) -> None:
    """No violation that axe-core finds, nothing wider than the screen."""
    axe = _needed("axe_playwright_python.sync_playwright")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(page).response["violations"]
        assert [] == [(match["id"], [node["target"] for node in match["nodes"]]) for match in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def tab_to(page: Any, selector: str) -> None:
    """Go to an element with the Tab key alone."""
    for _ in range(80):
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the keyboard does not reach {selector}")


def press_button(page: Any, then: str) -> None:
    """Press the form's button by keyboard; what comes is accessible, too."""
    tab_to(page, "button")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={then}")
    accessible(page)


def text_of(mail: dict[str, Any]) -> str:
    message = message_from_bytes(mail["body"], policy=policy.default)
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(mail: dict[str, Any]) -> str:
    message = message_from_bytes(mail["body"], policy=policy.default)
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def html_links(mail: dict[str, Any]) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', html_of(mail))]


def newest(sink: Running, number: int) -> dict[str, Any]:
    """The mail that makes so many; waits for it."""
    until = time.monotonic() + 30
    while len(taken := sink.taken()) < number:
        assert time.monotonic() < until
        time.sleep(0.05)
    return taken[number - 1]


def test_from_subscribing_to_leaving(page: Any, town: tuple[Site, MailSetup, Running]) -> None:
    """Subscribe, confirm from the mail, mute, take less, go weekly, choose sections, leave."""
    web, room, sink = town
    page.goto(f"http://127.0.0.1:{web.port}/subscribe")
    accessible(page)
    tab_to(page, "#address")
    page.keyboard.type(ME)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Check your inbox")
    accessible(page)
    confirmation = newest(sink, 1)
    reader = page.context.new_page()  # a mail program, without the policy of our pages
    reader.set_content(html_of(confirmation))
    accessible(reader)
    (link,) = re.findall(r"http://\S+/confirm/\S+", text_of(confirmation))
    page.goto(link)
    accessible(page)
    press_button(page, "You’re subscribed")
    assert "active" == web.state(ME)

    links = links_of_an_edition(web, room, sink)
    choose(page, room, links)

    page.goto(next(link for link in links if "/unsubscribe/" in link))
    accessible(page)
    press_button(page, "You’re unsubscribed")
    assert "unsubscribed" == web.state(ME)


def links_of_an_edition(web: Site, room: MailSetup, sink: Running, *, number: int = 2) -> list[str]:
    """Publish and send one, as the mail of that number; the links in it."""
    room.publish()
    base = f"http://127.0.0.1:{web.port}"
    builder = MimeMessageBuilder(room.smtp, base, room.keys)
    room.deliverer(builder=builder, renderer=Renderer(base_url=base)).deliver()
    return html_links(newest(sink, number))


def choose(page: Any, room: MailSetup, links: list[str]) -> None:
    """Each change in two actions, its link in the mail and one button; one more takes it back."""

    def choice() -> tuple[Any, ...]:
        reader = room.people.find(ME)
        assert reader is not None
        return reader.choice.muted, reader.choice.fewer, reader.rhythm.frequency

    before = choice()
    for part, done, expected in (
        ("mute=s2026-03-02-1", "Story muted", (("s2026-03-02-1",), (), "daily")),
        ("fewer=World", "You’ll now get less from World", ((), ("World",), "daily")),
        ("frequency=weekly", "You now get the weekly edition", ((), (), "weekly")),
    ):
        (link,) = {link for link in links if part in link}
        page.goto(link)
        accessible(page)
        press_button(page, done)
        assert expected == choice()
        press_button(page, "Undone")
        assert before == choice()

    page.goto(next(link for link in links if link.endswith(preferences_of(links))))
    accessible(page)
    tab_to(page, 'input[name="section:Science"]')
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")  # none
    tab_to(page, "#words")
    page.keyboard.type("derby")
    press_button(page, "Saved.")
    reader = room.people.find(ME)
    assert reader is not None
    assert (("World",), ("derby",)) == (reader.choice.sections, reader.choice.words)


def test_each_change_takes_two_actions_at_most(
    page: Any, town: tuple[Site, MailSetup, Running]
) -> None:
    """A link in the mail and one button, counted as what the browser asks for; undo is one button.

    A new address takes one form, and its owner's answer to the mail that is sent there.
    """
    web, room, sink = town
    room.add(ME)
    links = links_of_an_edition(web, room, sink, number=1)
    actions: list[str] = []
    page.on(
        "request",
        lambda asked: actions.append(asked.method) if asked.is_navigation_request() else None,
    )

    def follow(part: str) -> None:
        actions.clear()
        page.goto(next(link for link in links if link.endswith(part) or f"{part}=" in link))

    def enter(selector: str, then: str) -> None:
        tab_to(page, selector)
        page.keyboard.press("Enter")
        page.wait_for_selector(f"text={then}")

    taken = {}
    for part, done in (
        ("mute", "Story muted"),
        ("fewer", "You’ll now get less"),
        ("weekly", "You now get"),
    ):
        follow(part)
        enter("main button", done)
        taken[part] = tuple(actions)
        actions.clear()
        enter("main button", "Undone")
        taken[f"undo {part}"] = tuple(actions)
    follow(preferences_of(links))
    tab_to(page, "#address")
    page.keyboard.type("new@mail.example")
    enter("#address", "Check your inbox")
    taken["address"] = tuple(actions)
    follow(web.link(Purpose.UNSUBSCRIBE, ME))
    enter("main button", "You’re unsubscribed")
    taken["leave"] = tuple(actions)
    assert "unsubscribed" == web.state(ME)
    link_and_button, button = ("GET", "POST"), ("POST",)
    assert {
        **dict.fromkeys(("mute", "fewer", "weekly", "address", "leave"), link_and_button),
        **dict.fromkeys(("undo mute", "undo fewer", "undo weekly"), button),
    } == taken


def preferences_of(links: list[str]) -> str:
    """The end of the link to the preferences that asks for nothing."""
    return next(link for link in links if "/preferences/" in link and "?" not in link)[-40:]


@pytest.mark.parametrize("kind", [Purpose.UNSUBSCRIBE, Purpose.PREFERENCES])
def test_leaving_takes_one_button(
    page: Any, town: tuple[Site, MailSetup, Running], kind: Purpose
) -> None:
    """From the mail's own link, and from the preferences; a lesser way is beside it."""
    web, room, _ = town
    room.add(ME)
    room.publish()
    page.goto(f"http://127.0.0.1:{web.port}{web.link(kind, ME)}")
    accessible(page)
    if kind is Purpose.UNSUBSCRIBE:
        tab_to(page, 'button[value="pause"]')
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Your emails are paused")
        accessible(page)
        assert "paused" == web.state(ME)
        press_button(page, "Undone")
        assert "active" == web.state(ME)
        page.goto(f"http://127.0.0.1:{web.port}{web.link(kind, ME)}")
    tab_to(page, 'button[value="unsubscribe"]')
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You’re unsubscribed")
    accessible(page)
    assert "unsubscribed" == web.state(ME)


def test_the_address_is_changed_by_keyboard(
    page: Any, town: tuple[Site, MailSetup, Running]
) -> None:
    """Two actions: the new address in the preferences, and one button from its mail."""
    web, room, sink = town
    room.add(ME)
    page.goto(f"http://127.0.0.1:{web.port}{web.link(Purpose.PREFERENCES, ME)}")
    tab_to(page, "#address")
    page.keyboard.type("new@mail.example")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Check your inbox")
    accessible(page)
    (link,) = re.findall(r"http://\S+/confirm/\S+", text_of(newest(sink, 1)))
    page.goto(link)
    accessible(page)
    press_button(page, "You’re subscribed")
    assert ("unsubscribed", "active") == (web.state(ME), web.state("new@mail.example"))


def test_a_scanner_that_runs_scripts_changes_nothing(
    browser: Any, town: tuple[Site, MailSetup, Running]
) -> None:
    """It opens every link, runs what there is, and does not click (F1)."""
    web, room, _ = town
    room.add(ME)
    room.publish()
    before = web.rows()
    context = browser.new_context()
    visitor = context.new_page()
    for purpose in Purpose:
        for asked in ("", "?mute=s1", "?fewer=World", "?frequency=weekly"):
            visitor.goto(f"http://127.0.0.1:{web.port}{web.link(purpose, ME)}{asked}")
            visitor.wait_for_load_state("networkidle")
    context.close()
    assert before == web.rows()


def test_searching_by_keyboard(town: tuple[Site, MailSetup, Running], page: Any) -> None:
    """A word, Enter, and the story in its edition; nothing in the way of a reader program."""
    web, room, _ = town
    room.publish()
    page.goto(f"http://127.0.0.1:{web.port}/search")
    accessible(page)
    tab_to(page, "#q")
    page.keyboard.type("headline")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=headline")
    assert 3 == page.locator("ol a").count()
    accessible(page)
    tab_to(page, "ol a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html#story-s*")
