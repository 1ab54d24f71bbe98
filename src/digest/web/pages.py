"""The pages as bytes, by the templates of the edition, in the language of whoever reads them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import TYPE_CHECKING

from babel import Locale, negotiate_locale
from babel.dates import format_date
from starlette.responses import HTMLResponse

from digest.model import Mail
from digest.render import Strings, Templates, clean, story_place

if TYPE_CHECKING:
    from digest.store import Found

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_ASKED = 20  # languages of a request that are looked at


class Pages:
    """Renders pages and confirmation mails; links in them come from the configured address alone.

    `weekly_day` is that of weekly mails, 0 for Monday; `subscribe` says that mail can be sent.
    """

    def __init__(
        self,
        templates: Templates,
        *,
        title: str,
        language: str,
        base_url: str | None,
        weekly_day: int = 5,
        publish_at: time = time(7),
        timezone: str = "UTC",
        subscribe: bool = True,
    ) -> None:
        self._templates, self._language, self._weekly_day = templates, language, weekly_day
        self._given = {
            "title": title,
            "base": f"{base_url.rstrip('/')}/" if base_url else "/",
            "subscribe": subscribe,
            "publish_at": f"{publish_at:%H:%M}",
            "timezone": timezone,
        }
        self._by_language: dict[str, LocalizedPages] = {}

    def localized(self, chosen: str | None, accepted: str = "") -> LocalizedPages:
        """The pages in a language that was chosen, else in one of those that a browser accepts.

        Without a catalogue for any of these the edition's language is spoken.
        """
        asked = [chosen] if chosen else _preferred(accepted)
        found = negotiate_locale(asked, self._templates.languages, sep="-")
        tag = found or self._language
        if tag not in self._by_language:
            self._by_language[tag] = LocalizedPages(
                self._templates, tag, self._given, weekly_day=self._weekly_day
            )
        return self._by_language[tag]


class LocalizedPages:
    """The pages of one folder of templates in one language."""

    def __init__(
        self,
        templates: Templates,
        tag: str,
        given: Mapping[str, object],
        *,
        weekly_day: int = 5,
        folder: str = "web",
    ) -> None:
        locale = Locale.parse(tag, sep="-")
        self.language = tag
        self._folder = folder
        self._strings = Strings.of(locale, templates.catalogues)
        spoken = Locale.parse(self._strings.language or tag, sep="-")
        self._locale = spoken
        self._template = templates.environment.get_template
        self._title = str(given["title"])
        self._given: dict[str, object] = {
            "view": {"lang": str(spoken).replace("_", "-"), "dir": spoken.text_direction},
            **given,
            "translate": self.translate,
            "languages": [
                (language, Locale.parse(language, sep="-").get_display_name())
                for language in templates.languages
            ],
            "weekly_day": spoken.days["stand-alone"]["wide"][weekly_day],
        }

    def page(
        self, name: str, status: int = 200, *, private: bool = True, **values: object
    ) -> HTMLResponse:
        """A page as an answer; a private one is neither stored nor indexed."""
        html = self._template(f"{self._folder}/{name}.html.j2").render(self._given | values)
        headers = {
            "Content-Security-Policy": _policy(html),
            "Content-Language": str(self._locale).replace("_", "-"),
            "Vary": "Accept-Language",
        }
        if private:
            headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
        return HTMLResponse(html, status, headers)

    def message(self, status: int, heading: str, text: str = "") -> HTMLResponse:
        """A page that says one thing, by its key in the catalogue, and a sentence on it."""
        return self.page("message", status, heading=heading, text=text)

    def search(self, asked: str, found: Sequence[Found], *, more: bool) -> HTMLResponse:
        """What was found for a question; `more` says that there is."""
        return self.page(
            "search",
            private=False,
            asked=clean(asked, 200),
            found=[self._shown(match) for match in found],
            more=more,
        )

    def _shown(self, found: Found) -> dict[str, str]:
        day = date.fromisoformat(found.edition)
        return {
            "place": story_place(found.edition, found.story),
            "headline": clean(found.headline),
            "edition": found.edition,
            "day": str(format_date(day, "long", locale=self._locale)),
            "language": found.language,
        }

    def translate(self, key: str, number: int | None = None, **values: str) -> str:
        """A phrase of the catalogue; a template escapes it."""
        return self._strings.phrase(key, number).format(n=number, **values)

    def confirmation(self, *, link: str, known: bool) -> Mail:
        """The mail that asks an address's owner; `known`: who is subscribed already."""
        values = self._given | {"link": link, "known": known}
        return Mail(
            subject=self._title
            if known
            else self.translate("confirmation_subject", title=self._title),
            html=self._template("web/confirmation.html.j2").render(values),
            text=self._template("web/confirmation.txt.j2").render(values),
        )


def _preferred(accepted: str) -> list[str]:
    """The languages of an Accept-Language header (RFC 9110, 12.5.4), the most wanted first."""
    weighed = []
    for part in accepted.split(",")[:_ASKED]:
        tag, _, weight = part.strip().partition(";q=")
        if _TAG.fullmatch(tag) and re.fullmatch(r"(0(\.\d{0,3})?|1(\.0{0,3})?)?", weight):
            weighed.append((-float(weight or 1), tag))
    return [tag for weight, tag in sorted(weighed, key=lambda each: each[0]) if weight]


def _policy(html: str) -> str:
    """Only the page's own styles, known by their hash, and forms to ourselves."""
    styles = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"
        for style in _STYLE.findall(html)
    )
    return (
        f"default-src 'none'; style-src {styles}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
