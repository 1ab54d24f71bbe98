"""The title that tells best what happened in a story."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from digest.model import Article
from digest.stories.summarize.boilerplate import first_statements, is_boilerplate
from digest.stories.summarize.context import Context
from digest.stories.summarize.readable import stands_alone, without_dateline
from digest.stories.titles import plain_title, title_kind
from digest.text import sentences, stems, words

_SHORTEST, _LONGEST = 4, 17  # words of a good headline
_SENTENCE, _CLAUSE = 30, 22  # words of an opening sentence, or its main clause, that may be one
_OBJECT = 12  # words of a clause that ends before a second verb
_TORN_WORDS = 8  # of a title that may be torn off; shorter real ones may begin their text, too
_LEAD = 3  # sentences that a report is compared by
# Where the main clause of a sentence may end.
_SUBORDINATE = re.compile(
    r"(?:,| —| –| --) (?=(?:\w+ing|who|which|where|when|after|as|while|but|only|according"
    r"|a|an|the)\b"
    r"|(?:[\w.’'-]+ ){1,5}?(?:says?|said|told|reports?|reported|confirms?|announced)\b[^,]{0,30}$)"
    r"|,? (?:just |only |shortly |soon |right )?"
    r"(?:(?:\w+ )?(?:minute|hour|day|week|month|year)s? )?"
    r"(?=(?:after|before|when|while|because|although|amid)\b)"
    r"|(?P<next>, )(?=(?:and|but) (?:[\w’'-]+ ){0,4}"
    r"(?:was|were|is|are|has|have|had|will|would|could)\b)"
    # "... and agreed": a second verb, where the first has its object.
    r"|(?<=\w)(?P<verb> )(?=and \w{3,}ed (?:an?|h[ei][rsm]|its|over|that|the|their|them|to)\b)"
)
# A subject is described before its verb: "Vera Holm, who owns the ships, has ...".
_DESCRIBED = re.compile(
    r", (?:who|which|an?|the)\b[^,]*(?:,[^,]*)?,"
    r" (?:\w+ly )?(?:has|have|had|is|are|was|were|will|would"
    r"|could|can|may|might|said|says|told|began|won|took|made|went|\w{3,}ed)\b"
)
# Here it comes later, or does not end there: "In a ferry, a man ...", "A man who ... fell".
_LATE_MAIN = re.compile(
    r"(?:\w+ ){0,3}(?:after|when|as|while|although|if|since|before|nachdem|als|après|tras)\b"
    r"|(?:[\w’'-]+ ){1,5}(?:who|which|that|whose) "
    r"|.* (?:that|said|says) (?:had|if|when|while|once)\b",
    re.IGNORECASE,
)
_ADVERBIAL = re.compile(r"(?:In|On|At|By|For|From|With|During|Despite|Amid|Citing|\w+ing) [^,]*, ")
_SHORTEST_TERM = 3  # letters
_NAME = 2  # weight of a name among the terms of a title
# What counts against or for a title, in shares of agreement.
_TEASE, _TORN, _MADE, _SOFT, _FIRST, _NEWEST = 0.5, 0.5, 0.15, 0.5, 0.15, 0.1
_SITE = 0.5  # off a title that several reports of one outlet have: the name of the site
# Off a title of whose terms a text of so many words, and characters, has less than this share.
_UNSPOKEN, _SPOKEN, _TEXT, _READ = 0.3, 0.15, 60, 4000
_SHORT, _LONG, _LONG_MADE = 0.15, 0.35, 0.2
_SENTENCES = 0.15  # off a title of several sentences
_TELLING, _ENOUGH = 0.04, 4  # for each name and number, up to so many

_SEVERAL = re.compile(r"[a-zà-ÿ]{2}\. [A-ZÀ-Þ]")
_ABBREVIATED = re.compile(r"\b\w\.\w\.$")
# "Vera Holm, 32, of Aldmark": a line below a picture; and lines that go on.
_NO_TITLE = re.compile(r", \d+,|[.:,]$")
# No headline ends so; and what a page has beside its text.
_OPEN_END = re.compile(
    r"(?:…|\.\.\.|[,:;(]|, [a-z]+|(?<![.\w])[A-Z]\."
    r"|\b(?:a|an|and|are|be|because|but|for|from|had|has|have|her|his|is|its|of|or|than|that(?:['’]s)?"
    r"|Das|Der|Die|El|La|Las|Le|Les|Los|The|the|their|to|was|were|when|which|while|who|with|und|oder|der|die|das|des|dem|den|ein|eine|einer|mit"
    r"|et|ou|le|la|les|des|du|un|une|pour|qui|que|dans|y|el|los|las|del|con|para|por))$"
)
# A title of nothing else tells when something was posted.
_WHEN = (
    r"posted|updated|on|at|the|of|[ap]\.? ?m|\d+(?:st|nd|rd|th)?|[a-z]{1,2}t|[a-z]{3,6}day"
    "|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
)
_PAGE_WORDS = re.compile(
    r"(?<!\w)@\w+|\b(?:(?:image|media) (?:caption|copyright)|enlarge this|text size"
    r"|facebook twitter|twitter embed|[a-z]+âs"
    r"|playback is unsupported|enable javascript|photo gallery|staff writer|continue reading)\b"
    rf"|^(?:(?>(?:{_WHEN})\b)\W*)+$"  # atomic: else each "at" would double the time
    r"|(?-i:\bCLOSE$)|^by (?-i:[A-Z])\w+ (?-i:[A-Z]).*\d|\b\d{1,2}:\d\d ?[ap]m\b",
    re.IGNORECASE,
)

_QUESTION_WORDS = (
    "why|how|what|who|whose|where|when|which|should|could|is|are|can|will|do|does|did|would"
    "|warum|wie|was|wer|wo|wann|wieso|weshalb|welche[rs]?"
    "|pourquoi|comment|quel(?:le)?s?|qui|o[ùu]|faut-il|peut-on"
    "|por qu[ée]|c[óo]mo|qu[ée]|qui[ée]n(?:es)?|cu[áa]l(?:es)?|cu[áa]ndo|d[óo]nde"
)
_TEASES = re.compile(
    rf"""^[¿"“'‘]?(?:{_QUESTION_WORDS})\b
      |^fact[-\ ]?check(?:ing|ed)?\b
      |^(?:q\ ?&\ ?a|here(?:['’]s|\ is|\ are)|meet|inside|this|these|watch|see|look|one|it|he|she
         |if\ you|you|there(?:['’]s|\ is|\ are)
         |they|the\ (?:one|real|untold|truth)|so|das\ sind|das\ ist|diese[rs]?|voici|ce(?:t|tte|s)?
         |c['’]est|il|elle|as[íi]|est[aeo]s?|ella?)\b
      |^(?:the\ )?(?:\d+|two|three|four|five|six|seven|eight|nine|ten|top)\ (?:\w+\ )?
         (?:ways?|things?|reasons?|questions|takeaways|tips|facts|signs|dinge|gründe|fragen|choses
         |raisons|cosas|razones|claves)\b
      |\b(?:you\ (?:need|should|have)\ to\ know|you\ should\ know|what\ (?:we|to)\ know
         |won['’]t\ believe|here['’]s\ (?:why|how|what)|what\ happen(?:s|ed)\ next|what\ it\ means
         |explained|das\ müssen\ sie\ wissen|ce\ (?:qu['’]il\ faut|que\ l['’]on)\ sa(?:voir|it)
         |lo\ que\ (?:debes|hay\ que|se)\ sab(?:er|e))\b
      |\?(?:\s|$)|…$|\.\.\.$
      |^["“«„'‘][^"”»“’]+["”»“'’](?:$|,?\ (?:he|she|they)\ (?:said|says)\b)""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """The headline that one article of a story offers, and how well it tells the story."""

    text: str
    article: Article
    worth: float
    torn: bool  # only the beginning of a sentence, or what belongs to the page


def headline_of(articles: Sequence[Article]) -> str:
    """The title, in its outlet's words, that tells best what happened; "" where there is none."""
    return next((title.text for title in ranked_titles(articles)), "")


def ranked_titles(articles: Sequence[Article]) -> list[Title]:
    """The headlines that the articles of a story offer, the best first.

    The title whose terms and names most reports share in their openings; of about equal ones the
    first article's, and the newest. Teases, titles that are torn off, and those of opinion or of
    a live ticker come after every plain one.
    """
    language = articles[0].language if articles else "und"
    same = [article for article in articles if article.language in (language, "und")]
    shares = _shares(same)
    newest = max((article.published_at for article in same), default=None)
    offered = [_title(article) for article in same]
    often = Counter(
        (text, article.outlet) for (text, _), article in zip(offered, same, strict=True)
    )
    titles = []
    for at, (article, (text, poorness)) in enumerate(zip(same, offered, strict=True)):
        if not text:
            continue
        worth = _agreement(text, article.language, shares)
        worth -= poorness + _TEASE * is_tease(text)
        worth -= _SOFT * (title_kind(article.title) != "news")
        of_site, unspoken = often[text, article.outlet] > 1, _is_unspoken(text, article)
        worth -= _SITE * of_site + _UNSPOKEN * unspoken
        length = len(words(text))
        worth -= _SHORT * min(max(0, _SHORTEST - length), 2)
        worth -= (_LONG_MADE if poorness == _MADE else _LONG) * (length > _LONGEST)
        worth -= _SENTENCES * (_SEVERAL.search(text) is not None)
        worth += _TELLING * min(_ENOUGH, _named(text))
        worth += _FIRST * (at == 0) + _NEWEST * (article.dated and article.published_at == newest)
        torn = poorness >= _TORN or (of_site and unspoken)
        titles.append(Title(text=text, article=article, worth=worth, torn=torn))
    return sorted(titles, key=lambda title: -title.worth)


def made_of(sentence: str) -> str:
    """A headline of the sentence's own words: all of a short one, or its main clause.

    "" where it is long and has no such clause.
    """
    whole = sentence if _ABBREVIATED.search(sentence) else sentence.rstrip(".")
    if len(words(sentence)) <= _LONGEST:
        return whole
    return _clause(sentence) or (whole if len(words(sentence)) <= _SENTENCE else "")


def _is_unspoken(title: str, article: Article) -> bool:
    """Does the article not speak of what its title names? Then that names the site, or plays."""
    text = words(article.text[:_READ])
    terms = [term for term in stems(words(title), article.language) if len(term) >= _SHORTEST_TERM]
    if len(text) < _TEXT or not terms:
        return False
    spoken = set(stems(text, article.language))
    return sum(term in spoken for term in terms) < _SPOKEN * len(terms)


def _named(title: str) -> int:
    """How many names and numbers a title has, its first word apart."""
    return sum(word[0].isupper() or word[0].isdigit() for word in words(title)[1:])


def is_tease(title: str) -> bool:
    """Does a title ask or promise rather than tell?"""
    return _TEASES.search(title) is not None


def _title(article: Article) -> tuple[str, float]:
    """The headline of one article, and how poor it is as such."""
    plain = plain_title(article.title, article.outlet)
    if not plain:
        return "", 0
    undated = without_dateline(plain)
    title = undated if len(words(undated)) >= _SHORTEST else plain
    if len(words(article.title)) >= _TORN_WORDS:
        for text in first_statements(article)[:_LEAD]:
            torn = _begun_by(title, without_dateline(text), article)
            if torn is not None:
                return torn
        if article.text.startswith(article.title) and not _ends(article):
            return _cut(title), _TORN
        title = _first_line(title, article.text)
    poor = (
        _OPEN_END.search(title) is not None
        or _PAGE_WORDS.search(title) is not None
        or title.isupper()
        or is_boilerplate(article.title)
    )
    return title, _TORN * poor


def _first_line(title: str, text: str) -> str:
    """The title without what follows its line where it was made of the first words of a text."""
    line = " ".join(text.split("\n", 1)[0].split())
    runs_on = title.startswith(f"{line} ") and len(words(line)) > _SHORTEST
    return line if runs_on and not _NO_TITLE.search(line) else title


def _begun_by(title: str, said: str, article: Article) -> tuple[str, float] | None:
    """The headline, where a title ends with the first words of a sentence and not with its last.

    So titles look that are made of the first words of a text, whatever comes before those.
    """
    starts = [0, *(space.end() for space in re.finditer(" ", title))]
    begun = (title[start:] for start in starts if said.startswith(title[start:]))
    torn = next(begun, "")
    if len(words(torn)) < _SHORTEST or len(words(said)) - len(words(torn)) <= 1:
        return None
    made = made_of(said)
    fits = made != "" and (made.startswith(torn) or torn.startswith(made))
    if not (fits and stands_alone(said)):
        return _cut(torn), _TORN
    nothing = Context.of("", article.language)
    return made, _TORN if nothing.dangles(made, article) else _MADE


def _ends(article: Article) -> bool:
    """Does the title end where a line or a sentence of the text does?"""
    return article.text[len(article.title) :][:1] in ("", "\n") or article.title.endswith(
        (".", "!", "?")
    )


def _clause(said: str) -> str:
    """The part of a sentence that ends before a subordinate clause; "" if none is fit.

    The longest that is no longer than a good headline; else the longest.
    """
    if _LATE_MAIN.match(said):
        return ""
    opening = _ADVERBIAL.match(said)
    found = _SUBORDINATE.finditer(said, opening.end() if opening else 0)
    ends = [
        match.start()
        for match in found
        # A comma before "and" may as well belong to a list.
        if (match["next"] is None or "," not in said[: match.start()])
        and (match["verb"] is None or len(words(said[: match.start()])) >= _OBJECT)
    ]
    parts = (said[:end] for end in reversed(ends) if not _DESCRIBED.match(said, end))
    fit = [
        part
        for part in parts
        if _SHORTEST < len(words(part)) <= _CLAUSE and _OPEN_END.search(part) is None
    ]
    return next((part for part in fit if len(words(part)) <= _LONGEST), "".join(fit[:1]))


def _cut(title: str) -> str:
    """The title with a sign that it goes on, where it is long enough for none of its own."""
    return title.rstrip(",;:") + "…" if len(words(title)) >= _TORN_WORDS else title


def _shares(articles: Sequence[Article]) -> dict[str, float]:
    """Of every term the share of reports that have it in title or opening."""
    counted: Counter[str] = Counter()
    for article in articles:
        lead = " ".join(islice(sentences(article.text[:2000]), _LEAD))
        counted.update(set(stems(words(f"{article.title} {lead}"), article.language)))
    return {term: number / len(articles) for term, number in counted.items()}


def _agreement(title: str, language: str, shares: dict[str, float]) -> float:
    """The mean share of the reports that have a term of the title, names counting double."""
    tokens = words(title)
    pairs = [
        (_NAME if token[0].isupper() or token[0].isdigit() else 1, shares.get(stem, 0.0))
        for token, stem in zip(tokens, stems(tokens, language), strict=True)
        if len(stem) >= _SHORTEST_TERM or not stem.isascii() or stem.isdigit()
    ]
    return sum(weight * share for weight, share in pairs) / max(
        1, sum(weight for weight, _ in pairs)
    )
