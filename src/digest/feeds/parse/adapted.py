"""feedparser, adapted: an id stays as it is, and no caption replaces an entry's text."""

from __future__ import annotations

from typing import Any

import feedparser
from feedparser.api import StrictFeedParser
from feedparser.namespaces import _base, itunes, mediarss

__all__ = ["feedparser"]

# feedparser resolves a relative atom:id or guid against xml:base. An id is an opaque string
# (RFC 4287, section 4.2.6.1) that must not change with the base, and this set, which its two
# parsers share, is the only switch.
StrictFeedParser.can_be_relative_uri.discard("id")

# feedparser takes captions and advertisements for an entry's text. With these handlers it keeps
# them under names of their own.


def _keep_apart(namespace: Any, name: str) -> None:
    setattr(namespace, f"_start_{name}", lambda parser, _attributes: parser.push(name, 1))
    setattr(namespace, f"_end_{name}", lambda parser: parser.pop(name))


_keep_apart(mediarss.Namespace, "media_description")
_keep_apart(itunes.Namespace, "itunes_summary")

_start_image = _base.Namespace._start_image  # noqa: SLF001 -- there is no other way in


def _start_any_image(parser: Any, attributes: Any) -> None:
    """Keep what describes an entry's <image> apart from the entry, as that of the channel's is."""
    parser.feeddata.setdefault("image", feedparser.FeedParserDict())
    _start_image(parser, attributes)


_base.Namespace._start_image = _start_any_image  # noqa: SLF001
