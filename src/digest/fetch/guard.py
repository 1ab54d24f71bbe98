"""Which network addresses may be connected to.

Feeds name addresses, and so do the redirects and DNS answers of the hosts they name; none of
them may reach this machine or its network. The guard looks at the address of each socket as it
is made, the only point behind DNS, redirects and every way to write an address.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Self

PUBLIC_PORTS = frozenset({80, 443, 8080, 8443})

# The tables are written out because those of `ipaddress` differ between patch releases, and
# because its `is_global` passes multicast, NAT64, 6to4 and site-local addresses.
# Sources: the IANA special-purpose address registries (RFC 6890) and the RFCs named.
_REFUSED_4 = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "an address of 'this' network"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a shared address behind a provider's NAT"),
        ("127.0.0.0/8", "a loopback address"),
        ("168.63.129.16/32", "an address by which a cloud platform talks to its machines"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a protocol assignment"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
    )
)
_REFUSED_6 = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", "the unspecified address"),
        ("::1/128", "a loopback address"),
        ("::ffff:0:0:0/96", "a stateless translation of an IPv4 address"),  # RFC 2765
        ("::/96", "an IPv4-compatible address"),
        ("64:ff9b:1::/48", "a translation for a local network"),  # RFC 8215
        ("100::/64", "a discard address"),
        ("2001::/32", "a Teredo address"),
        ("2001:2::/48", "a benchmarking address"),
        ("2001::/23", "a protocol assignment"),
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a 6to4 address"),
        ("3ffe::/16", "an address of the closed 6bone"),  # RFC 3701
        ("3fff::/20", "a documentation address"),  # RFC 9637
        ("5f00::/16", "a segment routing identifier"),  # RFC 9602
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)
# All that is given out for global unicast (RFC 4291, section 2.4); the rest is not public.
_GLOBAL_6 = IPv6Network("2000::/3")
# Here a translator on an IPv6-only network puts the whole public IPv4 net (RFC 6052): such a
# host would reach nothing if the form were refused, so the IPv4 address within is judged.
_NAT64 = IPv6Network("64:ff9b::/96")

_ALLOWANCE = re.compile(
    r"(?P<host>[0-9.]+|\[[0-9a-fA-F:.]+\])(?P<prefix>/[0-9]{1,3})?(?::(?P<port>[0-9]{1,5}))?"
)


class RefusedAddressError(OSError):
    """The guard refused to make a socket; `reason` names the address and why.

    All have the same text: where a name has several addresses, the connector keeps an
    exception as it is only if the others read the same.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("refused address")
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A network that may be reached although it is not public, on one port or on any."""

    network: IPv4Network | IPv6Network
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "127.0.0.0/8", "127.0.0.1/32:8900" or "[::1]/128:80".

        Raises ValueError with one line for a person.
        """
        match = _ALLOWANCE.fullmatch(text)
        if match is None:
            raise ValueError(
                f"not an address to allow: {text[:60]!r}; write ADDRESS/BITS or"
                " ADDRESS/BITS:PORT, an IPv6 address in brackets"
            )
        try:
            network = ip_network(match["host"].strip("[]") + (match["prefix"] or ""))
        except ValueError as error:
            raise ValueError(f"not an address to allow: {text!r}: {error}") from None
        port = None if match["port"] is None else int(match["port"])
        if port is not None and not 1 <= port <= 65_535:
            raise ValueError(f"not an address to allow: {text!r}: ports go from 1 to 65535")
        return cls(network=network, port=port)

    def covers(self, address: IPv4Address | IPv6Address, port: int) -> bool:
        """Is this address, as it is written, within the allowance?"""
        # An address of the other IP version is in no network of this one.
        return address in self.network and self.port in {None, port}


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets connections through to public addresses on web ports, and to what is allowed."""

    allowed: tuple[Allowance, ...] = ()

    def check(self, address: str, port: int) -> str | None:
        """None if the address may be connected to, else why not, in words."""
        return _refusal(self.allowed, address, port)

    def open_socket(self, addr_info: tuple[Any, ...]) -> socket.socket:
        """Make the socket for an entry of getaddrinfo; raises RefusedAddressError."""
        family, kind, protocol, _, address = addr_info
        reason = self.check(address[0], address[1])
        if reason is not None:
            raise RefusedAddressError(reason)
        return socket.socket(family, kind, protocol)


@lru_cache(maxsize=1 << 12)  # a tenth of what a poll without news takes
def _refusal(allowed: tuple[Allowance, ...], address: str, port: int) -> str | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"{address[:60]!r} is not an IP address"
    if any(allowance.covers(parsed, port) for allowance in allowed):
        return None
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return f"{address[:60]!r} names a network interface of this machine"
    plain = _unwrap(parsed)
    kind = _kind(plain)
    if kind is not None:
        within = "" if plain == parsed else f" (it stands for {plain})"
        return f"{parsed}{within} is {kind}"
    if port not in PUBLIC_PORTS:
        return f"port {port} is no web port ({', '.join(map(str, sorted(PUBLIC_PORTS)))})"
    return None


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    """What makes an address not public; None if it is."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _REFUSED_4 if address in network), None)
    named = next((kind for network, kind in _REFUSED_6 if address in network), None)
    return named or (None if address in _GLOBAL_6 else "not a global unicast address")
