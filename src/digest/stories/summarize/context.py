"""What a reader knows when a sentence of a summary begins, and what therefore cannot be said yet.

Where a script has no capitals, only the headline's words count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from digest.model import Article
from digest.stories.summarize.anaphora import (
    WEEKDAYS,
    occasion_of,
    pointed_at,
    points_back,
)
from digest.stories.summarize.lexicon import SAME, is_filler, words_of
from digest.stories.summarize.mentions import (
    abbreviations,
    addressed,
    aged,
    shortened,
    spoken_of,
    spoken_of_again,
    surnames_alone,
)
from digest.stories.summarize.numbers import figures
from digest.stories.summarize.readable import QUOTED
from digest.stories.summarize.speakers import speaker
from digest.text import stems, words

# "The pledge ...": a thing that is said to be known already.
_DEFINITE = re.compile(
    r"(?:(?:The|Der|Die|Das|Den|Dem|Le|La|Les|El|Los|Las)\s|L[’']\s?)"
    r"(?:new |neuen? |nouve(?:au|lle)s? |nuev[oa]s? )?"
    r"(?P<words>[^\W\d_][\w’'-]*(?:\s+[^\W\d_][\w’'-]*){0,3}?)"
    r"(?:(?P<apart>,(?! [A-ZÀ-Þ]))|(?=\s+[a-zà-ÿ’']+\b))"
)
# "..., he said of the proposal": words for what was said, planned or done, in any place. They are
# always about something else: "shell nouns" (Schmid 2000).
_SHELL = {
    "en": re.compile(
        r"\bthe (?:\w+ )?(?P<noun>allegations?|altercation|announcement|claims?|confrontation"
        r"|decision|explanation|fact|goal|idea|incident|measures?|moves?|offer|ordeal|plans?"
        r"|proposals?|remarks?|request|ruling|statement|suggestion|tweets?|warning)\b"
        r"(?! (?:about|against|at|between|by|for|from|in|of|on|over|that|to|which|with"
        r"|[a-z]+ed)\b)"
    ),
    "de": re.compile(
        r"\b(?:[Dd](?:er|ie|as|e[mns])|vo[mn]|zu[mr]|[bB]eim) (?P<noun>Aktion|Antrags?"
        r"|Beschluss(?:es)?|Entscheidung|Forderung|Idee|Initiative|Maßnahmen?|Papiers?|Pläne|Plans?"
        r"|Regelung|Schritts?|Urteils?|Vorfalls?|Vorgehens?|Vorhabens?|Vorschlags?|Vorwürfe)\b"
        r"(?! (?:am|an|auf|aus|de[rsmn]|für|gegen|im|in|nach|über|von|vom|zu[mr]?|zwischen"
        r"|[A-ZÄÖÜ])|, (?:dass|die|der|das|den|zu)\b)"
    ),
    "fr": re.compile(
        r"\b[Ll](?:a |e |es |['’])(?P<noun>annonce|décision|idée|incident|initiative|mesures?"
        r"|projet|proposition)\b(?! (?:à|contre|d[eu]s?|pour|qui|que|sur)\b| d['’])"
    ),
    "es": re.compile(
        r"\b(?:[Ee]l|[Ll]as?|al|del) (?P<noun>anuncio|decisión|idea|incidente|iniciativa"
        r"|medidas?|propuesta|proyecto)\b(?! (?:contra|del?|para|que|sobre)\b)"
    ),
}
# What follows says which one: "the pledge of ...", "the man convicted in ...".
_DEFINED_BY = frozenset(
    words("""
    of for in on at to that which who whose where from between against by with than behind over
    under about
    von des der für aus im in am zum zur mit gegen über die das den
    de du des d à au aux pour en sur qui que contre
    del al para por con sobre
    """)
)
_PARTICIPLE = re.compile(r"\w+(?:ed|en|wn|ught)$")  # "convicted of", "killed by"
_WITH_PARTICIPLE = frozenset({"of", "by", "as"})
# What is always about something that was said before, whatever follows.
_ABOUT = frozenset(words("move remarks comments announcement incident step gesture remark comment"))
# Of these there is one, or everybody knows which.
_ONLY_ONE = frozenset(
    words("""
    government president prime minister parliament police court world country nation state city
    economy market markets army military public authorities opposition united central
    first second third
    last latest best worst white house senate pentagon pope king queen un eu fbi cia
    number most only rest rise fall war summer winter spring autumn night day weekend holidays
    regierung präsident bundesregierung kanzler polizei armee stadt welt wirtschaft
    experten ermittler kritiker behörden forscher medien augenzeugen land staat gericht parlament
    opposition öffentlichkeit bevölkerung feuerwehr polizist mensch menschen teil zahl woche
    gouvernement président premier police armée pays ville monde
    gobierno presidente policía ejército país ciudad mundo población semana mes año parte
    population semaine mois année partie loi gouverneur presse justice
    governo polizia paese città mondo popolazione parte
    """)
)
_WITHOUT_NAMES = {"de", "lb"}  # where every noun has a capital
_QUOTES = "\"'“‘«„‚» "
# Where "Großbrand" is a "Brand": languages, and letters of a part that is looked for.
_COMPOUNDING = {"da", "de", "fi", "hu", "is", "lb", "nb", "nl", "no", "sv"}
_COMPOUNDED = 4
_YEARS = range(1900, 2100)
_SHORTEST_NAME = 3  # letters
_RETOLD, _FEWEST_RETOLD = 0.5, 4  # share and number of a headline's terms that tell it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The headline and the sentences before, as terms: stems, one for words of one meaning."""

    language: str
    title: tuple[str, ...]
    facts: frozenset[str]  # those of the headline's terms that tell something
    marked: frozenset[str]  # the headline's names and numbers
    counts: frozenset[str]  # those of them that are numbers, years and parts of names apart
    known: frozenset[str]

    @classmethod
    def of(cls, title: str, language: str) -> Context:
        """What a reader knows who has read the headline."""
        tokens = [
            word
            for word in words_of(title)
            if len(word) >= _SHORTEST_NAME
            or not _is_latin(word)
            or (len(word) > 1 and word.isupper())
        ]
        return cls(
            language=language,
            title=terms_of(tokens, language),
            facts=frozenset(
                terms_of([word for word in tokens if not is_filler(word.lower())], language)
            ),
            marked=frozenset(
                terms_of([word for word in tokens if not word[0].islower()], language)
            ),
            counts=frozenset(
                word
                for figure in figures(title, language)
                if not title[: figure.start].endswith("-") and figure.value not in _YEARS
                for word in words_of(figure.text)
                if word[0].isdigit()
            ),
            known=frozenset(terms_of(words_of(title), language)),
        )

    @property
    def compounds(self) -> bool:
        """Is it a language that writes "Großbrand" as one word?"""
        return self.language in _COMPOUNDING

    def with_terms(self, said: Iterable[frozenset[str]]) -> Context:
        """The same after sentences of these terms."""
        return replace(self, known=self.known.union(*said))

    def share(self, said: frozenset[str]) -> float:
        """The share of the headline's terms that a sentence of these terms holds."""
        return sum(term in said for term in self.title) / max(1, len(self.title))

    def shared(self, said: frozenset[str]) -> frozenset[str]:
        """The headline's facts that a sentence of these terms holds, alone or in a compound."""
        if not self.compounds:
            return self.facts & said
        return frozenset(
            fact
            for fact in self.facts
            if fact in said
            or (
                len(fact) >= _COMPOUNDED
                and any(
                    term.endswith(fact)
                    or term.startswith(fact)
                    or (len(term) > _COMPOUNDED and fact.startswith(term))
                    for term in said
                )
            )
        )

    def retells(self, said: frozenset[str]) -> bool:
        """Does a sentence of these terms tell the headline's event, or its number, once more?"""
        shared = self.facts & said
        counted = not self.counts.isdisjoint(shared) and len(shared & self.marked) > 1
        return counted or (
            len(shared) >= _FEWEST_RETOLD and len(shared) >= _RETOLD * len(self.facts)
        )

    def marked_share(self, said: frozenset[str]) -> float:
        """The share of the headline's names and numbers that a sentence of these terms holds."""
        return len(self.marked & said) / max(1, len(self.marked))

    def points_at_unknown(self, text: str) -> bool:
        """Has a sentence, outside quotations, a demonstrative before something unknown?"""
        pointed = pointed_at(QUOTED.sub(" ", text), self.language)
        return not all(map(self._is_known, pointed))

    def dangles(self, text: str, article: Article) -> bool:
        """Does a sentence of an article speak of somebody or something that is not known yet?"""
        outside, at = QUOTED.sub(" ", text), article.text.find(text)
        return (
            points_back(text, outside, self.language)
            or self._names_something_unknown(text.lstrip(_QUOTES))
            or self.points_at_unknown(text)
            or self._speaks_of_something_untold(outside)
            or self._has_unknown_speaker(text)
            or self._mentions_somebody_unknown(outside, article.text, at)
            or self._goes_on(outside, article.text, at)
            or self._speaks_of_somebody_aged(text, article.text, at)
        )

    def _names_something_unknown(self, text: str) -> bool:
        if occasion := occasion_of(text, self.language):
            return not any(map(self._is_known, occasion))
        match = _DEFINITE.match(text)
        if match is None:
            return False
        phrase, after = words(match["words"]), words(text[match.end() :])[:2]
        named = any(word[0].isupper() for word in phrase) and self.language not in _WITHOUT_NAMES
        defined = (
            bool(after)
            and match["apart"] is None
            and (
                (after[0].lower() in _DEFINED_BY and _ABOUT.isdisjoint(phrase))
                or (_PARTICIPLE.match(after[0]) is not None and after[-1] in _WITH_PARTICIPLE)
                or (len(after) > 1 and after[0].endswith("ing"))
            )
        )
        # Of "der ÖVP-Politiker" only the last part says who is meant.
        parts = match["words"].split()
        heads = words(" ".join(word.rsplit("-", 1)[-1] for word in parts))
        return not named and not defined and not any(map(self._is_known, heads))

    def _speaks_of_somebody_aged(self, text: str, article: str, at: int) -> bool:
        who = aged(text, article, at)
        return bool(who) and not any(map(self._is_known, who))

    def _speaks_of_something_untold(self, text: str) -> bool:
        shell = _SHELL.get(self.language)
        return shell is not None and any(
            not self._is_known(match["noun"])
            and match["noun"].lower() not in words(text[: match.start()].lower())
            for match in shell.finditer(text)
        )

    def _has_unknown_speaker(self, text: str) -> bool:
        who = speaker(text, self.language)
        return bool(who) and not any(
            self._is_known(word) or word in WEEKDAYS or (len(word) > 1 and word.isupper())
            for word in who
        )

    def _mentions_somebody_unknown(self, text: str, article: str, at: int) -> bool:
        names = () if self.language in _WITHOUT_NAMES else surnames_alone(text, article)
        mentioned = chain(
            names,
            abbreviations(text, article),
            addressed(text),
            shortened(text, article, at),
        )
        return any(not self._is_known(name) for name in mentioned)

    def _goes_on(self, outside: str, article: str, at: int) -> bool:
        """Does it speak of something as known that only its article has mentioned before?"""
        again = spoken_of_again(outside, article, at, self.language)
        return not all(map(self._is_known, again)) or any(
            not any(map(self._is_known, phrase)) for phrase in spoken_of(outside, article, at)
        )

    def _is_known(self, word: str) -> bool:
        (term,) = terms_of((word,), self.language)
        return word.lower() in _ONLY_ONE or term in self.known or self._ends_compound(word)

    def _ends_compound(self, word: str) -> bool:
        """Was a compound said of which it is the last part: "Großbrand" of "Brand"?"""
        (term,) = stems((word,), self.language)
        return (
            self.compounds
            and len(term) >= _COMPOUNDED
            and any(known.endswith(term) for known in self.known)
        )


def terms_of(tokens: Iterable[str], language: str) -> tuple[str, ...]:
    """The stem of each word, or what stands for all words of its meaning."""
    given = tuple(tokens)
    pairs = zip(given, stems(given, language), strict=True)
    return tuple(SAME.get(token.lower(), stem) for token, stem in pairs)


def _is_latin(word: str) -> bool:
    return word.isascii() and not word.isdigit()
