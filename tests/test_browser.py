"""In a real browser: accessible, nothing loaded from elsewhere, nothing cut off, no script needed.

Needs Chromium, Playwright and the tools of tests/browser (`npm ci --prefix tests/browser`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from digest.cli.preview import Stage, server
from digest.render import LiveRenderer, Renderer, sample_editions
from digest.services.preview import EditionSource

from .conftest import ROOT
from .editions import large, sample, site
from .test_pictures import png

TOOLS = ROOT / "tests/browser/node_modules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = (
    "2026-03-02/index.html",
    "2026-03-02/rest/index.html",
    "stories/ferries/index.html",
    "stories/library/index.html",
    "sections/world/index.html",
    "2026-03/index.html",
    "index.html",
    "2026-11-21/index.html",
    "arabic/2026-03-02/index.html",
)
MAILS = ("mail.html", "mail-large.html", "mail-arabic.html")
WIDTHS = (360, 768, 1280)
LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")


def _missing() -> str | None:
    if not find_spec("playwright"):
        return "Playwright is not installed"
    if not CHROMIUM:
        return "there is no Chromium"
    if not TOOLS.is_dir():
        return "tests/browser has no node_modules: npm ci --prefix tests/browser"
    return None


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    """Skips where the tools are missing; in continuous integration they must be there."""
    missing = _missing()
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of all kinds of pages, in two writing directions, with mail for subscribers."""
    root = tmp_path_factory.mktemp("output")
    new, old = sample_editions()
    arabic = [replace(edition, language="ar") for edition in (new, old)]
    # A language with a catalogue turns the whole page around.
    own = tmp_path_factory.mktemp("own")
    (own / "strings").mkdir()
    (own / "strings/ar.toml").write_text('nothing_new = "لا جديد اليوم."', encoding="utf-8")
    renderer = Renderer(own, base_url="https://news.example")
    for folder, files in (
        (root, site([sample()])),
        (root, site([old])),
        (root, site([new, old])),
        (root / "arabic", site(arabic, renderer)),
    ):
        for file in files:
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.body)
    illustrated = Renderer(base_url="https://news.example", images="page").page(new)
    (root / "illustrated.html").write_bytes(illustrated.body)
    for name, edition in (("mail", new), ("mail-large", large(60)), ("mail-arabic", arabic[0])):
        (root / f"{name}.html").write_text(renderer.mail(edition).html, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with import_module("playwright.sync_api").sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM)
        yield made
        made.close()


