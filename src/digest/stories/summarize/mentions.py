"""Whom and what an article has mentioned before a sentence, which then need no introduction.

A reader of the sentence alone has not met them: "Holm" after "Vera Holm", "the vessel" after
"a ship", "the DPI" after its name in full. Looked for where the reader does not know them either
(see `context`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import takewhile

from digest.stories.summarize.anaphora import WEEKDAYS
from digest.text import words

_CAPITAL = "[A-ZÀ-Þ]"
_RUN = re.compile(rf"{_CAPITAL}[\w-]*(?:[’'][A-Z]\w+)?(?: {_CAPITAL}[\w-]*)*")
_FULL_NAME = re.compile(
    rf"\b(?=({_CAPITAL}[a-zà-ÿ’'-]+) (?:{_CAPITAL}\. )?({_CAPITAL}[\w’'-]*?\w{{2}})(?:[’']s)?\b)"
)
_PLACE = re.compile(rf"\b(?:across|at|in|near|off|outside) ({_CAPITAL}[\w-]+)")
_INTRODUCED = re.compile(r"\(([A-Z]{2,6})s?\)")
_TITLES = frozenset(
    words("""
    mr mrs ms dr prof sir lord lady dame gov rep sen gen col capt lt sgt rev judge justice general
    senator president pastor officer chief sheriff sergeant lieutenant captain colonel detective
    inspector coach bishop cardinal archbishop minister chancellor ambassador
    """)
)
# "Mr Holm": said of somebody whose name in full came before.
_ADDRESSED = re.compile(
    r"\b(?:M\. (?=\w+ (?:a|est|avait|était|se)\b)"
    r"|(?:Mr|Mrs|Ms|Miss|Dr|Herr|Herrn|Frau|Mme|Sr|Sra|Signor|Signora)\.? )"
    rf"(?P<name>{_CAPITAL}[\w-]+)\b(?!-| {_CAPITAL})"
)
_AGED = re.compile(
    r"(?:^D(?:er|ie)|^The|\bthe(?: [a-z]+)?) (?P<age>\d{1,3})-(?:year-old|[Jj]ährige)\b"
)
_SOMEBODY = words(
    "boy driver father girl gunman man mother player shooter suspect teen teenager victim woman"
    " Fahrer Fahrerin Frau Jugendliche Jugendlicher Junge Mädchen Mann Mutter Opfer Täter Vater"
)
_INITIAL = re.compile(rf"\. {_CAPITAL}")
_PREFIXES = frozenset(words("al el la le mt st"))  # "El Aldmark"
# An office says enough: "President Holm".
_OFFICES = frozenset(
    words("president minister chancellor senator sen rep gov governor king queen pope prince")
)
# "the Journal", but not "the Journal of", "the Journal's editor Holm".
_SHORTENED = re.compile(
    r"\b[Tt]he (?P<name>(?!House|Senate|Court|State|Union|Kingdom|Bank)[A-Z][a-z]{3,})\b"
    r"(?= (?:said|says|reported|reports|claim\w*|told|wrote|added|also|has|had|will|is|was)\b|[,.])"
)
_SHORTEST_NAME = 3  # letters
_WORD = re.compile(r"[^\W\d_][\w’'-]+")
_NAMED_AS_SUCH = 0.5  # share of a last name's mentions with an article: "the Marathon"

# What a definite article may speak of: the words that follow it, up to one of grammar.
_SPOKEN_OF = re.compile(r"\b[Tt]he (?=(?P<words>(?:[a-z][\w’'-]*[ ]?){1,3})(?P<name>[A-Z])?)")
_GRAMMAR = frozenset(
    words("""
    of for in on at to that which who whom whose where from between against by with than behind over
    under about as and or but nor after before during while when because since until if is are was
    were be been being has have had do does did will would can could should may might must not no
    into onto upon through across along around near without within amid among toward towards via
    also said says it its his her their this these those he she they
    """)
)
# A noun with an indefinite article, and one with the definite article, which is of the same thing
# where nothing behind it says which one is meant: "eine Frau", then "die Frau". In these languages
# what everybody knows has the definite article, too; so it takes both.
_A = {
    "de": r"\b[Ee]in(?:e[rsnm]?)? (?:[a-zäöüß-]+e[nrms]? ){0,2}(?P<noun>[A-ZÄÖÜ][\w-]+)",
    "fr": r"\b[Uu]ne? (?P<noun>[a-zà-ÿ-]{3,})",
    "es": r"\b[Uu]n[ao]?s? (?P<noun>[a-zà-ÿ]{3,})",
    "it": r"\b[Uu]n(?:[ao]? |['’])(?P<noun>[a-zà-ÿ]{3,})",
    "nl": r"\b[Ee]en (?:[a-z]+e )?(?P<noun>[a-z]{3,})",
    "pt": r"\b[Uu]ma? (?P<noun>[a-zà-ÿ]{3,})",
}
_THE = {
    "de": r"\b(?:[Dd](?:er|ie|as|e[nms])|vo[mn]|beim|zu[mr]) (?:[a-zäöüß-]+e[nrms]? )?"
    r"(?P<noun>[A-ZÄÖÜ][\w-]+)\b(?! (?:der|des|von|vom|[A-ZÄÖÜ]))(?!, d(?:er|ie|as|e[nm])\b)",
    "fr": r"(?:\b(?:[Ll][ae]|[Aa]u|[Dd]u) |\b[Ll]['’])(?P<noun>[a-zà-ÿ-]{3,})\b"
    r"(?! (?:d[eu]s?|qui|que|dont|où|[A-ZÀ-Þ])\b)(?! d['’])",
    "es": r"\b(?:[Ee]l|[Ll][ao]s?|al|del) (?P<noun>[a-zà-ÿ]{3,})\b(?! (?:del?|que|[A-ZÀ-Þ])\b)",
    "it": r"(?:\b(?:[Ii]l|[Ll][ao]|(?:al|da|de|su)l?l?[ao]?) |\b\w*[Ll]['’])"
    r"(?P<noun>[a-zà-ÿ]{3,})\b(?! (?:d[ei]l?l?[aeo]?|che|[A-ZÀ-Þ])\b)",
    "nl": r"\b(?:[Dd]e|[Hh]et) (?P<noun>[a-z]{3,})\b(?! (?:van|die|dat|[A-Z])\b)",
    "pt": r"\b(?:[AaOo]|[dn][ao]|ao|à) (?P<noun>[a-zà-ÿ]{3,})\b(?! (?:d[aeo]s?|que|[A-ZÀ-Þ])\b)",
}
# These say which one is meant.
_WHICH = frozenset(words("of that who which whose where von"))
# What everybody knows, or what is found in what follows, after "the".
_KNOWN_TO_ALL = frozenset(
    words("""
    same other others first second third fourth last next past whole only very most more least best
    worst late latest earliest largest biggest highest lowest former new old young top key main
    final entire right left day days time times week month year years morning evening night weekend
    moment end start beginning rest way north south east west people public media law future
    area region case environment internet climate weather sea sun moon earth ground air street road
    """)
)


def surnames_alone(text: str, article: str) -> Iterator[str]:
    """The last names in a sentence of those whom its article names in full elsewhere."""
    known = _surnames(article)
    for run in _RUN.finditer(text):
        names = _names(run[0])
        goes_on = _INITIAL.match(text, run.end()) is not None  # "Vera M. Holm"
        if len(names) != 1 or goes_on or not _OFFICES.isdisjoint(words(run[0].lower())):
            continue
        if names[0] in known and names[0] not in words(text[: run.start()]):
            yield names[0]


def aged(text: str, article: str, at: int) -> tuple[str, ...]:
    """What makes known who "the 41-year-old" is, of whom a sentence at that offset speaks.

    That age, the last names before in the article, and words for people; () where there is no name.
    """
    match = _AGED.search(text)
    if match is None or _FULL_NAME.search(text, 0, match.start()):
        return ()
    named = [last for _, last in _FULL_NAME.findall(article[: max(0, at)])]
    return (match["age"], *named, *_SOMEBODY) if named else ()


def abbreviations(text: str, article: str) -> Iterator[str]:
    """Abbreviations in a sentence that its article explains elsewhere: "Ministry of Fish (MOF)"."""
    explained = _explained(article) - set(_INTRODUCED.findall(text))
    return (token for token in words(text) if token in explained)


def shortened(text: str, article: str, at: int) -> Iterator[str]:
    """What is left of a name ("the Journal") that the article has given in full before `at`."""
    for match in _SHORTENED.finditer(text):
        name = match["name"]
        full = article.find(f" {name}", 0, max(at, 0))
        if full > 0 and article[:full].rsplit(" ", 1)[-1][:1].isupper():
            yield name


def spoken_of(text: str, article: str, at: int) -> Iterator[tuple[str, ...]]:
    """What follows each "the", where the article mentions it before the offset `at`.

    As far as the sentence does not say itself which one it is: "the pledge of ...".
    """
    first = _first_mentions(article)
    for match in _SPOKEN_OF.finditer(text):
        tokens = words(match["words"])
        phrase = tuple(takewhile(lambda word: word not in _GRAMMAR, tokens))
        behind = tokens[len(phrase) :][:1]
        named = match["name"] is not None and not behind  # "the actor Vera Holm"
        if named or not phrase or phrase[0] in _KNOWN_TO_ALL or not _WHICH.isdisjoint(behind):
            continue
        before = words(text[: match.start()].lower())
        if any(first.get(word, at) < at and word not in before for word in phrase):
            yield phrase


def addressed(text: str) -> Iterator[str]:
    """The names with a form of address and no given name, in the sentence or before in it."""
    for match in _ADDRESSED.finditer(text):
        if match["name"] not in words(text[: match.start()]):
            yield match["name"]


def spoken_of_again(text: str, article: str, at: int, language: str) -> Iterator[str]:
    """Nouns with a definite article that the article has introduced with an indefinite one."""
    if language not in _THE:
        return
    introduced = _introduced(article, language)
    for match in re.finditer(_THE[language], text):
        noun = match["noun"]
        if introduced.get(noun, at) < at and noun not in words(text[: match.start()]):
            yield noun


@lru_cache(maxsize=64)
def _introduced(article: str, language: str) -> dict[str, int]:
    """Nouns with an indefinite article, with the offset at which the article has them first."""
    found: dict[str, int] = {}
    for match in re.finditer(_A[language], article):
        found.setdefault(match["noun"], match.start())
    return found


@lru_cache(maxsize=64)
def _first_mentions(article: str) -> dict[str, int]:
    """Every word with the offset at which the article has it first."""
    found: dict[str, int] = {}
    for match in _WORD.finditer(article.lower()):
        found.setdefault(match[0], match.start())
    return found


@lru_cache(maxsize=64)
def _explained(article: str) -> frozenset[str]:
    return frozenset(_INTRODUCED.findall(article))


@lru_cache(maxsize=64)
def _surnames(article: str) -> frozenset[str]:
    """The last names of those whom a text names in full once and by the last name alone after."""
    small = {token for token in words(article) if token.islower()}
    runs = (_names(run[0]) for run in _RUN.finditer(article))
    alone = Counter(names[0] for names in runs if len(names) == 1)
    as_such = Counter(re.findall(rf"\b(?:[Aa]n?|[Tt]he) ({_CAPITAL}[\w-]+)", article))
    places = set(_PLACE.findall(article))
    return frozenset(
        last
        for first, last in _FULL_NAME.findall(article)
        if last in alone
        and first not in alone
        and not first.endswith(("'s", "’s"))  # "Holm's Facebook page"
        and not {first.lower(), last.lower()} & small
        and last not in places
        and last.lower() not in _TITLES
        and last.capitalize() not in WEEKDAYS
        and as_such[last] < _NAMED_AS_SUCH * alone[last]
    )


def _names(run: str) -> list[str]:
    """The names in a run of words with capitals, without forms of address."""
    return [
        token
        for token in words(run)
        if (len(token) >= _SHORTEST_NAME or token.lower() in _PREFIXES)
        and token.lower() not in _TITLES
    ]
