"""What a reader knows when a sentence of a summary begins, and what therefore cannot be said yet.

English; the commonest openings of German, French and Spanish. Where a script has no capitals, only
the headline's words count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from digest.model import Article
from digest.stories.summarize.lexicon import SAME, is_filler, words_of
from digest.stories.summarize.mentions import abbreviations, spoken_of, surnames_alone
from digest.stories.summarize.readable import QUOTED
from digest.text import stems, words

# "Hours later, ...", "The next day ...", "Asked about it ...": after something that is not there.
_UNIT = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|moments?)"
_LATER = re.compile(
    rf"""(?:(?:just\ |only\ |barely\ )?(?:\w+\ ){{0,2}}{_UNIT}[ ]
          (?:later|earlier|before|after\ (?:the|that|this|his|her|their))
      |in\ the\ next\ (?:\w+\ )?{_UNIT}|(?:first|second|third|next|last)(?:ly)?(?=,)
      |(?:the\ (?:next|same|following|previous)|later|earlier)[ ]
       (?:that|this|in\ the|on|day|week|month|year|morning|evening|night)
      |(?:the|at\ the)\ time|within\ (?:\w+\ )?(?:hours|days|minutes)\ of\ (?:his|her|the|that)
      |asked\ (?:if|about|whether|why|how|by)|(?:as|for|besides|like)\ (?:him|her|them|this|that)
      |both\ (?:men|women|sides|are|were|of)|all\ (?:three|four|five|of\ (?:them|these|those))
      |(?:a|the)\ (?:second|third|fourth|fifth|other),?\ (?!\w+\ (?:in|of|on|for|to)\b)
      |(?:some|many|most|several|others?)\ (?:said|says?|saw|sees?|believed?|think|argued?
         |also|of\ the
         |ha(?:d|ve)|are|were)
      |later(?=,)|on\ the\ same\ day|not\ all|no\ one\ (?:would|was|has|is)
      |one\ of\ (?:them|the|those|these)
      |(?:many|some|most|several|two|three)\ of\ (?:his|her|its|their)
      |the\ more\ (?:he|she|they|it)|despite\ (?:that|this|these|those)|elsewhere|separately
      |(?:stunden|tage|wochen|monate|jahre|minuten)\ (?:später|zuvor|danach)
      |am\ (?:nächsten|selben|gleichen)\ tag|kurz\ (?:darauf|danach|zuvor)
      |später|zuvor|danach|daraufhin|nun\ (?:hat|haben|ist|sind|soll|wird)|denn|dabei|anschließend
      |(?:quelques|plusieurs|deux|trois)\ (?:heures|jours|semaines|mois|minutes)[ ]
       (?:plus\ tard|après|avant)
      |le\ lendemain|peu\ après|plus\ tôt|auparavant|ensuite|enfin|puis
      |(?:horas|días|semanas|meses|minutos)\ (?:después|antes|más\ tarde)
      |al\ día\ siguiente|poco\ después|más\ tarde|luego|después|por\ último|tras\ (?:ello|esto|eso)
      )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "On Friday, he lost ...", "Perhaps they ...": a pronoun with nobody before it in the sentence.
