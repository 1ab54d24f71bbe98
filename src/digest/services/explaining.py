"""An explanation in words: what two reports share, how similar they are, what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from digest.flows import Explanation
from digest.model import Article, Join, Link
from digest.render.clean import clean
from digest.stories.ledger import LINE

_SHOWN = 6  # words of a kind
_LEAST = 0.1  # of the weight of the heaviest shared word: lighter ones explain nothing


def render_lines(explanation: Explanation) -> Iterator[str]:
    """The lines that answer `digest explain`, without control characters."""
    for line in _pair(explanation) if explanation.asked else _story(explanation):
        text = line.lstrip()
        yield line[: len(line) - len(text)] + clean(text)


def _story(explanation: Explanation) -> Iterator[str]:
    story, link = explanation.story, explanation.link
    yield _quoted(story.medoid.canonical)
    yield (
        f"{_count(len(story.articles), 'article')}, {_count(len(story.outlets), 'outlet')}, "
        f"{_count(story.independent_reports, 'independent report')}; "
        f"as of edition {explanation.edition}."
    )
    for report in story.reports:
        for copy in report.copies:
            yield ""
            yield from _copied(copy.article, report.canonical, copy.resemblance, copy.containment)
    for join in story.evidence:
        yield ""
        yield from _join(join, explanation.article)
    if explanation.line:
        line, link_ = explanation.line
        yield ""
        yield f"Continues a story of an earlier edition: {_quoted(explanation.article(line.a))}"
        yield f"follows {_quoted(explanation.article(line.b))}."
        yield from _evidence(link_)
        yield f"  To follow, these need a similarity of {LINE:.2f}, and have {line.value:.2f}."
    yield ""
    if link is None:
        yield "No other story is similar to it."
    else:
        yield "Most similar of all other reports:"
        yield from _apart(link, explanation.article)


def _pair(explanation: Explanation) -> Iterator[str]:
    link = explanation.link
    if explanation.copy:
        copy, canonical = explanation.copy
        yield from _copied(copy.article, canonical, copy.resemblance, copy.containment)
    elif link and link.together:
        yield from _together(link, explanation.article)
    elif link:
        yield from _apart(link, explanation.article)


def _copied(
    copy: Article, canonical: Article, resemblance: float, containment: float
) -> Iterator[str]:
    yield f"One text: {_quoted(copy)}"
    yield f"is a copy of {_quoted(canonical)}."
    yield (
        f"  {containment:.0%} of its word sequences occur in that text, and "
        f"{resemblance:.0%} of all that the two have occur in both."
    )


def _join(join: Join, article: Callable[[str], Article]) -> Iterator[str]:
    yield f"One story: {_quoted(article(join.a))}"
    yield f"with {_quoted(article(join.b))}."
    numbers = set(join.numbers)
    names = [name for name in join.names if name not in numbers]
    terms = [item for item in join.shared if item not in join.names and item not in numbers]
    yield from _shared(names, terms, join.numbers)
    yield from _days(join.days)
    if join.bar:
        yield (
            f"  Their sides were similar by {join.mean:.2f} where {join.bar:.2f} was enough: "
            f"{join.mean - join.bar:.2f} less and they would be two stories."
        )
    else:
        yield "  An operator put them into one story."


def _together(link: Link, article: Callable[[str], Article]) -> Iterator[str]:
    yield f"One story: {_quoted(article(link.a))}"
    yield f"with {_quoted(article(link.b))}."
    yield from _evidence(link)
    yield from _way(link)
    if link.decided_by == "must-link":
        yield "  An operator put them into one story."
    else:
        yield (
            f"  When their sides met, these were similar by {link.mean:.2f} on average where "
            f"{link.bar:.2f} was enough: {link.margin:.2f} less and they would be two stories."
        )


def _apart(link: Link, article: Callable[[str], Article]) -> Iterator[str]:
    yield f"Two stories: {_quoted(article(link.a))}"
    yield f"and {_quoted(article(link.b))}."
    yield from _evidence(link)
    if link.only_a:
        yield f"  Only the first names {_listed(link.only_a)}."
    if link.only_b:
        yield f"  Only the second names {_listed(link.only_b)}."
    yield from _way(link)
    if link.decided_by == "cannot-link":
        yield "  An operator keeps them apart."
    elif link.decided_by == "model":
        yield "  A language model keeps them apart."
    else:
        yield (
            f"  The two stories are similar by {link.mean:.2f} on average where {link.bar:.2f} is "
            f"needed: {-link.margin:.2f} more and they would be one."
        )


def _evidence(link: Link) -> Iterator[str]:
    everything = (*link.names, *link.terms, *link.numbers)
    least = _LEAST * max((item.weight for item in everything), default=0.0)
    kinds = (link.names, link.terms, link.numbers)
    yield from _shared(
        *([member.word for member in kind if member.weight >= least] for kind in kinds)
    )
    yield from _days(link.days)


def _shared(names: Sequence[str], terms: Sequence[str], numbers: Sequence[str]) -> Iterator[str]:
    kinds = (("the names", names), ("the rare words", terms), ("the numbers", numbers))
    parts = [f"{kind} {_listed(words)}" for kind, words in kinds if words]
    yield f"  Both have {'; '.join(parts)}." if parts else "  They share no distinctive word."


def _days(days: float | None) -> Iterator[str]:
    if days is None:
        yield "  One of them has no date, so time is no evidence."
    elif days < 2:
        yield f"  Hours between them: {days * 24:.0f}."
    else:
        yield f"  Days between them: {days:.0f}."


def _way(link: Link) -> Iterator[str]:
    """How the similarity was computed, with the steps that changed it."""
    steps = (
        ("as texts", link.cosine),
        ("by their numbers", link.bounded),
        ("without the words that their outlet always uses", link.telling),
        ("for what they share and the days between them", link.evident),
        ("with their neighbours", link.smoothed),
        ("among similar reports", link.score),
    )
    stages = [f"{steps[0][1]:.2f} {steps[0][0]}"]
    for (_, before), (what, value) in pairwise(steps):
        if f"{before:.2f}" != f"{value:.2f}":
            stages.append(f"{value:.2f} {what}")
    yield f"  Similarity: {', '.join(stages)}."


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _SHOWN
    shown = ", ".join(words[:_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def _quoted(article: Article) -> str:
    return f"“{article.title or article.text[:60]}” ({article.outlet}, {article.id})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
