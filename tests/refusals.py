"""A refusal as a test looks at it: its code, its field, and that both languages can tell it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ledger.core.refusal import Refusal
from locales.catalogues import LANGUAGES, message


@contextmanager
def refusal(code: str, field: str | None) -> Iterator[list[Refusal]]:
    """
    Expect the block to be refused, and its words to be there with every value they need.

    Gives a list that holds the refusal afterwards.
    """
    caught: list[Refusal] = []
    with pytest.raises(Refusal) as raised:
        yield caught
    refused = raised.value
    assert (refused.code, refused.field) == (code, field)
    for language in LANGUAGES:
        for part in ("title", "detail"):
            assert message(language, f"problem.{code}.{part}", **refused.values)
    caught.append(refused)


@contextmanager
def refused(code: str, **values: str) -> Iterator[None]:
    """Expect the block to be refused with some values, and both languages to have the words."""
    with pytest.raises(Refusal) as raised:
        yield
    told = raised.value
    assert told.code == code
    assert told.values.items() >= values.items()
    for language in LANGUAGES:
        for part in ("title", "detail"):
            assert message(language, f"problem.{code}.{part}", **told.values)
