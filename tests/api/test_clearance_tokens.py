"""A token is bound to everything it was issued for, and nobody else can make one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clearance_tokens import (
    CLOCK_TOLERANCE,
    LIFETIME,
    Clearance,
    ClearanceDiffers,
    ClearanceExpired,
    ClearanceNotOurs,
    ClearedSubject,
    Seal,
    instant,
    secret_in,
)
from ledger.core.refusal import Refusal
from ledger.core.usage import Modality, UseClass
from locales.catalogues import LANGUAGES, message

SECRET = b"a secret of thirty-two characters"
SEAL = Seal(SECRET)
ISSUED_AT = 1_787_000_000
CLEARANCE = Clearance(
    licensee="studio-a",
    use_class=UseClass.GENERATION,
    modality=Modality.IMAGE,
    territory="JP",
    subjects=(
        ClearedSubject("kaze", "LIC-1", 2),
        ClearedSubject("yoru", "LIC-1", 2),
        ClearedSubject("umi", "LIC-2", 1),
    ),
    issued_at=ISSUED_AT,
    expires_at=ISSUED_AT + int(LIFETIME.total_seconds()),
    language="ja",
)
TOKEN = SEAL.sign(CLEARANCE)
GENERATION: dict[str, Any] = {
    "licensee": "studio-a",
    "license": "LIC-1",
    "subjects": ["kaze"],
    "use_class": "generation",
    "modality": "image",
    "territory": "JP",
    "language": "ja",
    "occurred_at": instant(ISSUED_AT),
}
MICROSECOND = timedelta(microseconds=1)


def test_a_token_gives_back_what_it_was_issued_for() -> None:
    assert SEAL.verify(TOKEN) == CLEARANCE
    assert Seal(SECRET).sign(CLEARANCE) == TOKEN  # Any process of the deployment.
    assert TOKEN.isascii()
    assert TOKEN.isprintable()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "gc1..",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN.replace("gc1.", "gc2."),
        TOKEN.replace(".", "", 1),
        TOKEN.swapcase(),
        Seal(b"another").sign(CLEARANCE),
        "風",
        "gc1.風.風",
        "gc1.\ud800.\ud800",
    ],
)
def test_another_text_is_no_clearance(token: str) -> None:
    with pytest.raises(ClearanceNotOurs):
        SEAL.verify(token)


@given(at=st.integers(0, len(TOKEN) - 1), put=st.sampled_from("abcXYZ019-_."))
def test_no_character_can_be_exchanged(at: int, put: str) -> None:
    forged = TOKEN[:at] + put + TOKEN[at + 1 :]
    if forged != TOKEN:
        with pytest.raises(ClearanceNotOurs):
            SEAL.verify(forged)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subjects": ["yoru", "kaze"]},
        {"license": "LIC-2", "subjects": ["umi"]},
        {"occurred_at": instant(ISSUED_AT) - CLOCK_TOLERANCE},
        {"occurred_at": instant(CLEARANCE.expires_at) - MICROSECOND},
    ],
)
def test_what_was_cleared_may_be_reported(changes: dict[str, Any]) -> None:
    CLEARANCE.check(**GENERATION | changes)


def test_a_clearance_that_names_no_language_is_for_any() -> None:
    """Also one that was issued before a language could be named."""
    token = msgspec.json.encode(CLEARANCE)
    older = msgspec.json.decode(token.replace(b',"ja"]', b"]"), type=Clearance)
    assert older.language is None
    older.check(**GENERATION | {"language": "en"})


@pytest.mark.parametrize(
    ("changes", "differing"),
    [
        ({"licensee": "studio-b"}, "licensee"),
        ({"use_class": "training"}, "use_class"),
        ({"modality": "video"}, "modality"),
        ({"territory": "US"}, "territory"),
        ({"language": "en"}, "language"),
        ({"language": None}, "language"),
        ({"license": "LIC-3"}, "license"),
        ({"subjects": ["kaze", "nobody"]}, "subjects"),
        ({"subjects": ["umi"]}, "subjects"),  # Cleared, but under the other license.
    ],
)
def test_anything_else_is_another_generation(changes: dict[str, Any], differing: str) -> None:
    with pytest.raises(ClearanceDiffers) as refused:
        CLEARANCE.check(**GENERATION | changes)
    assert refused.value.values["differing"] == differing


@pytest.mark.parametrize(
    "occurred_at",
    [
        instant(ISSUED_AT) - CLOCK_TOLERANCE - MICROSECOND,
        instant(CLEARANCE.expires_at),
    ],
)
def test_a_clearance_is_for_its_quarter_of_an_hour(occurred_at: datetime) -> None:
    with pytest.raises(ClearanceExpired):
        CLEARANCE.check(**GENERATION | {"occurred_at": occurred_at})


@pytest.mark.parametrize(
    "refusal",
    [
        ClearanceNotOurs(),
        ClearanceExpired(issued_at="2026-08-20T03:00:00Z", expires_at="2026-08-20T03:15:00Z"),
        ClearanceDiffers(differing="territory"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_has_words(refusal: Refusal, language: str) -> None:
    assert message(language, f"problem.{refusal.code}.title")
    assert message(language, f"problem.{refusal.code}.detail", **refusal.values)


def test_the_secret_of_a_folder_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    secret = secret_in(folder)
    assert len(secret) == 32
    assert secret_in(folder) == secret
    assert [file.name for file in folder.iterdir()] == ["secret"]
    assert (folder / "secret").stat().st_mode & 0o077 == 0
    assert secret_in(tmp_path / "other") != secret
