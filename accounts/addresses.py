"""Who it is that asks, as far as an address tells."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

OWN_PREFIX = 64  # bits of an IPv6 address that a provider gives to one household: the rest is theirs to change
UNKNOWN = "0.0.0.0"  # noqa: S104 - nobody listens there


def network_of(request: HttpRequest) -> str:
    """The address that requests are counted under: an IPv4 address, or the network of an IPv6 address."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a Unix socket
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), OWN_PREFIX), strict=False).network_address)
