"""An event id follows from what happened: the same for the same parts, on every machine."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client import derive_event_id

PARTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4)


def test_an_id_is_the_same_for_ever() -> None:
    """Ids that are on record somewhere would change with this value."""
    assert derive_event_id("request-81", 0) == "D4Ae5KvU9cJIdMcwnA-_QcoIh3lCWjwfrHBxK4OGHpk"
    assert derive_event_id("風の町", "ｶｾﾞ") == "Mx-64rzgM5kB7SvuqySoZb_bzwWSOHqqpq_vjHaX2t8"


def test_an_id_is_what_the_promise_says() -> None:
    told = sha256(b"\0\0\0\0\0\0\0\x06" + "風の".encode() + b"\0\0\0\0\0\0\0\x017").digest()
    assert derive_event_id("風の", 7) == urlsafe_b64encode(told).decode().rstrip("=")


def test_a_number_and_its_digits_are_one_part() -> None:
    assert derive_event_id("a", 7) == derive_event_id("a", "7")


@given(PARTS, PARTS)
def test_other_parts_have_another_id(one: list[str], other: list[str]) -> None:
    assert (derive_event_id(*one) == derive_event_id(*other)) == (one == other)


@given(PARTS)
def test_an_id_fits_into_urls_and_into_the_book(parts: list[str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", derive_event_id(*parts))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),  # Joined they are one text.
        (("a", ""), ("a",)),
        (("", "a"), ("a", "")),
        (("\0\0\0\0\0\0\0\x01a",), ("", "a")),  # A length inside a part.
    ],
)
def test_parts_are_not_joined(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert derive_event_id(*one) != derive_event_id(*other)


@pytest.mark.parametrize("part", [1.5, True, None, b"a", ("a",)])
def test_what_has_several_spellings_is_no_part(part: object) -> None:
    with pytest.raises(TypeError):
        derive_event_id("a", part)  # type: ignore[arg-type]


@pytest.mark.parametrize("parts", [(), ("\ud800",)])
def test_an_id_needs_parts_that_can_be_written(parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        derive_event_id(*parts)
