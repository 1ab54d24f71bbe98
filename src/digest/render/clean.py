"""What feeds say, made safe to show: one pass over a whole Edition, before any format sees it.

Escaping stays with the formats. Here goes what no escaping helps against: characters that
reorder, hide or break text (Unicode TR 36, section 3.1; XML 1.0, section 2.2), text without
end, and links that lead anywhere but to the web.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

from digest.model import (
    Brief,
    Conflict,
    Coverage,
    Earlier,
    Edition,
    EditionStory,
    FeedReport,
    Section,
    Statement,
    SummarySentence,
)

_TITLE_LENGTH = 300
_TEXT_LENGTH = 1000
_URL_LENGTH = 2000

# Controls, bidi controls, invisible characters, surrogates, what XML 1.0 forbids. The two zero
# width joiners stay: Persian, Indic scripts and emoji are misspelt without them.
_REMOVED = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    r"\U000e0000-\U000e007f]"
)
# No writing stacks more than four of these; a hundred of them paint over the neighbours.
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACK = re.compile(f"({_MARK}{{4}}){_MARK}+")
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"


def clean(text: str, limit: int = _TEXT_LENGTH) -> str:
    """The text on one line, without control, bidi and invisible characters.

    White space becomes single spaces. What is longer than `limit` characters is cut and ends
    with an ellipsis. Cleaning twice changes nothing.
    """
    line = " ".join(_STACK.sub(r"\1", _REMOVED.sub("", text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def web_url(url: str | None) -> str | None:
    """The URL in ASCII if it is an absolute http(s) address, else None.

    None as well where it is no URL at all, longer than 2,000 characters, or carries a user
    name, whose only use in news is to look like another host.
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return None
        port = f":{parts.port}" if parts.port is not None else ""
        host = parts.hostname.encode("idna").decode("ascii")
        netloc = f"[{host}]" if ":" in host else host
        if re.search(r"[^\w.:\[\]-]", netloc, re.ASCII):
            return None
        full = urlunsplit(parts._replace(netloc=netloc + port))
        ascii_url = quote(_REMOVED.sub("", full), safe=_URL_SAFE)
    except ValueError:  # a malformed host or port; UnicodeError is one as well
        return None
    return ascii_url if len(ascii_url) <= _URL_LENGTH else None


def clean_edition(edition: Edition) -> Edition:
    """The same edition with every text cleaned and every URL checked.

    Stories of one article go behind the others of their section, so that all formats keep one
    order; sections without stories are left out.
    """
    return replace(
        edition,
        title=_title(edition.title),
        feeds=tuple(_feed(feed) for feed in edition.feeds),
        sections=tuple(_section(section) for section in edition.sections if section.stories),
        rest=tuple(_brief(brief) for brief in edition.rest),
    )


def _title(text: str) -> str:
    return clean(text, _TITLE_LENGTH)


def _feed(feed: FeedReport) -> FeedReport:
    error = None if feed.error is None else _title(feed.error)
    return replace(
        feed,
        url=clean(feed.url),
        title=_title(feed.title),
        error=error,
        section=_title(feed.section),
    )


def _brief(brief: Brief) -> Brief:
    return replace(
        brief,
        headline=_title(brief.headline) or "Untitled",
        url=web_url(brief.url),
        outlet=_title(brief.outlet),
        section=_title(brief.section),
    )


def _section(section: Section) -> Section:
    stories = sorted(section.stories, key=lambda story: len(story.articles) == 1)
    return Section(title=_title(section.title), stories=tuple(_story(story) for story in stories))


def _story(story: EditionStory) -> EditionStory:
    return replace(
        story,
        headline=_title(story.headline) or "Untitled",
        summary=tuple(_sentence(sentence) for sentence in story.summary),
        articles=tuple(_coverage(article) for article in story.articles),
        earlier=tuple(
            Earlier(edition=each.edition, headline=_title(each.headline) or "Untitled")
            for each in story.earlier
        ),
        conflicts=tuple(_conflict(conflict) for conflict in story.conflicts),
        image=web_url(story.image),
    )


def _sentence(sentence: SummarySentence) -> SummarySentence:
    return SummarySentence(text=clean(sentence.text), article=sentence.article)


def _conflict(conflict: Conflict) -> Conflict:
    return Conflict(
        unit=clean(conflict.unit),
        statements=tuple(
            Statement(number=clean(one.number), sentence=_sentence(one.sentence))
            for one in conflict.statements
        ),
    )


def _coverage(article: Coverage) -> Coverage:
    return replace(
        article,
        url=web_url(article.url),
        title=_title(article.title) or "Untitled",
        outlet=_title(article.outlet),
    )
