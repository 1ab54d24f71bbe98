"""A story -> a headline and a few sentences that its articles say word for word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from digest.model import Article, Story, SummarizedStory, Summary, SummarySentence
from digest.stories.kinds import article_kind
from digest.stories.summarize.boilerplate import READ_REPORTS, first_statements
from digest.stories.summarize.budget import Budget
from digest.stories.summarize.candidate import Candidate
from digest.stories.summarize.choose import choose
from digest.stories.summarize.clauses import made_of
from digest.stories.summarize.conflicts import conflicts, differing_counts
from digest.stories.summarize.context import Context
from digest.stories.summarize.headline import Title, ranked_titles
from digest.stories.summarize.novelty import KnownText
from digest.stories.summarize.readable import stands_alone, without_dateline
from digest.stories.summarize.teaser import bare, says_no_more, teaser
from digest.text import words as words_of

_SHORTEST = 8  # words of a sentence that is left of one with a dateline
_TITLES, _OPENING = 5, 3  # titles that are tried; sentences of a report that may tell one
_LEADS = 3  # first sentences of which a headline may be made
_TELLING = 0.6  # share of a title's terms with which a sentence tells it
# Off the worth of a title that no sentence tells, and of one with a count of yesterday.
_UNTOLD, _OUTDATED = 0.4, 0.3
_MOSTLY = 0.5  # share of an article's sentences from which it is news


def summarize(
    story: Story, *, words: int | None = None, known: Iterable[str] = ()
) -> SummarizedStory:
    """A headline and one to four sentences with the article that each is taken from.

    The first sentence tells what the headline says happened; each other one adds to it (see
    `choose`). A story that a feed has only a teaser of is told by its teaser. With `words`, as many
    sentences as come within a tenth of that length, at least one.

    `known` are texts that readers were given before, such as the articles that earlier editions
    took in and the sentences they told: only sentences with material news are chosen (see
    `novelty`), so that an empty summary means that the story has nothing new to say. A story
    without a usable sentence has an empty summary, too. Deterministic.
    """
    articles = _reporting([report.canonical for report in story.reports[:READ_REPORTS]])
    known_text = KnownText.of(known, articles[0].language)
    candidates = _candidates(articles)
    title = _told_title(ranked_titles(articles), candidates)
    news = _news(candidates, known_text)
    budget = (
        Budget.of_words(words)
        if words
        else Budget.of_edition(len(articles), needed=bool(known_text.terms))
    )
    headline = _headline(title, news)
    chosen = choose(_besides(news, headline), headline, budget, title.article.id if title else None)
    said = tuple(
        SummarySentence(text=candidate.text, article=candidate.article.id) for candidate in chosen
    )
    if not said:
        first = [title.article] if title else []
        teased = teaser([*first, *articles], headline)
        said = tuple(sentence for sentence in teased if known_text.has_news(sentence.text))
    return SummarizedStory(
        story=story,
        headline=headline or _named_by(said) or story.medoid.canonical.outlet,
        summary=Summary(sentences=said),
        conflicts=conflicts(story),
    )


def headline_of(articles: Sequence[Article]) -> str:
    """The headline that these articles have as a story, in an outlet's words; "" without any."""
    articles = _reporting(articles[:READ_REPORTS])
    candidates = _candidates(articles)
    title = _told_title(ranked_titles(articles), candidates)
    return _headline(title, candidates)


def _headline(title: Title | None, candidates: Sequence[Candidate]) -> str:
    """The title; in place of a torn one what the first sentence of a report makes."""
    text = title.text if title else ""
    return (_made_headline(candidates) or text) if title and title.torn else text


def _told_title(ranked: Sequence[Title], candidates: Sequence[Candidate]) -> Title | None:
    """The best title, where some opening tells what it says; else a good one that one does tell.

    A title with a count that a later report corrects comes after one without.
    """
    openings = [
        candidate
        for candidate in candidates
        if candidate.place < _OPENING and stands_alone(candidate.text)
    ]

    def worth(title: Title) -> float:
        language = title.article.language
        context = Context.of(title.text, language)
        share = max((context.share(candidate.said) for candidate in openings), default=0.0)
        outdated = any(
            candidate.article.published_at > title.article.published_at
            and differing_counts(title.text, candidate.text, language)
            for candidate in openings
        )
        return title.worth - _UNTOLD * max(0.0, 1 - share / _TELLING) - _OUTDATED * outdated

    return max(ranked[:_TITLES], key=worth, default=None)


def _made_headline(candidates: Sequence[Candidate]) -> str:
    """A headline made of the first sentence of a report, where no title is one."""
    nothing = Context.of("", candidates[0].article.language) if candidates else None
    left = [
        candidate
        for candidate in candidates
        if candidate.place == 0
        and stands_alone(candidate.text)
        and nothing
        and not nothing.dangles(candidate.text, candidate.article)
    ]
    for _ in range(min(_LEADS, len(left))):
        (first,) = choose(left, "", Budget.of_one())
        if made := made_of(first.text):
            return made
        left.remove(first)
    return ""


def _named_by(said: Sequence[SummarySentence]) -> str:
    """The first sentence, or its main clause, as the headline of a story that has no title."""
    return next((made_of(sentence.text) or sentence.text for sentence in said), "")


def _candidates(articles: Sequence[Article]) -> list[Candidate]:
    """The sentences of all articles in the language of the first."""
    language = articles[0].language
    return [
        Candidate.of(said, article, place)
        for article in articles
        if article.language in (language, "und")
        for place, text in enumerate(first_statements(article))
        if (said := without_dateline(text)) == text or len(words_of(said)) >= _SHORTEST
    ]


def _reporting(articles: Sequence[Article]) -> Sequence[Article]:
    """Those that report, where some do: an opinion is no summary of the news."""
    return [article for article in articles if article_kind(article) == "news"] or articles


def _besides(candidates: Sequence[Candidate], headline: str) -> Sequence[Candidate]:
    """The sentences that say more than the headline, or at least are not the headline itself."""
    more = [
        candidate
        for candidate in candidates
        if not says_no_more(candidate.text, headline, candidate.article.language)
    ]
    same = bare(headline)
    return more or [candidate for candidate in candidates if bare(candidate.text) != same]


def _news(candidates: Sequence[Candidate], known_text: KnownText) -> Sequence[Candidate]:
    """The sentences with news, and the opening of an article that is news for the most part.

    For an opening may tell the latest turn in words that are all known: "the order was lifted".
    What cannot be read by itself is no news, unless that is true of the whole story.
    """
    news: dict[str, dict[int, bool]] = {}
    for candidate in candidates:
        news.setdefault(candidate.article.id, {})[candidate.place] = known_text.has_news(
            candidate.text
        )
    mostly = {
        article for article, flags in news.items() if sum(flags.values()) > _MOSTLY * len(flags)
    }
    found = [
        candidate
        for candidate in candidates
        if news[candidate.article.id][candidate.place]
        or (
            candidate.place == 0
            and candidate.article.id in mostly
            and not known_text.has_said(candidate.text)
        )
    ]
    alone = any(stands_alone(candidate.text) for candidate in found)
    return (
        found if alone or not any(stands_alone(candidate.text) for candidate in candidates) else []
    )
