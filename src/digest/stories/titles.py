"""What a title says beside its headline: the marks of agencies and sites.

"UPDATE 4-", "Opinion |", "WATCH:", "LIVE" and the name of the site are no part of a headline. Some
of them tell what kind of article it is (see `kinds`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from digest.model import Kind
from digest.text import fold, words

# What agencies and sites put in front; a colon, bar, dash or full stop follows. The kind it tells.
_LABELS: dict[Kind, str] = {
    "opinion": "opinion|(?:analyst |\\w+['’]s )blog|op-?ed|editorial|comment|commentary|column"
    "|letters?|letter to the editor|guest essay|viewpoint|meinung"
    "|kommentar(?: (?:von|zu[mr]?) [^:|]{3,50})?"
    "|gastbeitrag|kolumne|leitartikel|glosse|tribune|[ée]ditorial|[ée]dito|chronique"
    "|point de vue|opini[óo]n|columna|tribuna|carta",
    "review": "(?:book |film |movie |tv |music |game )?reviews?|hands[- ]on|rezension"
    "|buchkritik|filmkritik|critique|reseña|crítica",
    "shopping": "deals?|deal alert|shopping|sponsored|promoted|press release|anzeige|advertorial"
    "|(?:\\w+-)?angebote?|schnäppchen|publicit[ée]|bons? plans?|publicidad|ofertas?|chollos?",
    "newsletter": "newsletter|morning briefing|first thing|briefing|infolettre|bolet[íi]n|recap"
    "|(?:(?:business|market|morning|evening|news|world|tech|week|daily|weekly) ?)briefs?"
    "|today['’]s papers|revue de presse|presseschau|wochenrückblick",
    "live": "(?:(?:business|politics|election|markets?|football|cricket|transfers?) )?"
    "live(?: updates?| blog| coverage|ticker|-ticker|blog)?|liveblog|news-?(?:blog|ticker)"
    "|en direct|direct"
    "|en vivo|en directo|directo|minuto a minuto",
    "media": "watch(?: live)?|videos?|v[ií]d[ée]os?|pictures?|photos?|gallery|in pictures|podcasts?"
    "|listen|audio|quiz|crossword|bilder|fotostrecke|en images|im[áa]genes|fotos|fotogalería|ver",
    "news": r"updated?(?: ?\d{1,2})?|breaking(?: news)?|just in|developing(?: story)?|exclusive"
    "|(?:the )?latest|must[- ](?:see|read)|first look|read more|fyi|market snapshot"
    "|first on \\w+|scoop|exclusif|exclusiva|exklusiv"
    "|alert|explainer|analysis|analyse|an[áa]lisis|factbox|timeline|preview|special report|insight"
    "|eilmeldung|eil|urgent|info|última hora|ultima hora|urgente|alerte(?: info)?|watch now",
}
# Sections of a site, in front of a headline or behind it.
_SECTIONS = (
    r"politics|world|business|economy|markets?|finance|money|tech(?:nology)?|science|health|sports?"
    r"|football|culture|arts|entertainment|celebrity|lifestyle|travel|fashion|education|environment"
    r"|local|national|international|news"
    r"|(?:top|local|world|us|uk|business|sports?) (?:news|stories)"
    r"|politik|wirtschaft|kultur|wissen(?:schaft)?|panorama|gesellschaft|ausland|inland|regionales"
    r"|politique|[ée]conomie|monde|soci[ée]t[ée]|sciences|sant[ée]|faits[ -]divers|r[ée]gions?"
    r"|pol[íi]tica|econom[íi]a|mundo|sociedad|deportes?|cultura|ciencia|salud|internacional|nacional"
)
_SEPARATOR = r"\s*(?:[:|•·]|--|\s[–—-])\s+"
_PREFIXES = tuple(
    (
        kind,
        re.compile(rf"[\[(]?(?:{labels})(?:[\])]\s*[:|–—-]?\s*|{_SEPARATOR})(?=\S)", re.IGNORECASE),
    )
    for kind, labels in _LABELS.items()
)
# What only names a part of a paper: no headline at all.
_PARTS: dict[Kind, str] = {
    "opinion": r"(?:readers[’']? )?letters?(?: to the editor)?|leserbriefe?|courrier des lecteurs"
    r"|cartas al director",
    "newsletter": r"corrections?(?: (?:and|&) (?:clarifications?|amplifications))?|clarifications?"
    r"|errat(?:um|a)|(?:news )?in brief|briefs|obituar(?:y|ies)|horoscopes?|weather|forecast|home"
    r"|news|(?:today['’]s )?front pages?|the papers|tv listings|no title|untitled|english"
    r"|korrekturen?|berichtigung(?:en)?|kurz notiert|kurzmeldungen|wetter|rectificatifs?|en bref"
    r"|m[ée]t[ée]o|fe de err(?:ores|atas)|breves|el tiempo",
}
_MONTH = (
    r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|f[ée]v|avr|juin|juil|ao[uû]t)"
)
_DAY = rf"{_MONTH}\w*\.? \d{{1,2}}\b.{{0,10}}|\d{{1,2}}\.? {_MONTH}\w*.{{0,10}}|[\d./-]{{5,10}}"
_ONLY = tuple(
    (kind, re.compile(rf"(?:{labels})(?:[\s:,–—-]+(?:{_DAY}))?", re.IGNORECASE))
    for kind, labels in (*_LABELS.items(), *_PARTS.items())
)
# In capitals or before a full stop the label needs no other mark: "LIVE Storm", "DIRECT. La".
_BARE = re.compile(
    r"(?:LIVE(?: UPDATES?)?|WATCH|BREAKING|VIDEO|VIDÉO|EN DIRECT|DIRECT|TRIBUNE|EXCLUSIVE|OPINION"
    r"|ENTRETIEN)(?:\.\s+|\s+(?=[A-ZÀ-Þ][a-zà-ÿ]))"
)
_BARE_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("LIVE", "LIVE UPDATE", "LIVE UPDATES", "EN DIRECT", "DIRECT"), "live"),
    **dict.fromkeys(("WATCH", "VIDEO", "VIDÉO"), "media"),
    **dict.fromkeys(("TRIBUNE", "OPINION"), "opinion"),
}
_WIRE = re.compile(
    r"(?:(?:RPT|REFILE|CORRECTED|OFFICIAL CORRECTION|UPDATE|WRAPUP|EXCLUSIVE|FACTBOX|ANALYSIS|FOCUS"
    r"|INSIGHT|TIMELINE|PREVIEW|SNAPSHOT|BRIEF|DIARY|POLL|NEWSMAKER|SCENARIOS|Q\+A|BREAKINGVIEWS"
    r"|COLUMN|BREAKING NEWS|METALS|FOREX|GLOBAL MARKETS|(?:US|UK|ASIA|JAPAN) STOCKS|TREASURIES"
    r"|NYMEX|SOCCER|TENNIS|GOLF|CRICKET|CYCLING|OLYMPICS|RUGBY)(?: \d{1,2})?-\s?)+(?=\S)"
)
_ENDS = re.compile(
    r"(?:\s[–—-]\s|,\s)(?:as it happened|live updates?|live)$|\s[–—-]\s*live\b.*$", re.IGNORECASE
)
_SUFFIXES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    # "... (+video)": an article that has one, too.
    ("news", re.compile(rf"\s*[\[(]\+?(?:w/ ?|with )?(?:{_LABELS['media']})[\])]$", re.IGNORECASE)),
    *(
        (
            kind,
            re.compile(
                rf"(?:{_SEPARATOR}|\s*--|,\s+|\s*[\[(])(?:{labels})!?[\])]?$", re.IGNORECASE
            ),
        )
        for kind, labels in _LABELS.items()
    ),
    ("live", _ENDS),
    # "... - World news - Africa", and how often an agency has written it anew: "... (2)".
    (
        "news",
        re.compile(rf"\s[|–—-]\s(?:{_SECTIONS})(?:\s[|–—-]\s[^|–—-]{{1,30}})*$", re.IGNORECASE),
    ),
    ("news", re.compile(r"\s\(\d\)$|(?<=[!?])\s(?:video|photos|watch now)!?$", re.IGNORECASE)),
)
# A label in capitals before words that are not, or a section: "BUDGET 3 | Crews ...", "Sport: ...".
_HEADED = re.compile(
    r"(?:[A-ZÀ-Þ]{3,}(?:[ -][A-ZÀ-Þ]{2,}){0,2}\.\s+|[A-ZÀ-Þ][A-ZÀ-Þ0-9 .&'’-]{1,24}\s[|/]\s+)"
    r"(?=[„«“\"'‘]?[A-ZÀ-Þ][\w’']*[a-zà-ÿ])"
    rf"|(?i:(?:{_SECTIONS})\s*(?:[:|/>»›]|\s[–—-])\s+)(?=\S)"
    r"|(?i:you are here\W*)?(?i:home)\s*[>»›]\s*(?:[^>»›]{1,40}[>»›]\s*)*(?=\S)"
)
# A subject that the headline begins with, too: "Vera Holm - Vera Holm leaves the harbour".
_TWICE = re.compile(
    r"(?P<subject>[^|:–—-]{3,40}?)\s(?:[|–—-]|:)\s(?=(?P=subject)\b)", re.IGNORECASE
)
# What comes before the headline where a page's text ran into it.
_PAGE = re.compile(
    r"(?:(?:Image copyright|Media caption|Image caption|Enlarge (?:this )?image|View Images|CLOSE"
    r"|(?:(?:posted|published|updated):?(?: on)? (?:[a-z]{3,6}day,? )?|[a-z]{3,6}day,? )"
    r"(?:[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?|\d{1,2} [a-z]{3,9}),? \d{4}"
    r"(?:,? (?:at )?\d{1,2}: ?\d\d(?: ?[ap]m)?)?(?=(?: \w+){3})"
    r"|Article Excerpt|Photo Advertisement Continue reading the main story|Story highlights"
    r"|Please enable Javascript to watch this video|Image source),?\s+)+",
    re.IGNORECASE,
)
# A sentence as a title ends with a full stop, which a headline has not.
_STOPPED = re.compile(r"(?<=\w{3})(?<!\b(?:inc|ltd|llc|etc|esq))(?<!\bcorp)\.$", re.IGNORECASE)
_QUOTED = re.compile(
    r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|(?<!\w)‘(?:[^’]|\b’\b)*’(?!\w)"
    r"|(?<!\w)'(?:[^']|\b'\b)*'(?!\w)"
)
_BETWEEN = re.compile(r"\s+(?:[|·•–—»-]|::)\s+")
_MARKS = " |·•–—»:-"
_FEWEST = 3  # words that a headline keeps when further marks are taken off
_SITE_WORDS = 5
_KNOWN = 8192  # titles that are read once: a build asks for each several times


def plain_title(title: str, outlet: str = "") -> str:
    """The headline that a title holds: the outlet's words, without marks and the site's name."""
    return _STOPPED.sub("", _parted(title, outlet)[0])


def marked_kind(title: str) -> Kind:
    """What kind of article the marks of a title tell; "news" where they tell nothing."""
    return _parted(title, "")[1]


def unquoted(title: str) -> str:
    """The title without what it quotes."""
    return _QUOTED.sub(" ", title).strip()


@lru_cache(maxsize=_KNOWN)
def _parted(title: str, outlet: str) -> tuple[str, Kind]:
    """The headline of a title and the kind that its marks tell."""
    whole = " ".join(title.split())
    left, kind = _step(whole)
    left = _without_site(left, outlet)
    for label, pattern in _ONLY:
        if pattern.fullmatch(whole) or pattern.fullmatch(left):
            return "", label
    while True:
        shorter, found = _step(left)
        if found != "news" and kind == "news":
            kind = found
        if shorter == left or (len(words(shorter)) < _FEWEST and _spaced(shorter)):
            return left, kind
        left = shorter


def _spaced(text: str) -> bool:
    return text.isascii() or " " in text


def _step(title: str) -> tuple[str, Kind]:
    """The title without one mark, and the kind that the mark tells."""
    for pattern in (_WIRE, _PAGE):
        if match := pattern.match(title):
            return title[match.end() :], "news"
    if match := _BARE.match(title):
        return title[match.end() :], _BARE_KINDS.get(match[0].strip(" ."), "news")
    for kind, pattern in _PREFIXES:
        if match := pattern.match(title):
            return title[match.end() :], kind
    if match := _HEADED.match(title) or _TWICE.match(title):
        return title[match.end() :], "news"
    for kind, pattern in _SUFFIXES:
        if match := pattern.search(title):
            return title[: match.start()].rstrip(_MARKS), kind
    return title, "news"


def _without_site(title: str, outlet: str) -> str:
    """The title without the name of its outlet in front or behind."""
    name = _folded_name(outlet)
    parts = [part for part in _BETWEEN.split(title) if part]
    if len(parts) < 2:
        return title
    first, last = _folded_name(parts[0]), _folded_name(parts[-1])
    if name and first == name:
        return title[len(parts[0]) :].lstrip(_MARKS)
    front = title[: title.rindex(parts[-1])]
    length = len(words(last))
    behind_bar = front.endswith("| ") and length < min(_SITE_WORDS, len(words(front)))
    if (name and (last == name or name in last or (length > 1 and last in name))) or behind_bar:
        return front.rstrip(_MARKS)
    return title


def _folded_name(text: str) -> str:
    return fold(text).removeprefix("the ")
