"""Numbers that the reports of a story state differently: "12 killed (A), 15 killed (B)".

Meant to be right rather than complete: a number counts only where its report states one for the
thing counted, where both sentences tell the same, and where neither is the other one rounded.
A number that rose is no contradiction: where at least two reports agree on one and are younger
than all that state another, they have settled it. A single younger report has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import combinations

from digest.model import Article, Conflict, Statement, Story, SummarySentence
from digest.stories.summarize.boilerplate import READ_REPORTS, first_statements
from digest.stories.summarize.numbers import figures, is_rounded
from digest.stories.summarize.readable import stands_alone
from digest.text import fold, stems, words

# Shares of the shorter sentence's terms from which two sentences tell the same: of a count that
# events have one of, such as the dead, and of any other thing.
_ALIKE, _ALIKE_OTHER = 0.35, 0.5
_OPENING = 15  # sentences of a report; numbers that matter are near its beginning
_NEAR = 0.2  # by how much numbers may differ of which one is given as about right
_ONE_TIME = timedelta(hours=12)  # reports further apart may tell of two states of a thing
_SHORTEST_TERM = 4  # letters


def conflicts(story: Story) -> tuple[Conflict, ...]:
    """Where independent reports differ in a number; the statements of each in order of time."""
    found: dict[str, list[_Quantity]] = {}
    for report in story.reports[:READ_REPORTS]:
        for quantity in _stated_once(report.canonical):
            found.setdefault(quantity.unit, []).append(quantity)
    differing = ((unit, _differing(quantities)) for unit, quantities in found.items())
    return tuple(
        Conflict(unit=unit, statements=tuple(quantity.statement for quantity in quantities))
        for unit, quantities in differing
        if quantities
    )


def differing_counts(one: str, other: str, language: str) -> bool:
    """Do two sentences of one story state different numbers of what an event has one count of?

    Of the dead, for example: one of the two is out of date or wrong.
    """
    counted, counted_too = _tolls(one, language), _tolls(other, language)
    return any(
        unit in counted_too and counted_too[unit] != values for unit, values in counted.items()
    )


@lru_cache(maxsize=1024)
def _tolls(text: str, language: str) -> dict[str, frozenset[float]]:
    """The numbers of what an event has one count of."""
    if _UNIT_OF.keys().isdisjoint(words(text.lower())):
        return {}
    found: dict[str, set[float]] = {}
    for count in _counts(text, language):
        if count.unit in _UNITS:
            found.setdefault(count.unit, set()).add(count.value)
    return {unit: frozenset(values) for unit, values in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """A count in a sentence."""

    unit: str
    value: float
    number: str  # as it is written
    vague: bool
    context: tuple[str, ...]  # the words of its clause


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    """A count for which its report has no other number."""

    count: _Count
    statement: Statement
    article: Article
    context: frozenset[str]  # terms of the clause, without the unit
    terms: frozenset[str]  # of the sentence
    values: frozenset[float]  # of all counts of the report

    @property
    def unit(self) -> str:
        return self.count.unit


def _stated_once(article: Article) -> list[_Quantity]:
    """The quantities of a report, without things for which it has several numbers."""
    read = [
        (text, count)
        for text in first_statements(article)[:_OPENING]
        if _ADDED_UP.search(text) is None and not _is_of_another_year(text, article)
        for count in _counts(text, article.language)
        if count.unit != _MISSING
    ]
    values: dict[str, set[float]] = {}
    for _, count in read:
        values.setdefault(count.unit, set()).add(count.value)
    first = {count.unit: (text, count) for text, count in reversed(read) if stands_alone(text)}
    return [
        _Quantity(
            count=count,
            statement=Statement(
                number=count.number, sentence=SummarySentence(text=text, article=article.id)
            ),
            article=article,
            context=_terms(count.context, article.language) - {unit},
            terms=_terms(words(text), article.language),
            values=frozenset(count.value for _, count in read),
        )
        for unit, (text, count) in reversed(first.items())
        if len(values[unit]) == 1
    ]


def _is_of_another_year(text: str, article: Article) -> bool:
    """Does the sentence name a year that is not its report's? Then its counts are of that year."""
    years = {int(year) for year in _YEAR.findall(text)}
    return bool(years - {article.published_at.year})


def _terms(tokens: Iterable[str], language: str) -> frozenset[str]:
    long = [word for word in tokens if len(word) >= _SHORTEST_TERM and word.isalpha()]
    return frozenset(stems(long, language))


def _differing(quantities: Sequence[_Quantity]) -> list[_Quantity]:
    """Those that differ from another one which tells the same, each value once."""
    kept: dict[float, _Quantity] = {}
    for pair in combinations(quantities, 2):
        if _differ(*pair):
            for side in pair:
                kept.setdefault(side.count.value, side)
    stating = [quantity for quantity in quantities if quantity.count.value in kept]
    if _is_settled(stating):
        return []
    return sorted(
        kept.values(), key=lambda stated: (stated.article.published_at, stated.article.id)
    )


def _is_settled(quantities: Sequence[_Quantity]) -> bool:
    """Do several reports that are younger than all others agree on a number?"""
    if not quantities or not all(quantity.article.dated for quantity in quantities):
        return False
    times: dict[float, list[datetime]] = {}
    for other_quantity in quantities:
        times.setdefault(other_quantity.count.value, []).append(other_quantity.article.published_at)
    newest = max(times, key=lambda value: max(times[value]))
    young = times.pop(newest)
    return len(young) > 1 and all(min(young) > max(others) for others in times.values())


