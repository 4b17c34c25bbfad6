"""
How long the pages of the portal take, in a book as big as it is.

A member of each role signs in, goes wherever links lead from the first page, and opens one page of
each kind again and again: addresses are of one kind when they differ only in names, numbers and
what is asked for. Files are not pages.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from httpx import Client, Response

from ledger.services import inviting, registering
from ledger.services.inviting import NewMember
from tests.api.portals import PASSWORD, set_password
from tests.bench.stage import AGREED_AT, Stage, party

ROUNDS = 10
#: Links without end would end here; no role has so many kinds of page.
KINDS_MAX = 200

#: Who opens pages: for which organization, and as what.
PEOPLE = (
    ("bench-holder", "holder"),
    ("growth-0", "licensee"),
    ("bench-house", "operator"),
    ("bench-house", "approver"),
    ("bench-holder", "accountant"),
)

_LINK = re.compile(r'<a [^>]*?href="(/portal[^"#]*)')
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
#: A part of an address that names one thing of many.
_NAME = re.compile(r".*[0-9].*|(?:growth|bench|search)-.*")
#: What a link changes, or leaves; nobody waits for it to be looked at.
_LEFT_OUT = ("/portal/static", "/portal/sign-out")


@dataclass(kw_only=True)
class _Kind:
    """Addresses of one kind, the first of them, and how long it took each time, in seconds."""

    address: str
    seconds: list[float] = field(default_factory=list)


def measure(stage: Stage) -> dict[str, Any]:
    """Return percentiles in milliseconds over the pages of every role, and those of each page."""
    registering.register_parties(
        stage.database, parties=[party("bench-house", "operator")], recorded_at=AGREED_AT
    )
    taken: dict[str, list[float]] = {}
    for organization, role in PEOPLE:
        email = _let_in(stage, organization, role)
        with Client(base_url=f"http://{stage.host}:{stage.port}", timeout=60) as client:
            _sign_in(client, email)
            for kind, address in _walk(client):
                seconds = [_open(client, address)[1] for _ in range(ROUNDS)]
                taken[f"{role} {kind}"] = seconds
    together = sorted(each for seconds in taken.values() for each in seconds)
    by_page = {page: _milliseconds(sorted(seconds), 95) for page, seconds in taken.items()}
    return {
        "portal_p95_ms": _milliseconds(together, 95),
        "portal": {
            "pages": len(taken),
            "requests": len(together),
            "p50_ms": _milliseconds(together, 50),
            "p99_ms": _milliseconds(together, 99),
            "p95_ms_of_pages": dict(sorted(by_page.items(), key=lambda each: -each[1])),
        },
    }


def _let_in(stage: Stage, organization: str, role: str) -> str:
    email = f"{role}@{organization}.example"
    inviting.invite(
        stage.database,
        new=NewMember(organisation=organization, email=email, name=role, role=role, language="en"),
        is_mailed=False,
        recorded_at=datetime.now(UTC),
        recorded_by="bench",
    )
    set_password(stage.database, email=email, at=datetime.now(UTC))
    return email


def _sign_in(client: Client, email: str) -> None:
    shown = client.get("/portal/sign-in").text
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(shown)}
    answer = client.post("/portal/sign-in", data={**hidden, "email": email, "password": PASSWORD})
    if answer.status_code != 303 or "sign-in" in answer.headers["location"]:
        raise SystemExit(f"{email} was not let in: HTTP {answer.status_code}")


def _walk(client: Client) -> Iterator[tuple[str, str]]:
    """Yield one address of each kind of page that links lead to, and which kind it is."""
    waiting, known = ["/portal/"], set[str]()
    while waiting and len(known) < KINDS_MAX:
        address = waiting.pop(0)
        answer, _ = _open(client, address)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        yield _kind(str(answer.url.raw_path, "ascii")), str(answer.url.raw_path, "ascii")
        for link in map(unescape, _LINK.findall(answer.text)):
            kind = _kind(link)
            if kind not in known and not link.startswith(_LEFT_OUT) and "lang=" not in link:
                known.add(kind)
                waiting.append(link)


def _kind(address: str) -> str:
    """
    Return what addresses that differ only in names, numbers and what is asked have in common.

    >>> _kind("/portal/documents/INV-2026-000001?from=2026-01-01")
    '/portal/documents/*'
    """
    path = urlsplit(address).path
    return "/".join("*" if _NAME.fullmatch(part) else part for part in path.split("/"))


def _open(client: Client, address: str) -> tuple[Response, float]:
    started = time.perf_counter()
    with client.stream("GET", address, follow_redirects=True) as answer:
        if answer.headers["content-type"].startswith("text/html"):
            answer.read()  # A file may be as long as the book.
    took = time.perf_counter() - started
    if answer.status_code != 200:
        raise SystemExit(f"HTTP {answer.status_code} for {address}")
    return answer, took


def _milliseconds(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
