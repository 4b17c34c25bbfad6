"""A webhook reaches the public internet and nothing that only our server can reach."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.addresses import Guard, WebhookAddressRefused, WebhookUrlMalformed, is_public
from ledger.core.refusal import Refusal
from tests.refusals import refusal

PUBLIC = "93.184.215.14"
PUBLIC_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


def finds(*addresses: str) -> Guard:
    """Return a guard that finds these addresses for any name."""
    return Guard(look_up=lambda _host, _port: list(addresses))


@pytest.mark.parametrize(
    ("url", "connects_to", "is_called"),
    [
        ("https://hooks.example.com", f"https://{PUBLIC}:443/", "hooks.example.com"),
        ("https://hooks.example.com/a?b=c", f"https://{PUBLIC}:443/a?b=c", "hooks.example.com"),
        ("HTTPS://HOOKS.example.COM/a", f"https://{PUBLIC}:443/a", "hooks.example.com"),
        ("https://hooks.example.com./a", f"https://{PUBLIC}:443/a", "hooks.example.com"),
        ("https://hooks.example.com:8443/", f"https://{PUBLIC}:8443/", "hooks.example.com:8443"),
        ("https://xn--r8jz45g.example/", f"https://{PUBLIC}:443/", "xn--r8jz45g.example"),
        ("https://my_firm.example.com/", f"https://{PUBLIC}:443/", "my_firm.example.com"),
        (f"https://{PUBLIC}/", f"https://{PUBLIC}:443/", PUBLIC),
        (f"https://[{PUBLIC_V6}]:9443/", f"https://[{PUBLIC_V6}]:9443/", f"[{PUBLIC_V6}]:9443"),
    ],
)
def test_a_public_address_is_taken_and_connected_to_by_number(
    url: str, connects_to: str, is_called: str
) -> None:
    target = finds(PUBLIC).target(url)
    assert (target.url, target.host_header) == (connects_to, is_called)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",  # Anybody in between could read and change it.
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "//hooks.example.com/",
        "hooks.example.com",
        "https://",
        "https:///path",
        "",
        "https://user:password@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",  # What comes before the @ is a user.
        "https://127.0.0.1\\@hooks.example.com/",  # Read in two ways by two programs.
        "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:0x50/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX-Injected: 1",
        "https://hooks.example.com/\x00",
        "https://風の町.example/",  # Written xn--…, it is taken.
        "https://ⓛocalhost/",  # Full forms that some programs fold into ASCII.
        f"https://hooks.example.com/{'a' * 2000}",
        # Names that lead nowhere public.
        "https://localhost/",
        "https://LOCALHOST/",
        "https://localhost./",
        "https://a.localhost/",
        "https://intranet/",
        "https://metadata/",
        "https://metadata.google.internal/",
        "https://printer.local/",
        "https://router.home.arpa/",
        "https://example.test/",
        # Numbers in disguise, which the C library reads as 127.0.0.1.
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1.5/",
        "https://0/",
        "https://[::1/",
        "https://[fe80::1%eth0]/",
        "https://-a.example.com/",
        "https://a..example.com/",
        f"https://{'a' * 64}.example.com/",
    ],
)
def test_an_address_that_could_mean_something_else_is_refused_as_written(url: str) -> None:
    guard = finds(PUBLIC)  # Whatever it might lead to.
    with pytest.raises((WebhookUrlMalformed, WebhookAddressRefused)) as refused:
        guard.target(url)
    with refusal(refused.value.code, "url"):
        guard.target(url)


NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",  # Behind a carrier's translation.
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # The metadata of most clouds.
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # The metadata of another cloud.
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible.
    "::ffff:127.0.0.1",  # IPv4-mapped.
    "::ffff:7f00:1",
    f"::ffff:{PUBLIC}",  # Mapped is refused whatever it maps.
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",  # Translated by NAT64.
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",  # Teredo carries an IPv4 address.
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 carries one too.
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",  # A cloud's metadata by IPv6.
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "fe80::1%eth0",
    f"{PUBLIC_V6}%eth0",
    "not an address",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused_however_it_was_come_by(address: str) -> None:
    assert not is_public(address)
    with refusal("webhook_address_refused", "url"):
        finds(address).target("https://hooks.example.com/")
    # One bad one among good ones is enough, wherever it stands.
    for found in ((PUBLIC, address), (address, PUBLIC)):
        with refusal("webhook_address_refused", "url"):
            finds(*found).target("https://hooks.example.com/")
    written = f"[{address}]" if ":" in address else address
    with pytest.raises(Refusal):
        Guard().target(f"https://{written}/")


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "100.128.0.1", PUBLIC_V6])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
def test_whatever_the_standard_library_calls_private_is_not_public(address: object) -> None:
    parsed = str(address)
    if is_public(parsed):
        for bad in ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_reserved"):
            assert not getattr(address, bad), bad


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 80, 110, 389, 445, 636, 993, 1023])
def test_ports_of_other_protocols_are_refused(port: int) -> None:
    with refusal("webhook_port_refused", "url"):
        finds(PUBLIC).target(f"https://hooks.example.com:{port}/")


def test_a_host_that_is_not_found_is_told() -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise OSError

    for guard in (Guard(look_up=fails), finds()):
        with refusal("webhook_host_unknown", "url"):
            guard.target("https://hooks.example.com/")


def test_the_name_is_looked_up_once_and_the_number_is_what_is_connected_to() -> None:
    # DNS rebinding: a good answer for the check, a bad one for the connection.
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    guard = Guard(look_up=lambda _host, _port: next(answers))
    assert guard.target("https://rebind.example.com/").url == f"https://{PUBLIC}:443/"
    with refusal("webhook_address_refused", "url"):
        guard.target("https://rebind.example.com/")  # The next attempt is checked anew.


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("http://127.0.0.1:8080/", True),
        ("http://localhost:8080/", True),
        ("http://[::1]:8080/", True),
        ("https://localhost/", True),
        ("http://10.0.0.1:8080/", False),  # Loopback only, not the rest of the network.
        ("http://169.254.169.254/", False),
        ("http://hooks.example.com:8080/", False),  # Elsewhere it is https as ever.
        ("http://2130706433/", False),
    ],
)
def test_loopback_is_reached_only_when_a_setting_says_so(url: str, is_taken: bool) -> None:
    def look_up(host: str, _port: int) -> list[str]:
        return ["127.0.0.1"] if host == "localhost" else [PUBLIC]

    trying = Guard(allows_loopback=True, look_up=look_up)
    if is_taken:
        assert trying.target(url).address in {"127.0.0.1", "::1"}
    else:
        with pytest.raises(Refusal):
            trying.target(url)
    with pytest.raises(Refusal):
        Guard(look_up=look_up).target(url)
