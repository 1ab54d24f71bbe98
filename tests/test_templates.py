"""The templates are whole: each compiles, is used, and calls for nothing from outside."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined, UndefinedError, meta

from digest.model import Coverage
from digest.model.errors import TemplateError
from digest.render import Renderer, Templates
from digest.render.localization import Wording
from digest.render.sample_edition import sample_editions
from digest.render.story_view import StoryView
from digest.render.templates import packaged
from digest.render.view import EditionView, SectionView

from .conftest import ROOT
from .editions import file

FOLDER = ROOT / "templates"
NAMES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file())
CATALOGUES = [name for name in NAMES if name.endswith(".toml")]
NAMESPACES = {"http://www.w3.org/2005/Atom", "http://www.sitemaps.org/schemas/sitemap/0.9"}
OURS = Templates.read()
NEW, OLD = sample_editions()


def code() -> str:
    return "".join(
        path.read_text(encoding="utf-8")
        for room in ("render", "web")
        for path in (ROOT / "src/digest" / room).glob("*.py")
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CATALOGUES])
def test_a_template_compiles(name: str) -> None:
    """Each template compiles, in an environment where an unknown name is an error."""
    templates = OURS.environment
    assert templates.undefined is StrictUndefined
    assert name == templates.get_template(name).name
    assert packaged() == FOLDER


@pytest.mark.parametrize("name", NAMES)
def test_a_template_names_nothing_outside(name: str) -> None:
    """There is no address in a template but the namespaces of XML."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert set() == set(re.findall(r"https?://[^\s\"'<>]*", text)) - NAMESPACES
    assert not re.search(r"@import|url\(|<script|javascript:", text)


def test_every_template_is_used() -> None:
    """Each is named by the code or by a template that is."""
    templates = OURS.environment
    used = set(re.findall(r'"((?:web/)?\w+(?:\.\w+)+\.j2)"', code()))
    used |= {f"web/{name}.html.j2" for name in re.findall(r'\bpage\(\s*"(\w+)"', code())}
    used |= {f"admin/{name}.html.j2" for name in re.findall(r'self\._page\(\s*"(\w+)"', code())}
    waiting = list(used)
    while waiting:
        source = (FOLDER / waiting.pop()).read_text(encoding="utf-8")
        found = {name for name in meta.find_referenced_templates(templates.parse(source)) if name}
        waiting += found - used
        used |= found
    assert set(NAMES) - set(CATALOGUES) == used


# --- catalogues -------------------------------------------------------------------------------


