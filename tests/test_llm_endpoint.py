"""A model's endpoint on loopback, over real HTTP: what it answers is used or not, and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import web

from digest.cli.output import print_built, print_json
from digest.config import LlmSettings, Settings
from digest.edition.compose import Masthead, compose, count
from digest.edition.sections import places
from digest.edition.select import Selection
from digest.fetch import Allowance, ChatEndpoint, Guard
from digest.flows import BuildReport, ModelSummarizer
from digest.model import Chapter, Failure, Feed, FeedState, Story, SummarizedStory
from digest.model.errors import ConfigError
from digest.model.records import PollResult
from digest.render.data import to_json
from digest.services.application import application
from tests.factories import group
from tests.fakes import NOON, Silent

TEXT = """The ferry Marigold of the Sundle Line sank off Marrowmouth, killing 12 people.
Captain Vera Holm called for help, and rescuers pulled forty passengers from the water.
A cargo, worth 3 million crowns, was lost, and with it the island's milk for a week."""
STORY = Story(id="s1", medoid=group(TEXT, id="a1", title="Ferry sinks"))
GOOD = "A ferry of the Sundle Line sank off Marrowmouth and 12 people were killed."
LOOPBACK = Guard((Allowance.parse("127.0.0.0/8"),))

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def completion(text: str, cited: tuple[str, ...] = ("1",)) -> dict[str, Any]:
    answer = {"sentences": [{"text": text, "articles": list(cited)}]}
    return {"choices": [{"message": {"content": json.dumps(answer)}}]}


