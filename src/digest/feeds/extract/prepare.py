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

from lxml.etree import _Element, strip_elements

_END_TAGS = re.compile(r"</(?i:body|html)\s*>")
_BLOCKS = ("article", "div", "section", "li")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLANK = re.compile(r"\s+")

_PROSE = 80  # characters of a paragraph; what is shorter may be a label or a teaser
_TEASER = 600  # characters; a block under a linked headline that has more may be an article
_LONG_ROW = 4  # of blocks that begin with a link; articles list some, too
_SIDES = ("aside", "footer")
_NAMES = ("b", "strong", "span", "em", "cite", "a", "address")
_NAME = 40  # characters of who wrote a comment
_ROW = 3  # blocks of one kind; fewer may be boxes of any kind
_INFOBOX = 200  # characters; shorter ones are notes of the site
_LITTLE_LINKED = 5  # times as much text as links
_BODY = re.compile(
    r"(?:article|story|post|entry|content|news|page|text|body|live)[\w-]{0,20}?"
    r"(?:body|text|content|copy|part|section|block|post|entry|update)|\bprose\b",
    re.IGNORECASE,
)
_CAPTIONED = ("p", "span", "small")
_CAPTION = re.compile(r"caption|bildunterschrift|legende|photo-?credit", re.IGNORECASE)
_COMMENTS = re.compile(
    r"comment|\brepl(?:y|ies)|respon[sd]|discuss|talkback|disqus|reader|what you (?:say|think)"
    r"|conversation|\bthreads?\b|kommentar|koment|komment|coment|reaction|réaction|reactie|leserbrief|opinion"
    r"|\bforum\b|yorum|коммент|комент|отзыв|обсужд|σχόλι|تعليق|评论|評論|留言|コメント|댓글",
    re.IGNORECASE,
)

_BUTTON = re.compile(  # to answer or report what one reader says
    r"(?:reply|respond|report|antworten?|melden|répondre|signaler|responder|denunciar|rispondi"
    r"|segnala|beantwoorden|reageer|svara?|anmäl|besvar|vastaa|odpowiedz|zgłoś|odpovědět|válasz"
    r"|răspunde|yanıtla|απάντηση|ответить|пожаловаться|відповісти|رد|השב|回复|回覆|返信|답글)\b[\W\d]*",
    re.IGNORECASE,
)


def whole(markup: str) -> str:
    """The markup without the ends of body and page: parsers drop what lies behind the first."""
    return _END_TAGS.sub("", markup)


def prepare(tree: _Element, url: str) -> bool:
    """Change the tree of the page at `url`; was a row of teasers for other pages taken out?"""
    for cell in tree.iter("td", "th"):  # for each column trafilatura would add an empty cell
        cell.attrib.pop("colspan", None)
    prose = _around_prose(tree)
    _open_infoboxes(tree, prose)
    _clear_figures(tree)
    rows = list(_rows(tree))
    teasers = _teasers(rows, tree, url)
    others = [row for row in rows if row not in teasers]
    main = _main_part(tree, prose)
    for row in teasers:
        _drop(row)
    for row in others:
        parts = [block for block in row if block in prose]
        if not parts or row[0].tag == "a":
            continue
        if _are_comments(row, main):
            _drop(row)
        else:
            _join([block for block in parts if _is_body(block)])
    _enclose_bare_body(tree)
    return bool(teasers)


def drop_sides(tree: _Element) -> None:
    """Drop what the extractor leaves out at the end: it searches the tree fifty times before.

    A page without prose elsewhere keeps its sides: one of them may never be closed.
    """
    prose = (part for part in tree.iter("p") if _is_long(part, _PROSE))
    if any(next(part.iterancestors(*_SIDES), None) is None for part in prose):
        strip_elements(tree, "style", *_SIDES, with_tail=False)


def _around_prose(tree: _Element) -> set[_Element]:
    """All elements that are or hold a paragraph of prose."""
    found: set[_Element] = set()
    for part in tree.iter("p", "blockquote", "li"):
        if part not in found and _is_long(part, _PROSE):
            found.add(part)
            for parent in part.iterancestors():
                if parent in found:
                    break
                found.add(parent)
    return found


def _open_infoboxes(tree: _Element, prose: set[_Element]) -> None:
    """Keep what an article explains beside its text: extractors drop every <aside>."""
    for box in list(tree.iter("aside")):
        if box in prose and _is_infobox(box):
            box.tag = "div"


def _clear_figures(tree: _Element) -> None:
    """Take captions and readings of characters out; open figures that hold a quotation."""
    for element in list(tree.iter("rt", "rp", "figcaption", *_CAPTIONED)):
        if element.tag not in _CAPTIONED or _CAPTION.search(element.get("class", "")):
            _remove(element)
    for figure in list(tree.iter("figure")):
        if figure.find(".//blockquote") is not None and figure.find(".//img") is None:
            figure.tag = "div"


def _is_infobox(box: _Element) -> bool:
    """Does this lie in an article, and is it neither a short note nor a list of links?"""
    if next(box.iterancestors("article", "main"), None) is None:
        return False
    length = len(_text(box))
    linked = sum(len(_text(link)) for link in box.iter("a"))
    return length >= _INFOBOX and _LITTLE_LINKED * linked < length


