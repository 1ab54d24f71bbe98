"""Text before an article or in its place: offers, checks and questions of a site.

A wall speaks of itself. Where several terms of one kind make up most of a short text, or of its
end, that part is no article, unless the page's own title speaks of the same thing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from digest.feeds.extract.statements import words
from digest.model import PageProblem

_MAX_WORDS = 400  # a wall has no more
_WORDS_PER_TERM = 20
_TERMS = 3  # different ones: one may be said in any article


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """What kind of wall a text holds, and the article's own lines before it."""

    kind: PageProblem
    before: str


_TERMS_OF_KIND = (
    (
        PageProblem.CONSENT,
        (
            r"cookie|consent|gdpr|rgpd|dsgvo|privacy|personal data|our partners"
            r"|legitimate interest|datenschutz|einwillig|zustimm|personenbezogen|tracking"
            r"|akzeptier"
            r"|confidentialité|consentement|données personnelles|partenaires|accepter"
            r"|privacidad|consentimiento|datos personales|aceptar"
            r"|privacidade|consentimento|dados pessoais|aceitar"
            r"|riservatezza|consenso|dati personali|accett"
            r"|toestemming|persoonsgegevens|accepteren|samtykke|personopplysninger"
            r"|personoplysninger|informasjonskapsler|godkänn|samtycke|personuppgifter|evästee"
            r"|tietosuoj|suostumu|ciasteczk|zgod[aęy]|danych osobowych|souhlas|osobních údajů"
            r"|çerez|kişisel veri|クッキー|同意|隐私|隱私|쿠키|개인정보"
        ),
    ),
    (
        PageProblem.SUBSCRIPTION,
        (
            r"subscri(?:be|ption)|log ?in\b|sign ?in\b|sign up|free account|an account"
            r"|registered readers|(?:your|forgotten) password|e-?mail address"
            r"|free articles|free trial|a (?:week|month|year)\b|at any time|cancel any"
            r"|(?:read|access) (?:this|the full|all|every|unlimited)|keep reading|go on reading"
            r"|continue reading|terms of use|to read on|newsletter|unlock|members? only"
            r"|abonn|angemeldet|einloggen|anmelden|registrier|weiterlesen|monatlich|pro monat"
            r"|kündbar|kostenlos|probemonat|freischalt|jederzeit|digitalzugang"
            r"|connectez|inscrivez|par mois|sans engagement|réservé|lire la suite|offre"
            r"|suscri|inicia sesión|al mes|regístrate|seguir leyendo"
            r"|assina(?:r|nte|tura)|assine|por mês|cadastr"
            r"|abbona|accedi|al mese|registrati|continua a leggere"
            r"|per maand|inloggen|lees verder|prenumer|logga in|per månad|läs vidare|abonnent"
            r"|logg inn|log ind|per måned|om måneden|tilaaj|tilaa\b|kirjaudu|kuukaudessa"
            r"|subskryb|prenumerat|zaloguj|miesięcznie|předplat|přihlas|měsíčně|előfizet"
            r"|bejelentkez|havonta|подпис[а-я]*|войти|войдите|в месяц|зарегистрир|абон|увій"
            r"|abone|üye ol|giriş yap|aylık|συνδρομ|συνδεθ"
            r"|会員|購読|ログイン|登録|月額|订阅|訂閱|登录|登入|会员|會員|구독|로그인|회원|월 "
            r"|اشترك|مشترك|تسجيل الدخول|מנוי|התחבר"
        ),
    ),
    (
        PageProblem.BOT_CHECK,
        (
            r"captcha|a robot|not a bot|\bbots?\b|are (?:you )?human|unusual (?:traffic"
            r"|activity)"
            r"|verif(?:y|ying|ication)|checking your|security (?:check|service)|cloudflare"
            r"|ray id"
            r"|automated|access (?:denied|to this page)|javascript|your browser|ddos"
            r"|enable cookies"
            r"|ip address|roboter|sicherheitsprüfung|menschlich|überprüf|robot humain"
            r"|êtes humain"
            r"|vérif|humano|verific|человек|робот|провер|人間|ロボット|人机|验证|驗證|로봇"
        ),
    ),
    (
        PageProblem.REGION,
        (
            r"(?:your|this|ihrer?|votre|tu|su|sua|uw) (?:region|country|location|land|pays|país"
            r"|paese|área)|not (?:currently )?available (?:in|to)|european (?:union"
            r"|economic area)"
            r"|geo-?(?:block|restrict)|outside (?:of )?the|unavailable|legal reasons"
            r"|visitors from"
            r"|nicht verfügbar|pas disponible|no (?:está )?disponible|non è disponibile"
            r"|не доступ|недоступ|ご利用いただけません|不可用|rights? (?:holder|restriction)"
        ),
    ),
    (
        PageProblem.APP,
        (
            r"the app\b|our app\b|app store|google play|play store|iphone|ipad|android|download"
            r"|scan the|qr[- ]code|die app\b|unsere app|l'appli|la app\b|notifications?\b"
            r"|alerts\b"
            r"|herunterladen|télécharge|descarga|scarica|install|приложени|アプリ|下载|下載|앱 "
        ),
    ),
)


