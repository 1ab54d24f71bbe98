"""Edition -> files, by the templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel import Locale

from digest.errors import DigestError
from digest.model import Edition, RenderedFile
from digest.render import feeds, mail, site
from digest.render.clean import clean_edition
from digest.render.data import dump, edition_data, zulu
from digest.render.feeds import Feed, FeedEntry
from digest.render.loading import Templates
from digest.render.mail import Mail, Personal
from digest.render.plain import squeezed
from digest.render.site import Site, section_of
from digest.render.strings import Strings
from digest.render.view import EditionView, view
from digest.render.wording import Wording

Images = Literal["none", "page", "all"]

PAGE = 150_000  # bytes: coverage of the longest stories moves to their own pages beyond it
_LEAST_COVERAGE = 3


class Renderer:
    """Renders editions with one set of templates, for one address.

    `templates` is a folder whose files take the place of ours of the same name. `base_url` is
    where the output folder is served from; without it links within the site are relative, and
    mail has none. `images` says whether pages, or pages and mail, may show pictures, which
    readers' programs then fetch from the outlets. With `mark` phrases that a catalogue lacks
    stand in brackets. Raises TemplateError where a template cannot be used.
    """

    def __init__(
        self,
        templates: Path | Templates | None = None,
        base_url: str | None = None,
        images: Images = "none",
        *,
        mark: bool = False,
    ) -> None:
        self._base = base_url.rstrip("/") + "/" if base_url else ""
        self._sources = templates if isinstance(templates, Templates) else Templates.read(templates)
        self._templates = self._sources.environment()
        self._templates.globals |= {
            "base": self._base,
            "images": "" if images == "none" else images,
        }
        self._mark = mark
        self._catalogue = cache(self._strings)

    def edition(
        self, edition: Edition, previous: str | None = None, following: str | None = None
    ) -> tuple[RenderedFile, ...]:
        """The files in an edition's own folder, given the editions before and after it."""
        shown = self._view(edition)
        message, text = self._mail(shown, None)
        files = {
            "index.html": self._page(shown, previous, following),
            "email.html": message,
            "email.txt": text,
            "digest.json": dump(edition_data(shown.edition)).decode(),
        }
        if edition.rest:
            files["rest/index.html"] = self._rest(shown)
        return tuple(_file(f"{edition.id}/{name}", body) for name, body in files.items())

    def mail(self, edition: Edition) -> Mail:
        """The message for subscribers, with the two tokens of `Personal` in both parts.

        The HTML part is under 100 kB with any two addresses of at most 900 characters in their
        place; no line of either part is longer than 998 octets.
        """
        shown = self._view(edition)
        message, text = self._mail(shown, Personal())
        return Mail(subject=shown.heading, html=message, text=text)

    def wanted(self, edition: Edition, ids: Sequence[str]) -> set[str]:
        """Which of all editions (ids newest first) the files of a new one are made from."""
        return site.wanted(edition, ids)

    def files(
        self, edition: Edition, ids: Sequence[str], editions: Sequence[Edition]
    ) -> tuple[RenderedFile, ...]:
        """What a new edition adds to the output folder or changes there.

        `editions` are the wanted ones of `ids`. What is new comes first, the index last, so
        that nothing is named before it is there. The number of older files does not grow with
        the number of editions.
        """
        known = {each.id: each for each in editions} | {edition.id: edition}
        # An id that is listed though its edition is not at hand was taken out of the store.
        place = Site(ids=ids, editions=known, show=self._view, wording=self._wording)
        previous, following = place.neighbours(edition.id)
        return (
            *self.edition(edition, previous, following),
            *self._story_pages(place, place.view(edition.id)),
            *self._page_before(place, edition.id, previous),
            *self._section_pages(place, place.view(edition.id)),
            *self._feeds(place),
            *self._sitemaps(place, edition.id),
            *self._months(place, edition.id),
        )

    def _story_pages(self, place: Site, shown: EditionView) -> Iterator[RenderedFile]:
        for latest, story in place.stories(shown):
            path = f"stories/{story.slug}/"
            page = self._html(
                "timeline.html.j2",
                latest,
                path=path,
                title=story.headline,
                description=" ".join(each.text for each in story.sentences[:2]) or story.headline,
                kind="article",
                story=story,
                days=place.timeline(latest, story),
                section=section_of(latest, story),
            )
            yield _file(f"{path}index.html", page)

    def _page_before(
        self, place: Site, edition: str, previous: str | None
    ) -> Iterator[RenderedFile]:
        if previous in place.editions:
            before, _ = place.neighbours(previous)
            yield _file(f"{previous}/index.html", self._page(place.view(previous), before, edition))

    def _section_pages(self, place: Site, shown: EditionView) -> Iterator[RenderedFile]:
        entries = self._story_entries(place, "../../")
        for slug, title in {section.slug: section.title for section in shown.sections}.items():
            days = place.section(slug)
            if not days:  # an old edition was built again
                continue
            path = f"sections/{slug}/"
            heading = f"{shown.edition.title}: {title}"
            page = self._html(
                "section.html.j2",
                place.newest[0],
                path=path,
                title=heading,
                description=" · ".join(story.headline for story in days[0][1][:3]),
                section=title,
                days=days,
            )
            yield _file(f"{path}index.html", page)
            mine = tuple(entry for where, entry in entries if where == slug)
            yield from self._feed(place, f"{path}feed", heading, mine, home=path)

    def _feeds(self, place: Site) -> Iterator[RenderedFile]:
        newest = place.newest[0]
        title = newest.edition.title
        editions = tuple(
            feeds.entry_of(
                each, self._base, self._text("feed_entry.html.j2", each, edition=each.edition)
            )
            for each in place.newest
        )
        yield from self._feed(place, "feed", title, editions)
        stories = tuple(entry for _, entry in self._story_entries(place, ""))
        heading = f"{title}: {newest.say.text('atom_stories')}"
        yield from self._feed(place, "stories", heading, stories)
        yield _file("sources.opml", self._text("sources.opml.xml.j2", newest))

    def _story_entries(self, place: Site, root: str) -> list[tuple[str, FeedEntry]]:
        """The entries of the newest stories, each with its section's slug."""
        ends = {each.id: each.until for each in place.editions.values()}
        return [
            (
                section_of(shown, story).slug,
                feeds.story_entry(
                    shown,
                    story,
                    self._base or root,
                    self._text("feed_story.html.j2", shown, story=story),
                    feeds.first_told(shown, story, ends),
                ),
            )
            for shown, story in place.recent()
        ]

    def _feed(
        self, place: Site, path: str, title: str, entries: tuple[FeedEntry, ...], home: str = ""
    ) -> Iterator[RenderedFile]:
        newest = place.newest[0]
        feed = Feed(
            id=feeds.urn(newest.edition.title, path),
            title=title,
            author=newest.edition.title,
            language=newest.lang,
            updated=max((each.updated for each in entries), default=zulu(newest.edition.until)),
            url=self._base + path if self._base else path.rpartition("/")[2],
            home=self._base + home or "./",
            entries=entries,
        )
        yield _file(f"{path}.xml", self._text("feed.xml.j2", newest, feed=feed))
        yield RenderedFile(path=f"{path}.json", body=feeds.json_feed(feed))

    def _sitemaps(self, place: Site, edition: str) -> Iterator[RenderedFile]:
        if not self._base:  # a sitemap holds absolute addresses only
            return
        month = edition[:7]
        pages: dict[str, str] = {}
        for each in place.editions.values():
            if each.id.startswith(month):
                updated = zulu(each.until)
                pages[f"{each.id}/"] = updated
                for story in place.view(each.id).stories:
                    path = f"stories/{story.slug}/"
                    pages[path] = max(updated, pages.get(path, ""))
        shown = place.newest[0]
        months = dict.fromkeys(each[:7] for each in place.ids)
        listed = sorted(pages.items())
        yield _file(f"{month}/sitemap.xml", self._text("sitemap.xml.j2", shown, pages=listed))
        yield _file("sitemap.xml", self._text("sitemap_index.xml.j2", shown, months=months))

    def _months(self, place: Site, edition: str) -> Iterator[RenderedFile]:
        month = edition[:7]
        shown = place.newest[0]
        days = place.days(month)
        page = self._html(
            "month.html.j2",
            place.view(edition),
            path=f"{month}/",
            title=f"{shown.edition.title}, {days[0].say.month()}",
            description=shown.headlines,
            month=month,
            days=days,
            before=next((each[:7] for each in place.ids if each[:7] < month), None),
        )
        yield _file(f"{month}/index.html", page)
        newest = place.ids[0][:7]
        archive = self._html(
            "archive.html.j2",
            shown,
            path="",
            title=shown.edition.title,
            description=shown.headlines,
            month=newest,
            days=place.days(newest),
            years=place.years(),
        )
        yield _file("index.html", archive)

    def _page(self, shown: EditionView, previous: str | None, following: str | None) -> str:
        longest = max((story.articles for story in shown.stories), default=0)
        return _largest(
            _LEAST_COVERAGE,
            longest,
            lambda room: self._html(
                "edition.html.j2",
                shown,
                path=f"{shown.edition.id}/",
                title=shown.heading,
                description=shown.headlines,
                previous=previous,
                next=following,
                room=room,
                left=_left(shown),
            ),
        )

    def _rest(self, shown: EditionView) -> str:
        return self._html(
            "rest.html.j2",
            shown,
            path=f"{shown.edition.id}/rest/",
            title=f"{shown.heading}: {shown.say.text('rest_title')}",
            description=shown.say.text("rest", _left(shown)),
            left=_left(shown),
        )

    def _mail(self, shown: EditionView, personal: Personal | None) -> tuple[str, str]:
        left = _left(shown)
        message = mail.fit(
            len(shown.stories),
            lambda room: self._text(
                "email.html.j2", shown, room=room, personal=personal, left=left
            ),
            personal=personal is not None,
        )
        text = self._text(
            "email.txt.j2", shown, links=shown.numbered_links(), personal=personal, left=left
        )
        return message, text

    def _view(self, edition: Edition) -> EditionView:
        return view(clean_edition(edition), self._catalogue)

    def _wording(self, edition: Edition) -> Wording:
        return Wording.of(edition, self._catalogue)

    def _strings(self, locale: Locale) -> Strings:
        return Strings.of(locale, self._sources.catalogues, mark=self._mark)

    def _html(self, template: str, shown: EditionView, *, path: str, **values: Any) -> str:
        """A page of the site; `path` is its folder."""
        values = {"root": "../" * path.count("/"), "kind": "website"} | values
        return squeezed(self._text(template, shown, path=path, **values))

    def _text(self, template: str, shown: EditionView, **values: Any) -> str:
        values = {"view": shown, "edition": shown.edition, "say": shown.say} | values
        try:
            return self._templates.get_template(template).render(values)
        except DigestError:
            raise
        except Exception as error:  # whatever someone's template may raise
            raise self._sources.fault(error) from error


def _left(shown: EditionView) -> int:
    """How many stories there was no room for, those included that were not even named."""
    counts = shown.edition.counts
    return max(counts.stories - counts.repeats - len(shown.stories), len(shown.edition.rest))


def _largest(least: int, most: int, render: Callable[[int], str]) -> str:
    """What the greatest room gives that keeps a page below its size; that of `least` at worst."""
    body = render(max(least, most))
    if len(body.encode()) <= PAGE:
        return body
    low, high = least, most
    body = render(low)
    while high - low > 1:
        middle = (low + high) // 2
        attempt = render(middle)
        if len(attempt.encode()) <= PAGE:
            low, body = middle, attempt
        else:
            high = middle
    return body


def _file(path: str, body: str) -> RenderedFile:
    return RenderedFile(path=path, body=body.encode())
