"""Clearances as a firm asks for them."""

from typing import Any

from httpx import Response

from tests.api.doors import Door

CLEARANCES = "/v1/clearances"
ASKED = {
    "subjects": ["kaze-no-machi"],
    "use_class": "generation",
    "modality": "image",
    "unit": "image",
    "territory": "JP",
    "quantity": "3",
}


def ask(door: Door, *, key: str | None = "own", language: str = "en", **changes: Any) -> Response:
    sent = {name: value for name, value in (ASKED | changes).items() if value is not ...}
    return door.ask("POST", CLEARANCES, key=key, json=sent, headers={"Accept-Language": language})


def told(door: Door, **changes: Any) -> dict[str, Any]:
    answer = ask(door, **changes)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def only(door: Door, **changes: Any) -> dict[str, Any]:
    (subject,) = told(door, **changes)["subjects"]
    found: dict[str, Any] = subject
    return found