@pytest.mark.parametrize("name", [*PAGES, *MAILS])
def test_axe_finds_nothing(browser: Any, output: Path, name: str) -> None:
    """No violation of WCAG 2.2 A and AA, nor of axe's best practices, in pages and mails.

    What a page is made of changes neither with its width nor at night: at each commit the rules
    about that are tried once, those about looks everywhere; with DIGEST_SOAK=1 all everywhere.
    """
    axe = (TOOLS / "axe-core/axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto((output / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    page.evaluate(axe)
    found: list[tuple[int, str, str, str]] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            whole = (width, scheme) == (1280, "light") or bool(os.environ.get("DIGEST_SOAK"))
            options = {"resultTypes": ["violations"]} | ({} if whole else {"runOnly": LOOKS})
            result = page.evaluate("options => axe.run(options)", options)
            assert len(result["passes"]) > (15 if whole else 0)
            found += [
                (width, scheme, violation["id"], violation["nodes"][0]["html"][:120])
                for violation in result["violations"]
            ]
    context.close()
    assert [] == found


def test_nothing_is_cut_off_or_scrolls_sideways(browser: Any, output: Path) -> None:
    """At 320 px and up every page and mail is as wide as the window (WCAG 2.2, 1.4.10)."""
    context = browser.new_context()
    page = context.new_page()
    wide = []
    for name in (*PAGES, *MAILS):
        page.goto((output / name).as_uri())
        for width in (320, *WIDTHS):
            page.set_viewport_size({"width": width, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((name, width))
    context.close()
    assert [] == wide


# Blocks of text, each with the overlap with the one before, in pixels.
OVERLAPS = """() => [...document.querySelectorAll('h1, h2, h3, p, li')]
.filter(block => block.getClientRects().length)
.map((block, place, all) => [block.textContent.trim(), place && !all[place - 1].contains(block)
  ? all[place - 1].getBoundingClientRect().bottom - block.getBoundingClientRect().top : 0])"""


def test_no_line_of_a_mail_covers_another(browser: Any, output: Path) -> None:
    """Also where the lead goes on from an earlier day, which a line above its headline says."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((output / "mail.html").as_uri())
    assert "Update, day 2" in page.inner_text("p.status")
    blocks = page.evaluate(OVERLAPS)
    assert len(blocks) > 10
    assert [] == [text for text, overlap in blocks if overlap > 1]
    page.add_style_tag(content="p.status { margin: 0 0 -26px !important; }")
    assert [text for text, overlap in page.evaluate(OVERLAPS) if overlap > 1]
    page.close()


def test_opening_a_page_or_mail_asks_nobody_for_anything(browser: Any, output: Path) -> None:
    """The only request is for the document itself, also from its last line."""
    context = browser.new_context()
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    opened = []
    for name in (*PAGES, *MAILS):
        opened.append((output / name).as_uri())
        page.goto(opened[-1])
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    context.close()
    assert opened == requests


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_picture_comes_from_the_site_itself(browser: Any, tmp_path: Path, scheme: str) -> None:
    """Where pictures are wanted it is seen, over HTTP and from a disk, and no other host asked."""
    new, old = sample_editions()
    shown = new.stories[0].picture
    assert shown is not None
    for file in site([new, old], Renderer(images="page")):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.body)
    (tmp_path / shown.path).parent.mkdir()
    (tmp_path / shown.path).write_bytes(png(1200, 675))
    with folder_server(tmp_path) as address:
        root = address if scheme == "http" else tmp_path.as_uri()
        context = browser.new_context()
        page = context.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        for name in ("2026-03-02/index.html", "stories/ferries/index.html"):
            page.goto(f"{root}/{name}")
            page.locator("img").first.scroll_into_view_if_needed()
            page.wait_for_function("document.images[0].complete")
            assert 1200 == page.evaluate("document.images[0].naturalWidth")
        context.close()
    assert {f"{root}/{shown.path}"} == {url for url in requests if not url.endswith(".html")}


def test_an_edition_prints_on_a_few_sheets(browser: Any, tmp_path: Path) -> None:
    """Fifteen stories on two to four sheets of A4, in two columns, with a margin."""
    path = tmp_path / "index.html"
    path.write_bytes(Renderer().page(large(15)).body)
    page = browser.new_page()
    page.goto(path.as_uri())
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert 2 <= len(re.findall(rb"/Type /Page\b", printed)) <= 4
    page.emulate_media(media="print")
    columns = "getComputedStyle(document.querySelector('main')).columnCount"
    assert "2" == page.evaluate(columns)
    margins = "[...document.styleSheets[0].cssRules].find(rule => rule.type === 6).style.margin"
    assert "14mm 15mm 16mm" == page.evaluate(margins)
    page.close()


def test_the_preview_watches_templates(browser: Any, tmp_path: Path) -> None:
    """A changed partial shows by itself; a broken one is named while the old page stays."""
    folder = tmp_path / "mine"
    folder.mkdir()
    partial_ = folder / "summary.html.j2"
    stage = Stage(
        editions=EditionSource(store=None), live=LiveRenderer(folder), output=tmp_path, watch=True
    )
    with running(server(stage, 0)) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        shown = [page.frame_locator(f"iframe[title={name}]") for name in ("Page", "Email")]
        for text in ("First of all", "Second to none"):
            partial_.write_text(f'{{% include "digest/summary.html.j2" %}}<p>{text}</p>')
            shown[0].get_by_text(text).first.wait_for()
        assert shown[1].get_by_text("Pilots and ferry operator").count()
        partial_.write_text("{{ story.headlien }}")
        page.get_by_text(f"{partial_}:1: ").wait_for()
        assert shown[0].get_by_text("Second to none").count()
        page.context.close()


@contextmanager
def folder_server(folder: Path) -> Iterator[str]:
    """A plain web server over a folder; its address."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Tests have no log."""

    handler = partial(Quiet, directory=str(folder))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield address


@contextmanager
def running(serving: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server while it serves."""
    thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


def test_everything_works_without_javascript(browser: Any, output: Path) -> None:
    """Coverage unfolds, links of the page and between pages lead on, the skip link comes first."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((output / "2026-03-02/index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    coverage = page.locator("#story-ferries .coverage")
    assert not coverage.is_visible()
    page.locator("#story-ferries summary").press("Enter")
    assert coverage.is_visible()
    page.locator("#story-ferries .earlier a").click()
    assert page.url.endswith("2026-03-01/index.html#story-ferries")
    page.locator("footer a[rel=next]").click()
    assert page.url.endswith("2026-03-02/index.html")
    page.locator("footer a", has_text="All editions").click()
    page.locator("h3 a").first.click()
    assert page.url.endswith("2026-03-02/index.html")
    context.close()


# Links that are no part of a line of text, buttons and fields; a field's label belongs to it.
TARGETS = """() => [...document.querySelectorAll('a, button, input, select, summary')]
.map(found => {
  const target = found.closest('label') || found;
  const beside = [...target.parentElement.childNodes].filter(node => node !== target);
  const said = node => node.nodeType === Node.TEXT_NODE && node.textContent.trim();
  return [target, beside.some(said) || !!target.closest('.cite, .sources, .who')];
}).filter(([target, inline]) => !inline && target.getClientRects().length)
  .map(([target]) => [target.textContent.trim(), target.getBoundingClientRect().height])"""


def test_what_a_finger_touches_is_large_enough(browser: Any, output: Path) -> None:
    """On a touch screen links outside of text are 44 px high (WCAG 2.2, 2.5.5)."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page, desktop = context.new_page(), browser.new_page()
    small, met = [], 0
    for name in PAGES:
        page.goto((output / name).as_uri())
        targets = page.evaluate(TARGETS)
        met += len(targets)
        small += [(name, text, height) for text, height in targets if height < 44]
    desktop.goto((output / PAGES[0]).as_uri())
    assert any(height < 44 for _, height in desktop.evaluate(TARGETS))
    context.close()
    desktop.close()
    assert met > 10 * len(PAGES)
    assert [] == small


def test_focus_can_be_seen(browser: Any, output: Path) -> None:
    """Every stop of the Tab key has an outline of 2 px (WCAG 2.2, 2.4.7)."""
    context = browser.new_context()
    page = context.new_page()
    page.goto((output / "2026-03-02/index.html").as_uri())
    seen = 0
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        if page.evaluate("document.activeElement !== document.body"):
            assert "2px" == outline
            seen += 1
    context.close()
    assert seen > 8


def test_html_validate_finds_nothing(output: Path, tmp_path: Path) -> None:
    """Pages are valid HTML by the recommended rules."""
    node = shutil.which("node")
    assert node
    report = tmp_path / "report.json"
    subprocess.run(
        [
            node,
            str(TOOLS / "html-validate/bin/html-validate.mjs"),
            "--config",
            str(ROOT / "tests/browser/htmlvalidate.json"),
            "--formatter",
            f"json={report}",
            *(str(output / name) for name in (*PAGES, "illustrated.html")),
        ],
        check=False,
    )
    faults = [
        (Path(result["filePath"]).relative_to(output), message["line"], message["message"])
        for result in json.loads(report.read_text())
        for message in result["messages"]
    ]
    assert [] == faults


# What a large mail service lacks, and what its readers see instead.
FALLBACKS = {
    "@media": "light colours at night",
    "<style> element": "the same: all other styles are on the elements",
    "color-scheme meta tag": "the program's own way with the dark",
    "display:none": "the teaser in letters of 1 px in the colour of the paper",
    "max-height property": "the same",
    "overflow": "the same",
    "overflow-wrap": "word-break does it, or a long word is cut",
    "word-break": "overflow-wrap does it",
    "role attribute": "a table that is read out as one",
    "<body> element": "the paper's colour on the table",
    "height property": "a picture as high as it is",
    "text-wrap": "a headline that breaks where its line ends",
}


def test_mail_uses_nothing_that_large_services_lack_without_a_fallback(output: Path) -> None:
    """Gmail, Outlook, Apple Mail and Yahoo, by the data of caniemail."""
    node = shutil.which("node")
    assert node
    checked = subprocess.run(
        [node, str(ROOT / "tests/browser/mail.mjs"), str(output / "mail.html")],
        capture_output=True,
        text=True,
        check=True,
    )
    lacking = {title for titles in json.loads(checked.stdout).values() for title in titles}
    assert lacking
    assert set() == lacking - FALLBACKS.keys()
