"""What a feed says of an article whose text nobody has: its teaser."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.model import Article, SummarySentence
from digest.stories.summarize.boilerplate import is_boilerplate
from digest.stories.summarize.context import Context, terms_of
from digest.text import fold, sentences, words

_TEASER, _SHOWN = 60, 45  # words of a text that is no more than a teaser, and shown of it
_SENTENCES = 2
_LABEL = 4  # words of a line that names a series: "The Big Read"
# A sentence repeats the headline that is not this many words longer, or lacks so many of its terms.
_MORE, _REPEATED = 2, 0.25
# "Ferries lie in port Markets": some feeds put the names of sections behind the teaser. English,
# French and Spanish.
_SECTION = (
    r"(?:The )?(?:Big|Long) Read|In Depth|Analys[ei]s|Business|Climate|Commodities|Companies"
    r"|Culture|Currencies|Econom(?:y|ics)|Energy|Environment|Equities|Finance|Health|Lifestyle"
    r"|Markets|Media|Money|Opinion|Politics|Property|Retail|Science|Society|Sports?"
    r"|Tech(?:nology)?|Transport|Travel|Utilities|World"
    r"|Économie|Environnement|International|Monde|Politique|Santé|Sciences|Société"
    r"|Cultura|Deportes|Economía|Internacional|Mundo|Política|Sociedad"
)
_SECTIONS = re.compile(rf"(?<=[^\s.,:;])(?:\s*,?\s(?:{_SECTION}))+$")
_WRITTEN_SMALL = 0.5  # share of words without a capital in a sentence


def is_teaser(article: Article) -> bool:
    """Is its text only what a feed says of it?"""
    return article.text_source == "feed" and len(words(article.text)) <= _TEASER


def teaser(articles: Sequence[Article], title: str) -> tuple[SummarySentence, ...]:
    """The first sentences of the first teaser that says more than the title, word for word.

    The first article is that with the title; the teaser of another must not point at what its own
    title says ("these boats").
    """
    for article in articles:
        if not is_teaser(article) or is_boilerplate(article.text):
            continue
        chosen: list[str] = []
        context = Context.of(title, article.language)
        for text in sentences(article.text)[: _SENTENCES + 1]:
            if (_is_label(text) and chosen) or says_no_more(text, title, article.language):
                continue
            if article is not articles[0] and context.points_at_unknown(text):
                break
            if len(words(" ".join([*chosen, text]))) > _SHOWN or len(chosen) == _SENTENCES:
                break
            chosen.append(without_sections(text))
        if any(not _is_label(text) for text in chosen):
            return tuple(SummarySentence(text=text, article=article.id) for text in chosen)
    return ()


def without_sections(text: str) -> str:
    """A teaser without the names of sections behind it, which only a capital sets apart.

    They stay in a title, where most words have one, and in German, where every noun has.
    """
    match = _SECTIONS.search(text)
    if match is None:
        return text
    said = words(text[: match.start()])
    small = sum(word[0].islower() for word in said)
    return text[: match.start()] if small >= _WRITTEN_SMALL * max(1, len(said)) else text


def _is_label(text: str) -> bool:
    return (text[-1:].isalpha() or text.endswith("?")) and len(words(text)) <= _LABEL


def says_no_more(text: str, title: str, language: str) -> bool:
    """Does a sentence only repeat the headline?"""
    said, known = words(text), words(title)
    if len(said) > len(known) + _MORE:
        return False
    terms = set(terms_of(said, language))
    return bare(text) == bare(title) or (
        len(terms.difference(terms_of(known, language))) <= _REPEATED * len(terms)
    )


def bare(text: str) -> str:
    """The text by which a sentence is known to be the headline itself."""
    return fold(text).rstrip(".").removeprefix("the ")
