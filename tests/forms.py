"""Invented texts of which it is known what they are: forms filled in, and copies edited."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from digest.model import Article
from tests.factories import article

FORMS = {
    "market": (
        "Shares in {N} closed at {d} crowns on {day}, {d} percent {way} the day before, while the"
        " {N} index ended the session at {n} points. The company has now {moved} in {n} of the"
        " last {n} sessions and is {d} percent {way} its price of a year ago. Analysts who follow"
        " the company expect earnings of {d} crowns a share for the quarter, which would be a"
        " change of {d} percent from the quarter a year earlier. Revenue is expected to come in"
        " at {n} million crowns. Investors should also look at changes in the estimates of"
        " analysts, which often say more about the near future of a business than its price. The"
        " shares trade at {d} times expected earnings, against {d} for the branch as a whole."
    ),
    "weather": (
        "The day begins {sky} over {N} with {n} degrees at seven in the morning. By noon the sun"
        " comes through along the coast and readings climb to {n} degrees, inland to {n}. The"
        " wind blows from the {side} at {n} kilometres an hour, with gusts of up to {n} in the"
        " evening. In {N} the chance of rain stands at {n} percent until dusk and falls"
        " to {n} percent at night. The sea off {N} is {n} degrees warm and waves reach {d} metres."
        " The night stays {sky} with lows of {n} degrees. The outlook for the rest of the week:"
        " no great change, highs near {n} degrees and nights near {n}. The sun sets at {n}.{n}."
    ),
    "match": (
        "{N} beat {N} {n}-{n} on {day} in front of {n} people, with {P} scoring after {n} minutes"
        " and {P} making sure of the points in minute {n}. The hosts had more of the ball in the"
        " first half but found no way past {P}, who made {n} saves. After the break {P} hit the"
        " post from {n} metres, and the crowd had to wait for the decisive moment. The referee"
        " {P} showed {n} yellow cards. With the win they move up to place {n} in the table with"
        " {n} points, while the losers stay on place {n} and have won only {n} of their last {n}"
        " games. Next week they travel to {N}, who drew {n}-{n} against {N} the night before."
    ),
    "notice": (
        "{P} of {N} died at home on {day} at the age of {n} after a short illness, the family"
        " said. Born in {N} as one of {n} children, {P} worked for {n} years at the {N} mill and"
        " later taught at the school of {N}. A service will be held at {n} in the chapel of"
        " {N}, and friends are asked to bring a memory written on a card. Flowers are welcome;"
        " gifts may also go to the fund for the young that {P} set up in {n}. Tea and cake will"
        " be served in the hall afterwards. The house will be open to callers from {n} until {n}"
        " on the day before, and those who cannot come may write to the family by post."
    ),
    "tremor": (
        "An earthquake of magnitude {d} struck {n} kilometres {side} of {N} on {day} at {n}.{n}"
        " local time, the survey said. The quake was {n} kilometres deep and was felt as far away"
        " as {N} and {N}, where people ran into the streets. There were no reports of damage and"
        " no warning of high waves was given. A shock of magnitude {d} followed {n} minutes later."
        " The region lies where two plates of the crust meet and is shaken often: within the last"
        " {n} years it saw {n} tremors of magnitude {d} or more. The survey revises its first"
        " figures once more readings are in, and asks those who felt it to tell what they saw."
    ),
}
CLOSING = (  # what a form says under every text, so that half of it never changes
    " This text was made from the figures of the day and was checked by the harness before it was"
    " sent out. It is meant to inform and is no advice of any kind; those who act on it do so at"
    " their own risk. Figures may be revised later, and where they are, the page is set right"
    " without further notice. Readers who find a mistake are asked to write to the harness, which"
    " answers within a week. An archive of all earlier texts of this kind is kept on our pages and"
    " may be searched by place and by date. Schools and clubs may reprint it free of charge if"
    " they name the source and leave the wording as it is."
)
_SYLLABLES = [a + b for a in "bdfgklmnprstv" for b in "aeio"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _word(chance: random.Random, least: int = 2, most: int = 3) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(least, most)))


def _name(chance: random.Random) -> str:
    return _word(chance, 3, 4).capitalize()


_SLOTS: dict[str, Callable[[random.Random], str]] = {
    "{N}": _name,
    "{P}": lambda chance: f"{_name(chance)} {_name(chance)}",
    "{n}": lambda chance: str(chance.randint(2, 99)),
    "{d}": lambda chance: f"{chance.randint(1, 99)}.{chance.randint(0, 9)}",
    "{day}": lambda chance: chance.choice(_DAYS),
    "{way}": lambda chance: chance.choice(["above", "below"]),
    "{moved}": lambda chance: chance.choice(["risen", "fallen"]),
    "{sky}": lambda chance: chance.choice(["grey", "clear", "hazy"]),
    "{side}": lambda chance: chance.choice(["north", "south", "east", "west"]),
}


def filled_in(chance: random.Random, of_each: int) -> list[Article]:
    """So many texts of each of the five forms, all with numbers and names of their own."""
    return [
        article(_fill(form, chance) + CLOSING, title=f"{name} {number}", id=f"{name}{number}")
        for name, form in FORMS.items()
        for number in range(of_each)
    ]


def _fill(form: str, chance: random.Random) -> str:
    for slot, value in _SLOTS.items():
        while slot in form:
            form = form.replace(slot, value(chance), 1)
    return form


def report(chance: random.Random, sentences: int) -> list[str]:
    """The sentences of an invented report: plain words, with names and numbers among them."""
    small = [_word(chance) for _ in range(300)]
    cast = [_name(chance) for _ in range(8)]
    made = []
    for _ in range(sentences):
        row = chance.choices(small, k=chance.randint(9, 24))
        row[chance.randrange(2, len(row))] = chance.choice(cast)
        if chance.random() < 0.5:
            row[chance.randrange(2, len(row))] = str(chance.randint(2, 900))
        made.append(" ".join(row).capitalize() + ".")
    return made


def _cut(sentences: list[str], chance: random.Random) -> list[str]:
    return sentences[: round(len(sentences) * chance.uniform(0.6, 0.85))]


def _thinned(sentences: list[str], chance: random.Random) -> list[str]:
    return [sentence for sentence in sentences if chance.random() < 0.85]


def _reworded(sentences: list[str], chance: random.Random) -> list[str]:
    return [
        " ".join(_word(chance) if chance.random() < 0.04 else word for word in sentence.split())
        for sentence in sentences
    ]


def _with_local_lines(sentences: list[str], chance: random.Random) -> list[str]:
    return [f"{_name(chance).upper()}, {chance.choice(_DAYS)} -", *sentences, *report(chance, 3)]


def _corrected(sentences: list[str], chance: random.Random) -> list[str]:
    at = max(range(len(sentences)), key=lambda at: sum(map(str.isdigit, sentences[at])))
    changed = "".join(str(chance.randint(1, 9)) if c.isdigit() else c for c in sentences[at])
    return [*sentences[:at], changed, *sentences[at + 1 :]]


EDITS = (_cut, _thinned, _reworded, _with_local_lines, _corrected)


def edited(chance: random.Random, pairs: int) -> Iterator[tuple[Article, Article]]:
    """So many reports and a copy of each, edited in one or two of five ways, by another outlet."""
    for number in range(pairs):
        original = report(chance, chance.randint(8, 30))
        copy = original
        for edit in chance.sample(EDITS, k=chance.randint(1, 2)):
            copy = edit(copy, chance)
        yield (
            article(" ".join(original), title=f"Report {number}", id=f"r{number}"),
            article(
                " ".join(copy), title=f"Told anew {number}", id=f"c{number}", outlet="The Wire"
            ),
        )
