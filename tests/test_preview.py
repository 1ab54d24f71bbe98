"""The preview shows the newest edition as the templates are now, to this machine alone."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from digest.cli.main import app
from digest.cli.preview import HOST, Stage, server
from digest.config import Settings, WebSettings
from digest.flows import Builder
from digest.model import Feed, FeedState
from digest.model.errors import DigestError, TemplateError
from digest.model.records import PollResult
from digest.render import LiveRenderer, Renderer
from digest.services.application import Application, application
from digest.services.preview import edition_source
from digest.services.renderers import renderers
from digest.store import open_store

from .fakes import NOON, InMemoryOutput, Silent

FEED = Feed(url="https://a.example/feed", title="A", section="World")


@dataclass(frozen=True)
class Browser:
    """Asks a server on loopback for pages."""

    port: int

    def get(self, path: str, host: str = HOST) -> tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        connection.request("GET", path, headers={"Host": f"{host}:{self.port}"})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def state(self) -> dict[str, object]:
        _, body = self.get("/-/state")
        state: dict[str, object] = json.loads(body)
        return state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    digest = Settings(feeds=(FEED,)).digest.model_copy(
        update={
            "templates": tmp_path / "mine",
            "output": tmp_path / "output",
            "database": tmp_path / "digest.db",
        }
    )
    return Settings(feeds=(FEED,), digest=digest, web=WebSettings())


@pytest.fixture
def browser(settings: Settings) -> Iterator[Browser]:
    with edition_source(settings) as editions:
        stage = Stage(
            editions=editions,
            live=renderers(settings),
            output=settings.digest.output,
            watch=True,
        )
        with server(stage, 0) as serving:
            thread = Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            yield Browser(serving.server_port)
            serving.shutdown()
            thread.join()


def write(folder: Path, name: str, text: str) -> None:
    """Write a template with a time of change of its own, whatever the clock's grain."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    write.count += 1  # type: ignore[attr-defined]
    os.utime(path, ns=(0, write.count))  # type: ignore[attr-defined]


write.count = 0  # type: ignore[attr-defined]


def test_it_answers_this_machine_alone(settings: Settings) -> None:
    """No other address of the machine has it, and no other name for this one (F11).

    The control: a server on all addresses answers there as well.
    """
    with edition_source(settings) as editions:
        stage = Stage(editions=editions, live=renderers(settings), output=settings.digest.output)
        with server(stage, 0) as serving:
            assert HOST == serving.server_address[0]
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", serving.server_port), timeout=5)
    with socket.create_server(("", 0)) as everywhere:
        socket.create_connection(("127.0.0.2", everywhere.getsockname()[1]), timeout=5).close()


def test_page_mail_and_text_stand_side_by_side(browser: Browser) -> None:
    """Before the first edition it shows the sample; every page of the site can be reached."""
    status, shell = browser.get("/")
    assert 200 == status
    for path in ("/2026-03-02/index.html", "/-/email.html", "/-/email.txt"):
        assert f'src="{path}"' in shell
        assert "Pilots and ferry operator sit down to talk" in browser.get(path)[1]
    assert "Nine boats tied up" in browser.get("/stories/ferries/index.html")[1]
    assert 404 == browser.get("/nothing.html")[0]


def test_a_changed_partial_shows_at_the_next_look(browser: Browser, settings: Settings) -> None:
    """The watching page asks three times a second: what it gets is made of the new template."""
    before = browser.state()
    assert "Mine!" not in browser.get("/2026-03-02/index.html")[1]
    write(settings.digest.templates, "summary.html.j2", "Mine!")
    after = browser.state()
    assert before["version"] != after["version"]
    assert "Mine!" in browser.get("/2026-03-02/index.html")[1]


def test_a_broken_template_is_named_and_the_old_one_stays(
    browser: Browser, settings: Settings
) -> None:
    """File, line and reason; mended, it is used."""
    folder = settings.digest.templates
    write(folder, "summary.html.j2", "first")
    assert "first" in browser.get("/2026-03-02/index.html")[1]
    write(folder, "summary.html.j2", "second\n{{ story.headlien }}")
    assert f"{folder / 'summary.html.j2'}:2: " in str(browser.state()["problem"])
    assert f"{folder / 'summary.html.j2'}:2: " in browser.get("/")[1]
    assert "first" in browser.get("/2026-03-02/index.html")[1]
    write(folder, "summary.html.j2", "third")
    assert not browser.state()["problem"]
    assert "third" in browser.get("/2026-03-02/index.html")[1]
    assert f"{folder / 'summary.html.j2'}" not in browser.get("/")[1]


def test_another_name_for_this_machine_is_not_answered(browser: Browser) -> None:
    """A page of the web cannot read the preview under a host name of its own."""
    assert 404 == browser.get("/", host="rebound.example")[0]
    assert 200 == browser.get("/", host="localhost")[0]


def test_a_port_that_is_taken_is_named(browser: Browser, settings: Settings) -> None:
    """One line instead of a traceback; so for a number that is no port."""
    with edition_source(settings) as editions:
        stage = Stage(editions=editions, live=renderers(settings), output=settings.digest.output)
        for port in (browser.port, 99_999):
            with pytest.raises(DigestError, match=rf"127\.0\.0\.1:{port}: cannot listen here"):
                server(stage, port)


