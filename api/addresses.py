"""
Where a webhook may go: https, a sensible port, and an address of the public internet.

Whoever names an address makes our server send there, so it must not reach what only our server
can: its own machine, the private network, the cloud's metadata. A name is looked up when the
endpoint is made and again before each attempt, and the connection goes to the address that was
checked: a name that is changed in between (DNS rebinding) leads nowhere else.
"""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from ledger.core.refusal import Refusal

URL_CHARACTERS_MAX = 2_000

#: Ports below this one belong to other protocols, but for https itself.
_PORT_MIN = 1_024
_HTTPS_PORT = 443

_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!-)[a-z][a-z0-9-]{{0,62}}")
_VISIBLE = re.compile(r"[\x21-\x7e]+")

#: Names that never lead to the public internet (RFC 6761, 6762, 8375, ICANN's .internal).
_PRIVATE_NAMES = (
    *("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private"),
    *("home.arpa", "test", "invalid", "onion"),
)

#: IANA's special-purpose IPv4 addresses, and multicast.
_REFUSED_V4 = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared behind a carrier's translation
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

#: Only global unicast is taken at all, which leaves out loopback, link-local, unique local,
#: multicast, and IPv4 in all its mapped, compatible and translated forms.
_GLOBAL_V6 = ip_network("2000::/3")
_REFUSED_V6 = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, and Teredo, which carries an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

#: Looks a name up: host and port in, addresses as text out.
Lookup = Callable[[str, int], list[str]]


class WebhookUrlMalformed(Refusal):
    """The address is not https with a public host name, or carries more than that."""

    code = "webhook_url_malformed"
    field = "url"


class WebhookPortRefused(Refusal):
    """The port belongs to another protocol."""

    code = "webhook_port_refused"
    field = "url"


class WebhookHostUnknown(Refusal):
    """The host name has no address."""

    code = "webhook_host_unknown"
    field = "url"


class WebhookAddressRefused(Refusal):
    """The host leads somewhere that is not the public internet. Carries where."""

    code = "webhook_address_refused"
    field = "url"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A checked place to send to: the address to connect to, and what the receiver is called."""

    scheme: str
    host: str
    port: int
    address: str
    path: str

    @property
    def url(self) -> str:
        """The same place by its address, so that nothing is looked up again."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{address}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """The receiver's name as it expects it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"https": _HTTPS_PORT, "http": 80}[self.scheme]
        return name if self.port == usual else f"{name}:{self.port}"


def look_up(host: str, port: int) -> list[str]:
    """Return every address of a host name, in the order in which the system prefers them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Decides where may be sent. ``allows_loopback`` is for trying things on one machine."""

    allows_loopback: bool = False
    look_up: Lookup = look_up

    def target(self, url: str) -> Target:
        """
        Check an address whole, look its host up, and return where to connect.

        Every address of the host has to be public, not only the first.

        :raises WebhookUrlMalformed, WebhookPortRefused: as written it can never be sent to.
        :raises WebhookHostUnknown: the host has no address.
        :raises WebhookAddressRefused: one of its addresses is not public.
        """
        parts, host, port = self._read(url)
        addresses = [host] if _is_address(host) else self._addresses(host, port)
        for address in addresses:
            if not self._may_reach(address):
                raise WebhookAddressRefused(host=host, address=address)
        is_loopback = _is_loopback(addresses[0])
        if parts.scheme != "https" and not is_loopback:
            raise WebhookUrlMalformed
        if not (is_loopback or port == _HTTPS_PORT or port >= _PORT_MIN):
            raise WebhookPortRefused(port=port)
        path = parts.path or "/"
        return Target(
            scheme=parts.scheme,
            host=host,
            port=port,
            address=addresses[0],
            path=f"{path}?{parts.query}" if parts.query else path,
        )

    def _read(self, url: str) -> tuple[SplitResult, str, int]:
        """Take an address apart, refusing whatever two programs might read in two ways."""
        if len(url) > URL_CHARACTERS_MAX or not _VISIBLE.fullmatch(url) or "\\" in url:
            raise WebhookUrlMalformed
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise WebhookUrlMalformed from None
        host = (parts.hostname or "").removesuffix(".")
        schemes = {"https": _HTTPS_PORT} | ({"http": 80} if self.allows_loopback else {})
        if parts.scheme not in schemes or "@" in parts.netloc or "#" in url:
            raise WebhookUrlMalformed
        if not (_is_address(host) or self._is_name(host)):
            raise WebhookUrlMalformed
        return parts, host, schemes[parts.scheme] if port is None else port

    def _is_name(self, host: str) -> bool:
        """Tell a name from numbers in disguise (2130706433, 0x7f.1, 127.1), which are none."""
        if self.allows_loopback and host == "localhost":
            return True
        is_private = any(host == name or host.endswith(f".{name}") for name in _PRIVATE_NAMES)
        return len(host) <= 253 and bool(_NAME.fullmatch(host)) and not is_private

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = self.look_up(host, port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise WebhookHostUnknown(host=host)
        return found

    def _may_reach(self, address: str) -> bool:
        return is_public(address) or (self.allows_loopback and _is_loopback(address))


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet; a scope makes it none."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in _REFUSED_V4)
    return (
        parsed.scope_id is None
        and parsed in _GLOBAL_V6
        and not any(parsed in network for network in _REFUSED_V6)
    )


def _is_address(host: str) -> bool:
    try:
        return isinstance(ip_address(host), IPv4Address | IPv6Address)
    except ValueError:
        return False


def _is_loopback(address: str) -> bool:
    return address == "::1" or address.startswith("127.")
