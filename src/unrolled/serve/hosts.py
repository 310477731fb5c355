"""The names by which a server may be called.

A page of any site may send requests to 127.0.0.1, and its name may be made to lead there (DNS rebinding). So the
server answers only to its own names, and to numeric addresses where it listens on more than the loopback.
"""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["allowed_hosts", "host_of", "is_allowed", "is_loopback", "same_host"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = "any address in digits"


def allowed_hosts(host: str, names: Sequence[str]) -> frozenset[str]:
    """The names of a server that listens on ``host``: ``names``, the loopback's, ``host`` itself.

    Unless ``host`` is the loopback, also the machine's own name and any numeric address.
    """
    own = [] if is_loopback(host) else [socket.gethostname(), ANY_ADDRESS]
    return frozenset(name.lower() for name in (*LOOPBACK, host, *own, *names))


def is_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Whether ``host`` is in ``allowed``, or a numeric address where these are allowed (rebinding needs a name)."""
    return host in allowed or (ANY_ADDRESS in allowed and _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server at the address or name ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(header: str) -> str:
    """The name in a Host header, without port and without an IPv6 address's brackets; "" where there is none."""
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
