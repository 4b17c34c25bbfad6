"""Keys are made, replaced with an overlap and ended by rows, and give away no more than is held."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from ledger.services import keeping
from ledger.services.keeping import IssuedKey, Maker
from ledger.store.database import Database
from ledger.store.keys import KeyInBook
from tests import builders
from tests.builders import RECORDED_AT
from tests.refusals import refusal
from tests.rows import counted_statements, rows

KEIRI = Maker(name="keiri")
HOUR = timedelta(hours=1)


def listed(database: Database, **asked: Any) -> list[KeyInBook]:
    return list(keeping.list_keys(database, **{"owner_id": None, "limit": 100, **asked}).keys)


def rotated(database: Database, reference: str, **changes: Any) -> IssuedKey:
    asked: dict[str, Any] = {
        "owner_id": None,
        "secret": sha256(reference.encode()).digest(),
        "reason": "yearly",
        "maker": KEIRI,
        "rotated_at": RECORDED_AT,
        **changes,
    }
    return keeping.rotate_key(database, reference=reference, **asked)


def revoked(database: Database, reference: str, **changes: Any) -> None:
    asked: dict[str, Any] = {
        "owner_id": None,
        "reason": "lost",
        "maker": KEIRI,
        "revoked_at": RECORDED_AT,
        **changes,
    }
    keeping.revoke_key(database, reference=reference, **asked)


def only(database: Database) -> KeyInBook:
    builders.licensee(database)
    builders.key(database)
    [key] = listed(database)
    return key


def test_a_key_is_known_by_its_hash_alone(database: Database) -> None:
    builders.licensee(database)
    key = builders.key(database, scopes=["report", "read"])
    assert key.startswith("gb_live_")
    found = keeping.party_of_key(database, key_hash=keeping.hash_of_key(key))
    assert (found.reference, found.role, found.mode) == ("studio-a", "licensee", "live")
    assert found.scopes == {"report", "read"}
    [(kept,)] = rows(database, "SELECT key_hash FROM api_key")
    assert bytes(kept) == sha256(key.encode()).digest()


def test_each_key_acts_for_its_own_party(database: Database) -> None:
    keys = {}
    for reference in ("studio-a", "studio-b"):
        builders.licensee(database, reference)
        keys[reference] = builders.key(database, reference)
    for reference, key in keys.items():
        key_hash = keeping.hash_of_key(key)
        assert keeping.party_of_key(database, key_hash=key_hash).reference == reference


def test_a_key_nobody_has_is_unknown(database: Database) -> None:
    with refusal("key_unknown", None):
        keeping.party_of_key(database, key_hash=bytes(32))


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"label": "first"}, "key_label_taken", "label"),
        ({"label": ""}, "text_missing", "label"),
        ({"label": "a" * 101}, "key_label_too_long", "label"),
        ({"label": "second", "scopes": []}, "list_empty", "scopes"),  # It could do nothing.
        ({"label": "second", "scopes": ["write"]}, "word_not_known", "scopes"),
        ({"label": "second", "party_reference": "nobody"}, "party_unknown", "party"),
        (
            {"label": "second", "maker": Maker(name="key_1", scopes=frozenset({"manage"}))},
            "scope_not_held",
            "scopes",
        ),
    ],
)
def test_a_key_that_nobody_could_use_is_refused(
    database: Database, changes: dict[str, Any], code: str, field: str
) -> None:
    builders.licensee(database)
    builders.key(database)
    with refusal(code, field):
        builders.key(database, **changes)
    assert len(rows(database, "SELECT FROM api_key")) == 1


def test_a_list_shows_how_a_key_begins_and_never_what_opens_a_door(database: Database) -> None:
    builders.licensee(database)
    text = builders.key(database)
    [key] = listed(database)
    assert key.shown == text[:12]
    assert (key.party, key.label, key.mode) == ("studio-a", "first", "live")
    assert text.removeprefix("gb_live_") not in repr(key)


def test_a_list_goes_on_where_it_stopped_and_shows_a_party_its_own(database: Database) -> None:
    for reference in ("studio-a", "studio-b"):
        builders.licensee(database, reference)
        for label in ("first", "second"):
            builders.key(database, reference, label=label)
    page = keeping.list_keys(database, owner_id=None, limit=3)
    rest = keeping.list_keys(database, owner_id=None, limit=3, after=page.next_after or 0)
    assert [key.party for key in (*page.keys, *rest.keys)] == ["studio-a"] * 2 + ["studio-b"] * 2
    assert rest.next_after is None
    owner_id = page.keys[0].owner_id
    assert {key.party for key in listed(database, owner_id=owner_id)} == {"studio-a"}
    assert {key.party for key in listed(database, party_reference="studio-b")} == {"studio-b"}
    assert listed(database, mode="test") == []
    with refusal("party_unknown", "party"):
        listed(database, party_reference="nobody")


def test_a_replaced_key_says_until_when_it_is_good(database: Database) -> None:
    old = only(database)
    new = rotated(database, old.reference, overlap_hours=24)
    before, after = listed(database)
    assert (before.valid_until, before.successor) == (RECORDED_AT + 24 * HOUR, after.reference)
    assert (after.label, after.scopes, after.recorded_by) == (old.label, old.scopes, "keiri")
    found = keeping.party_of_key(database, key_hash=keeping.hash_of_key(new.text))
    assert (found.key_reference, found.ends_at) == (after.reference, None)
    [(who, why)] = rows(database, "SELECT rotated_by, reason FROM api_key_rotation")
    assert (who, why) == ("keiri", "yearly")


def test_a_key_is_replaced_once_and_its_successor_after_it(database: Database) -> None:
    old = only(database)
    new = rotated(database, old.reference)
    with refusal("key_replaced", None) as refused:
        rotated(database, old.reference, secret=bytes(32))
    assert refused[0].values["successor"] == new.key.reference
    assert rotated(database, new.key.reference).key.label == "first"


def test_nobody_gets_more_by_replacing_another_key(database: Database) -> None:
    """The secret of the successor would open doors that the maker's own key does not."""
    old = only(database)
    manager = Maker(name="key_1", scopes=frozenset({"manage"}))
    with refusal("scope_not_held", "scopes"):
        rotated(database, old.reference, maker=manager)
    assert len(listed(database)) == 1


