"""The pages as bytes, by the templates of the edition."""

from __future__ import annotations

import base64
import hashlib
import re

from starlette.responses import HTMLResponse

from digest.model import Mail
from digest.render import Templates

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class Pages:
    """Renders pages and letters; `links` in them come from the configured address alone."""

    def __init__(
        self, templates: Templates, *, title: str, language: str, base_url: str | None
    ) -> None:
        self._template = templates.environment.get_template
        self._given: dict[str, object] = {
            "title": title,
            "language": language,
            "base": f"{base_url.rstrip('/')}/" if base_url else "/",
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
