"""Edition -> files, by the templates."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from digest.model import Edition, Mail, RenderedFile
from digest.render import feeds, mail
from digest.render.clean import clean_edition
from digest.render.data import dump, edition_data, zulu
from digest.render.mail import Personal
from digest.render.plain import columns, fill
from digest.render.view import EditionView, flat, view


class Renderer:
    """Renders editions with one set of templates, for one address.

    `templates` is the folder with the templates, by default the one that comes with the
    package. `base_url` is where the output folder is served from; without it links within the
    site are relative, and mail has none.
    """

    def __init__(self, templates: Path | None = None, base_url: str | None = None) -> None:
        self._base = base_url.rstrip("/") + "/" if base_url else ""
        self._templates = environment(templates or _packaged_templates())
        self._templates.globals["base"] = self._base

    def edition(self, edition: Edition, previous: str | None) -> tuple[RenderedFile, ...]:
        """The files of one edition; `previous` is the id of the edition before it."""
        shown = view(clean_edition(edition))
        files = {
            "index.html": self._render("edition.html.j2", view=shown, previous=previous),
            "email.html": self._message(shown, None),
            "email.txt": self._plain(shown, None).encode(),
            "digest.json": dump(edition_data(shown.edition)),
        }
        return tuple(
            RenderedFile(path=f"{edition.id}/{name}", body=body) for name, body in files.items()
        )

    def mail(self, edition: Edition) -> Mail:
        """The message for subscribers, with a token in both parts wherever a link of theirs goes.

        The HTML part stays under 100 kB with links of up to 150 characters in their place.
        """
        shown = view(clean_edition(edition))
        html = self._message(shown, Personal()).decode()
        text = self._plain(shown, Personal())
        return Mail(subject=shown.heading, html=html, text=text)

    def _message(self, shown: EditionView, personal: Personal | None) -> bytes:
        return mail.fit(
            len(shown.stories),
            lambda room: self._text("email.html.j2", view=shown, room=room, personal=personal),
        )

    def _plain(self, shown: EditionView, personal: Personal | None) -> str:
        links = shown.numbered_links()
        return self._text("email.txt.j2", view=shown, links=links, personal=personal)

    def site(self, editions: Sequence[Edition]) -> tuple[RenderedFile, ...]:
        """Feeds of the newest 30 editions and the archive of all, given newest first.

        The archive stands last, so that it never lists what is not written yet. No editions,
        no files.
        """
        if not editions:
            return ()
        views = [view(clean_edition(edition)) for edition in editions]
        newest = views[0]
        entries = [
            feeds.entry_of(shown, self._base, self._text("feed_entry.html.j2", view=shown))
            for shown in views[: feeds.LENGTH]
        ]
        months = [
            (name, tuple(group)) for name, group in groupby(views, key=lambda one: one.say.month())
        ]
        feed_id = feeds.urn(newest.edition.title, "feed")
        atom = self._render("feed.xml.j2", newest=newest, feed_id=feed_id, entries=entries)
        archive = self._render("archive.html.j2", view=newest, months=months)
        return (
            RenderedFile(path="feed.xml", body=atom),
            RenderedFile(path="feed.json", body=feeds.json_feed(newest, entries, self._base)),
            RenderedFile(path="index.html", body=archive),
        )

    def _text(self, template: str, **values: object) -> str:
        return self._templates.get_template(template).render(values)

    def _render(self, template: str, **values: object) -> bytes:
        return self._text(template, **values).encode()


def environment(templates: Path) -> Environment:
    """Jinja2 for a folder of templates: HTML and XML escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(("html.j2", "xml.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters |= {
        "columns": columns,
        "fill": fill,
        "flat": flat,
        "zulu": zulu,
    }
    return made


def _packaged_templates() -> Path:
    packaged = Path(str(resources.files("digest"))) / "templates"
    # An editable install has none: there the folder lies at the top of the repository.
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "templates"
