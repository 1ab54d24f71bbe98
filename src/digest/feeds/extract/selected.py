"""A page of a feed whose configuration says where the text is, or what does not belong to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import lxml.html
from lxml.cssselect import CSSSelector
from lxml.etree import _Element

from digest.feeds.extract import _decode, extract
from digest.feeds.parse.markup import html_to_text
from digest.model import Document, PageProblem, PageText

_UTF8 = lxml.html.HTMLParser(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTask:
    """A page with the CSS selectors of its feed."""

    document: Document
    selector: str | None = None
    remove: str | None = None


def extract_selected(task: PageTask) -> PageText:
    """The text of a page. Run it in a worker, as `extract`."""
    tree = _tree(task.document)
    if tree is None:
        return extract(task.document)
    if task.remove:
        for element in CSSSelector(task.remove)(tree):
            if element is not tree:
                element.drop_tree()
    chosen = _outermost(CSSSelector(task.selector)(tree)) if task.selector else []
    text = "\n".join(filter(None, map(_text, chosen)))
    body = lxml.html.tostring(tree, encoding="utf-8")
    page = extract(replace(task.document, body=body, charset="utf-8"))
    if not task.selector:
        return page
    if not text:
        return replace(page, problem=PageProblem.NO_SELECTION)
    return replace(page, text=text, problem=None, refresh_url=None)


def _tree(document: Document) -> lxml.html.HtmlElement | None:
    text = _decode(document)
    if not text.strip():
        return None
    raw = text.encode("utf-8", "replace")
    tree: lxml.html.HtmlElement = lxml.html.document_fromstring(raw, parser=_UTF8)
    return tree


def _outermost(elements: list[_Element]) -> list[_Element]:
    """Those that no other of them contains."""
    chosen = set(elements)
    return [element for element in elements if chosen.isdisjoint(element.iterancestors())]


def _text(element: _Element) -> str:
    return html_to_text(lxml.html.tostring(element, encoding="unicode", with_tail=False))
