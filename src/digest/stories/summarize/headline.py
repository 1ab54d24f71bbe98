"""The title that tells best what happened in a story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import Article
from digest.stories.kinds import title_kind
from digest.stories.summarize.agreement import LEAD, SHORTEST_TERM, Terms
from digest.stories.summarize.boilerplate import first_statements, is_boilerplate
from digest.stories.summarize.clauses import (
    LONGEST,
    SHORTEST,
    cut_short,
    heading_of,
    is_open,
    made_of,
)
from digest.stories.summarize.context import Context
from digest.stories.summarize.readable import stands_alone, without_dateline
from digest.stories.summarize.teases import is_label, is_tease, is_view, looks_ahead
from digest.stories.titles import plain_title
from digest.text import stems, words

_TORN_WORDS = 8  # of a title that may be torn off; shorter real ones may begin their text, too
# What counts against or for a title, in shares of agreement.
_TEASE, _TORN, _MADE, _SOFT, _FIRST, _NEWEST = 0.5, 0.5, 0.15, 0.5, 0.15, 0.1
_VIEW, _LABEL, _AHEAD = 0.45, 0.3, 0.12
_OLD, _FROM, _UNTIL = 0.25, timedelta(hours=24), timedelta(hours=72)  # off older titles, by age
_SITE = 0.4  # off a title that several reports of one outlet have: it may be the site's name
# Off a title of whose terms a text of so many words, and characters, has less than this share.
_UNSPOKEN, _SPOKEN, _TEXT, _READ = 0.3, 0.15, 60, 4000
_HEADING = 200  # characters in which a text's own heading ends
_SHORT, _LONG, _LONG_MADE, _SHOUT = 0.15, 0.35, 0.2, 0.2
_SENTENCES = 0.15  # off a title of several sentences
_TELLING, _ENOUGH = 0.04, 4  # for each name and number, up to so many

_SEVERAL = re.compile(r"[a-zà-ÿ]{2}\. [A-ZÀ-Þ]")
# "Vera Holm, 32, of Aldmark": a line below a picture; and lines that go on.
_LINE_END = re.compile(r"\n|\s{2,}")
_NO_TITLE = re.compile(r", \d+,|[.:,]$")
# A title of nothing else tells when something was posted.
_WHEN = (
    r"posted|updated|on|at|the|of|[ap]\.? ?m|\d+(?:st|nd|rd|th)?|[a-z]{1,2}t|[a-z]{3,6}day"
    "|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
)
_PAGE_WORDS = re.compile(
    r"(?<!\w)@\w+|\(photos?:|\b(?:file photo|(?:image|media) (?:caption|copyright)"
    r"|enlarge this|text size"
    r"|facebook twitter|twitter embed|[a-z]+âs|getty images|(?:photo|image) (?:by|credit)"
    r"|playback is unsupported|enable javascript|photo gallery|staff writer|continue reading)\b"
    rf"|^(?:(?>(?:{_WHEN})\b)\W*)+$"  # atomic: else each "at" would double the time
    r"|(?-i:\bCLOSE$)|^by (?-i:[A-Z])\w+ (?-i:[A-Z]).*\d|\b\d{1,2}:\d\d ?[ap]m\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The headline that one article of a story offers, and how well it tells the story."""

    text: str
    article: Article
    worth: float
    torn: bool  # only the beginning of a sentence, or what belongs to the page


def ranked_titles(articles: Sequence[Article]) -> list[Title]:
    """The headlines that the articles of a story offer, the best first.

    The title whose terms and names most reports share in their openings; of about equal ones the
    first article's, and the newest. Teases, titles that are torn off, and those of opinion or of
    a live ticker come after every plain one.
    """
    language = articles[0].language if articles else "und"
    same = [article for article in articles if article.language in (language, "und")]
    terms = Terms.of(same)
    newest = max((article.published_at for article in same if article.dated), default=None)
    titles = []
    for at, (article, (text, poorness)) in enumerate(zip(same, _offered(same), strict=True)):
        if not text:
            continue
        worth = terms.agreement(text, article.language) - poorness
        worth += _TELLING * min(_ENOUGH, terms.names(text, article.language))
        worth -= _UNSPOKEN * _is_unspoken(text, article)
        worth -= _SHOUT * terms.shouts(text, article.language)
        worth += _form(text, article, made=poorness > 0) + _timeliness(article, newest)
        worth += _FIRST * (at == 0)
        titles.append(Title(text=text, article=article, worth=worth, torn=poorness >= _TORN))
    return sorted(titles, key=lambda title: -title.worth)


def listed_title(article: Article) -> str:
    """The title as a list of articles shows it: in the outlet's words, without marks.

    One that is made of the first words of a text ends with its heading or with a phrase of it; one
    that is nothing but a mark stays.
    """
    plain = plain_title(article.title, article.outlet) or article.title
    if len(words(plain)) < _TORN_WORDS or not _breaks_off(article):
        return plain
    begun = without_dateline(" ".join(article.text[:_HEADING].split()))
    return _heading_within(article) or cut_short(begun, article.language) or _cut(plain)


def _heading_within(article: Article) -> str:
    """The heading that runs into the text; "" where none is found, or what belongs to the page."""
    heading = heading_of(article.text[:_READ], article.language)
    return "" if _is_poor(heading, article.language) else plain_title(heading, article.outlet)