@pytest.mark.parametrize("hours", [-1, 721])
def test_an_overlap_is_at_most_thirty_days(database: Database, hours: int) -> None:
    old = only(database)
    with refusal("number_out_of_range", "overlap_hours"):
        rotated(database, old.reference, overlap_hours=hours)


def test_a_revoked_key_is_refused_and_the_other_lives_on(database: Database) -> None:
    builders.licensee(database)
    old, new = (builders.key(database, label=label) for label in ("2026", "2027"))
    revoked(database, listed(database)[0].reference)
    with refusal("key_revoked", None) as refused:
        keeping.party_of_key(database, key_hash=keeping.hash_of_key(old))
    assert refused[0].values["revoked_at"] == RECORDED_AT.isoformat()
    found = keeping.party_of_key(database, key_hash=keeping.hash_of_key(new))
    assert found.reference == "studio-a"
    [(who, why)] = rows(database, "SELECT revoked_by, reason FROM api_key_revocation")
    assert (who, why) == ("keiri", "lost")
    builders.key(database, label="2026", secret=bytes(32))  # The label is free again.


def test_a_replaced_key_can_be_ended_before_its_time_and_not_after(database: Database) -> None:
    old = only(database)
    new = rotated(database, old.reference, overlap_hours=1)
    with refusal("key_ended", None):
        revoked(database, old.reference, revoked_at=RECORDED_AT + HOUR)
    revoked(database, old.reference, revoked_at=RECORDED_AT + HOUR / 2)
    for end_again in (revoked, rotated):
        with refusal("key_ended", None):
            end_again(database, old.reference)
    revoked(database, new.key.reference)


def test_another_partys_key_is_not_there(database: Database) -> None:
    mine = only(database)
    builders.licensee(database, "studio-b")
    for each in (
        {"owner_id": mine.owner_id + 1},  # Whoever that is.
        {"mode": "test"},  # A sandbox sees no live key.
    ):
        for change in (revoked, rotated):
            with refusal("key_not_found", None):
                change(database, mine.reference, **each)
    with refusal("text_missing", "reason"):
        revoked(database, mine.reference, reason=" ")


def test_uses_are_written_together_and_never_go_back(database: Database) -> None:
    builders.licensee(database)
    for label in ("first", "second"):
        builders.key(database, label=label)
    first, second = listed(database)
    with counted_statements(database) as statements:
        keeping.note_uses(database, used_at={first.id: RECORDED_AT, second.id: RECORDED_AT})
    assert len(statements) == 1
    keeping.note_uses(database, used_at={first.id: RECORDED_AT - HOUR, 999: RECORDED_AT})
    keeping.note_uses(database, used_at={second.id: RECORDED_AT + HOUR})
    assert [key.used_at for key in listed(database)] == [RECORDED_AT, RECORDED_AT + HOUR]
