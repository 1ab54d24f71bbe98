"""Can a sentence be read by itself, without the article from which it is taken?

Meant for choosing: a sentence that fails here is passed over while another one is to be had.
English, the commonest openings of German, French and Spanish, and a few of other languages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from digest.model import Article
from digest.text import stems, words

# A place in capitals, perhaps an agency, and a dash: "MARROW BAY, Aldmark (AP) - ". Some agencies
# set no dash, and bad decoding may turn it into a control character.
_PLACE = r"[A-Z][A-Z.'’ /-]*[A-Z.](?:,? [\w.'’]{2,20}){0,3}?"
_DASH = r"(?:\s*(?:[–—\x80-\x9f]|--|>>|â\W{0,2})\s*|\s+-\s+|\s{2,})"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_AGENCY = (
    r"\((?:AP|AFP|ANI|BBC|CNN|DPA|dpa|EFE|KUNA|PTI|UPI|Reuters|Bloomberg|Xinhua"
    r"|[A-Z]\w+ (?:Wire|News|Press|Reuters))\b[^)]{0,30}\)"
)
_DATELINE = re.compile(
    rf"(?:(?:{_PLACE}|[A-Z][\w.'’]+(?:[ ,]+[\w.'’]+){{0,6}})?\s*{_AGENCY}\s*(?:[–—:-]{{1,2}}\s*)?"
    rf"|{_PLACE}(?:\s*\([^)]{{1,40}}\))?{_DASH}|Reporting from [^—]{{2,40}}—\s*|[–—-]+\s*"
    r"|[A-Z]{5,}(?:[ /][A-Z]{3,})*(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)?)?\s+"
    rf"|{_MONTH} \d{{1,2}} "
    r"|\[[^\]]{2,40}\]\s*)"
    r"""(?=["'“‘«]?[^\Wa-z_])"""
)


def without_dateline(text: str) -> str:
    """The sentence without where or when its report was written, still word for word."""
    match = _DATELINE.match(text)
    return text[match.end() :] if match else text


def has_dateline(text: str) -> bool:
    """Does the sentence begin with where or when its report was written, or by which agency?"""
    return _DATELINE.match(text) is not None


_DANGLING = re.compile(
    r"""["'“‘«]?(?:he|she|it|they|his|her|hers|its|their|him|them|this|that|these|those|such|but
      |and|or|nor|so|yet|also|however|meanwhile|moreover|furthermore|further|in\ addition
      |additionally|then|there|here|instead|rather|still|both|another|others?|while\ there
      |after\ (?:that|this|his|her)|according\ to\ (?:him|her|them)|as\ such|for\ example
      |for\ instance|the\ (?:following|former|latter|two|pair)|neither|otherwise|nevertheless
      |nonetheless|therefore|thus|besides|indeed|in\ (?:fact|turn|contrast|response)|by\ contrast
      |on\ the\ other\ hand|at\ (?:the|that)\ (?:same\ )?time|as\ a\ result|likewise|finally
      |eventually|obviously|ultimately|not\ to\ mention|in\ other\ words
      |now,?\ (?:he|she|it|they)|following\ (?:is|are|his|her|their|the)
      |(?:among|at|by|during|despite|for|from|in|of|on|with)\ (?:that|these|this|those|his|her|its
         |their|him|them)
      |(?:each|many|most|some|several)\ of\ (?:them|these|this|those)
      |the\ (?:\w+\ ){1,2}(?:came|comes?|followed|follows?)
      |er|sie|dies\w*|jen\w*|aber|doch|und|auch|dort|dabei|damit|dazu|dadurch|daher|deshalb|zudem
      |außerdem|allerdings|jedoch|dennoch|sein\w*|ihr\w*
      |ils?|elles?|cel(?:a|le|les|ui)|ce(?:ci|s|t|tte|ux)?|c['’]|mais|et|donc|cependant|toutefois
      |pourtant|ainsi|en\ outre|de\ plus|par\ ailleurs|ses?|leurs?
      |él|ell[ao]s?|est[aeo]s?|es[ao]s?|ese|pero|sin\ embargo|además|también|así|según\ (?:él|ella)
      |por\ (?:eso|otra\ parte)
      |eles|elas?|isso|isto|hij|zij|han|hun|но|он[аи]?|это|однако|также)(?:(?<=['’])|\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# "While on stage, she ..." and "..., he said": of whom nothing before tells.
_UNNAMED = re.compile(
    r"\w[^A-Z\"“]*,[\"”’]? (?:he|she|they) "
    r"|(?:After|As|At|Before|By|During|For|If|In|On|Once|Since|Until|When|While|With)"
    r" [^A-Z\"“]*\b(?:he|she) "
)
_HE_SAID = re.compile(r",[\"”’]? (?:he|she) (?:added|said|says|told|wrote)\b")
_NAME = re.compile(
    r" (?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    rf"|{_MONTH}\b)[A-Z]"
)
# "A hard day: Two men ...", "Vera Holm: Ships ...": a caption, a teaser, part of an interview.
_LABEL = re.compile(r"(?:[^\s:\"“”]+ ){0,3}[^\s:\"“”]+: (?=[A-Z])")
_QUOTED = re.compile(r"""“[^”]*”|"[^"]*"|«[^»]*»|„[^“”]*[“”]""")
_FIRST_PERSON = re.compile(
    r"\b(?:I|I[’']\w+|[Mm]y|[Mm]e|[Mm]yself|[Ww]e|[Ww]e[’']\w+|[Oo]ur|[Yy]ou|[Yy]our"
    r"|[Ii]ch|[Ww]ir|[Uu]ns(?:er\w*)?|[Jj]e|[Nn]ous|[Nn]otre|[Vv]ous|[Vv]otre"
    r"|[Nn]osotros|[Nn]uestr[ao]s?)\b"
)
_ATTRIBUTED = 3  # words outside a quotation, by which a reader knows whose it is


