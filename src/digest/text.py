"""Words, stems and sentences of texts.

Nothing here raises on odd input: text from feeds may hold lone surrogates, control characters,
megabytes without a space, or nothing alphabetic at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

# --- characters that nobody sees ---------------------------------------------------------------

# Parts of character classes of regular expressions.
WHITE_CONTROLS = r"\t-\r\x1c-\x1f\x85"  # which `str.split` takes for white space
CONTROLS = r"\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # all others
SURROGATES = r"\ud800-\udfff"
DIRECTIONS = r"\u061c\u200e\u200f\u202a-\u202e"  # bidirectional controls; isolates are among:
FORMATS = r"\u2060-\u206f\ufeff"  # joiners, isolates, deprecated controls, byte order mark

# --- words ------------------------------------------------------------------------------------

# Scripts that put no space between words: Thai, Lao, Myanmar and Khmer, which spell, ...
_SPELLED = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1780-\u17d3"
# ... and kana and Han, in which a character is a syllable or a word.
_CHARACTERS = (
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = _SPELLED + _CHARACTERS
# A letter with the vowels, tones and stacked letters that are written around it.
_BEFORE = "\u0e40-\u0e44\u0ec0-\u0ec4"
_AFTER = "\u0e30-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebd\u0ec6-\u0ece\u102b-\u103e\u17b4-\u17d3"
_SIGN = re.compile(rf"[{_BEFORE}]?[^{_AFTER}](?:[\u1039\u17d2].|[{_AFTER}])*|[{_AFTER}]+")
# Vowel signs and accents that `\w` does not count as part of a word.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+|[\w{_MARKS}]+")
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_HANGUL = "\uac00-\ud7a3"  # syllables, each of two or three letters
_LETTERS = (  # that a character says more than one letter of an alphabet does
    (1.5, re.compile(f"[{_CHARACTERS}{_HANGUL}]")),
    (0.5, re.compile("[\u05d0-\u05ea\u0620-\u064a\u066e-\u06d3]")),  # Hebrew and Arabic consonants
    (0.25, re.compile(f"[{_SPELLED}]")),
)
# What Korean appends to a noun of two syllables or more, rarely four of them, and to a number.
_APPENDED = re.compile(
    rf"(?<=^[{_HANGUL}]{{2}})([{_HANGUL}]*?)(?:들|은|는|이|가|을|를|의|에|에서|에게|께서|와|과|도|만|로"
    rf"|으로|까지|부터|보다|처럼|나|라){{1,4}}$|(?<=\d)[{_HANGUL}]+$"
)
# Snowball has no algorithm of this name, but one for a language that is written alike.
_STEMMED_AS = {"nb": "no", "nn": "no", "hr": "sr", "bs": "sr"}
_UNCUT = frozenset({"en", "fr", "es", "it", "pt", "ca", "ro"})  # their words are seldom long
_CUT_STEM, _CUT_WORD = 8, 7  # letters that are compared of a stem and of an unstemmed word
_TURKISH_I = str.maketrans({"I": "ı", "İ": "i"})


def fold(text: str) -> str:
    """The text as comparisons see it: NFKC, case folded, one space between words.

    Typographic apostrophes become plain ones and lone surrogates question marks: outlets
    differ in both where they print the same words.
    """
    if text.isascii():  # which has one form of each character
        return " ".join(text.casefold().split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = unicodedata.normalize("NFKC", folded).replace("\u2019", "'")
    return " ".join(folded.encode("utf-8", "replace").decode("utf-8").split())


def words(text: str) -> tuple[str, ...]:
    """The words of a text in order, unchanged; numbers keep their separators ("1,200.5").

    Where a script puts no space between words (Chinese, Japanese, Thai ...), the overlapping
    pairs of its characters are used instead, as is usual in retrieval. A character of Thai, Lao,
    Khmer or Myanmar is a letter with the signs around it.
    """
    if not _UNSPACED_CHAR.search(text):
        return tuple(_WORD.findall(text))
    return tuple(word for run in _RUN.findall(text) for word in _words_of_run(run))


def _words_of_run(run: str) -> list[str]:
    if not _UNSPACED_CHAR.match(run):
        return _WORD.findall(run)
    signs = _SIGN.findall(run)
    return ["".join(signs[at : at + 2]) for at in range(max(1, len(signs) - 1))]


def letters(word: str) -> float:
    """The length of a word in letters of an alphabet.

    A Chinese or Japanese character and a Korean syllable say as much as two and a half: an English
    word of five letters is about two in Chinese. Arabic and Hebrew leave out short vowels, so one
    of their letters says as much as one and a half. Thai, which writes tones, is a quarter denser.
    """
    return len(word) + sum(more * len(found.findall(word)) for more, found in _LETTERS)


def is_unspaced(word: str) -> bool:
    """Whether a word has a character of a script that puts no spaces between words."""
    return _UNSPACED_CHAR.search(word) is not None


def stems(words: Iterable[str], language: str) -> tuple[str, ...]:
    """The folded stem of every word, by the language's Snowball algorithm (Porter 2001).

    `language` is a primary subtag; where there is no stemmer for it, words are only folded. In
    Korean, particles are taken off.
    """
    return tuple(_stem(word, language) for word in words)


def stem(word: str, language: str) -> str:
    """The folded stem of a word, as of `stems`, which remembers the words that it is asked for."""
    folded = fold(word.translate(_TURKISH_I) if language in {"tr", "az"} else word)
    if language == "ko":
        return _APPENDED.sub(lambda end: end[1] or "", folded)
    stemmer = _stemmer(language)
    return folded if stemmer is None else str(stemmer.stemWord(folded))


def root(word: str, language: str) -> str:
    """What a word is compared by with the words of other texts: the beginning of its stem.

    Outside English and the Romance languages, words grow long by composition and endings: there
    eight letters stand for a stem, and seven for a word without a stemmer (McNamee, Nicholas and
    Mayfield 2009).
    """
    stemmed = stem(word, language)
    whole = language in _UNCUT or language == "ko" or stemmed[:1].isdigit() or is_unspaced(stemmed)
    if whole:
        return stemmed
    return stemmed[: _CUT_WORD if _stemmer(language) is None else _CUT_STEM]


_stem = lru_cache(maxsize=1 << 15)(stem)


@lru_cache(maxsize=64)
def _stemmer(language: str) -> Any | None:
    import Stemmer  # noqa: PLC0415 -- reading a configuration does not need it

    try:
        return Stemmer.Stemmer(_STEMMED_AS.get(language, language))
    except (KeyError, UnicodeEncodeError):
        return None


# --- reading time -----------------------------------------------------------------------------

_WORDS_A_MINUTE = 230  # silent reading of English prose (Brysbaert 2019: 238)
_SIGNS_A_MINUTE = 400  # of scripts that are written without spaces


def reading_time(text: str) -> float:
    """The minutes that a text takes to read: by words, by characters where none are spaced."""
    signs = len(_UNSPACED_CHAR.findall(text))
    spaced = _UNSPACED_CHAR.sub(" ", text) if signs else text
    return len(spaced.split()) / _WORDS_A_MINUTE + signs / _SIGNS_A_MINUTE


def reading_minutes(texts: Iterable[str]) -> int:
    """The whole minutes that texts take to read, one at least."""
    return max(1, round(sum(map(reading_time, texts))))


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- sentences --------------------------------------------------------------------------------


_STOP = re.compile(
    r"""(?:(?<![.!?…])[.!?…]++["'”’»)\]]*+(?=\s)   # a stop, closing marks, then a space
      | [。！？｡]+[」』”’）]*)          # a full stop of Chinese or Japanese needs no space""",
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"(?:[^\W_]\.)*[^\W_]+$")
_NEXT_WORDS = re.compile(r"""\s*["'“‘«(\[¿¡]*(\w*)(?:\s+(\w))?""")
# Titles and the like, which no sentence ends with.
_NEVER_LAST = _listed(
    "adm amb asst atty brig capt cllr cmdr col const cpl det dr fr gen gov hon insp lt maj messrs"
    " mgr mlle mm mme mons mr mrs ms msgr mt pres prof pvt rep reps rev sen sens sgt sr st ste supt"
    " v vs e.g i.e z.b d.h cf approx viz dipl hr ing inkl dña ee sra srta uds sig dott"
    " ks np płk ppłk tzn tzw ul"
)
# Shortened words that a number follows.
_BEFORE_NUMBER = _listed(
    "jan feb mar apr jun jul aug sep sept oct nov dec no nos nr vol pp p fig art sec ch"
    " abs bd kap núm num pág tel zit"
)
# Shortened words that may end a sentence: only what follows can tell.
_MAYBE_LAST = _listed(
    "jan feb mar apr aug sept oct nov dec inc corp co ltd llc plc jr bros dept univ est ave"
    " blvd rd ft lb lbs oz al etc ca bzw usw calif fla mich minn wis"
    " ariz ark colo conn kan md mont neb nev okla pa tenn tex va wyo"
    " ggf mio mrd sog tsd vgl env uu"
)
_STARTERS = _listed(
    "a after all also although an and another as at both but by despite during each earlier even"
    " every few first for from he her here his how however i if in instead it its last later many"
    " meanwhile more most much my new nor not now of officials on once one or other others our"
    " over people police she since so some still such that the their then there these they this"
    " those though through to today two under until we what when where which while who why with"
    " yet you your"
)
_STARTERS_ELSEWHERE = _listed(
    "aber am auch auf das dass der die dies doch ein eine er es für ich im in mit nach sie und von"
    " wir c ce cela ces cette elle en et il ils l la le les mais on pour un une"
    " así con de el ella en entre es esta este la las lo los no para pero por según se un una"
)
# In a name these follow a shortened word, too: "the U.S. First Lady".
_IN_NAMES = _listed("first last most new second under")
_GERMAN_MONTHS = _listed(
    "januar jänner februar märz april mai juni juli august september oktober november dezember"
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order, each word for word a part of it.

    A paragraph break ends a sentence; within a paragraph stops do, but for those of
    abbreviations, initials and dates. A sentence keeps the quotation mark that closes it.
    """
    found = []
    for paragraph in text.splitlines():
        start = 0
        for stop in _STOP.finditer(paragraph):
            if _ends_sentence(paragraph, stop):
                found.append(paragraph[start : stop.end()].strip())
                start = stop.end()
        found.append(paragraph[start:].strip())
    return tuple(filter(None, found))


def _ends_sentence(paragraph: str, stop: re.Match[str]) -> bool:
    after = _NEXT_WORDS.match(paragraph, stop.end())
    following, then = (after[1], after[2] or "") if after else ("", "")
    if stop[0][0] in "。！？｡":
        return True
    if following[:1].islower():
        return False
    if stop[0][0] != "." or stop[0].startswith(".."):
        return True
    before = _LAST_WORD.search(paragraph, max(0, stop.start() - 30), stop.start())
    return before is None or _may_part(before[0], following, then)


def is_torn(line: str, following: str = "") -> bool:
    """Does the line end in a shortened word ("the Rev.") after which the next one goes on?"""
    stop = len(line) - 1
    last = _LAST_WORD.search(line, max(0, stop - 30), stop) if line.endswith(".") else None
    if last is None:
        return False
    after = _NEXT_WORDS.match(following)
    if after is None or not after[1]:
        return last[0].casefold() in _NEVER_LAST
    return not _may_part(last[0], after[1], after[2] or "")


def _may_part(before: str, following: str, then: str) -> bool:
    """Does the full stop between these two words end a sentence?

    `then` is the first character of the word after them.
    """
    word, after = before.casefold(), following.casefold()
    if word in _NEVER_LAST or (word in _BEFORE_NUMBER and following[:1].isdigit()):
        return False
    if word.isdigit():  # "am 3. Mai"
        return len(word) > 2 or after not in _GERMAN_MONTHS
    initial = len(before) == 1 and before.isupper() and before != "I"
    if initial or "." in before:
        return after in _STARTERS and not (after in _IN_NAMES and then.isupper())
    if word in _MAYBE_LAST:
        return after in _STARTERS or after in _STARTERS_ELSEWHERE
    return True
