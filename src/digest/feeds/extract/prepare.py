"""A parsed page made ready for the extractor: all of the article, and nothing of its neighbours.

trafilatura takes the first element that looks like the body of an article. Where a text lies in
several such elements, in a list straight under <body> or in a quotation within a figure, the rest
would be lost; comments under an unknown class and rows of teasers would be taken in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from lxml.etree import _Element

_END_TAGS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_BLOCKS = ("article", "div", "section", "li")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLANK = re.compile(r"\s+")

_PROSE = 80  # characters of a paragraph; what is shorter may be a label or a teaser
_TEASER = 600  # characters; a block under a linked headline that has more may be an article
_ROW = 3  # blocks of one kind; fewer may be boxes of any kind
_BODY = re.compile(
    r"(?:article|story|post|entry|content|news|page|text|body|live)[\w-]{0,20}?"
    r"(?:body|text|content|copy|part|section|block|post|entry|update)|\bprose\b",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"comment|\brepl(?:y|ies)|respon[sd]|discuss|talkback|disqus|reader|what you (?:say|think)"
    r"|kommentar|koment|komment|coment|reaction|réaction|reactie|leserbrief|opinion"
    r"|\bforum\b|yorum|коммент|комент|отзыв|обсужд|σχόλι|تعليق|评论|評論|留言|コメント|댓글",
    re.IGNORECASE,
)


def whole(markup: str) -> str:
    """The markup without the ends of body and page: parsers drop what lies behind the first."""
    return _END_TAGS.sub("", markup)


def prepare(tree: _Element, url: str) -> bool:
    """Change the tree of the page at `url`; was a row of teasers for other pages taken out?"""
    for cell in tree.iter("td", "th"):  # for each column trafilatura would add an empty cell
        cell.attrib.pop("colspan", None)
    for figure in list(tree.iter("figure")):
        if figure.find(".//blockquote") is not None and figure.find(".//img") is None:
            _open_up(figure)
    rows = list(_rows(tree))
    teasers = [row for row in rows if len(row) >= _ROW and _are_teasers(row, url)]
    for row in teasers:
        _drop(row)
    comments = [row for row in rows if row not in teasers and _are_comments(row)]
    for row in comments:
        _drop(row)
    for row in rows:
        if row not in teasers and row not in comments:
            _join([block for block in row if _is_body(block)])
    _enclose_bare_body(tree)
    return bool(teasers)


def _open_up(figure: _Element) -> None:
    """A figure that holds a quotation becomes a plain block without its caption."""
    for caption in list(figure.iter("figcaption")):
        _remove(caption)
    figure.tag = "div"


def _rows(tree: _Element) -> Iterator[list[_Element]]:
    """Blocks of the same parent, name and class, where there are at least two."""
    kinds: dict[tuple[_Element, str, str], list[_Element]] = defaultdict(list)
    for block in tree.iter(*_BLOCKS):
        if (parent := block.getparent()) is not None:
            kinds[parent, str(block.tag), block.get("class", "")].append(block)
    for (_, tag, name), row in kinds.items():
        if len(row) > 1 and (name or tag == "article"):
            yield row


def _are_teasers(row: list[_Element], url: str) -> bool:
    """Does every block hold a headline that leads to another page of the site, and little else?"""
    return all(_is_teaser(block, url) for block in row)


def _is_teaser(block: _Element, url: str) -> bool:
    if len(_text(block)) > _TEASER:
        return False
    for heading in block.iter(*_HEADINGS):
        links = [*heading.iter("a"), *heading.iterancestors("a")]
        for link in links:
            target = urljoin(url, link.get("href", ""))
            page, other = urlsplit(url), urlsplit(target)
            if other.netloc == page.netloc and other.path != page.path:
                return True
    return False


def _are_comments(row: list[_Element]) -> bool:
    """Readers' words: blocks with prose in a part that is called so, or outside the main part."""
    if len(row) < _ROW or not any(_has_prose(block) for block in row):
        return False
    if any(True for block in row for _ in block.iter(*_HEADINGS)):
        return False  # a heading begins a section of an article, not what a reader says
    parents = [block.getparent() for block in row[:1]]
    named = [row[0].get("class", "")]
    for parent in parents:
        if parent is not None:
            named += [parent.get("class", ""), parent.get("id", "")]
            named += [_text(child)[:_PROSE] for child in parent if child.tag in _HEADINGS]
    return any(_COMMENTS.search(name) for name in named)


def _is_body(block: _Element) -> bool:
    """Is this a part of an article's text?"""
    named = f"{block.get('class', '')} {block.get('itemprop', '')}"
    return (block.tag == "article" or _BODY.search(named) is not None) and _has_prose(block)


def _has_prose(block: _Element) -> bool:
    return any(len(_text(part)) >= _PROSE for part in block.iter("p", "blockquote", "li"))


def _join(parts: list[_Element]) -> None:
    """Move the text of all parts into the first."""
    for part in parts[1:]:
        _core(parts[0]).extend(list(_core(part)))
        _remove(part)


def _core(part: _Element) -> _Element:
    """The innermost of the wrappers that hold all of a part."""
    while len(part) == 1 and part[0].tag in _BLOCKS and not (part.text or "").strip():
        part = part[0]
    return part


def _enclose_bare_body(tree: _Element) -> None:
    """Put paragraphs and lists that lie straight in <body> into an <article>."""
    body = tree.find(".//body")
    if body is None or tree.find(".//article") is not None or tree.find(".//main") is not None:
        return
    bare = [child for child in body if child.tag in {"p", "ul", "ol", "blockquote", "pre"}]
    if sum(len(_text(child)) >= _PROSE for child in bare) < 2:
        return
    article = body.makeelement("article")
    body.insert(body.index(bare[0]), article)
    last = body.index(bare[-1])
    article.extend(list(body)[body.index(article) + 1 : last + 1])


def _text(element: _Element) -> str:
    return _BLANK.sub(" ", "".join(element.itertext())).strip()


def _drop(row: Iterable[_Element]) -> None:
    for block in row:
        _remove(block)


def _remove(element: _Element) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)
