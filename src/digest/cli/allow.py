"""The option that opens the network door a little; only commands that fetch have it."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.fetch import Allowance


def _allowance(text: str) -> Allowance:
    try:
        return Allowance.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


AllowOption = Annotated[
    list[Allowance] | None,
    typer.Option(
        "--allow-address",
        metavar="CIDR[:PORT]",
        parser=_allowance,
        help="Let the network door through to this non-public address (repeatable).",
    ),
]
