"""What a feed says of an article whose text nobody has: its teaser."""

from __future__ import annotations

from collections.abc import Sequence

from digest.model import Article, SummarySentence
from digest.stories.summarize.boilerplate import is_boilerplate
from digest.text import fold, sentences, words

_TEASER, _SHOWN = 60, 45  # words of a text that is no more than a teaser, and shown of it
_SENTENCES = 2


def teaser(articles: Sequence[Article], title: str) -> tuple[SummarySentence, ...]:
    """The first sentences of the first teaser that says more than the title, word for word."""
    for article in articles:
        teased = article.text_source == "feed" and len(words(article.text)) <= _TEASER
        if not teased or is_boilerplate(article.text):
            continue
        chosen: list[str] = []
        for text in sentences(article.text)[: _SENTENCES + 1]:
            if bare(text) == bare(title):
                continue
            if len(words(" ".join([*chosen, text]))) > _SHOWN or len(chosen) == _SENTENCES:
                break
            chosen.append(text)
        if chosen:
            return tuple(SummarySentence(text=text, article=article.id) for text in chosen)
    return ()


def bare(text: str) -> str:
    """The text by which a sentence is known to be the headline itself."""
    return fold(text).replace("’", "'").rstrip(".")
