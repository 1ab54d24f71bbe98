"""Facts about the guard: which addresses may be connected to."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.fetch.guard import Allowance, Guard, RefusedAddressError

_HOSTILE_TEXT = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
    127.0.0.1 127.1.2.3 127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1
    192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::ffff:224.0.0.1 ::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8
    64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b::100.64.0.1
    64:ff9b:1::1 64:ff9b:1::7f00:1 100::1 2001::1 2001:0:53aa:64c:0:fffe:80ff:fffe 2001:2::1
    2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3ffe::1 3fff::1 4000::1
    5f00::1 fc00::1 fd00:ec2::254 fd12:3456::1 fe80::1 fe80::1%eth0 fe80::1%1 feb0::1 fec0::1
    ff02::1 ff0e::1 2606:4700::1111%eth0 8000::1 1::1
    localhost 0177.0.0.1 0x7f.0.0.1 2130706433 127.1 127.0.0.01 [::1] 127.0.0.1:80
"""
HOSTILE = _HOSTILE_TEXT.split()
_PUBLIC_TEXT = """
    1.1.1.1 8.8.8.8 93.184.215.14 151.101.1.69 172.15.255.255 172.32.0.1 192.0.1.1 223.255.255.254
    2606:4700:4700::1111 2a00:1450:4001:80b::200e 2001:4860:4860::8888 64:ff9b::8.8.8.8
    ::ffff:8.8.8.8
"""
PUBLIC = _PUBLIC_TEXT.split()


@pytest.mark.parametrize("address", HOSTILE)
def test_no_hostile_address_is_allowed(address: str) -> None:
    """Every way to write an address that is not public is refused, with a reason."""
    reason = Guard().check(address, 80)

    assert reason is not None


def test_the_hostile_list_is_long() -> None:
    """At least sixty different forms are tried."""
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    """Public addresses pass, also where an IPv6-only network translates IPv4 (NAT64)."""
    assert Guard().check(address, 443) is None


def test_is_global_alone_would_pass_hostile_addresses() -> None:
    """Control: the standard library's own judgement lets several of the list through."""
    parsed = [ip_address(text) for text in HOSTILE if _is_ip(text)]

    assert len([address for address in parsed if address.is_global]) >= 5


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@given(number=st.integers(min_value=0, max_value=2**32 - 1))
def test_an_allowed_ipv4_address_is_global(number: int) -> None:
    """The guard is never more open than the standard library for IPv4."""
    address = IPv4Address(number)

    assert Guard().check(str(address), 80) is not None or address.is_global


@given(number=st.integers(min_value=0, max_value=2**32 - 1))
def test_a_mapped_address_is_judged_like_the_one_it_stands_for(number: int) -> None:
    """Mapping and NAT64 open nothing and close nothing."""
    plain, guard = IPv4Address(number), Guard()
    mapped, translated = (IPv6Address(prefix | number) for prefix in (0xFFFF << 32, 0x64FF9B << 96))

    expected = guard.check(str(plain), 80) is None
    assert expected == (guard.check(str(mapped), 80) is None)
    assert expected == (guard.check(str(translated), 80) is None)


@pytest.mark.parametrize(
    ("port", "allowed"),
    [
        (80, True),
        (443, True),
        (8080, True),
        (8443, True),
        (22, False),
        (25, False),
        (6379, False),
        (0, False),
    ],
)
def test_public_addresses_are_reached_on_web_ports_only(port: int, allowed: bool) -> None:
    """A feed cannot make us talk to a mail server or a database."""
    assert allowed == (Guard().check("8.8.8.8", port) is None)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "127.0.0.1 is a loopback address"),
        ("169.254.169.254", "169.254.169.254 is a link-local address"),
        ("64:ff9b::a00:1", "64:ff9b::a00:1 (it stands for 10.0.0.1) is a private address"),
        ("localhost", "'localhost' is not an IP address"),
        ("8000::1", "8000::1 is not a global unicast address"),
    ],
)
def test_a_refusal_says_why(address: str, words: str) -> None:
    """The reason names the address and its kind."""
    assert words == Guard().check(address, 80)


def test_an_allowance_opens_only_what_it_names() -> None:
    """With one address and port allowed, every hostile form stays refused."""
    guard = Guard((Allowance.parse("127.0.0.1/32:8900"),))

    assert guard.check("127.0.0.1", 8900) is None
    assert guard.check("127.0.0.1", 8901) is not None
    assert [address for address in HOSTILE if guard.check(address, 80) is None] == []
    assert [
        address
        for address in HOSTILE
        if address != "127.0.0.1" and guard.check(address, 8900) is None
    ] == []


def test_an_allowance_without_port_opens_every_port() -> None:
    """127.0.0.0/8 reaches any port of the machine, in either IP version only its own."""
    guard = Guard((Allowance.parse("127.0.0.0/8"), Allowance.parse("[::1]/128:80")))

    assert guard.check("127.2.0.9", 54_321) is None
    assert guard.check("::1", 80) is None
    assert guard.check("::1", 81) is not None
    assert guard.check("::ffff:127.0.0.1", 80) is not None


def test_a_single_address_needs_no_prefix() -> None:
    """An address alone allows just that address."""
    assert Allowance.parse("127.0.0.1/32:80") == Allowance.parse("127.0.0.1:80")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "127.0.0.1/33",
        "127.0.0.1/8",
        "127.0.0.1/32:",
        "127.0.0.1/32:0",
        "127.0.0.1/32:65536",
        "::1/128",
        "[::1/128",
        "[::1]/129",
        "127.0.0/8",
        "10.0.0.0/8 ",
        "http://127.0.0.1/",
        "[fe80::1%eth0]/128",
        "\uff11\uff12\uff17.0.0.1/8",
    ],
)
def test_nonsense_is_no_allowance(text: str) -> None:
    """What is not an address raises one line that repeats it."""
    with pytest.raises(ValueError, match="not an address to allow") as caught:
        Allowance.parse(text)

    assert "\n" not in str(caught.value)


def test_a_socket_is_made_for_an_allowed_address_only() -> None:
    """The socket factory gives a socket or raises with the guard's reason."""
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 80))

    with Guard((Allowance.parse("127.0.0.1"),)).open_socket(info) as opened:
        assert opened.family == socket.AF_INET
    with pytest.raises(RefusedAddressError) as caught:
        Guard().open_socket(info)
    assert caught.value.reason == "127.0.0.1 is a loopback address"


@given(address=st.text(max_size=60), port=st.integers())
def test_any_text_gets_an_answer(address: str, port: int) -> None:
    """No text makes the guard raise; what is not an address is refused."""
    answer = Guard().check(address, port)

    assert answer is not None or _is_ip(address)
