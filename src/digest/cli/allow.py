"""`--allow-address`, for the commands that send requests."""

from __future__ import annotations

from typing import Annotated

import typer

from digest.fetch.guard import Allowance


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
        help="Allow requests to this non-public address (repeatable).",
    ),
]
