"""What a feed says of an article whose text nobody has: its teaser."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import Article, SummarySentence
from digest.stories.summarize.boilerplate import is_boilerplate
from digest.text import fold, sentences, words

_TEASER, _MOST, _SHORTEST = (
    60,
    45,
    3,
)  # words of a text that is no more than one; shown; of a sentence


def teaser(articles: Sequence[Article], title: str) -> tuple[SummarySentence, ...]:
    """The first sentences of the first article that has only a teaser, word for word."""
    for article in articles:
        if not _SHORTEST <= len(words(article.text)) <= _TEASER or is_boilerplate(article.text):
            continue
        chosen: list[str] = []
        for text in sentences(article.text):
            if fold(text).rstrip(".") == fold(title).rstrip("."):
                continue
            if chosen and len(words(" ".join(chosen))) + len(words(text)) > _MOST:
                break
            chosen.append(text)
        if chosen:
            return tuple(SummarySentence(text=text, article=article.id) for text in chosen[:2])
    return ()
