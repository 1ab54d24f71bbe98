"""The pages as bytes, by the templates of the edition."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import date

from babel import Locale
from babel.dates import format_date
from starlette.responses import HTMLResponse

from digest.model import Mail
from digest.render import Strings, Templates, clean, story_place
from digest.store import Found

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Pages:
    """Renders pages and letters; `links` in them come from the configured address alone."""

    def __init__(
        self, templates: Templates, *, title: str, language: str, base_url: str | None
    ) -> None:
        locale = Locale.parse(language, sep="-")
        self._strings = Strings.of(locale, templates.catalogues)
        self._template = templates.environment.get_template
        self._given: dict[str, object] = {
            "title": title,
            "language": language,
            "base": f"{base_url.rstrip('/')}/" if base_url else "/",
            "say": self._say,
        }
        self._title = title

    def page(
        self, name: str, status: int = 200, *, private: bool = True, **values: object
    ) -> HTMLResponse:
        """A page as an answer; a private one is neither stored nor indexed."""
        html = self._template(f"web/{name}.html.j2").render(self._given | values)
        headers = {"Content-Security-Policy": _policy(html)}
        if private:
            headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
        return HTMLResponse(html, status, headers)

    def search(self, asked: str, found: Sequence[Found], *, more: bool) -> HTMLResponse:
        """What was found for a question; `more` says that there is."""
        return self.page(
            "search",
            private=False,
            asked=clean(asked, 200),
            found=[self._shown(each) for each in found],
            more=more,
            language=self._strings.language or str(self._given["language"]),
        )

    def _shown(self, found: Found) -> dict[str, str]:
        day = date.fromisoformat(found.edition)
        return {
            "place": story_place(found.edition, found.story),
            "headline": clean(found.headline),
            "edition": found.edition,
            "day": str(format_date(day, "long", locale=self._strings.locale)),
            "language": found.language,
        }

    def _say(self, key: str, number: int | None = None) -> str:
        return self._strings.phrase(key, number).format(n=number)

    def letter(self, *, link: str, known: bool) -> Mail:
        """The letter that asks an address's owner; `known`: who is subscribed already."""
        values = self._given | {"link": link, "known": known}
        subject = self._title if known else f"Please confirm: {self._title}"
        return Mail(
            subject=subject,
            html=self._template("web/letter.html.j2").render(values),
            text=self._template("web/letter.txt.j2").render(values),
        )


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
