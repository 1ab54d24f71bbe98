"""What the forms of the operator's pages do: the same as the commands, said in the same words.

Each takes a form and returns what was done; UsageError where nothing was.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from starlette.datastructures import FormData

from digest.flows import Editor
from digest.mail.settlement import PATIENCE
from digest.model import Cause
from digest.model.errors import UsageError

if TYPE_CHECKING:
    from digest.store import Outbox

_LATER = "Takes effect at the next build."
_NOTHING = "nothing was changed: the form asks for nothing"


def settle(outbox: Outbox, form: FormData, now: datetime) -> str:
    """Open the failed deliveries of an edition again, or send or drop its held ones."""
    edition = str(form.get("edition", "")) or None
    match form.get("act"):
        case "retry":
            return f"Opened again: {outbox.retry_failed(now - PATIENCE, now, edition)}."
        case "send" | "drop" as act:
            number = sum(
                outbox.release(cause, send=act == "send", at=now, edition=edition)
                for cause in (Cause.IN_DOUBT, Cause.LATE)
            )
            return f"{'To be sent' if act == 'send' else 'Dropped'}: {number}."
    raise UsageError(_NOTHING)


def merge(editor: Editor, form: FormData) -> str:
    """Make the stories that are chosen one."""
    return _recorded(editor.merge([str(name) for name in form.getlist("story[]")]))


def correct(editor: Editor, story: str, form: FormData) -> str:
    """Split, merge, pin or unpin a story."""
    match form.get("act"):
        case "split":
            leaving = [str(article) for article in form.getlist("article[]")]
            if not leaving:
                raise UsageError("choose the articles that do not belong to the story")
            return _recorded(editor.split(story, leaving))
        case "merge":
            return _recorded(editor.merge([story, str(form.get("other", "")).strip()]))
        case "pin":
            return f"Pinned with {len(editor.pin(story).articles)} articles. {_LATER}"
        case "unpin":
            editor.unpin(story)
            return f"Unpinned. {_LATER}"
    raise UsageError(_NOTHING)


def _recorded(pairs: int) -> str:
    return f"Recorded {pairs} {'pair' if pairs == 1 else 'pairs'}. {_LATER}"
