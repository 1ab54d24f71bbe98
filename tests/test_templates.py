"""The templates are whole: each compiles, is used, and calls for nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import StrictUndefined, UndefinedError, meta

from digest.render.renderer import environment

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
NAMESPACES = {"http://www.w3.org/2005/Atom"}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    """Each template compiles, in an environment where an unknown name is an error."""
    templates = environment(FOLDER)
    assert templates.undefined is StrictUndefined
    assert name == templates.get_template(name).name


@pytest.mark.parametrize("name", NAMES)
def test_a_template_names_nothing_outside(name: str) -> None:
    """There is no address in a template but the namespaces of XML."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert set() == set(re.findall(r"https?://[^\s\"'<>]*", text)) - NAMESPACES
    assert not re.search(r"@import|url\(|<script|javascript:", text)


def test_every_template_is_used() -> None:
    """Each is named by the code or by a template that is."""
    templates = environment(FOLDER)
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("render", "web")
        for path in (ROOT / "src/digest" / room).glob("*.py")
    )
    used = set(re.findall(r'"((?:web/)?\w+\.\w+\.j2)"', code))
    used |= {f"web/{name}.html.j2" for name in re.findall(r'\bpage\(\s*"(\w+)"', code)}
    waiting = list(used)
    while waiting:
        source = (FOLDER / waiting.pop()).read_text(encoding="utf-8")
        found = {name for name in meta.find_referenced_templates(templates.parse(source)) if name}
        waiting += found - used
        used |= found
    assert set(NAMES) == used


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("a.html.j2", True), ("a.xml.j2", True), ("a.txt.j2", False)],
)
def test_markup_is_escaped_by_name(tmp_path: Path, name: str, escaped: bool) -> None:
    """Templates of HTML and XML escape what they are given; text takes it as it is."""
    (tmp_path / name).write_text("{{ value }}", encoding="utf-8")
    made = environment(tmp_path).get_template(name).render(value="<b>")
    assert escaped == (made == "&lt;b&gt;")


def test_an_unknown_name_is_an_error(tmp_path: Path) -> None:
    """A misspelt name stops the rendering; it never renders as nothing."""
    (tmp_path / "a.html.j2").write_text("{{ misspelt }}", encoding="utf-8")
    with pytest.raises(UndefinedError, match="misspelt"):
        environment(tmp_path).get_template("a.html.j2").render()