def _differ(a: _Quantity, b: _Quantity) -> bool:
    fewer = max(1, min(len(a.terms), len(b.terms)))
    alike = len(a.terms & b.terms) / fewer
    return (
        (
            alike >= _ALIKE
            if a.unit in _UNITS
            else alike >= _ALIKE_OTHER and bool(a.context & b.context)
        )
        and _at_one_time(a.article, b.article)
        and a.count.value not in b.values
        and b.count.value not in a.values
        and not _agree(a.count, b.count)
    )


def _at_one_time(one: Article, other: Article) -> bool:
    """Were both reports written when the number may have been the same?"""
    apart = abs(one.published_at - other.published_at)
    return not (one.dated and other.dated) or apart <= _ONE_TIME


def _agree(a: _Count, b: _Count) -> bool:
    """May both be said of one count, since one is rounded or vague?"""
    smaller, larger = sorted((a.value, b.value))
    vague = (a.vague or b.vague) and larger - smaller <= _NEAR * larger
    return vague or is_rounded(a.value, b.value) or is_rounded(b.value, a.value)


# --- quantities of a sentence -----------------------------------------------------------------

# No count is part of a date, a time, a score or a longer number.
_TIED_BEFORE = re.compile(r"[\w.,:/$€£-]$")
_TIED_AFTER = re.compile(r"[\w:/%]|[.,-]\d|, \d{3}\b")
_CLAUSE = re.compile(
    r"[,;:()—–]|\s-\s|\b(?:and|or|but|while|including|after|with|as"
    r"|und|oder|aber|während|nachdem|et|ou|mais|pendant|après|avec|y|pero|mientras|tras|con)\b"
)
_VAGUE = frozenset(
    words("""
    about almost around roughly some nearly over than approximately
    etwa rund ungefähr mindestens fast circa über environ quelque près unos unas cerca casi
    """)
)
# "220 civilians and 108 guards injured": none of them is the number of the injured.
_ADDED_UP = re.compile(r"\d[\d.,]* [^\W\d]+(?: [^\W\d]+)? (?:and|und|et|y) \d")
_MISSING = "missing"  # a number that every hour changes
# What is counted is often told by another word than the next one: "killed 12", "12 people died".
_UNITS = {
    "killed": "kill killed killing dead died dies deaths fatalities slain"
    " tote toten getötet starben gestorben todesopfer mort morte morts mortes tué tués tuant"
    " muerto muertos muertas fallecidos fallecieron murieron",
    "injured": "injured injuring injuries wounded wounding hurt"
    " verletzt verletzte verletzten blessé blessés blessées herido heridos heridas",
    "missing": "missing vermisst vermisste vermissten disparus desaparecidos",
    "arrested": "arrested arresting arrests detained"
    " festgenommen festgenommene festnahmen arrêtés interpellés arrestados detenidos",
    "magnitude": "magnitude stärke magnitud",
}
_UNIT_OF = {word: unit for unit, names in _UNITS.items() for word in words(names)}
# Ages, dates, times, durations and distances are no counts; neither is what comes before these.
_NO_COUNT = frozenset(
    words("""
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec am pm aged of block blocks
    second minute hour day week month year time seconds minutes hours days weeks months years times
    night nights season seasons decade decades century centuries
    mile miles kilometre kilometres kilometer kilometers km metre metres meter meters m feet foot
    yard yards inch inches
    januar februar märz mai juni juli oktober dezember uhr sekunden minuten stunden tage tagen
    wochen monate monaten jahre jahren meter metern kilometern mal
    nächte nächten saison saisons jahrzehnte jahrzehnten
    janvier février mars avril juin juillet août septembre octobre novembre décembre heures jours
    semaines mois ans années nuits saison saisons décennies mètres kilomètres fois
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre horas
    minutos días semanas meses años noches temporada temporadas décadas metros kilómetros veces
    """)
)
_NO_UNIT = frozenset(
    words("""
    a all an are at by for from had has have in into is it its later more off on other others
    out over since that the their to under until up was were which who will would
    am an auf aus bei das dem den der des die ein eine für im ist mit nach sind von vor waren war
    à au aux ce dans de des du en est la le les ont par pour que qui sont sur un une
    al del el están fue fueron los las lo para por se son su una
    """)
)
_YEARS = range(1900, 2100)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def _counts(text: str, language: str) -> Iterator[_Count]:
    """Every count in the sentence."""
    for figure in figures(text, language):
        behind, ahead = text[: figure.start], text[figure.end :]
        if _TIED_BEFORE.search(behind) or _TIED_AFTER.match(ahead):
            continue
        before = words(fold(_CLAUSE.split(behind)[-1]))
        after = words(fold(_CLAUSE.split(ahead)[0]))
        unit = figure.sign or ("%" if figure.percent else _unit(before, after, language))
        if unit and not (figure.value in _YEARS and figure.plain):
            yield _Count(
                unit=unit,
                value=figure.value,
                number=figure.text,
                vague=not _VAGUE.isdisjoint(before[-1:]),
                context=(*before[-3:], *after[:4]),
            )


def _unit(before: Sequence[str], after: Sequence[str], language: str) -> str:
    """What is counted: told by a word near before or after, or the next word; "" if none is."""
    if not _NO_COUNT.isdisjoint((*before[-1:], *after[:1])):
        return ""
    near = (*reversed(before[-3:]), *after[:3])
    named = next(filter(None, map(_UNIT_OF.get, near)), "")
    if named or not after or after[0] in _NO_UNIT:
        return named
    return stems(after[:1], language)[0]
