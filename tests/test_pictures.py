"""Pictures are fetched once through the one allowance, judged by their bytes and kept at home."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config import DigestSettings, FetchSettings, Settings
from digest.fetch import Allowance, Guard, HttpClient
from digest.fetch.images import Measured, measure
from digest.flows import Illustrator, Robots
from digest.flows.store_thread import StoreThread
from digest.model import (
    Edition,
    EditionStory,
    Failure,
    Feed,
    FeedState,
    Picture,
    RenderedFile,
)
from digest.model.records import NewArticle, PollResult
from digest.services.application import application
from digest.store import Store, open_store

from .editions import article, sample, story
from .factories import article as written
from .fakes import NOON, FakeHttp, InMemoryOutput, InProcessWorkers, Silent


def png(width: int = 640, height: int = 360, extra: bytes = b"") -> bytes:
    """A real picture, black."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" * (1 + -(-width // 8))) * height)
    parts = (chunk(b"IHDR", head), extra, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def jpeg(width: int, height: int, frame: int = 0xC2) -> bytes:
    """The beginning of a JPEG: a comment, padding, a table, the frame."""
    return b"".join(
        (
            b"\xff\xd8\xff\xfe\x00\x05abc\xff",
            b"\xff\xc4\x00\x04xx",
            bytes((0xFF, frame)) + struct.pack(">HBHH", 17, 8, height, width) + b"\3",
        )
    )


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF\x40\0\0\0WEBP" + kind + b"\x20\0\0\0" + body + b"\0" * 20


def size24(side: int) -> bytes:
    return (side - 1).to_bytes(3, "little")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (png(), Measured("png", 640, 360)),
        (jpeg(1200, 630), Measured("jpg", 1200, 630)),
        (jpeg(300, 400, 0xC0), Measured("jpg", 300, 400)),
        (webp(b"VP8X", b"\0\0\0\0" + size24(800) + size24(450)), Measured("webp", 800, 450)),
        (
            webp(b"VP8 ", b"abc\x9d\x01\x2a" + struct.pack("<HH", 500, 281)),
            Measured("webp", 500, 281),
        ),
        (
            webp(b"VP8L", b"\x2f" + struct.pack("<I", (640 - 1) | (480 - 1) << 14)),
            Measured("webp", 640, 480),
        ),
    ],
)
def test_a_picture_is_known_by_its_bytes(body: bytes, expected: Measured) -> None:
    """JPEG, PNG and WebP in all their kinds, each with its size."""
    assert expected == measure(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='800' height='450'/>",
        b"GIF89a" + struct.pack("<HH", 640, 360),
        b"<html><title>Log in</title>",
        png(1, 1),
        png(1600, 120),
        png(199, 199),
        png(8001, 4000),
        png(extra=struct.pack(">I", 8) + b"acTL" + b"\0" * 12),
        webp(b"VP8X", b"\x02\0\0\0" + size24(800) + size24(450)),
        webp(b"ALPH", b"\0" * 14),
        jpeg(640, 360, 0xC4),
        jpeg(640, 360)[:20],
        png()[:20],
    ],
)
def test_what_counts_moves_or_only_claims_is_no_picture(body: bytes) -> None:
    """Pixels, banners, animations, documents, broken and monstrous ones are refused."""
    assert measure(body) is None


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFFabcdWEBPVP8X"]),
    st.binary(max_size=200),
)
def test_any_bytes_are_judged(head: bytes, body: bytes) -> None:
    """Nothing that is sent makes it fail, or is a picture beyond the limits."""
    found = measure(head + body)
    assert found is None or 8000 >= max(found.width, found.height) >= 200


# --- an edition ---------------------------------------------------------------------------------


def edition(*images: str | None) -> Edition:
    """An edition of stories that two articles tell, each with such a picture."""
    stories = tuple(_story(number, image) for number, image in enumerate(images))
    whole = sample()
    return replace(whole, sections=(replace(whole.sections[0], stories=stories),))


