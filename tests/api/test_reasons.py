"""What decoders say reaches the reader in words of the language, whoever decoded."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta
from pydantic import BaseModel, Field, ValidationError

from api.event_bodies import PlainEvent
from api.reasons import in_words
from ledger.core.usage import Modality
from tests.api.doors import Door, problem
from tests.api.reported import an_event

_ASCII = set(map(chr, range(32, 127)))


def is_japanese(told: str) -> bool:
    """Tell whether a text is Japanese, apart from names and figures."""
    return not set(told[-3:]) <= _ASCII


def msgspec_says(kind: Any, body: bytes) -> str:
    """Return why msgspec does not take a body, without the place."""
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)) as raised:
        msgspec.json.decode(body, type=kind)
    return str(raised.value).partition(" - at `")[0]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (str, b"1"),
        (int, b'"x"'),
        (int, b"1.5"),
        (int | None, b"1.5"),
        (str | int, b"true"),
        (list[str], b"{}"),
        (PlainEvent, b"[]"),
        (PlainEvent, b"{}"),
        (PlainEvent, b'{"nope": 1}'),
        (Annotated[str, Meta(min_length=1)], b'""'),
        (Annotated[str, Meta(max_length=1)], b'"xx"'),
        (Annotated[list[int], Meta(max_length=1)], b"[1, 2]"),
        (Annotated[int, Meta(ge=0)], b"-1"),
        (Annotated[int, Meta(le=5)], b"6"),
        (Annotated[str, Meta(pattern="^[A-Z]{2}$")], b'"x"'),
        (Modality, b'"smell"'),
        (datetime, b'"yesterday"'),
        (Annotated[datetime, Meta(tz=True)], b'"2026-11-03T10:15:00"'),
        (str, b""),
        (str, b'"x'),
        (str, b'{"x" 1}'),
        (str, b'"\xff"'),
    ],
)
def test_what_msgspec_says_is_known(kind: Any, body: bytes) -> None:
    told = msgspec_says(kind, body)
    assert in_words(told, "en") != told
    assert is_japanese(in_words(told, "ja")), in_words(told, "ja")


class Filled(BaseModel):
    """A form with a field of every kind that routes have."""

    text: str = Field(default="x", min_length=1, max_length=2, pattern="^[a-z]*$")
    count: int = Field(default=1, ge=1, le=5)
    names: list[str] = Field(default_factory=lambda: ["x"], min_length=1, max_length=1)
    kind: Literal["invoice", "statement"] = "invoice"
    modality: Modality = Modality.IMAGE
    at: datetime | None = None
    flag: bool = True


@pytest.mark.parametrize(
    "sent",
    [
        {"text": 1},
        {"text": ""},
        {"text": "xxx"},
        {"text": "X"},
        {"count": "many"},
        {"count": []},
        {"count": 0},
        {"count": 6},
        {"count": 1.5},
        {"names": "x"},
        {"names": []},
        {"names": ["x", "y"]},
        {"kind": "letter"},
        {"modality": "smell"},
        {"at": "yesterday"},
        {"at": []},
        {"flag": "perhaps"},
        [],
    ],
)
def test_what_pydantic_says_is_known(sent: Any) -> None:
    with pytest.raises(ValidationError) as raised:
        Filled.model_validate(sent)
    told = raised.value.errors()[0]["msg"]
    assert in_words(told, "en") != told
    assert is_japanese(in_words(told, "ja")), in_words(told, "ja")


def test_what_is_seldom_said_is_passed_on() -> None:
    assert in_words("The moon is full", "ja") == "The moon is full"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "/territory cannot be taken: text is needed, and it was a list"),
        ("ja", "/territory の値を受け付けられません：文字列が必要ですが、配列でした"),
    ],
)
def test_a_sentence_is_of_one_language(door: Door, language: str, told: str) -> None:
    answer = door.report([an_event(territory=[])], language=language)
    assert answer.json()["results"][0]["problem"]["detail"] == told


def test_a_query_is_answered_in_words_too(door: Door) -> None:
    answer = door.get("/v1/licenses?limit=0", headers={"Accept-Language": "ja"})
    told = problem(answer, 422, "field_invalid")
    assert told["detail"] == "/limit の値を受け付けられません：1 以上の値が必要です"