def stands_alone(text: str) -> bool:
    """Can the statement be read without what stood before it in its article?"""
    outside = _QUOTED.sub(" ", text)
    return not (
        _DANGLING.match(text)
        or _UNNAMED.match(text)
        or _names_nobody(outside)
        or _LABEL.match(text)
        or _FIRST_PERSON.search(outside)
        or text.endswith("!")
        or (outside != text and len(words(outside)) < _ATTRIBUTED)
    )


def _names_nobody(outside: str) -> bool:
    said = _HE_SAID.search(outside)
    return said is not None and _NAME.search(outside, 0, said.start()) is None


# --- with what was said before ----------------------------------------------------------------

_BACKGROUND = re.compile(
    r"(?:(?:in|since|by|until|during|back in) (?:(?:early|late|mid-?|the) ?)*(?:\w+ )?(?:1[5-9]|20)\d\d\b"
    r"|(?:last|earlier this|in recent|over the (?:past|last)|for (?:years|decades|months|more than)|once|long|historically"
    r"|previously|earlier|traditionally)\b"
    r"|(?:im jahr|seit|im letzten|im vergangenen|vor (?:\w+ )?jahren)\b|(?:depuis|en (?:1[5-9]|20)\d\d|l['’]an dernier|il y a)\b"
    r"|(?:desde|en (?:1[5-9]|20)\d\d|el año pasado|hace)\b)",
    re.IGNORECASE,
)


def opens_with_background(text: str) -> bool:
    """Does the sentence begin with what was before rather than with what happened?"""
    return _BACKGROUND.match(text) is not None


_LATER = re.compile(
    r"(?:(?:just |only |barely )?(?:\w+ ){0,2}(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|moments?) (?:later|earlier|before|after (?:the|that|this|his|her|their))\b"
    r"|(?:the (?:next|same|following|previous)|later|earlier) (?:that|this|in the|on|day|week|month|year|morning|evening|night)\b"
    r"|(?:the|at the) time\b|within (?:\w+ )?(?:hours|days|minutes) of (?:his|her|the|that)\b|asked (?:if|about|whether|why|how)\b"
    r"|(?:as|for|besides|like) (?:him|her|them|this|that)\b|both (?:men|women|sides|are|were|of)\b|all (?:three|four|five|of (?:them|these|those))\b"
    r"|not all\b|no one (?:would|was|has|is)\b|one of (?:them|the|those|these)\b|the more (?:he|she|they|it)\b|despite (?:that|this|these|those)\b"
    r"|(?:stunden|tage|wochen|monate|jahre|minuten) (?:später|zuvor|danach)\b|am (?:nächsten|selben|gleichen) tag\b|kurz (?:darauf|danach|zuvor)\b|später\b|zuvor\b|danach\b|daraufhin\b|nun\b|denn\b"
    r"|(?:quelques|plusieurs|deux|trois) (?:heures|jours|semaines|mois|minutes) (?:plus tard|après|avant)\b|le lendemain\b|peu après\b|plus tôt\b|auparavant\b|ensuite\b|enfin\b|puis\b"
    r"|(?:horas|días|semanas|meses|minutos) (?:después|antes|más tarde)\b|al día siguiente\b|poco después\b|más tarde\b|luego\b|después\b|por último\b|tras (?:ello|esto|eso)\b)",
    re.IGNORECASE,
)
# "The pledge ...": a thing that is said to be known. What defines it follows: "the pledge of ...".
_DEFINITE = re.compile(
    r"(?:The|Der|Die|Das|Den|Dem|Le|La|Les|L[’']|El|Los|Las)\s?(?P<words>(?:[^\W\d_][\w’'-]*\s+){1,4}?)"
    r"(?=(?:[a-zà-ÿ’']+)\b)"
)
_DEFINED_BY = frozenset(
    words(
        "of for in on at to that which who whose where from between against by with than behind over under about"
        " von des der für aus im in am zum zur mit gegen über die das den"
        " de du des d à au aux pour en sur qui que contre"
        " del al para por con sobre contra"
    )
)
# What everybody knows without being told which one.
_UNIQUE = frozenset(
    words("""
    government president prime minister parliament police court world country nation state city economy market markets
    army military military public authorities opposition united first second third last latest new best worst
    white house senate pentagon pope king queen un eu fbi cia
    number most only rest rise fall
    regierung präsident bundesregierung kanzler polizei armee stadt welt wirtschaft
    gouvernement président premier police armée pays ville monde
    gobierno presidente policía ejército país ciudad mundo
""")
)
# Whose words these are: "..., the official said" and "..., Holm said".
_SPEAKER = re.compile(
    r"[,\"”’»]\s(?:the (?P<who>(?:[a-z]+ ){1,3})(?:said|says|told|added|wrote)"
    r"|(?P<name>[A-Z][\w’'-]+) (?:said|says|added|wrote|told)"
    r"|(?:said|says|added) (?P<after>[A-Z][\w’'-]+)(?! [A-Z]))\b"
)
_RUN = re.compile(
    r"[A-ZÀ-Þ][\w’'.-]*(?:\s+(?:of|de|von|van|der|al|bin|la|le|du)?\s*[A-ZÀ-Þ][\w’'.-]*)*"
)
_FULL_NAME = re.compile(r"\b([A-ZÀ-Þ][a-zà-ÿ’'-]+) (?:[A-Z]\. )?([A-ZÀ-Þ][\w’'-]{2,})")
_PARTICIPLE = re.compile(r"\w+(?:ed|en|wn|ught)$")


