"""The files about many editions: story, section and month pages, feeds, sitemap, index."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from digest.model import RenderedFile
from digest.render import feeds
from digest.render.data import zulu
from digest.render.feeds import Feed, FeedEntry
from digest.render.paths import story_slug
from digest.render.site import Site, section_of
from digest.render.template_renderer import TemplateRenderer
from digest.render.view import EditionView


class ArchiveRenderer:
    """Makes the files of a site that a new edition changes."""

    def __init__(self, renderer: TemplateRenderer, place: Site) -> None:
        self._renderer = renderer
        self._place = place

    def stories(self, shown: EditionView) -> Iterator[RenderedFile]:
        """The page of each story of an edition, with its days so far."""
        for latest, story in self._place.stories(shown):
            path = f"stories/{story.slug}/"
            page = self._renderer.page(
                "timeline.html.j2",
                latest,
                path=path,
                title=story.headline,
                description=" ".join(sentence.text for sentence in story.sentences[:2])
                or story.headline,
                kind="article",
                picture=story.picture,
                story=story,
                days=self._place.timeline(latest, story),
                section=section_of(latest, story),
            )
            yield _file(f"{path}index.html", page)

    def sections(self, shown: EditionView) -> Iterator[RenderedFile]:
        """The page and the feeds of each section of an edition."""
        for slug, title in {section.slug: section.title for section in shown.sections}.items():
            days = self._place.section(slug)
            if not days:  # an old edition was built again
                continue
            path = f"sections/{slug}/"
            heading = shown.translate.titled(shown.edition.title, title)
            page = self._renderer.page(
                "section.html.j2",
                self._place.newest[0],
                path=path,
                title=heading,
                description=" · ".join(story.headline for story in days[0][1][:3]),
                section=title,
                days=days,
            )
            yield _file(f"{path}index.html", page)
            mine = tuple(entry for where, entry in self._stories if where == slug)
            yield from self._feed(f"{path}feed", heading, mine, home=path)

    def feeds(self) -> Iterator[RenderedFile]:
        """The newest editions, the newest stories, and the sources."""
        newest = self._place.newest[0]
        title = newest.edition.title
        editions = tuple(
            feeds.entry_of(
                edition,
                self._renderer.text("feed_entry.html.j2", edition, edition=edition.edition),
            )
            for edition in self._place.newest
        )
        yield from self._feed("feed", title, editions)
        stories = tuple(entry for _, entry in self._stories)
        heading = newest.translate.titled(title, newest.translate.text("atom_stories"))
        yield from self._feed("stories", heading, stories)
        yield _file("sources.opml", self._renderer.text("sources.opml.xml.j2", newest))

    @cached_property
    def _stories(self) -> list[tuple[str, FeedEntry]]:
        """The entries of the newest stories, each with its section's slug."""
        ends = {edition.id: edition.until for edition in self._place.editions.values()}
        return [
            (
                section_of(shown, story).slug,
                feeds.story_entry(
                    shown,
                    story,
                    self._renderer.text("feed_story.html.j2", shown, story=story),
                    feeds.first_published(shown, story, ends),
                ),
            )
            for shown, story in self._place.recent()
        ]

    def _feed(
        self, path: str, title: str, entries: tuple[FeedEntry, ...], home: str = ""
    ) -> Iterator[RenderedFile]:
        newest = self._place.newest[0]
        root = self._renderer.base or "../" * path.count("/")
        feed = Feed(
            id=feeds.urn(newest.edition.title, path),
            title=title,
            author=newest.edition.title,
            language=newest.lang,
            updated=max((entry.updated for entry in entries), default=zulu(newest.edition.until)),
            url=self._renderer.base + path if self._renderer.base else path.rpartition("/")[2],
            home=self._renderer.base + home or "./",
            entries=tuple(entry._replace(url=root + entry.url) for entry in entries),
        )
        yield _file(f"{path}.xml", self._renderer.text("feed.xml.j2", newest, feed=feed))
        yield RenderedFile(path=f"{path}.json", body=feeds.json_feed(feed))

    def sitemaps(self, edition: str) -> Iterator[RenderedFile]:
        """The month of an edition for search engines, and the list of all months."""
        if not self._renderer.base:  # a sitemap holds absolute addresses only
            return
        month = edition[:7]
        pages: dict[str, str] = {}
        for other_edition in self._place.editions.values():
            if other_edition.id.startswith(month):
                updated = zulu(other_edition.until)
                pages[f"{other_edition.id}/"] = updated
                for story in other_edition.stories:
                    path = f"stories/{story_slug(story.id)}/"
                    pages[path] = max(updated, pages.get(path, ""))
        shown = self._place.newest[0]
        months = dict.fromkeys(edition_id[:7] for edition_id in self._place.ids)
        listed = sorted(pages.items())
        yield _file(
            f"{month}/sitemap.xml", self._renderer.text("sitemap.xml.j2", shown, pages=listed)
        )
        yield _file(
            "sitemap.xml", self._renderer.text("sitemap_index.xml.j2", shown, months=months)
        )

    def months(self, edition: str) -> Iterator[RenderedFile]:
        """The page of an edition's month, and the index of all."""
        month = edition[:7]
        shown = self._place.newest[0]
        days = self._place.days(month)
        page = self._renderer.page(
            "month.html.j2",
            self._place.view(edition),
            path=f"{month}/",
            title=f"{shown.edition.title}, {days[0].translate.month()}",
            description=shown.headlines,
            month=month,
            days=days,
            before=next(
                (edition_id[:7] for edition_id in self._place.ids if edition_id[:7] < month), None
            ),
        )
        yield _file(f"{month}/index.html", page)
        newest = self._place.ids[0][:7]
        archive = self._renderer.page(
            "archive.html.j2",
            shown,
            path="",
            title=shown.edition.title,
            description=shown.headlines,
            month=newest,
            days=self._place.days(newest),
            years=self._place.years(),
            sections=self._place.sections(),
        )
        yield _file("index.html", archive)


def _file(path: str, body: str) -> RenderedFile:
    return RenderedFile(path=path, body=body.encode())
