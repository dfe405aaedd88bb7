"""Proxies: what the ones that the application trusts say of a request that they have passed on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple, TypeAlias

from starlette.requests import HTTPConnection

from .errors import ReactorError
from .heads import head_of

_Network: TypeAlias = IPv4Network | IPv6Network

_LONGEST: Final = 2_000
"""Characters of a forwarded header that are looked at, from its end: the nearest proxies write last."""
_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


class Sender(NamedTuple):
    """Where a request comes from, and which address it was sent to.

    Arguments:
        scheme: `http` or `https`, as the browser sees it.
        host: host and port as the browser sees them; nobody has checked that they are ours.
        client: the client's address; empty where there is none. Of IPv6 the network (/64), since all of it
            is one subscriber's.
    """

    scheme: str
    host: str
    client: str

    @property
    def is_secure(self) -> bool:
        """Whether the browser has sent it by https."""
        return self.scheme == "https"


class Proxies:
    """The proxies whose `X-Forwarded-Proto`, `-Host` and `-For` are believed.

    Arguments:
        trusted: their addresses or networks, such as `10.0.0.0/8`; `*` for whoever connects to us.

    Raises:
        ReactorError: one of them is no address.

    >>> from starlette.requests import HTTPConnection
    >>> headers = [(b"host", b"inside:8000"), (b"x-forwarded-proto", b"https")]
    >>> scope = {"type": "http", "scheme": "http", "headers": headers, "client": ("10.0.0.7", 4000)}
    >>> Proxies(["10.0.0.0/8"]).sender(HTTPConnection(scope))
    Sender(scheme='https', host='inside:8000', client='10.0.0.7')
    >>> Proxies().sender(HTTPConnection(scope))
    Sender(scheme='http', host='inside:8000', client='10.0.0.7')
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        if isinstance(trusted, str):
            raise ReactorError(f"trusted_proxies is a list: trusted_proxies=[{trusted!r}]")
        entries = list(trusted)
        self._everyone = "*" in entries
        self._networks = [_network(entry) for entry in entries if entry != "*"]

    def sender(self, connection: HTTPConnection) -> Sender:
        """Where a request comes from, after the last proxy that is trusted."""
        scope = connection.scope
        peer = (scope.get("client") or ("",))[0]
        scheme = _SCHEMES.get(scope.get("scheme", "http"), "http")
        host = head_of(scope).get(b"host") or ""
        if not self._everyone and not self._is_trusted(peer):
            return Sender(scheme, host, _subscriber(peer))
        client, hops = self._walk(peer, _values(connection, b"x-forwarded-for"))
        schemes = [_SCHEMES.get(value.lower()) for value in _values(connection, b"x-forwarded-proto")]
        hosts = _values(connection, b"x-forwarded-host")
        return Sender(_told(schemes, hops) or scheme, _told(hosts, hops) or host, _subscriber(client))

    def _walk(self, peer: str, passed: list[str]) -> tuple[str, int]:
        """The address that the last trusted proxy has seen, and how many trusted ones there are."""
        client, hops = peer, 1
        for value in reversed(passed):
            address = _without_port(value)
            if address is None:
                break
            client = address
            if not self._is_trusted(client):
                break
            hops += 1
        return client, hops

    def _is_trusted(self, address: str) -> bool:
        if not self._networks:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
            parsed = parsed.ipv4_mapped
        return any(parsed in network for network in self._networks)


def _network(entry: object) -> _Network:
    try:
        return ip_network(entry if isinstance(entry, str) else "")
    except ValueError as error:
        raise ReactorError(
            f"trusted_proxies: {entry!r} is no address or network: {error}. "
            'Write an address (127.0.0.1), a network (10.0.0.0/8), or "*" for whoever connects'
        ) from None


def _values(connection: HTTPConnection, name: bytes) -> list[str]:
    """All values of a header, each proxy's behind those of the ones before it."""
    whole = (head_of(connection.scope).get(name) or "")[-_LONGEST:]
    return [value.strip() for value in whole.split(",")] if whole else []


def _told(values: list[str] | list[str | None], hops: int) -> str | None:
    """What the last trusted proxy says; where not all of them say something, the last that does."""
    return values[-min(hops, len(values))] if values else None


def _without_port(value: str) -> str | None:
    """The address in `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; `None`: there is none."""
    if value.startswith("["):
        value = value[1:].partition("]")[0]
    elif value.count(":") == 1:
        value = value.partition(":")[0]
    try:
        return str(ip_address(value))
    except ValueError:
        return None


@lru_cache(1024)
def _subscriber(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
