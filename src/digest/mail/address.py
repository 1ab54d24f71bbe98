"""Mail addresses: what can be sent to, in one form."""

from __future__ import annotations

import re

import idna

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class InvalidAddress(ValueError):
    """This is no address that mail can be sent to; the message says what is wrong with it."""


def normal_address(text: str) -> str:
    """An address without blanks around it, its domain in lower case and ASCII (RFC 5891).

    Only what RFC 5321 calls a dot-string is taken before the @: quoted parts occur in attacks
    more often than in address books. Raises InvalidAddress.
    """
    local, at, domain = text.strip().rpartition("@")
    if not at or not local or not domain:
        raise InvalidAddress("is no mail address: write name@domain")
    if not local.isascii():
        raise InvalidAddress("has characters beyond ASCII before the @, which few servers take")
    # "=?" begins an encoded word (RFC 2047), which parsers decode even within an address.
    if len(local) > 64 or not _LOCAL.fullmatch(local) or "=?" in local:
        raise InvalidAddress("has a part before the @ that no mail address has")
    return f"{local}@{_domain(domain)}"


def address_key(address: str) -> str:
    """What two spellings of one mailbox share: no server in use tells Ann@ from ann@."""
    return address.lower()


def _domain(domain: str) -> str:
    plain = domain.lower()
    if not plain.isascii():
        try:
            plain = idna.encode(plain, uts46=True).decode()
        except idna.IDNAError:
            raise InvalidAddress("has a domain that is no name of a host") from None
    labels = plain.split(".")
    if len(plain) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise InvalidAddress("has a domain that is no name of a host")
    if len(labels) < 2 or labels[-1].isdigit():
        raise InvalidAddress("has a domain without a top level: write name@example.org")
    return plain
