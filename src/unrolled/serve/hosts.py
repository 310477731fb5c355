"""By which names a server may be called.

A page of any site may send requests to 127.0.0.1, and its name may be made to lead there (DNS rebinding): on the
loopback address only the loopback's own names are answered.
"""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["allowed_hosts", "host_of", "is_loopback", "same_host"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def allowed_hosts(host: str, names: Sequence[str]) -> frozenset[str]:
    """The names for a server that listens on ``host``; none, which means any, where that is no loopback address."""
    if is_loopback(host):
        return frozenset([*LOOPBACK, host.lower(), *(name.lower() for name in names)])
    return frozenset(name.lower() for name in names)


def is_loopback(host: str) -> bool:
    """Whether an address or a name is this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """A Host header without its port; of an IPv6 address without its brackets; empty where it is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def same_host(origin: str, host: str) -> bool:
    """Whether an Origin header names the host and port of a Host header."""
    try:
        return urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