@lru_cache(maxsize=64)
def _surnames(text: str) -> frozenset[str]:
    """The last names of those whom a text first names in full and then by the last name alone."""
    small = set(words(text.lower())) & {word for word in words(text) if word.islower()}
    pairs = {
        (first, last) for first, last in _FULL_NAME.findall(text) if first.lower() not in small
    }
    found = Counter(last for _, last in pairs)
    return frozenset(
        last
        for last in found
        if last.lower() not in small
        and last.lower() not in _UNIQUE
        and re.search(
            rf"(?<![A-ZÀ-Þa-zà-ÿ.’'-] )(?<=[a-z,“\"] ){re.escape(last)}\b(?! [A-ZÀ-Þ])|(?:^|[.!?] |\n){re.escape(last)}\b(?! [A-ZÀ-Þ])",
            text,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a reader knows when a sentence begins: the headline and the sentences before."""

    language: str
    title: tuple[str, ...]  # stems
    marked: frozenset[str]  # stems of the headline's names and numbers
    known: frozenset[str]  # stems

    @classmethod
    def of(cls, title: str, language: str) -> Context:
        tokens = [
            word for word in words(title) if len(word) > 2 or not word.isascii() or word.isdigit()
        ]
        names = [word for word in tokens if not word[0].islower()]
        return cls(
            language=language,
            title=stems(tokens, language),
            marked=frozenset(stems(names, language)),
            known=frozenset(stems(words(title), language)),
        )

    def with_texts(self, texts: Iterable[str]) -> Context:
        said = frozenset(stem for text in texts for stem in stems(words(text), self.language))
        return replace(self, known=self.known | said)

    def share(self, text: str) -> float:
        """The share of the headline's terms in a sentence."""
        said = set(stems(words(text), self.language))
        return sum(term in said for term in self.title) / max(1, len(self.title))

    def marked_share(self, text: str) -> float:
        said = set(stems(words(text), self.language))
        return len(self.marked & said) / len(self.marked) if self.marked else 1.0

    def dangles(self, text: str, article: Article) -> bool:
        """Does it speak of somebody or something of which the reader was not told?"""
        outside = _QUOTED.sub(" ", text)
        return (
            bool(_LATER.match(text))
            or self._undefined(text)
            or self._unknown_speaker(outside)
            or self._short_name(outside, article)
        )

    def _undefined(self, text: str) -> bool:
        match = _DEFINITE.match(text)
        if match is None:
            return False
        phrase = words(match["words"])
        after = words(text[match.end() :])[:2]
        if any(word[0].isupper() for word in phrase) and self.language != "de":
            return False
        if after and after[0].lower() in _DEFINED_BY:
            return False
        if len(after) > 1 and _PARTICIPLE.match(after[0]) and after[1] in _DEFINED_BY:
            return False  # "the man convicted of ..."
        return not any(self._knows(word) or word.lower() in _UNIQUE for word in phrase)

    def _unknown_speaker(self, text: str) -> bool:
        match = _SPEAKER.search(text)
        if match is None:
            return False
        who = words(match["who"] or match["name"] or match["after"])
        return not any(
            self._knows(word) or word.lower() in _UNIQUE or (word.isupper() and len(word) > 1)
            for word in who
        )

    def _knows(self, word: str) -> bool:
        return stems((word,), self.language)[0] in self.known

    def _short_name(self, text: str, article: Article) -> bool:
        """Is somebody named by a surname alone, though the article has more of the name?"""
        if self.language == "de":
            return False
        surnames = _surnames(article.text)
        for run in _RUN.finditer(text):
            tokens = [token for token in words(run[0]) if len(token) > 2]
            if len(tokens) == 1 and tokens[0] in surnames and not self._knows(tokens[0]):
                return True
        return False