_PRONOUN = re.compile(
    r"\b(?:he|she|his|her|him|himself|herself)\b|^(?:\w+,? ){0,3}(?:they|them|their)\b"
    r"|^(?:\w+,? ){0,4}(?:sie ihn|ihn|ihm)\b|^(?:\w+ ){1,4}er\b"
    r"|^(?:\w+,? ){0,3}(?:il|elle|ils|elles)\b",
    re.IGNORECASE,
)
# "... made the remarks", "the same anniversary", "..., he said": all of them stand for something.
_REFERS = re.compile(
    r"\bm(?:ade|aking) the (?:remarks?|comments?|announcement|statement)\b"
    r"|['’]s (?:comments?|remarks?) (?:came|come|comes|were|was|are)\b"
    r"|\bthe same (?!time\b|as\b|way\b)\w+(?! (?:as|that)\b)|\ball (?:that|this|these|those)\b"
    r"|\bthe same(?=[,.;])|^(?:\w+ ){0,3}\w+,? the (?:two|three|four|five) [a-z]+ed\b"
    r"|\bthe other (?:case|man|woman|two|side|one)\b"
    r"|,[\"”’]? (?:he|she|it|they) (?:added|said|says|told|wrote)\b"
    r"|, (?:however|though|meanwhile|instead|for example|for instance|in turn|too)[,.]"
    r"|^(?:At|On|In|By|For|After|Before) [^,A-Z]{1,30}, (?:it|they) "
    r"|\bthe news (?:broke|came|spread|was)\b"
    r"|\b(?:deshalb|daraufhin|por eso|c['’]est pourquoi)\b"
    r"|\b(?:an(?:other|y)|every|many|no|one|two|three) such\b|\bhere\b(?! (?:is|are|to)\b)"
    r"|\badded that\b|\bone\b.*\bthe other\b|\bas a result\b(?! of)"
    r"|\bthere (?:were among|told|said|say)\b|\b(?:instead|as well)\.$"
    r"|^(?:\w+ ){0,3}(?:authorities|officials|police|sources|witnesses) (?:say|said)(?: \w+)? it"
    r" ha(?:d|s)\b"
    r"|^(?:\w+ ){1,5}them\b(?! (?:to|as|in|with|for)\b)|^(?:second|third|fourth)\b",
    re.IGNORECASE,
)
# "As coordinator that day": which one the sentence has not said.
_THAT_DAY = re.compile(
    r"^(?:(?!\d|day\b).)*?"
    r"\bthat (?:day|night|morning|afternoon|evening|week|month|year)\b"
)
# "Much of this increase ...": of which nothing was said.
_POINTED_AT = re.compile(
    r"\b(?:this|these|such an?|those|(?i:at|by|during|from|in|of|on|to|with) that"
    r"|that(?= (?:aim|claim|decision|decline|deal|figure|goal|increase|information|move|plan"
    r"|ruling)\b))\s+"
    r"(?:[a-z]+(?:ly|ive|al|ous|ed|ing)\s+)?(?P<noun>[a-z]{4,}|[A-Z][a-z]{3,})\b"
)
_NOT_POINTED_AT = frozenset(
    words("""
    week weeks month months year years morning afternoon evening night time times summer winter
    spring autumn fall season weekend century decade days hours point kind kinds sort sorts type way
    ways story report article country world
    who whose that which with from will have were would could should also been more most
    """)
)
# "The pledge ...": a thing that is said to be known already.
_DEFINITE = re.compile(
    r"(?:The|Der|Die|Das|Den|Dem|Le|La|Les|L[’']|El|Los|Las)\s?"
    r"(?:new |neuen? |nouve(?:au|lle)s? |nuev[oa]s? )?"
    r"(?P<words>[^\W\d_][\w’'-]*(?:\s+[^\W\d_][\w’'-]*){0,3}?)"
    r"(?:(?P<apart>,(?= wh))|(?=\s+[a-zà-ÿ’']+\b))"
)
# "During the escape, ...": an event that is said to be known.
_SINCE = re.compile(
    r"(?:(?:After|Before|Despite|During|Following|Since) the"
    r" (?P<words>[a-z][\w’'-]*(?: [a-z][\w’'-]*){0,2})"
    r"|(?:At|From|In|On) the (?P<where>attack|book|briefing|case|ceremony|complaint|conference"
    r"|email|event|filing|game|hearing|incident|interview|lawsuit|letter|match|meeting|memo|report|speech"
    r"|statement|trial|video)),"
)
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
    economy market markets army military public authorities opposition united first second third
    last latest best worst white house senate pentagon pope king queen un eu fbi cia
    number most only rest rise fall war summer winter spring autumn night day weekend holidays
    regierung präsident bundesregierung kanzler polizei armee stadt welt wirtschaft
    gouvernement président premier police armée pays ville monde
    gobierno presidente policía ejército país ciudad mundo
    """)
)
# Whose words these are: "..., the official said" and "..., Holm said".
_SPEAKER = re.compile(
    r"[,\"”’»]\s(?:the (?P<who>(?:[a-z]+ ){1,3})(?:said|says|told|added|wrote)"
    r"|(?P<name>(?:(?:D[aei]|El|La|Le|Van|Von) (?:l[ao]s? |de[nr] )?)?[A-Z][\w’'-]+)"
    r" (?:said|says|added|wrote|told)"
    r"|(?:said|says|added) (?P<after>[A-Z][\w’'-]+)(?! [A-Z]))\b"
)
_WEEKDAYS = frozenset(
    words("""
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June
    July August September October November December
    """)
)
_WHERE = frozenset(words("in at from near outside"))  # before the name of a place
_WITHOUT_NAMES = {"de", "lb"}  # where every noun has a capital
_SHORTEST_NAME = 3  # letters
_RETOLD, _FEWEST_RETOLD = 0.5, 4  # share and number of a headline's terms that tell it again


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The headline and the sentences before, as terms: stems, one for words of one meaning."""

    language: str
    title: tuple[str, ...]
    facts: frozenset[str]  # those of the headline's terms that tell something
    marked: frozenset[str]  # the headline's names and numbers
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
            known=frozenset(terms_of(words_of(title), language)),
        )

    def with_terms(self, said: Iterable[frozenset[str]]) -> Context:
        """The same after sentences of these terms."""
        return replace(self, known=self.known.union(*said))

    def share(self, said: frozenset[str]) -> float:
        """The share of the headline's terms that a sentence of these terms holds."""
        return sum(term in said for term in self.title) / max(1, len(self.title))

    def retells(self, said: frozenset[str]) -> bool:
        """Does a sentence of these terms tell the headline's event once more?"""
        shared = sum(term in said for term in self.facts)
        return shared >= _FEWEST_RETOLD and shared >= _RETOLD * len(self.facts)

    def marked_share(self, said: frozenset[str]) -> float:
        """The share of the headline's names and numbers that a sentence of these terms holds."""
        return len(self.marked & said) / max(1, len(self.marked))

    def dangles(self, text: str, article: Article) -> bool:
        """Does a sentence of an article speak of somebody or something that is not known yet?"""
        outside = QUOTED.sub(" ", text)
        return (
            _LATER.match(text) is not None
            or _REFERS.search(outside) is not None
            or _THAT_DAY.match(outside) is not None
            or self._names_something_unknown(text)
            or self._points_at_something_unknown(outside)
            or _has_nobody_before_pronoun(outside)
            or self._has_unknown_speaker(text)
            or self._mentions_somebody_unknown(outside, article.text)
            or self._goes_on(text, outside, article.text)
        )

    def _names_something_unknown(self, text: str) -> bool:
        if since := _SINCE.match(text):
            return not any(map(self._is_known, words(since["words"] or since["where"])))
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
            )
        )
        return not named and not defined and not any(map(self._is_known, phrase))

    def _points_at_something_unknown(self, text: str) -> bool:
        nouns = (match["noun"] for match in _POINTED_AT.finditer(text))
        return any(
            noun not in _NOT_POINTED_AT | _WEEKDAYS and not self._is_known(noun) for noun in nouns
        )

    def _has_unknown_speaker(self, text: str) -> bool:
        match = _SPEAKER.search(text)
        if match is None:
            return False
        who = words(match["who"] or match["name"] or match["after"])
        return not any(
            self._is_known(word) or word in _WEEKDAYS or (len(word) > 1 and word.isupper())
            for word in who
        )

    def _mentions_somebody_unknown(self, text: str, article: str) -> bool:
        names = () if self.language in _WITHOUT_NAMES else surnames_alone(text, article)
        return any(not self._is_known(name) for name in chain(names, abbreviations(text, article)))

    def _goes_on(self, text: str, outside: str, article: str) -> bool:
        """Does it speak of something as known that only its article has mentioned before?"""
        return any(
            not any(map(self._is_known, phrase))
            for phrase in spoken_of(outside, article, article.find(text))
        )

    def _is_known(self, word: str) -> bool:
        return word.lower() in _ONLY_ONE or terms_of((word,), self.language)[0] in self.known


def terms_of(tokens: Iterable[str], language: str) -> tuple[str, ...]:
    """The stem of each word, or what stands for all words of its meaning."""
    given = tuple(tokens)
    pairs = zip(given, stems(given, language), strict=True)
    return tuple(SAME.get(token.lower(), stem) for token, stem in pairs)


def _has_nobody_before_pronoun(text: str) -> bool:
    match = _PRONOUN.search(text)
    if match is None:
        return False
    before = text[: match.end()]
    named = any(
        word[0].isupper() and word not in _WEEKDAYS and earlier.lower() not in _WHERE
        for earlier, word in pairwise(words(before))
    )
    somebody = re.search(r"\b(?:[Aa]|[Aa]n|[Oo]ne|[Tt]wo|[Tt]he)(?: [\w’'-]+){1,4} (?=\w)", before)
    return not named and somebody is None


def _is_latin(word: str) -> bool:
    return word.isascii() and not word.isdigit()
