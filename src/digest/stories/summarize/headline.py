"""The title that names a story best."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from digest.model import Article
from digest.stories.summarize.boilerplate import is_boilerplate
from digest.text import fold, words

_SEPARATOR = re.compile(r"\s+(?:[|·•–—»-]|::)\s+")
_MARKS = " |·•–—»:-"
_CENTRAL_NAMES = 4
_SHORTEST_TITLE = 4  # words


def headline(articles: Sequence[Article]) -> str:
    """The first title, the medoid's, unless it is poor and another names the story better."""
    titles = [title for title in map(_clean_title, articles) if title]
    if not titles:
        return ""
    central = _central_names(articles)
    named = [len(central & set(words(fold(title)))) for title in titles]
    poor = (
        len(words(titles[0])) < _SHORTEST_TITLE
        or titles[0].endswith(("…", "..."))
        or titles[0].isupper()
        or is_boilerplate(titles[0])
    )
    if poor or (not named[0] and max(named) > 1):
        return titles[named.index(max(named))]
    return titles[0]


def _clean_title(article: Article) -> str:
    """The title without the name of its outlet in front or behind."""
    title = " ".join(article.title.split())
    outlet = fold(article.outlet).removeprefix("the ")
    parts = [part for part in _SEPARATOR.split(title) if part]
    if len(parts) < 2 or not outlet:
        return title
    first, last = (fold(part).removeprefix("the ") for part in (parts[0], parts[-1]))
    if first == outlet:
        return title[len(parts[0]) :].lstrip(_MARKS)
    behind_bar = title[: title.rindex(parts[-1])].endswith("| ") and len(words(last)) < 5
    if last == outlet or behind_bar:
        return title[: title.rindex(parts[-1])].rstrip(_MARKS)
    return title


def _central_names(articles: Iterable[Article]) -> set[str]:
    """The names that most reports mention, folded."""
    reports: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    for article in articles:
        tokens = [token for token in words(article.text) if len(token) > 2]
        lower = {token for token in tokens if token.islower()}
        names = [
            fold(token) for token in tokens if token[0].isupper() and token.lower() not in lower
        ]
        reports.update(set(names))
        mentions.update(names)
    ranked = sorted(reports, key=lambda name: (-reports[name], -mentions[name], name))
    return set(ranked[:_CENTRAL_NAMES])
