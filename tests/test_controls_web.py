"""Mutants of the pages: each check of docs/reliability.md fails for the one made for it.

The checks are in test_web.py, where they are run on the whole.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from digest.store import SubscriberStore
from digest.web.handlers import PageHandlers
from digest.web.pages import LocalizedPages
from digest.web.server import ArchiveFiles

from . import test_web
from .web_setup import Site

Check = Callable[[Site], None]

localized_of, page_of = PageHandlers._localized, LocalizedPages.page


def redirecting() -> Response:
    """Thanks for a click on a page of its own."""
    return RedirectResponse("/", 303)


def remembering() -> Response:
    """Knows whoever clicked again."""
    answer = PlainTextResponse("Unsubscribed.\n", headers={"Cache-Control": "no-store"})
    answer.set_cookie("seen", "yes")
    return answer


async def any_form(_: Request) -> dict[str, str]:
    """Every POST is a click."""
    return {"List-Unsubscribe": "One-Click"}


class Talkative(SubscriberStore):
    """Says that an address is known already."""

    def ask(self, address: str, address_key: str, **options: Any) -> bool:
        if self.find(address_key):
            raise HTTPException(409)
        return super().ask(address, address_key, **options)


def echoing(self: LocalizedPages, name: str, *rest: Any, **values: Any) -> Response:
    """Shows the address that somebody typed in."""
    answer = page_of(self, name, *rest, **values)
    return HTMLResponse(bytes(answer.body) + b"ann@mail.example", answer.status_code)


def believing(self: PageHandlers, request: Request, *rest: Any) -> LocalizedPages:
    """Takes the base of links from the request."""
    localized = localized_of(self, request, *rest)
    localized._given["base"] = f"https://{request.headers['host']}/"
    return localized


def cached(self: LocalizedPages, name: str, *rest: Any, **values: Any) -> Response:
    """Any page may be kept by whoever passes it on."""
    return page_of(self, name, *rest, **values | {"private": False})


async def joined(self: ArchiveFiles, path: str, scope: Scope) -> Response:
    """A file, wherever it is."""
    file = Path(str(self.directory), path)
    return FileResponse(file) if file.is_file() else Response(status_code=404)


def hides_nothing(self: ArchiveFiles, path: str, scope: Scope) -> Awaitable[Response]:
    """Files that are being written have addresses, too."""
    return StaticFiles.get_response(self, path, scope)


def one_click(web: Site) -> None:
    test_web.test_one_click(web, web.room, "urlencoded")


def wrong_click(web: Site) -> None:
    test_web.test_a_wrong_click_changes_nothing(web, {"something": "else"}, None)


def answers(web: Site) -> None:
    test_web.test_answers_tell_nobody_who_is_subscribed(web, web.room)


def archive(web: Site) -> None:
    test_web.test_the_archive_is_a_folder_and_nothing_else(web, web.room.folder)


def buried(web: Site) -> None:
    folder = web.room.folder / "another"
    folder.mkdir()
    test_web.test_nobody_can_be_buried_in_letters(folder)


# A name, what is taken away (target and mutant), the check that must notice it, and the words of
# the assertion that fails.
MUTANTS: dict[str, tuple[str, Any, Check, str]] = {
    "F2 a redirect": ("digest.web.handlers._left", redirecting, one_click, "== (303, "),
    "F2 a cookie": ("digest.web.handlers._left", remembering, one_click, "isdisjoint"),
    "F2 any POST is a click": (
        "digest.web.handlers.read_form", any_form, wrong_click, "assert (400, 'active') == (200, ",
    ),
    "F4 known addresses are revealed": (
        "tests.mail_setup.SubscriberStore", Talkative, answers, "assert 1 == 2",
    ),
    "F4 addresses are shown": ("digest.web.pages.LocalizedPages.page", echoing, answers, "all("),
    "F5 a place may ask for all": (
        "digest.web.handlers._CALLS", 999, buried, "assert [200, ",
    ),
    "F5 an address may be asked all day": (
        "digest.store.subscriber_rows.CONFIRMATIONS_A_DAY", 999, buried, "<= 3",
    ),
    "F6 the request is believed": (
        "digest.web.handlers.PageHandlers._localized", believing,
        test_web.test_links_come_from_the_configuration,
        "evil.example",
    ),
    "F7 the library's redirect": (
        "digest.web.server.ArchiveFiles.get_response", hides_nothing,
        test_web.test_no_redirect_leads_outside, "fullmatch",
    ),
    "F9 the library's headers": (
        "digest.web.app.SecurityHeaders", lambda app: app,
        test_web.test_every_answer_carries_its_headers, "assert 'nosniff' == ''",
    ),
    "F9 private pages are kept": (
        "digest.web.pages.LocalizedPages.page", cached,
        test_web.test_every_answer_carries_its_headers,
        "assert 'no-store' == ''",
    ),
    "F10 paths are joined": (
        "digest.web.server.ArchiveFiles.get_response", joined, archive, "status=200",
    ),
    "F10 what is being written is shown": (
        "digest.web.server.ArchiveFiles.get_response", hides_nothing, archive,
        "assert (404, False) == ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_a_check_of_pages_fails_for_its_broken_twin(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zero that no page could miss proves nothing."""
    target, mutant, check, said = MUTANTS[name]
    monkeypatch.setattr(target, mutant)
    with (
        test_web.archive(test_web.one_reader(tmp_path)) as web,
        pytest.raises(AssertionError, match=re.escape(said)),
    ):
        check(web)