def _story(number: int, image: str | None) -> EditionStory:
    articles = [article("A", "One", 1), article("B", "Two", 2)]
    return replace(story(f"Story {number}", articles, []), id=f"s{number}", image=image)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("store") / "digest.db")
    yield opened
    opened.close()


Illustrate = Callable[..., tuple[Edition, tuple[RenderedFile, ...]]]


@pytest.fixture
def illustrate(store: Store) -> Illustrate:
    def run(
        http: FakeHttp, made: Edition, *stored: Edition, output: InMemoryOutput | None = None
    ) -> tuple[Edition, tuple[RenderedFile, ...]]:
        illustrator = Illustrator(
            http=http, robots=robots_of(http, store), output=output or InMemoryOutput()
        )
        return asyncio.run(illustrator.illustrate(made, stored))

    return run


def robots_of(http: FakeHttp | HttpClient, store: Store) -> Robots:
    return Robots(
        http=http,
        workers=InProcessWorkers(),
        store=StoreThread(store),
        clock=lambda: NOON,
        user_agent="digest/0.1",
    )


def pictures(made: Edition) -> list[Picture | None]:
    return [story.picture for story in made.stories]


def test_a_picture_is_kept_beside_its_edition(illustrate: Illustrate) -> None:
    """By a name that is its content; the story knows path and size."""
    made, files = illustrate(
        FakeHttp({"https://a.example/x": png()}), edition("https://a.example/x")
    )
    (file,) = files
    assert png() == file.body
    assert file.path.startswith("2026-11-21/pictures/")
    assert file.path.endswith(".png")
    assert [Picture(path=file.path, width=640, height=360)] == pictures(made)


def test_what_cannot_be_had_is_left_out(illustrate: Illustrate) -> None:
    """A refusal, a page in its place, a story without one: the edition appears all the same."""
    http = FakeHttp(
        {
            "https://a.example/gone": Failure(reason="HTTP 410", status=410),
            "https://a.example/login": b"<html>",
            "https://shut.example/robots.txt": b"User-agent: *\nDisallow: /",
            "https://shut.example/x.png": png(),
        }
    )
    urls = ("https://a.example/gone", "https://a.example/login", "https://shut.example/x.png", None)
    for url in urls:
        made, files = illustrate(http, edition(url))
        assert ([None], ()) == (pictures(made), files)
    assert "https://shut.example/x.png" not in [url for url, _ in http.requests]


def test_only_the_lead_has_a_picture(illustrate: Illustrate) -> None:
    """What no page shows is not asked for."""
    urls = [f"https://a.example/{number}" for number in range(3)]
    http = FakeHttp(dict.fromkeys(urls, png()))
    made = replace(edition(*urls), front=("s1", "s0"))
    shown, files = illustrate(http, made)
    assert [False, True, False] == [picture is not None for picture in pictures(shown)]
    assert 1 == len(files)
    assert [urls[1]] == [url for url, _ in http.requests if not url.endswith("/robots.txt")]


def test_a_picture_of_several_stories_is_a_sign(illustrate: Illustrate) -> None:
    """The logo that an outlet puts on everything says nothing; it is not even asked for."""
    http = FakeHttp({"https://a.example/logo": png()})
    made, _ = illustrate(http, edition("https://a.example/logo", "https://a.example/logo"))
    assert [None, None] == pictures(made)
    assert [] == http.requests


def test_a_story_of_one_article_has_none(
    illustrate: Illustrate, caplog: pytest.LogCaptureFixture
) -> None:
    """Where none is wanted nothing is logged."""
    caplog.set_level("INFO")
    http = FakeHttp({"https://a.example/x": png()})
    made = edition("https://a.example/x")
    (report,) = made.stories
    brief = replace(report, articles=report.articles[:1])
    section = replace(made.sections[0], stories=(brief,))
    shown, _ = illustrate(http, replace(made, sections=(section,)))
    assert [None] == pictures(shown)
    assert [] == caplog.messages


