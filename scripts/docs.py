"""Write docs/configuration.md and docs/cli.md from the settings and the commands (`make docs`).

tests/test_docs.py fails while either is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.cli import get_docs_for_click

from digest.cli.main import COMMANDS, app, load_command
from digest.config.settings import File
from scripts.meanings import MEANINGS, SINCE, TABLES

DOCS = Path(__file__).parents[1] / "docs"

_CONFIGURATION = """# Configuration

Generated from the settings by `make docs`.

One TOML file configures everything: `feeds.toml` in the current folder, or another that `--config`
names. `digest init` writes one to start from, and `digest check` reports every mistake in it with
its line. Only `[[feeds]]` is required. Unknown keys are mistakes, so a misspelt one never goes
unnoticed. Paths are relative to the file. `digest serve` notices a changed file and uses it without
a restart, except `database` and `listen`.

Which non-public addresses may be reached is deliberately no setting; it is
`--allow-address CIDR[:PORT]` on the command line.
"""

_CLI = """# Command line

Generated from the commands by `make docs`.

Exit codes: 0 success, 1 something failed, 2 wrong usage or configuration. Reports go to standard
output, progress, log lines and errors to standard error. `digest --install-completion` installs
completion for your shell.

"""


def configuration() -> str:
    """docs/configuration.md: every key of every table with its type, default, meaning and age."""
    return _CONFIGURATION + "".join(_tables())


def keys() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each key as (table, name, its part of the JSON schema of a file)."""
    schema = File.model_json_schema()
    for table, part in schema["properties"].items():
        kind = _resolved(part.get("items", part), schema)
        for name, key in kind["properties"].items():
            yield (
                table,
                name,
                _resolved(key, schema) | {"required": name in kind.get("required", ())},
            )


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A part of the schema with references followed and `null` left out of the choices."""
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    merged = part | (choices[0] if choices else {})
    if name := merged.get("$ref", "").removeprefix("#/$defs/"):
        merged = schema["$defs"][name] | part
    return merged


def _tables() -> Iterator[str]:
    seen = ""
    for table, name, key in keys():
        if table != seen:
            brackets = "[[feeds]]" if table == "feeds" else f"[{table}]"
            yield f"\n## {brackets}\n\n{TABLES[table]}\n\n"
            yield "| key | type | default | meaning | since |\n|---|---|---|---|---|\n"
            seen = table
        dotted = f"{table}.{name}"
        meaning, since = MEANINGS[dotted], SINCE.get(dotted, "0.1")
        yield f"| `{name}` | {_type(key)} | {_default(key)} | {meaning} | {since} |\n"


def _type(key: dict[str, Any]) -> str:
    if "enum" in key:
        return ", ".join(f"`{json.dumps(value)}`" for value in key["enum"])
    kind: str = {
        "path": "path",
        "time": 'time, `"HH:MM"`',
    }.get(key.get("format", ""), key.get("type", "string"))
    if kind == "array":
        return f"list of {key['items']['type']}s"
    if kind == "object" and "properties" in key:
        return "table"
    if kind == "object":
        return f"table of {key['additionalProperties']['type']}s"
    least, above, most = (key.get(n) for n in ("minimum", "exclusiveMinimum", "maximum"))
    bounds = (
        f" from {least:,g}" if least is not None else "",
        f" above {above:,g}" if above is not None else "",
        f" to {most:,g}" if most is not None else "",
    )
    return kind + "".join(bounds)


def _default(key: dict[str, Any]) -> str:
    if key["required"]:
        return "required"
    default = key.get("default")
    if key.get("format") == "time":
        default = str(default)[:5]
    return "none" if default in (None, [], {}) else f"`{json.dumps(default)}`"


def cli() -> str:
    """docs/cli.md: every command with its arguments and options."""
    group: Any = typer.main.get_command(app)
    context = typer.Context(group, info_name="digest", **group.context_settings)
    parts = [_CLI, "| command | what it does |\n|---|---|\n"]
    parts += [
        f"| [`digest {name}`](#digest-{name}) | {COMMANDS[name].help} |\n" for name in COMMANDS
    ]
    group.list_commands = lambda _: []  # each has a section of its own below
    common = _section(group, context, "digest")
    parts.append("\n" + common.replace("# `digest`", "## Options before the command"))
    parts += ["\n" + _section(load_command(name), context, name) for name in COMMANDS]
    return "".join(parts)


def _section(command: Any, context: typer.Context, name: str) -> str:
    prefix = "" if name == "digest" else "digest"
    indent = 1 if prefix else 0
    text: str = get_docs_for_click(
        obj=command, ctx=context, name=name, call_prefix=prefix, indent=indent
    )
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


def main() -> None:
    """Write both files."""
    (DOCS / "configuration.md").write_text(configuration(), encoding="utf-8")
    (DOCS / "cli.md").write_text(cli(), encoding="utf-8")


if __name__ == "__main__":
    main()
