"""The page of the API's reference comes whole from this server."""

import re

from tests.api.doors import Door

_ADDRESS = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""")


def test_the_page_of_the_reference_needs_nobody_else(door: Door) -> None:
    page = door.get("/docs", key=None)
    assert page.headers["content-type"].startswith("text/html")
    named = _ADDRESS.findall(page.text)
    assert len(named) >= 4
    for address in named:
        assert address.startswith("/"), address
        assert door.get(address, key=None).status_code == 200, address
    assert not re.search(r"https?://", page.text)