def test_files_of_output_are_shown_and_nothing_beside_it(
    browser: Browser, settings: Settings
) -> None:
    """Older pages come from the folder they were written to; no path leads out of it."""
    settings.digest.output.mkdir()
    (settings.digest.output / "old.html").write_text("old", encoding="utf-8")
    (settings.digest.output.parent / "secret.html").write_text("secret", encoding="utf-8")
    assert (200, "old") == browser.get("/old.html")
    for path in ("/../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html"):
        assert 404 == browser.get(path)[0]


def test_the_newest_stored_edition_is_shown(settings: Settings) -> None:
    """Once something is published the sample is gone."""
    store = open_store(settings.digest.database)
    state = FeedState(url=FEED.url, polled_at=NOON)
    store.save_poll(PollResult(feed=FEED, outlet="A", state=state))
    builder = Builder(
        settings=settings,
        store=store,
        renderer=Renderer(),
        output=InMemoryOutput(),
        clock=lambda: NOON,
    )
    builder.build("2026-03-05")
    store.close()
    with edition_source(settings) as editions:
        newest = editions.newest()
        ids, wanted = editions.around(newest, Renderer())
    assert "2026-03-05" == newest.id
    assert ("2026-03-05",) == tuple(ids)
    assert [newest] == list(wanted)


def test_templates_that_never_worked_are_an_error(settings: Settings) -> None:
    """There is no older set to fall back on: the command ends with the reason."""
    write(settings.digest.templates, "summary.html.j2", "{% if %}")
    with pytest.raises(TemplateError, match=r"summary\.html\.j2:1: "):
        renderers(settings).current()


def test_a_fault_that_only_some_editions_meet_is_found_before_they_do(tmp_path: Path) -> None:
    """New templates are tried on the sample, which has updates, differences and failures."""
    live = LiveRenderer(tmp_path)
    first = live.current()
    write(tmp_path, "differ.html.j2", "{% if story.differ %}{{ no.such }}{% endif %}")
    assert first is live.current()
    assert "no" in str(live.problem)
    (tmp_path / "differ.html.j2").unlink()
    assert live.current() is not first
    assert live.problem is None


def publish(flows: Application, day: str, read_at: datetime = NOON) -> None:
    """An edition of a day, for which the feed was read without news."""
    state = FeedState(url=FEED.url, polled_at=read_at, read_at=read_at)
    flows.store.save_poll(PollResult(feed=FEED, outlet="A", state=state))
    flows.build(day)


def test_a_fault_that_this_edition_alone_meets_is_shown(settings: Settings) -> None:
    """What the sample editions do not show may fail later: the preview says where, and goes on."""
    with application(settings, clock=lambda: NOON, observer=Silent()) as flows:
        publish(flows, "2026-05-05")
    fails = "{% if edition.id == '2026-05-05' %}\n{{ 1 / 0 }}{% endif %}"
    write(settings.digest.templates, "edition.html.j2", fails)
    with edition_source(settings) as editions:
        output = settings.digest.output
        stage = Stage(editions=editions, live=renderers(settings), output=output)
        for path in ("2026-05-05/index.html", "-/state", ""):
            assert b"edition.html.j2:2: division by zero" in (stage.get(path) or b"")
        write(settings.digest.templates, "edition.html.j2", "mended")
        assert "" == json.loads(stage.get("-/state") or b"")["problem"]
        assert b"mended" in (stage.get("2026-05-05/index.html") or b"")


def test_a_running_program_keeps_the_set_it_had(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The next edition looks as the one before; the log names file and line; mended, it counts."""
    folder = settings.digest.templates
    page = settings.digest.output / "index.html"
    write(folder, "archive.html.j2", "<p>first {{ days | length }}</p>")
    with application(settings, clock=lambda: NOON, observer=Silent()) as flows:
        publish(flows, "2026-03-01")
        assert "first 1" in page.read_text(encoding="utf-8")
        write(folder, "archive.html.j2", "<p>second</p>\n{% if %}")
        publish(flows, "2026-03-02", NOON + timedelta(hours=1))
        assert "first 2" in page.read_text(encoding="utf-8")
        assert f"{folder / 'archive.html.j2'}:2: " in caplog.text
        write(folder, "archive.html.j2", "<p>third</p>")
        publish(flows, "2026-03-03", NOON + timedelta(hours=2))
        assert "third" in page.read_text(encoding="utf-8")


def test_check_names_a_broken_template(tmp_path: Path) -> None:
    """`digest check` looks at the templates as well."""
    (tmp_path / "feeds.toml").write_text('[[feeds]]\nurl = "https://a.example/"\n')
    result = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "feeds.toml")])
    assert 0 == result.exit_code
    write(tmp_path / "templates", "page.html.j2", "{{ }}")
    result = CliRunner().invoke(app, ["check", "--config", str(tmp_path / "feeds.toml")])
    assert isinstance(result.exception, TemplateError)
