"""Which addresses pictures may be fetched from, against IANA's registries."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from mner.pictures.remote import Address, is_public

# https://www.iana.org/assignments/iana-ipv4-special-registry
SPECIAL_4 = {
    "0.0.0.0/8": "this network",
    "0.0.0.0/32": "this host",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.0.0/29": "IPv4 service continuity prefix",
    "192.0.0.8/32": "IPv4 dummy address",
    "192.0.0.9/32": "port control protocol anycast",
    "192.0.0.10/32": "TURN anycast",
    "192.0.0.170/32": "NAT64/DNS64 discovery",
    "192.0.0.171/32": "NAT64/DNS64 discovery",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112-v4",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay anycast",
    "192.88.99.2/32": "6a44 relay anycast",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "direct delegation AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "limited broadcast",
}
MULTICAST_4 = "224.0.0.0/4"

# https://www.iana.org/assignments/iana-ipv6-special-registry, but for 2002::/16 (6to4)
SPECIAL_6 = {
    "::1/128": "loopback",
    "::/128": "unspecified",
    "64:ff9b::/96": "IPv4-IPv6 translation",
    "64:ff9b:1::/48": "IPv4-IPv6 translation",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "IETF protocol assignments",
    "2001::/32": "Teredo",
    "2001:1::1/128": "port control protocol anycast",
    "2001:1::2/128": "TURN anycast",
    "2001:1::3/128": "DNS-SD anycast",
    "2001:2::/48": "benchmarking",
    "2001:3::/32": "AMT",
    "2001:4:112::/48": "AS112-v6",
    "2001:10::/28": "ORCHID",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone remote ID",
    "2001:db8::/32": "documentation",
    "2620:4f:8000::/48": "direct delegation AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
}
# Outside of the registry, and not of the open internet either.
OTHERS_6 = ("::/96", "::ffff:0:0:0/96", "fec0::/10", "ff00::/8", "4000::/3", "8000::/2", "e000::/4")

PUBLIC_4 = ("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0")
PUBLIC_6 = ("2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2001:200::1", "3ffe::1")


def addresses_of(network: str) -> Iterator[Address]:
    """Yield addresses of a range: the first, the last, and some between."""
    whole = ip_network(network)
    for share in range(9):
        yield whole[(whole.num_addresses - 1) * share // 8]


def teredo(server: IPv4Address, client: IPv4Address) -> IPv6Address:
    return IPv6Address((0x20010000 << 96) | (int(server) << 64) | (int(client) ^ 0xFFFF_FFFF))


def standing_for(inner: IPv4Address) -> Iterator[IPv6Address]:
    """Yield addresses of IPv6 that stand for one of IPv4."""
    number = int(inner)
    yield IPv6Address(f"::ffff:{inner}")
    yield IPv6Address((0x2002 << 112) | (number << 80) | 1)
    yield IPv6Address(f"64:ff9b::{inner}")
    yield IPv6Address(f"64:ff9b:1::{inner}")
    yield IPv6Address(f"::{inner}")
    for prefix in ("2001:4860:4860:1", "fe80:0:0:0", "2a00:1450:1:2"):
        for kind in ("0", "200"):
            yield IPv6Address(f"{prefix}:{kind}:5efe:{inner}")
    yield teredo(IPv4Address("8.8.8.8"), inner)
    yield teredo(inner, IPv4Address("8.8.8.8"))


@pytest.mark.parametrize("network", [*SPECIAL_4, MULTICAST_4])
def test_special_ranges_of_ipv4_are_not_public(network: str) -> None:
    for address in addresses_of(network):
        assert isinstance(address, IPv4Address)
        assert not is_public(address)
        for outer in standing_for(address):
            assert not is_public(outer), outer


@pytest.mark.parametrize("network", [*SPECIAL_6, *OTHERS_6])
def test_special_ranges_of_ipv6_are_not_public(network: str) -> None:
    for address in addresses_of(network):
        assert not is_public(address), address


@pytest.mark.parametrize("network", [*SPECIAL_4, MULTICAST_4, *SPECIAL_6])
def test_the_neighbours_of_special_ranges_are_public_unless_they_are_special(network: str) -> None:
    specials = [ip_network(special) for special in (*SPECIAL_4, MULTICAST_4, *SPECIAL_6)]
    whole = ip_network(network)
    for number in (int(whole[0]) - 1, int(whole[-1]) + 1):
        if not 0 <= number < 2**whole.max_prefixlen:
            continue
        address = type(whole[0])(number)
        is_special = any(
            address.version == special.version and address in special for special in specials
        )
        is_unicast = address.version == 4 or number >> 125 == 1
        assert is_public(address) == (is_unicast and not is_special), address


@pytest.mark.parametrize("address", [*PUBLIC_4, *PUBLIC_6])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize("inner", PUBLIC_4)
def test_mapped_and_6to4_addresses_are_as_public_as_what_they_stand_for(inner: str) -> None:
    mapped, sixtofour, *others = standing_for(IPv4Address(inner))
    assert is_public(mapped)
    assert is_public(sixtofour)
    assert not any(map(is_public, others))
