"""Edition -> files, by the templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from digest.model import Edition, Mail, Personal, RenderedFile
from digest.render import mail, site
from digest.render.archive import ArchiveRenderer
from digest.render.data import dump, edition_data
from digest.render.site import Site
from digest.render.size_limit import fit
from digest.render.template_renderer import TemplateRenderer
from digest.render.templates import Templates
from digest.render.view import EditionView

Images = Literal["none", "page", "all"]

PAGE = 100_000  # bytes: coverage of the longest stories moves to their own pages beyond it
_COVERAGE = (3, 5, 8, 12, 18, 27, 40, 60, 90)  # articles of a story that a page may cut to


class Renderer:
    """Renders editions with one set of templates, for one address.

    `templates` is a folder whose files take the place of ours of the same name. `base_url` is
    where the output folder is served from; without it links within the site are relative, and
    mail has none. `images` says whether pages, or pages and mail, show the pictures that are
    in the output folder; mail does so with a `base_url` only. With `search` and `subscribe`
    pages lead to those of the server. With `mark` phrases that a catalogue lacks are in
    brackets. Raises TemplateError where a template cannot be used.
    """

    def __init__(
        self,
        templates: Path | Templates | None = None,
        base_url: str | None = None,
        images: Images = "none",
        *,
        search: bool = False,
        subscribe: bool = False,
        mark: bool = False,
    ) -> None:
        base = base_url.rstrip("/") + "/" if base_url else ""
        sources = templates if isinstance(templates, Templates) else Templates.read(templates)
        self._renderer = TemplateRenderer(
            sources,
            base,
            "" if images == "none" else images,
            search=search,
            subscribe=subscribe,
            mark=mark,
        )

    def edition(
        self,
        edition: Edition,
        previous: str | None = None,
        following: str | None = None,
        week: Edition | None = None,
    ) -> tuple[RenderedFile, ...]:
        """The files in an edition's own folder, given the editions before and after it.

        `week` combines it with those of the days before.
        """
        shown = self._renderer.view(edition)
        message, text = self._mail(shown, None)
        files = {
            "index.html": self._page(shown, previous, following, week=week is not None),
            "email.html": message,
            "email.txt": text,
            "digest.json": dump(edition_data(shown.edition)).decode(),
        }
        if shown.left:
            files["rest/index.html"] = self._rest(shown)
        if week is not None:
            whole = self._renderer.view(week)
            files["week/index.html"] = self._page(whole, None, None)
            if whole.left:
                files["week/rest/index.html"] = self._rest(whole)
        return tuple(_file(f"{edition.id}/{name}", body) for name, body in files.items())

    def page(self, edition: Edition) -> RenderedFile:
        """The page of an edition alone, without links to its neighbours."""
        page = self._page(self._renderer.view(edition), None, None)
        return _file(f"{edition.id}/index.html", page)

    def mail(self, edition: Edition) -> Mail:
        """The message for subscribers, with a token of `Personal` wherever a link of theirs goes.

        The HTML part is under 100 kB, and no line of either part longer than 998 octets, with
        their addresses in place.
        """
        shown = self._renderer.view(edition)
        message, text = self._mail(shown, Personal())
        return Mail(subject=shown.subject, html=message, text=text)

    def wanted(self, edition: Edition, ids: Sequence[str]) -> set[str]:
        """Which of all editions (ids newest first) the files of a new one are made from."""
        return site.wanted(edition, ids) | set(site.week_of(edition.id, ids))

    def week_of(self, edition: str, ids: Sequence[str]) -> tuple[str, ...]:
        """The editions that an edition's page of the week tells as one, oldest first."""
        return site.week_of(edition, ids)

    def files(
        self,
        edition: Edition,
        ids: Sequence[str],
        editions: Sequence[Edition],
        week: Edition | None = None,
    ) -> tuple[RenderedFile, ...]:
        """What a new edition adds to the output folder or changes there.

        `editions` are the wanted ones of `ids`, `week` combines those of `week_of`. What is new
        comes first, the index last, so that nothing is named before it is there. The number of
        older files does not grow with the number of editions.
        """
        known = {edition.id: edition for edition in editions} | {edition.id: edition}
        # An id that is listed though its edition is not at hand was taken out of the store.
        place = Site(
            ids=ids,
            editions=known,
            show=self._renderer.view,
            wording=self._renderer.wording,
            new=edition.id,
            week=week is not None,
        )
        archive = ArchiveRenderer(self._renderer, place)
        previous, following = place.neighbours(edition.id)
        return (
            *self.edition(edition, previous, following, week),
            *archive.stories(place.view(edition.id)),
            *self._page_before(place, edition.id, previous),
            *archive.sections(place.view(edition.id)),
            *archive.feeds(),
            *archive.sitemaps(edition.id),
            *archive.months(edition.id),
        )

    def _page_before(
        self, place: Site, edition: str, previous: str | None
    ) -> Iterator[RenderedFile]:
        if previous in place.editions:
            before, _ = place.neighbours(previous)
            week = place.has_week(previous)
            page = self._page(place.view(previous), before, edition, week=week)
            yield _file(f"{previous}/index.html", page)

    def _page(
        self,
        shown: EditionView,
        previous: str | None,
        following: str | None,
        *,
        week: bool = False,
    ) -> str:
        longest = max((story.articles for story in shown.stories), default=0)
        return fit(
            (*(room for room in _COVERAGE if room < longest), longest),
            lambda room: self._renderer.page(
                "edition.html.j2",
                shown,
                path=shown.path,
                title=shown.heading,
                description=shown.headlines,
                picture=shown.stories[0].picture if shown.stories else None,
                previous=previous,
                next=following,
                week=week,
                room=room,
            ),
            PAGE,
        )

    def _rest(self, shown: EditionView) -> str:
        return self._renderer.page(
            "rest.html.j2",
            shown,
            path=f"{shown.path}rest/",
            title=shown.translate.titled(shown.heading, shown.translate.text("rest_title")),
            description=shown.translate.text("rest", shown.left),
        )

    def _mail(self, shown: EditionView, personal: Personal | None) -> tuple[str, str]:
        message = mail.compact(
            len(shown.stories),
            lambda room: self._renderer.text("email.html.j2", shown, room=room, personal=personal),
        )
        return message, self._renderer.text("email.txt.j2", shown, personal=personal)


def _file(path: str, body: str) -> RenderedFile:
    return RenderedFile(path=path, body=body.encode())
