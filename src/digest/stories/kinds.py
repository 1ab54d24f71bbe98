"""Of what kind an article is: news, or what comes after the news.

It is told by the marks and the wording of its title, by what feed and page call it, by its address
and by its author. Each of these is a convention of newsrooms, so an article without any of them
passes for news.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from digest.model import Article, Kind
from digest.stories.titles import marked_kind, unquoted

# "Ferry Tales review: a film", but not: "Spending review: what is left".
_REVIEW = (
    r"^(?:\S+ ){1,6}(?<!\bspending )(?<!\bsafety )(?<!\bdefen[cs]e )(?<!\bpolicy )"
    r"(?<!\bjudicial )(?<!\bcase )(?<!\bunder )(?<!\bafter )review\s?[:–—]\s"
)
# What titles announce by their wording.
_WORDED: dict[Kind, str] = {
    "shopping": r"\b(?:best|top) (?:[\w’'-]+ ){1,5}?(?:deals|accounts|rates|cards|gifts"
    r"|to buy|on sale)\b|\bbest (?:[\w’'-]+ ){1,5}?(?:of|for) (?:\w+ )?20\d\d\b"
    r"|\b(?:coupon|promo) codes?\b|\bgift guide\b"
    r"|^how to (?:refinance|buy|choose|save on|watch|stream)\b"
    r"|^(?:buy|get) .* (?:and|&) save\b"
    r"|\bsave (?:up to|over) (?:\d+ ?%|[$£€]\d+ (?:on|off))"
    r"|(?:\bprozent|%) rabatt\b|\brabatt-?codes?\b|\balle angebote\b|\bcode promo\b"
    r"|\bc[óo]digos? de descuento\b"
    r"|\b(?:prime day|black friday|cyber monday)\b.*\bdeals?\b|\b\d+ ?% off\b"
    r"|\bnow (?:just|only|down to) [$£€]\d|\bjetzt (?:schon )?(?:für|ab) (?:nur )?\d",
    "newsletter": r"\bnewsletter\b|\bround-?up\b"
    r"|\b(?:morning|evening|\w+day|daily|weekly) briefing\b"
    r"|\bweek in (?:pictures|review)\b|\blinks? of the (?:day|week)\b"
    r"|^(?:(?:chart|photo|picture|quote|word) of the (?:day|week)|on this day)\b"
    r"|\bpresseschau\b|\brevue de presse\b|\bthings to do (?:today|this)\b|\bweek ahead\b"
    r"|\b(?:wochen|monats|jahres)rückblick\b|\b(?:tages|morgen|news|wochen)überblick\b"
    r"|\bday \d+ recap\b",
    "live": r"\blive (?:updates|blog|ticker)\b|\b(?:live|news)-?(?:ticker|blog)\b"
    r"|\bas it happened\b|^\+\+\+ |\bsuivez en direct\b|\bminuto a minuto\b",
    "review": rf"{_REVIEW}|^(?:the )?\d+ best\b",
}
_WORDINGS: dict[Kind, re.Pattern[str]] = {
    kind: re.compile(worded, re.IGNORECASE) for kind, worded in _WORDED.items()
}
_REVIEWED = re.compile(_REVIEW, re.IGNORECASE)
# "Ferries should sail again"; but who says or asks so reports it: "Union says ferries should ...".
_ARGUED = re.compile(
    r"\b(?:should|ought to) \w|^(?:don['’]t|let['’]s|beware|good riddance) |^stop \w+ing\b"
    r"|^(?:in (?:defen[cs]e|praise) of|the case (?:for|against)(?!.* (?:is|are|was|were) ))\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r":|\?|(?<!^)\bwhy\b|\b(?:says?|said|tells?|told|thinks?|asks?|wants?|hopes?|believes?|agrees?"
    r"|urges?|warns?|vows?|argues?|claims?|finds?|shows?|suggests?|signs?|rules?|makes? the case"
    r"|report|study|survey|poll|court|judge|panel|whether|if|when|how|according|you)\b",
    re.IGNORECASE,
)
# Folders of addresses, whose last part is the article's own name.
_KIND_FOLDERS: dict[Kind, str] = {
    "opinion": "opinion opinions commentisfree comment commentary editorial editorials column"
    " columns columnists op-ed oped letters meinung kommentar kommentare kolumne"
    " kolumnen debatte debat idees tribune tribunes chroniques columnas"
    " tribuna opinione opinioni opinie",
    "review": "review reviews book-reviews film-reviews product-reviews rezension rezensionen"
    " critiques testberichte",
    "shopping": "shopping coupons wirecutter underscored the-strategist affiliate sponsored"
    " advertorial gutscheine anzeige angebote buyside buy-side buying-guides buyers-guide",
    "newsletter": "newsletter newsletters briefing briefings morning-briefing",
    "live": "live live-news liveblog live-blog live-updates liveticker newsticker newsblog"
    " en-direct en-vivo",
    "media": "video videos av podcast podcasts gallery galleries photos in-pictures quiz"
    " quizzes crosswords audio bilder fotostrecke fotos",
}
_FOLDERS = {folder: kind for kind, folders in _KIND_FOLDERS.items() for folder in folders.split()}
# Further down the address, "deals" are those of companies.
_FIRST_FOLDERS: dict[str, Kind] = {**_FOLDERS, "deals": "shopping", "recommended": "shopping"}
# Categories of feeds and sections of pages, as folders are named, and types of schema.org. A feed
# may call "video" what only has one.
_CALLED: dict[str, Kind] = {
    **{name: kind for name, kind in _FOLDERS.items() if kind != "media"},
    "opinionnewsarticle": "opinion",
    "reviewnewsarticle": "review",
    "liveblogposting": "live",
    "advertisercontentarticle": "shopping",
    "podcastepisode": "media",
}
_BOARD = re.compile(
    r"\b(?:editorial board|letters to the editor|(?:guest|opinion) (?:columnist|contributor|writer)"
    r"|gastautor(?:in)?)\b",
    re.IGNORECASE,
)
_KNOWN = 8192  # titles that are judged once: a build asks for each several times
# The teaser of a column of several subjects goes on like this: "Plus, a star leaves".
_FURTHER = re.compile(r"Plus, |(?:And|Also|Außerdem|Und|Et aussi|Y además)\b,? ")


@lru_cache(maxsize=_KNOWN)
def title_kind(title: str) -> Kind:
    """What kind of article a title announces; "news" where it announces nothing."""
    kind = marked_kind(title)
    if kind != "news":
        return kind
    if _argues(title):
        return "opinion"
    return next((found for found, pattern in _WORDINGS.items() if pattern.search(title)), "news")


def names_a_review(title: str) -> bool:
    """Does a title name what it reviews ("Ferry Tales review: a film")?"""
    return _REVIEWED.match(title) is not None


def article_kind(article: Article) -> Kind:
    """What kind an article is.

    By its title, else by a teaser that only goes on with further subjects, else by a category of
    its feed, a section of its page or its type at schema.org, else by a folder of its address,
    else by whom it is written.
    """
    kind = title_kind(article.title)
    if kind == "news" and article.text_source == "feed" and _FURTHER.match(article.text):
        kind = "newsletter"
    if kind == "news":
        called = (re.sub(r"\W+", "-", label.lower()) for label in article.labels)
        kind = next((_CALLED[name] for name in called if name in _CALLED), "news")
    if kind == "news" and article.url:
        kind = _address_kind(article.url)
    if kind == "news" and article.author and _BOARD.search(article.author):
        return "opinion"
    return kind


def _argues(title: str) -> bool:
    """Does a title, outside of quotations, say itself what should be done?"""
    outside = unquoted(title)
    return _ARGUED.search(outside) is not None and _REPORTED.search(outside) is None


def _address_kind(url: str) -> Kind:
    try:
        folders = urlsplit(url.lower()).path.split("/")[1:-1]
    except ValueError:
        return "news"
    kinds = ((_FOLDERS if at else _FIRST_FOLDERS).get(name) for at, name in enumerate(folders))
    return next(filter(None, kinds), "news")
