"""Numbers that the reports of a story state differently: "12 killed (A), 15 killed (B)".

Meant to be right rather than complete: a number counts only where its report states one for the
thing counted, where both sentences tell the same, and where neither is the other one rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from digest.model import Article, Conflict, Statement, Story, SummarySentence
from digest.summarize.furniture import statements
from digest.summarize.readable import stands_alone
from digest.text import fold, stems, words

_READ_REPORTS, _READ_SENTENCES = 20, 15  # numbers that matter stand near the opening
# Shares of the shorter sentence's terms from which two sentences tell the same: of a count that
# events have one of, such as the dead, and of any other thing.
_ALIKE, _ALIKE_OTHER = 0.35, 0.5
_NEAR = 0.2  # by how much numbers may differ of which one is given as about right
_SHORTEST_TERM = 4  # letters


def conflicts(story: Story) -> tuple[Conflict, ...]:
    """Where independent reports differ in a number, in the order in which they state them."""
    found: dict[str, list[_Quantity]] = {}
    for report in story.reports[:_READ_REPORTS]:
        for quantity in _stated_once(report.canonical):
            found.setdefault(quantity.unit, []).append(quantity)
    differing = ((unit, _differing(quantities)) for unit, quantities in found.items())
    return tuple(
        Conflict(unit=unit, statements=tuple(each.statement for each in quantities))
        for unit, quantities in differing
        if quantities
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    """A count in a sentence."""

    unit: str
    value: float
    number: str  # as it stands
    vague: bool
    context: tuple[str, ...]  # the words of its clause


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    """A count for which its report has no other number."""

    count: _Count
    statement: Statement
    context: frozenset[str]  # terms of the clause, without the unit
    terms: frozenset[str]  # of the sentence
    values: frozenset[float]  # of all counts of the report

    @property
    def unit(self) -> str:
        return self.count.unit


def _stated_once(article: Article) -> list[_Quantity]:
    """The quantities of a report, without things for which it has several numbers."""
    texts = islice(statements(article), _READ_SENTENCES)
    read = [(text, count) for text in texts for count in _counts(text, article.language)]
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
            context=_terms(count.context, article.language) - {unit},
            terms=_terms(words(text), article.language),
            values=frozenset(count.value for _, count in read),
        )
        for unit, (text, count) in reversed(first.items())
        if len(values[unit]) == 1
    ]


def _terms(tokens: Iterable[str], language: str) -> frozenset[str]:
    long = [word for word in tokens if len(word) >= _SHORTEST_TERM and word.isalpha()]
    return frozenset(stems(long, language))


def _differing(quantities: Sequence[_Quantity]) -> list[_Quantity]:
    """Those that differ from another one which tells the same, each value once."""
    kept: dict[float, _Quantity] = {}
    for pair in combinations(quantities, 2):
        if _differ(*pair):
            for each in pair:
                kept.setdefault(each.count.value, each)
    return [each for each in quantities if kept.get(each.count.value) is each]


def _differ(a: _Quantity, b: _Quantity) -> bool:
    fewer = max(1, min(len(a.terms), len(b.terms)))
    alike = len(a.terms & b.terms) / fewer
    return (
        (
            alike >= _ALIKE
            if a.unit in _UNITS
            else alike >= _ALIKE_OTHER and bool(a.context & b.context)
        )
        and a.count.value not in b.values
        and b.count.value not in a.values
        and not _agree(a.count, b.count)
    )


def _agree(a: _Count, b: _Count) -> bool:
    """May both be said of one count, since one is rounded or vague?"""
    smaller, larger = sorted((a.value, b.value))
    vague = (a.vague or b.vague) and larger - smaller <= _NEAR * larger
    return vague or _is_rounded(a.value, b.value) or _is_rounded(b.value, a.value)


def _is_rounded(a: float, b: float) -> bool:
    """Is `a` what is left of `b` in as many digits? From 100 on: few count the dead in tens."""
    digits = f"{a:.10g}".rstrip("0").replace(".", "")
    return a >= 100 and float(f"{b:.{max(1, len(digits))}g}") == a


# --- quantities of a sentence -----------------------------------------------------------------

_SMALL = words(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty"
)
_VALUES = {word: float(at) for at, word in enumerate(_SMALL, 2)}
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "m": 1e6}
_QUANTITY = re.compile(
    rf"(?<![\w.,:/$€£-])([$€£]?)(\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|{'|'.join(_SMALL)})"
    rf"(?:[ -]?({'|'.join(_SCALES)})\b)?(\s?%|[ -]per ?cent\b)?(?![\w:/%]|[.,-]\d|, \d{{3}}\b)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;:()—–]|\s-\s|\b(?:and|or|but|while|including|after|with|as)\b")
_VAGUE = {"about", "almost", "around", "roughly", "some", "nearly", "over", "than", "approximately"}
# What is counted is often told by another word than the next one: "killed 12", "12 people died".
_UNITS = {
    "killed": "kill killed killing dead died dies deaths fatalities slain",
    "injured": "injured injuring injuries wounded wounding hurt",
    "missing": "missing",
    "arrested": "arrested arresting arrests detained",
    "magnitude": "magnitude",
}
_TOLD_BY = {word: unit for unit, told in _UNITS.items() for word in told.split()}
# Ages, dates, times, durations and distances are no counts; neither is what stands before these.
_NO_COUNT = frozenset(
    words("""
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec am pm aged of block blocks
    second minute hour day week month year time seconds minutes hours days weeks months years times
    mile miles kilometre kilometres kilometer kilometers km metre metres meter meters m feet foot
    yard yards inch inches
    """)
)
_NO_UNIT = frozenset(
    words("""
    a all an are at by for from had has have in into is it its later more off on other others
    out over since that the their to under until up was were which who will would
    """)
)
_YEARS = range(1900, 2100)


def _counts(text: str, language: str) -> Iterator[_Count]:
    """Every count in the sentence."""
    for match in _QUANTITY.finditer(text):
        sign, digits, scale, percent = match.groups()
        before = words(fold(_CLAUSE.split(text[: match.start()])[-1]))
        after = words(fold(_CLAUSE.split(text[match.end() :])[0]))
        value = _VALUES.get(digits.lower()) or float(digits.replace(",", ""))
        unit = sign or ("%" if percent else _unit(before, after, language))
        if unit and not (value in _YEARS and match[0] == digits and "," not in digits):
            yield _Count(
                unit=unit,
                value=value * _SCALES.get((scale or "").lower(), 1),
                number=match[0].strip(),
                vague=not _VAGUE.isdisjoint(before[-1:]),
                context=(*before[-3:], *after[:4]),
            )


def _unit(before: Sequence[str], after: Sequence[str], language: str) -> str:
    """What is counted: told by a word near before or after, or the next word; "" if none is."""
    if not _NO_COUNT.isdisjoint((*before[-1:], *after[:1])):
        return ""
    near = (*reversed(before[-3:]), *after[:3])
    told = next(filter(None, map(_TOLD_BY.get, near)), "")
    if told or not after or after[0] in _NO_UNIT:
        return told
    return stems(after[:1], language)[0]