def with_server(handler: Handler, call: Callable[[str], T]) -> T:
    """What a function returns of an endpoint's base URL, called while the endpoint answers."""

    async def main() -> T:
        app = web.Application(client_max_size=10**7)
        app.router.add_post("/v1/chat/completions", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        try:
            return await asyncio.to_thread(call, f"http://127.0.0.1:{port}/v1/")
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def summarize_with(
    handler: Handler, *, guard: Guard = LOOPBACK, key: str | None = None, **options: Any
) -> SummarizedStory:
    """The summary of the story with this endpoint."""

    def summarize(base: str) -> SummarizedStory:
        given = {"timeout": 300.0, "max_bytes": 100_000} | options
        endpoint = ChatEndpoint(base=base, key=key, guard=guard, **given)
        return ModelSummarizer(chat=endpoint, model="parrot", stories=5).summarize(STORY)

    return with_server(handler, summarize)


def saying(document: Any, status: int = 200) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.json_response(document, status=status)

    return handler


def test_a_good_answer_is_used() -> None:
    """The request is a chat completion with the key; the answer's sentence says who worded it."""
    requests: list[tuple[Any, dict[str, str]]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        requests.append((await request.json(), dict(request.headers)))
        return web.json_response(completion(GOOD))

    summarized = summarize_with(handler, key="s3cret")
    assert summarized.summary.written_by == "parrot"
    assert [(sentence.text, sentence.article) for sentence in summarized.summary.sentences] == [
        (GOOD, "a1")
    ]
    assert summarized.unused is None
    ((document, headers),) = requests
    assert document["model"] == "parrot"
    assert headers["Authorization"] == "Bearer s3cret"


async def _prose(_: web.Request) -> web.StreamResponse:
    return web.Response(text="The ferry sank.")


async def _huge(_: web.Request) -> web.StreamResponse:
    return web.Response(body=b" " * 200_000, content_type="application/json")


async def _redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("http://127.0.0.1:1/")


async def _broken(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (saying(completion(GOOD.replace("Sundle", "Harrow"))), "a name that no cited article has"),
        (saying(completion(GOOD.replace("12", "13"))), "a number that no cited article states"),
        (saying(completion(GOOD, ())), "no citation"),
        (saying(completion(GOOD, ("2",))), "citation of another article"),
        (_prose, "not what was asked for"),
        (saying({"error": "overloaded"}, 500), "no answer: HTTP 500"),
        (_redirect, "no answer: HTTP 302"),
        (_huge, "no answer: larger than 0.1 MB"),
        (_broken, "no answer: 127.0.0.1: it closed the connection without an answer"),
    ],
)
def test_otherwise_the_sentences_of_the_articles_stand(handler: Handler, reason: str) -> None:
    """Whatever the endpoint does, the story has its extractive summary, and the reason."""
    summarized = summarize_with(handler)
    assert summarized.unused == reason
    assert summarized.summary.written_by is None
    assert [sentence.text for sentence in summarized.summary.sentences] == TEXT.splitlines()


def test_an_endpoint_that_does_not_answer_is_waited_for_so_long() -> None:
    """The time runs from the connection to the last byte."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await asyncio.Event().wait()
        return response

    assert (
        summarize_with(handler, timeout=0.2).unused == "no answer: no complete answer within 0.2 s"
    )


def test_the_endpoint_stands_behind_the_guard() -> None:
    """An address of this machine is the operator's to allow, as everywhere."""
    reason = summarize_with(saying(completion(GOOD)), guard=Guard()).unused
    assert reason == "no answer: 127.0.0.1: refused: 127.0.0.1 is a loopback address"


class Parrot:
    """An endpoint that always says the same."""

    def __init__(self, says: bytes | Failure) -> None:
        self.says = says
        self.asked = 0

    def ask(self, document: object) -> bytes | Failure:
        self.asked += 1
        return self.says


def test_only_the_first_stories_are_asked_about() -> None:
    """The others keep their extractive summaries, and that is no failure."""
    parrot = Parrot(json.dumps(completion(GOOD)).encode())
    worded = ModelSummarizer(chat=parrot, model="parrot", stories=2)
    summaries = [worded.summarize(STORY) for _ in range(4)]
    assert [summary.summary.written_by for summary in summaries] == [
        "parrot",
        "parrot",
        None,
        None,
    ]
    assert [summary.unused for summary in summaries] == [None] * 4
    assert parrot.asked == 2


def test_an_endpoint_that_fails_is_given_up() -> None:
    """After three failures in a row; a build does not wait for each story."""
    parrot = Parrot(Failure(reason="connection refused"))
    worded = ModelSummarizer(chat=parrot, model="parrot", stories=9)
    unused = [worded.summarize(STORY).unused for _ in range(5)]
    assert unused == ["no answer: connection refused"] * 3 + [None] * 2
    assert parrot.asked == 3


def test_a_story_without_news_is_not_asked_about() -> None:
    """An empty summary stays empty."""
    parrot = Parrot(json.dumps(completion(GOOD)).encode())
    worded = ModelSummarizer(chat=parrot, model="parrot", stories=9)
    assert worded.summarize(STORY, known=iter([TEXT])).summary.sentences == ()
    assert parrot.asked == 0


def settings_with(tmp_path: Path, **llm: Any) -> Settings:
    settings = Settings(feeds=(Feed(url="https://a.example/feed"),))
    folders = {"database": tmp_path / "digest.db", "output": tmp_path / "output"}
    return settings.model_copy(
        update={
            "digest": settings.digest.model_copy(update=folders),
            "llm": LlmSettings(url="http://127.0.0.1:9/v1", model="parrot", **llm),
        }
    )


def test_a_key_that_is_not_in_the_environment_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says which variable; with it, an edition without stories is built unasked."""
    monkeypatch.delenv("PARROT_KEY", raising=False)
    settings = settings_with(tmp_path, key_env="PARROT_KEY")
    with application(settings, clock=lambda: NOON, observer=Silent()) as flows:
        (feed,) = settings.feeds
        state = FeedState(url=feed.url, polled_at=NOON, read_at=NOON)
        flows.store.save_poll(PollResult(feed=feed, outlet="A", state=state))
        with pytest.raises(ConfigError, match=r"^llm.key_env: the environment has no PARROT_KEY"):
            flows.build("2026-03-02")
        monkeypatch.setenv("PARROT_KEY", "s3cret")
        assert flows.build("2026-03-02").unused == ()


def test_the_report_counts_what_was_not_used(capsys: pytest.CaptureFixture[str]) -> None:
    """Each reason once with its number, for people and for machines."""
    masthead = Masthead(
        id="2026-03-02",
        title="T",
        language="en",
        timezone="UTC",
        since=NOON,
        until=NOON,
        sections=(),
    )
    parrot = Parrot(json.dumps(completion(GOOD)).encode())
    summarized = ModelSummarizer(chat=parrot, model="parrot", stories=1).summarize(STORY)
    counts = count([STORY], set(), [], repeats=0)
    edition = compose(
        masthead,
        counts,
        [Chapter(summarized=summarized)],
        [],
        selection=Selection(
            front=(), full=frozenset({STORY.id}), lines=frozenset(), also=frozenset()
        ),
        places=places([STORY], ["en"]),
    )
    report = BuildReport(edition=edition, unused=("no citation", "too long", "no citation"))
    settings = settings_with(Path("/nowhere"))
    print_built(report, settings)
    assert capsys.readouterr().out.splitlines()[1:4] == [
        "Summaries in a model's words: 1, not used: 3.",
        "  2 summaries: no citation",
        "  1 summary: too long",
    ]
    print_json(None, report, settings)
    assert json.loads(capsys.readouterr().out)["unused_summaries"] == {
        "no citation": 2,
        "too long": 1,
    }
    (story,) = json.loads(to_json(edition))["sections"][0]["stories"]
    assert story["written_by"] == "parrot"
    assert story["summary"] == [{"text": GOOD, "article": "a1", "also": []}]


def test_the_key_is_not_shown() -> None:
    """Not even where the endpoint is printed."""
    endpoint = ChatEndpoint(
        base="https://a.example", key="s3cret", timeout=1, max_bytes=1, guard=Guard()
    )
    assert "s3cret" not in repr(replace(endpoint, timeout=2))