def test_building_again_asks_for_nothing_that_is_there(illustrate: Illustrate) -> None:
    """The stored picture stays as long as its file is in the output."""
    http = FakeHttp({"https://a.example/x": png()})
    output = InMemoryOutput()
    made, files = illustrate(http, edition("https://a.example/x"), output=output)
    output.write(files)
    http.requests.clear()
    again, none = illustrate(http, edition("https://a.example/x"), made, output=output)
    assert (pictures(made), (), []) == (pictures(again), none, http.requests)
    output.files.clear()
    again, files = illustrate(http, edition("https://a.example/x"), made, output=output)
    assert pictures(made) == pictures(again)
    assert 1 == len(files)


class _Still(BaseHTTPRequestHandler):
    """One picture at once, one never, one too large."""

    def do_GET(self) -> None:
        if self.path == "/never.png":
            self.server.shut.wait(20)  # type: ignore[attr-defined]
            return
        known = {"/x.png": png(), "/large.png": png() + b"\0" * 1_000_001}
        body = known.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        with suppress(ConnectionError):  # who finds it too large hangs up
            self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests have no log."""


@contextmanager
def still_server() -> Iterator[tuple[str, Allowance]]:
    """The address of a server of pictures, and the word that allows requests to it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Still)
    server.shut = Event()  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        port = server.server_port
        yield f"http://127.0.0.1:{port}", Allowance.parse(f"127.0.0.1/32:{port}")
    finally:
        server.shut.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("name", "expected"), [("x", True), ("large", False), ("never", False)])
def test_an_edition_does_not_wait_for_its_picture(
    store: Store, name: str, *, expected: bool
) -> None:
    """Over real HTTP: what comes in time is there; what is slow or beyond 1 MB is left out."""

    async def illustrated(
        host: str, allowance: Allowance
    ) -> tuple[Edition, tuple[RenderedFile, ...]]:
        settings = FetchSettings(host_gap=0)
        async with HttpClient(settings, Guard((allowance,)), clock=lambda: NOON) as http:
            illustrator = Illustrator(
                http=http, robots=robots_of(http, store), output=InMemoryOutput(), patience=2
            )
            return await illustrator.illustrate(edition(f"{host}/{name}.png"), ())

    with still_server() as (host, allowance):
        made, files = asyncio.run(illustrated(host, allowance))
    assert expected == (pictures(made) != [None])
    assert [png()] * expected == [file.body for file in files]


STORM = (
    "The storm reached the coast near Marrow Bay on Monday morning. Eleven ships waited outside. "
    "The harbour master said the port would open again on Tuesday. Nobody was hurt in the town."
)


@pytest.mark.parametrize("images", ["none", "page"])
def test_build_brings_the_picture_home_where_it_is_wanted(tmp_path: Path, images: str) -> None:
    """The file is in the output, the page shows it; by default nobody is asked."""
    feeds = tuple(Feed(url=f"https://{x}.example/feed", title=x, section="World") for x in "ab")
    digest = DigestSettings.model_validate(
        {"images": images, "output": tmp_path / "output", "database": tmp_path / "digest.db"}
    )
    settings = Settings(digest=digest, fetch=FetchSettings(host_gap=0), feeds=feeds)
    with (
        still_server() as (host, allowance),
        application(settings, clock=lambda: NOON, observer=Silent(), allowed=(allowance,)) as flows,
    ):
        for feed in feeds:
            fields = {"url": f"https://{feed.title}.example/1", "image": f"{host}/x.png"}
            report = written(STORM, title=f"Storm {feed.title}", feed_url=feed.url, **fields)
            report = replace(report, published_at=NOON, first_seen_at=NOON)
            new = NewArticle(article=report, raw_id=None, content_hash="")
            state = FeedState(url=feed.url, polled_at=NOON)
            flows.store.save_poll(
                PollResult(feed=feed, outlet=feed.title or "", state=state, new=(new,))
            )
        (shown,) = flows.build("2026-03-02").edition.stories
    page = (tmp_path / "output/2026-03-02/index.html").read_text(encoding="utf-8")
    assert (images == "page") == ("<img" in page)
    if images == "page":
        assert shown.picture is not None
        assert png() == (tmp_path / "output" / shown.picture.path).read_bytes()
        assert f'src="../{shown.picture.path}"' in page
