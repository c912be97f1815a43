"""Which IP addresses are the public internet: IANA's special-purpose registries as tables of our own.

RFC 6890 and the IPv4, IPv6 and multicast registries. The standard library's `is_global` is not asked: it
calls multicast, site-local, translated and some reserved addresses global, and it changes with Python.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_IPV4_SPECIAL: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local, and the metadata services of clouds
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

_IPV6_GLOBAL: Final = IPv6Network("2000::/3")
"""All that has been set apart for global unicast; what lies outside is refused without a name."""

_IPV6_SPECIAL: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks, AMT, AS112, DRIP
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside decides where it goes
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_NAT64: Final = IPv6Network("64:ff9b::/96")
"""RFC 6052: how a name with an IPv4 address alone looks from an IPv6-only network."""


def is_public(address: Address) -> bool:
    """Tell whether a packet to `address` leaves for the public internet.

    Of the forms that carry an IPv4 address only NAT64's well-known prefix can lead to a public server, and
    the address inside must then be public itself. Mapped, compatible, SIIT, 6to4 and Teredo never do.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _IPV4_SPECIAL)
    if address.scope_id is not None:
        return False
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _IPV6_GLOBAL and not any(address in network for network in _IPV6_SPECIAL)


def read_address(text: str) -> Address:
    """Return the address that a resolver answered; raises `ValueError` for anything else."""
    return ip_address(text)


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Return networks in CIDR notation; raises `ValueError` for one that cannot be read."""
    return tuple(ip_network(text) for text in texts)


def is_inside(address: Address, networks: Sequence[Network]) -> bool:
    """Tell whether one of `networks` holds `address`."""
    return any(address in network for network in networks)