def _offered(articles: Sequence[Article]) -> list[tuple[str, float]]:
    """The headline of each article and how poor it is as such.

    What several reports of an outlet are called, though one of them does not speak of it, is the
    name of the site. Where a title is none, the heading at the beginning of the text is.
    """
    offered = [_title(article) for article in articles]
    keys = [(text, article.outlet) for (text, _), article in zip(offered, articles, strict=True)]
    often = Counter(keys)
    of_site = {
        key
        for key, article in zip(keys, articles, strict=True)
        if often[key] > 1 and _is_unspoken(key[0], article)
    }
    return [
        _heading(article) or (text, _TORN)
        if key in of_site or poorness >= _TORN
        else (text, poorness + _SITE * (often[key] > 1))
        for key, (text, poorness), article in zip(keys, offered, articles, strict=True)
    ]


def _heading(article: Article) -> tuple[str, float] | None:
    """The heading with which a text begins; as good as a title where the title is cut from it."""
    line, further, _ = article.text.lstrip()[:_HEADING].partition("\n")
    line = " ".join(line.split())
    if not (
        further
        and line[:1].isupper()
        and SHORTEST <= len(words(line)) <= LONGEST
        and not _is_poor(line, article.language)
        and not line.endswith((".", "!", "?", "”", '"'))
        and _SEVERAL.search(line) is None
        and plain_title(line) == line
    ):
        return None
    return line, 0 if line.startswith(article.title.rstrip(" .…")) else _MADE


def _form(text: str, article: Article, *, made: bool) -> float:
    """What speaks for a title, and against it, whatever the other reports say."""
    length = len(words(text))
    return (
        -_TEASE * is_tease(text)
        - _SOFT * (title_kind(article.title) != "news")
        - _VIEW * is_view(text)
        - _LABEL * is_label(text, article.language)
        - _AHEAD * looks_ahead(text, article.language)
        - _SHORT * min(max(0, SHORTEST - length), 2)
        - (_LONG_MADE if made else _LONG) * (length > LONGEST)
        - _SENTENCES * (_SEVERAL.search(text) is not None)
    )


def _timeliness(article: Article, newest: datetime | None) -> float:
    """What speaks for the title of the newest report, and against those that are days older."""
    if newest is None or not article.dated:
        return 0.0
    age = newest - article.published_at
    return _NEWEST * (not age) - _OLD * min(max((age - _FROM) / (_UNTIL - _FROM), 0.0), 1.0)


def _is_unspoken(title: str, article: Article) -> bool:
    """Does the article not speak of what its title names? Then that names the site, or plays."""
    text = words(article.text[:_READ])
    terms = [term for term in stems(words(title), article.language) if len(term) >= SHORTEST_TERM]
    if len(text) < _TEXT or not terms:
        return False
    spoken = set(stems(text, article.language))
    return sum(term in spoken for term in terms) < _SPOKEN * len(terms)


def _title(article: Article) -> tuple[str, float]:
    """The headline of one article, and how poor it is as such."""
    plain = plain_title(article.title, article.outlet)
    if not plain:
        return "", 0
    undated = without_dateline(plain)
    title = undated if len(words(undated)) >= SHORTEST else plain
    if len(words(article.title)) >= _TORN_WORDS:
        line = _first_line(title, article.text)
        if line != title and not (is_boilerplate(line) or _is_poor(line, article.language)):
            return line, 0
        broken = _breaks_off(article)
        if broken and (heading := _heading_within(article)):
            return heading, 0
        for text in first_statements(article)[:LEAD]:
            torn = _begun_by(title, without_dateline(text), article)
            if torn is not None:
                return torn
        if broken:
            return cut_short(article.text[:_HEADING], article.language) or _cut(title), _TORN
    poor = _is_poor(title, article.language) or is_boilerplate(article.title)
    return title, _TORN * poor


def _is_poor(title: str, language: str) -> bool:
    return is_open(title, language) or _PAGE_WORDS.search(title) is not None or title.isupper()


def _first_line(title: str, text: str) -> str:
    """The title without what follows its line where it was made of the first words of a text."""
    line = " ".join(_LINE_END.split(text.lstrip(), 1)[0].split())
    runs_on = title.startswith(f"{line} ") and len(words(line)) > SHORTEST
    return line if runs_on and not _NO_TITLE.search(line) else title


def _begun_by(title: str, said: str, article: Article) -> tuple[str, float] | None:
    """The headline, where a title ends with the first words of a sentence and not with its last.

    So titles look that are made of the first words of a text, whatever comes before those.
    """
    starts = [0, *(space.end() for space in re.finditer(" ", title))]
    begun = (title[start:] for start in starts if said.startswith(title[start:]))
    torn = next(begun, "")
    if len(words(torn)) < SHORTEST or len(words(said)) - len(words(torn)) <= 1:
        return None
    made = made_of(said)
    fits = made != "" and (made.startswith(torn) or torn.startswith(made))
    if not (fits and stands_alone(said)):
        return cut_short(said, article.language) or _cut(torn), _TORN
    nothing = Context.of("", article.language)
    return made, _TORN if nothing.dangles(made, article) else _MADE


def _breaks_off(article: Article) -> bool:
    """Is the title the first words of the text, and ends before a line or a sentence does?"""
    opening = re.match(r"\s+".join(map(re.escape, article.title.split())), article.text.lstrip())
    if opening is None or opening[0].endswith((".", "!", "?")):
        return False
    return article.text.lstrip()[opening.end() :][:1] not in ("", "\n")


def _cut(title: str) -> str:
    """The title with a sign that it goes on, where it is long enough for none of its own."""
    return title.rstrip(",;:") + "…" if len(words(title)) >= _TORN_WORDS else title