def _alternatives(terms: str) -> Iterator[str]:
    """The terms one by one, each beginning with a letter."""
    for term in re.split(r"\|(?![^(]*\))", terms.replace(r"|\b", "|")):
        group = re.match(r"\(\?:([^)]*)\)", term)
        if group is None:
            yield term
        else:
            yield from (first + term[group.end() :] for first in group[1].split("|"))


def _beginnings(terms: str) -> re.Pattern[str]:
    """What finds the first letter of each term.

    Its branches are told apart by one letter, so that it takes a quarter of the time of the terms
    themselves, and it finds a term within another.
    """
    rest = defaultdict(list)
    for term in _alternatives(terms):
        rest[term[0]].append(term[1:])
    branches = (f"{letter}(?={'|'.join(more)})" for letter, more in rest.items())
    return re.compile("|".join(branches))


_PATTERNS = tuple((kind, re.compile(terms)) for kind, terms in _TERMS_OF_KIND)
_BEGINNINGS = _beginnings("|".join(terms for _, terms in _TERMS_OF_KIND))


def wall_in(text: str, title: str) -> Wall | None:
    """The wall that a text is, or ends with; None where it is all article.

    The text has one paragraph a line. The one offer of a page runs to its end, so that only an
    end is taken for a wall; what is before it is the article's.
    """
    lines = text.split("\n")
    first = _last_lines(lines)
    folded = [line.casefold() for line in lines[first:]]  # far faster than IGNORECASE
    if len(_BEGINNINGS.findall("\n".join(folded))) < _TERMS:
        return None  # as nearly always
    for kind, pattern in _PATTERNS:
        if pattern.search(title.casefold()):
            continue  # an article about cookies, apps or subscriptions
        start = _start(folded, pattern)
        if start is not None:
            return Wall(kind=kind, before="\n".join(lines[: first + start]))
    return None


def _last_lines(lines: list[str]) -> int:
    """Where the last lines begin that have no more words than a wall."""
    left = float(_MAX_WORDS)
    for number in range(len(lines) - 1, -1, -1):
        left -= words(lines[number])
        if left < 0:
            return number + 1
    return 0


def _start(lines: list[str], pattern: re.Pattern[str]) -> int | None:
    """Where a wall begins that takes up the rest: most of it, by length, in several terms."""
    if len(set(pattern.findall("\n".join(lines)))) < _TERMS:
        return None
    found = [_dense(line, pattern) for line in lines]
    for start, terms in enumerate(found):
        if not terms:
            continue
        about = sum(
            len(line) for line, said in zip(lines[start:], found[start:], strict=True) if said
        )
        if 2 * about <= sum(map(len, lines[start:])):
            continue
        if len(set().union(*found[start:])) >= _TERMS:
            return start
    return None


def _dense(line: str, pattern: re.Pattern[str]) -> set[str]:
    """The terms of a line; none where they are few for its length, as in an article."""
    terms = pattern.findall(line)
    return set(terms) if len(terms) * _WORDS_PER_TERM >= words(line) else set()
