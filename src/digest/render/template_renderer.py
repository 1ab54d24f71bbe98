"""Values -> text, by the templates: what every file is made with."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale

from digest.model import Edition
from digest.model.errors import DigestError
from digest.render.catalogue import Strings
from digest.render.clean import clean_edition
from digest.render.localization import Wording
from digest.render.plain_text import squeezed
from digest.render.templates import Templates
from digest.render.view import EditionView, view


class TemplateRenderer:
    """One set of templates with the address of the site and the phrases of its languages.

    `base` is where the output folder is served from, with a slash at the end, or empty;
    `images` is "", "page" or "all"; `search` says that a server answers questions, `subscribe`
    that it takes subscribers; with `mark` missing phrases are in brackets.
    """

    def __init__(
        self,
        sources: Templates,
        base: str,
        images: str,
        *,
        search: bool,
        subscribe: bool,
        mark: bool,
    ) -> None:
        self.base = base
        self._images = images
        self._search, self._subscribe = search, subscribe
        self._sources = sources
        self._mark = mark
        self._catalogue = cache(self._strings)

    def view(self, edition: Edition) -> EditionView:
        """An edition as it is stored, cleaned and ready to be shown."""
        return view(clean_edition(edition), self._catalogue)

    def wording(self, edition: Edition) -> Wording:
        """The words of an edition."""
        return Wording.of(edition, self._catalogue)

    def page(self, template: str, shown: EditionView, *, path: str, **values: Any) -> str:
        """A page of the site, in the words of an edition; `path` is its folder."""
        values = {"root": "../" * path.count("/"), "kind": "website", "picture": None} | values
        return squeezed(self.text(template, shown, path=path, **values))

    def text(self, template: str, shown: EditionView, **values: Any) -> str:
        """What a template makes of an edition and the values; TemplateError where it fails."""
        given = {
            "view": shown,
            "edition": shown.edition,
            "translate": shown.translate,
            "base": self.base,
            "images": self._images,
            "search": self._search,
            "subscribe": self._subscribe,
        }
        try:
            return self._sources.environment.get_template(template).render(given | values)
        except DigestError:
            raise
        except Exception as error:  # whatever someone's template may raise
            raise self._sources.fault(error) from error

    def _strings(self, locale: Locale) -> Strings:
        return Strings.of(locale, self._sources.catalogues, mark=self._mark)