def _teasers(rows: list[list[_Element]], tree: _Element, url: str) -> list[list[_Element]]:
    """Rows of blocks for other pages; of bare links only where the page holds nothing else."""
    headlined = [row for row in rows if len(row) >= _ROW and _are_teasers(row, url)]
    if headlined or any(_is_free_prose(part) for part in tree.iter("p", "blockquote")):
        return headlined
    linked = [row for row in rows if _are_links(row, url)]
    listed = {block for row in linked for block in row}
    is_list = bool(linked) and not any(_is_prose_outside(part, listed) for part in tree.iter("div"))
    return linked if is_list else []


def _is_free_prose(part: _Element) -> bool:
    """Is this a paragraph that belongs to no list and no link?"""
    return next(part.iterancestors("li", "a"), None) is None and _is_long(part, _PROSE)


def _rows(tree: _Element) -> Iterator[list[_Element]]:
    """Blocks of the same parent and name that are called alike, where there are at least two."""
    kinds: dict[tuple[_Element, str, str], list[_Element]] = defaultdict(list)
    for block in tree.iter("a", *_BLOCKS):
        if (parent := block.getparent()) is not None:
            called = block.get("itemprop") or " ".join(block.get("class", "").split()[:1])
            kinds[parent, str(block.tag), called].append(block)
    for (_, tag, called), row in kinds.items():
        if len(row) > 1 and (called or tag in {"article", "li", "a"}):
            yield row


def _main_part(tree: _Element, prose: set[_Element]) -> _Element | None:
    """The one <main> or <article> of a page, if it holds prose."""
    for name in ("main", "article"):
        found = list(tree.iter(name))
        if found:
            return found[0] if len(found) == 1 and found[0] in prose else None
    return None


def _are_teasers(row: list[_Element], url: str) -> bool:
    """Does every block hold a headline that leads to another page of the site, and little else?"""
    return all(_is_teaser(block, url) for block in row)


def _are_links(row: list[_Element], url: str) -> bool:
    """Does every block begin with a link to another page of the site, in a long row?"""
    firsts = (next(block.iter("a", "p", "span"), None) for block in row)
    return len(row) >= _LONG_ROW and all(
        first is not None and first.tag == "a" and _leads_away(first, url) for first in firsts
    )


def _is_prose_outside(part: _Element, listed: set[_Element]) -> bool:
    """Is this a paragraph that is in none of the listed blocks, nor around them?"""
    if part in listed or not _is_long(part, _PROSE):
        return False
    around = any(child in listed for child in part.iter(*_BLOCKS))
    return not around and not any(parent in listed for parent in part.iterancestors(*_BLOCKS))


def _leads_away(link: _Element, url: str) -> bool:
    """Does a link lead to another page of the same site?"""
    page, href = urlsplit(url), link.get("href", "").strip()
    if href.startswith("/") and not href.startswith("//"):  # as most do; joining costs more
        return bool(href.partition("?")[0].partition("#")[0] != page.path)
    other = urlsplit(urljoin(url, href))
    return bool(other.netloc == page.netloc and other.path != page.path)


def _is_teaser(block: _Element, url: str) -> bool:
    links = (
        link
        for heading in block.iter(*_HEADINGS)
        for link in (*heading.iter("a"), *heading.iterancestors("a"))  # block may be one
    )
    return any(_leads_away(link, url) for link in links) and not _is_long(block, _TEASER)


def _are_comments(row: list[_Element], main: _Element | None) -> bool:
    """Readers' words: a row that is called so, signed outside the main part, or has buttons."""
    if len(row) < _ROW:
        return False
    if not _COMMENTS.search(row[0].get("class", "")):
        if any(True for block in row for _ in block.iter(*_HEADINGS)):
            return False  # a heading begins a section of an article, not what a reader says
        called = _are_called_comments(row[0])
        return called or _are_signed_outside(row, main) or all(map(_has_button, row))
    return True


def _are_called_comments(block: _Element) -> bool:
    """Does what is around a block, or the heading there, speak of readers?"""
    parent = block.getparent()
    if parent is None:
        return False
    headings = (_text(child)[:_PROSE] for child in parent if child.tag in _HEADINGS)
    named = (parent.get("class", ""), parent.get("id", ""), *headings)
    return any(_COMMENTS.search(name) for name in named)


def _has_button(block: _Element) -> bool:
    """Does a block hold a button of readers' comments?"""
    return any(_BUTTON.fullmatch(_text(button)) for button in block.iter("button", "a"))


def _are_signed_outside(row: list[_Element], main: _Element | None) -> bool:
    """Do the blocks begin with a short name each, outside the main part of the page?"""
    if main is None or any(parent is main for parent in row[0].iterancestors()):
        return False
    return all(
        len(block) > 1 and block[0].tag in _NAMES and 0 < len(_text(block[0])) <= _NAME
        for block in row
    )


def _is_body(block: _Element) -> bool:
    """Is this a part of an article's text, or a wrapper around one?"""
    core = _core(block)
    named = " ".join(part.get(name, "") for part in (block, core) for name in ("class", "itemprop"))
    return block.tag == "article" or _BODY.search(named) is not None


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
    if sum(_is_long(child, _PROSE) for child in bare) < 2:
        return
    article = body.makeelement("article")
    body.insert(body.index(bare[0]), article)
    last = body.index(bare[-1])
    article.extend(list(body)[body.index(article) + 1 : last + 1])


def _text(element: _Element) -> str:
    return _BLANK.sub(" ", "".join(element.itertext())).strip()


def _is_long(element: _Element, least: int) -> bool:
    """Does an element hold at least so many characters, but for spaces at its ends?"""
    length = 0
    for text in element.itertext():
        length += len(text.strip())
        if length >= least:
            return True
    return False


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
