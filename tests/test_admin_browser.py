"""The operator's pages in a real browser: accessible, by keyboard, on a phone and a desktop."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from .admin_setup import NEWEST, Admin, admin, make_demo
from .conftest import ROOT
from .test_browser import TOOLS, browser, tools
from .test_web_browser import accessible, tab_to

__all__ = ["browser", "tools"]  # fixtures

WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    # Playwright keeps a loop in this thread.
    with ThreadPoolExecutor() as threads:
        threads.submit(make_demo, folder).result()
    return folder


@pytest.fixture
def pages(made: Path, tmp_path: Path) -> Iterator[Admin]:
    with admin(made, tmp_path / "operated") as served:
        yield served


@pytest.fixture(params=WIDTHS)
def page(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page on a phone or a desktop; axe is a script, which our policy forbids."""
    size = {"width": request.param, "height": 844}
    context = browser.new_context(viewport=size, bypass_csp=True)
    yield context.new_page()
    context.close()


def addresses(pages: Admin) -> list[str]:
    """One page of each kind, and the largest story."""
    stories = pages.stories()
    story = max(stories, key=lambda name: stories[name])
    feed = pages.get().text.partition('href="/feed?')[2].partition('"')[0]
    return [
        "/",
        f"/feed?{feed}",
        f"/editions/{NEWEST}",
        f"/stories/{story}",
        "/deliveries",
        "/stories/none",
    ]


def test_axe_finds_nothing(page: Any, pages: Admin) -> None:
    """On every kind of page, day and night; nothing is wider than the screen."""
    for address in addresses(pages):
        page.goto(pages.url(address))
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        accessible(page)


def test_opening_a_page_asks_nobody_else(browser: Any, pages: Admin) -> None:
    """The only request is for the page itself, under its own policy, and nothing breaks that."""
    context = browser.new_context()
    page = context.new_page()
    requests: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for address in addresses(pages)[:-1]:
        page.goto(pages.url(address))
    context.close()
    assert [pages.url(address) for address in addresses(pages)[:-1]] == requests
    assert [] == said


def test_html_validate_finds_nothing(pages: Admin, tmp_path: Path) -> None:
    """Pages are valid HTML by the recommended rules."""
    node = shutil.which("node")
    assert node
    files = []
    for number, address in enumerate(addresses(pages)):
        files.append(tmp_path / f"{number}.html")
        files[-1].write_bytes(pages.get(address).body)
    report = tmp_path / "report.json"
    config = str(ROOT / "tests/browser/htmlvalidate.json")
    subprocess.run(
        [node, str(TOOLS / "html-validate/bin/html-validate.mjs"), "--config", config,
         "--formatter", f"json={report}", *map(str, files)],
        check=False,
    )  # fmt: skip
    results = json.loads(report.read_text())
    assert [] == [
        (Path(result["filePath"]).name, message["line"], message["message"])
        for result in results
        for message in result["messages"]
    ]


def enter(page: Any, selector: str, then: str) -> None:
    """Go to something by keyboard and enter it; what comes is accessible, too."""
    tab_to(page, selector)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={then}")
    accessible(page)


def test_a_story_is_split_and_pinned_by_keyboard(page: Any, pages: Admin) -> None:
    """From the first page to the recorded pairs, with the Tab key, Space and Enter alone."""
    stories = pages.stories()
    story = max(stories, key=lambda name: stories[name])
    leaving = pages.editor.story(story)[0].articles[1]
    page.goto(pages.url())
    enter(page, f'a[href="/editions/{NEWEST}"]', "Choose those that are one story")
    enter(page, f'a[href="/stories/{story}"]', "Why together")
    tab_to(page, f'input[value="{leaving}"]')
    page.keyboard.press("Space")
    enter(page, 'button[value="split"]', f"Recorded {stories[story] - 1} pairs.")
    found = pages.editor.pairs()
    assert stories[story] - 1 == len(found)
    assert {False} == {together for _, _, together in found}
    assert all(leaving in {a.id, b.id} for a, b, _ in found)
    enter(page, 'button[value="pin"]', "Pinned with ")
    assert (story,) == tuple(pin.story for pin in pages.database.store.pins())


def test_stories_are_merged_by_keyboard(page: Any, pages: Admin) -> None:
    """Two that are chosen on their edition's page."""
    stories = list(pages.stories())[:2]
    page.goto(pages.url(f"/editions/{NEWEST}"))
    for story in stories:
        tab_to(page, f'input[value="{story}"]')
        page.keyboard.press("Space")
    enter(page, 'button[value="merge"]', "Recorded ")
    found = {frozenset((a.id, b.id)) for a, b, together in pages.editor.pairs() if together}
    merged = {article for name in stories for article in pages.editor.story(name)[0].articles}
    assert merged == set().union(*found)


def test_everything_works_without_script(browser: Any, pages: Admin) -> None:
    """A delivery that failed is retried."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages.url())
    page.get_by_role("button", name="Retry 1 failed").click()
    page.get_by_text("Opened again: 1.").wait_for()
    page.get_by_role("link", name="Deliveries that failed").click()
    assert 1 == page.locator(".rows li").count()
    context.close()


def test_a_form_of_another_site_is_refused_by_the_browser_s_own_word(
    browser: Any, pages: Admin, tmp_path: Path
) -> None:
    """Even one that has the right token: the browser says where it comes from."""
    token = pages.get().text.partition('name="token" value="')[2].partition('"')[0]
    forged = (
        f'<form method="post" action="{pages.url()}"><input name="token" value="{token}">'
        '<button name="act" value="drop">Win</button></form>'
    )
    (tmp_path / "forged.html").write_text(forged)
    context = browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "forged.html").as_uri())
    page.get_by_role("button").click()
    page.get_by_text("Nothing was changed").wait_for()
    context.close()
    counts = {count.state: count.number for count in pages.database.outbox.delivery_counts()}
    assert {"failed": 1, "held": 1, "sent": 1} == counts
