"""By which names a server may be called.

A page of any site may send requests to 127.0.0.1, and its name may be made to lead there (DNS rebinding): only
names that are the server's own are answered, and addresses in digits where it listens on more than the loopback.
"""

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["allowed_hosts", "host_of", "is_allowed", "is_loopback", "same_host"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = "any address in digits"


def allowed_hosts(host: str, names: Sequence[str]) -> frozenset[str]:
    """The names of a server that listens on ``host``; elsewhere than on the loopback address the machine's own too."""
    own = [] if is_loopback(host) else [socket.gethostname(), ANY_ADDRESS]
    return frozenset(name.lower() for name in (*LOOPBACK, host, *own, *names))


def is_allowed(host: str, allowed: frozenset[str]) -> bool:
    """Whether a server of these names is called ``host``; a rebound name is a name, so an address may be any."""
    return host in allowed or (ANY_ADDRESS in allowed and _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