def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    return tomllib.loads((FOLDER / f"strings/{language}.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_every_catalogue_has_every_phrase_with_its_names(language: str) -> None:
    """The same phrases in the same order, each with the {names} that English gives it."""
    english, other = catalogue("en"), catalogue(language)
    assert list(english) == list(other)
    for key, phrase in english.items():
        forms = [
            form
            for said in (phrase, other[key])
            for form in ([said] if isinstance(said, str) else said.values())
        ]
        assert 1 == len({frozenset(re.findall(r"\{\w+\}", form)) for form in forms}), key
        assert isinstance(phrase, str) == isinstance(other[key], str)


def test_every_phrase_is_used() -> None:
    """A catalogue holds nothing that nobody says."""
    said = code() + "".join(path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.j2"))
    assert [] == [key for key in catalogue("en") if f'"{key}"' not in said]


# --- an operator's own ------------------------------------------------------------------------


def own(folder: Path, name: str, text: str) -> Path:
    """A folder with one template in it."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_one_partial_takes_the_place_of_ours(tmp_path: Path) -> None:
    """The others stay; the one that is replaced can be built upon by its name in digest/."""
    text = '<aside>Mine</aside>{% include "digest/summary.html.j2" %}'
    page = file(Renderer(own(tmp_path, "summary.html.j2", text)).edition(NEW), "index.html")
    assert 3 == page.count("<aside>Mine</aside>")
    assert "still talking at midnight" in page


def test_a_catalogue_of_ones_own_adds_a_language(tmp_path: Path) -> None:
    """What it lacks is said in English, or in our catalogue; only tests see the gap."""
    own(tmp_path, "strings/it.toml", 'skip = "Vai al contenuto"')
    own(tmp_path, "strings/de.toml", 'skip = "Los"')
    german = file(Renderer(tmp_path, mark=True).edition(replace(NEW, language="de")), "index.html")
    assert "Los" in german
    assert "Über diese Ausgabe" in german
    edition = replace(NEW, language="it")
    page = file(Renderer(tmp_path).edition(edition), "index.html")
    assert "Vai al contenuto" in page
    assert "About this edition" in page
    marked = file(Renderer(tmp_path, mark=True).edition(edition), "index.html")
    assert "⟦about⟧" in marked


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    """The default folder need not exist."""
    assert Renderer().edition(NEW) == Renderer(tmp_path / "none").edition(NEW)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("story.html.j2", "<p>\n{% if %}", r"story\.html\.j2:2: Expected an expression"),
        ("story.html.j2", "<p>\n{{ story.headlien }}", r"story\.html\.j2:2: .*headlien"),
        ("email.txt.j2", "\n\n{{ 1 / 0 }}", r"email\.txt\.j2:3: division by zero"),
        (
            "edition.html.j2",
            '{% include "gone.html.j2" %}',
            r"edition\.html\.j2:1: no template 'gone\.h",
        ),
        ("macros.html.j2", "{{ x | nofilter }}", r"macros\.html\.j2:1: No filter named"),
        ("strings/en.toml", "skip = ", r"strings/en\.toml:1: not valid TOML: Invalid value"),
        ("strings/fr.toml", "\nskip = 5", r"fr\.toml:2: skip: write it in quotation marks"),
        ("strings/fr.toml", 'feeds = { two = "x" }', r"fr\.toml:1: feeds: .* \(always\) other"),
        ("strings/fr.toml", '[feeds]\nother = "x"\nlots = "y"', r"fr\.toml:1: feeds: .*'lots'"),
        ("strings/fr.toml", 'feeds = "{m} flux"', r"fr\.toml:1: feeds: \{m\} is no name"),
        ("strings/fr.toml", 'feeds = "{n.real}"', r"fr\.toml:1: feeds: \{n\.real\} is no name"),
        ("strings/fr.toml", 'feeds = "{n:d}"', r"fr\.toml:1: feeds: \{n\} is no name"),
        ("strings/fr.toml", 'feeds = "{n flux"', r"fr\.toml:1: feeds: expected '}'"),
        ("strings/nl.toml", 'mine = "{0}"', r"nl\.toml:1: mine: \{0\} is no name"),
        (
            "summary.html.j2",
            '{{ translate("no_such") }}',
            r"summary\.html\.j2:1: no phrase 'no_such'",
        ),
    ],
)
def test_a_broken_template_is_named_with_file_line_and_reason(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """Whether it cannot be compiled or fails while it runs."""
    own(tmp_path, name, text)
    with pytest.raises(TemplateError, match=message) as caught:
        Renderer(tmp_path).edition(NEW)
    assert str(caught.value).startswith(str(tmp_path))


def test_a_phrase_of_ones_own_has_names_of_its_own(tmp_path: Path) -> None:
    """A key that ours do not have belongs to a template that fills its names in."""
    own(tmp_path, "strings/en.toml", 'mine = "{who}, {{not a name}}"')
    own(tmp_path, "summary.html.j2", '{{ translate("mine", who="Ada") }}')
    page = file(Renderer(tmp_path).edition(NEW), "index.html")
    assert "Ada, {not a name}" in page


def test_a_template_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are a mistake with a file name."""
    (tmp_path / "page.html.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(TemplateError, match=r"page\.html\.j2: cannot be read"):
        Renderer(tmp_path)


def test_files_may_change_under_a_renderer(tmp_path: Path) -> None:
    """What was read stays: a running program never sees half of a new set."""
    renderer = Renderer(own(tmp_path, "summary.html.j2", "first"))
    before = renderer.edition(NEW)
    own(tmp_path, "summary.html.j2", "{% broken")
    assert before == renderer.edition(NEW)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("a.html.j2", True), ("a.xml.j2", True), ("a.txt.j2", False)],
)
def test_markup_is_escaped_by_name(tmp_path: Path, name: str, escaped: bool) -> None:
    """Templates of HTML and XML escape what they are given; text takes it as it is."""
    made = Templates.read(own(tmp_path, name, "{{ value }}")).environment
    assert escaped == (made.get_template(name).render(value="<b>") == "&lt;b&gt;")


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    """A misspelt name stops the rendering; it never renders as nothing."""
    made = Templates.read(own(tmp_path, "a.html.j2", "{{ misspelt }}")).environment
    with pytest.raises(UndefinedError, match="misspelt"):
        made.get_template("a.html.j2").render()


# --- what docs/templates.md promises ----------------------------------------------------------

DOCUMENT = (ROOT / "docs/templates.md").read_text(encoding="utf-8")


def documented(heading: str) -> set[str]:
    """The names in `code` of a part of the document."""
    part = DOCUMENT.partition(f"### {heading}\n")[2].partition("\n#")[0]
    return set(re.findall(r"`(\w+)(?:\(\w*\))?`", part))


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("view", EditionView),
        ("a section", SectionView),
        ("a story", StoryView),
        ("an article", Coverage),
    ],
)
def test_every_value_a_template_may_use_is_documented(heading: str, kind: Any) -> None:
    """Fields, properties and methods of each kind of value are documented."""
    named = {
        name
        for name in (*(field.name for field in fields(kind)), *vars(kind))
        if not name.startswith("_")
    }
    assert set() == named - documented(heading)


def test_every_phrase_maker_filter_and_template_is_documented() -> None:
    """The words of `translate`, our filters, and which file makes what."""
    words = {name for name in vars(Wording) if not name.startswith("_")}
    words -= {"of", "locale", "zone", "day", "strings"}
    assert set() == {word for word in words if f"`translate.{word}(" not in DOCUMENT}
    ours = set(OURS.environment.filters) - set(Environment().filters)
    assert ours == documented("Filters")
    listed = DOCUMENT.partition("## Values")[0]
    assert [] == [name for name in NAMES if name not in CATALOGUES and f"`{name}`" not in listed]
