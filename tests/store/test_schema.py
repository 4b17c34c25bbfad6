"""The models say what the migrations made, and every way in which they may differ is told."""

from collections.abc import Callable

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.store.database import Database
from ledger.store.migrations import newest_revision
from ledger.store.schema import check, current_revision, migrate
from ledger.store.tables import METADATA
from tests.store.scene import NOW, OCTOBER, Connection


@pytest.fixture
def models() -> MetaData:
    """A copy of the models that a test may change."""
    copy = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(copy)
    return copy


def test_the_models_are_what_the_migrations_made(database: Database) -> None:
    assert check(database) == []


def test_a_copy_of_the_models_is_as_good(database: Database, models: MetaData) -> None:
    assert check(database, models) == []


def test_the_partitions_of_months_are_no_difference(database: Database, owner: Connection) -> None:
    owner.execute("SELECT open_month(1, %s, %s)", (OCTOBER, NOW))
    assert check(database) == []


def _add_table(models: MetaData) -> None:
    Table("royalty_dream", models, Column("dream_id", BigInteger, primary_key=True))


def _remove_table(models: MetaData) -> None:
    models.remove(models.tables["document_file"])


def _add_column(models: MetaData) -> None:
    models.tables["party"].append_column(Column("nickname", Text))


def _change_type(models: MetaData) -> None:
    models.tables["posting"].columns["amount_minor"].type = Integer()


def _change_nullability(models: MetaData) -> None:
    models.tables["generation"].columns["quantity"].nullable = False


def _add_unique(models: MetaData) -> None:
    table = models.tables["party"]
    table.append_constraint(UniqueConstraint("name_ja"))


def _remove_unique(models: MetaData) -> None:
    table = models.tables["document"]
    (series,) = (
        constraint
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint) and "series" in constraint.columns
    )
    table.constraints.remove(series)


def _add_foreign_key(models: MetaData) -> None:
    table = models.tables["batch_total"]
    table.append_constraint(ForeignKeyConstraint(["subject_id"], ["license.license_id"]))


def _remove_foreign_key(models: MetaData) -> None:
    table = models.tables["opt_in"]
    (key,) = table.foreign_key_constraints
    table.constraints.remove(key)
    for column in table.columns:
        column.foreign_keys.clear()


def _remove_index(models: MetaData) -> None:
    table = models.tables["earning"]
    table.indexes.clear()


def _add_index(models: MetaData) -> None:
    table = models.tables["earning"]
    Index("earning_kind", table.c.kind)


def _change_primary_key(models: MetaData) -> None:
    table = models.tables["rate_tier"]
    table.columns["position"].primary_key = False
    table.append_constraint(PrimaryKeyConstraint("rate_line_id"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_add_table, "+ table royalty_dream"),
        (_remove_table, "- table document_file"),
        (_add_column, "+ column party.nickname"),
        (
            _change_type,
            "~ column posting.amount_minor: type BIGINT() where Integer() is expected",
        ),
        (
            _change_nullability,
            "~ column generation.quantity: nullable True where False is expected",
        ),
        (_add_unique, "+ unique party (name_ja)"),
        (_remove_unique, "- unique document (book_id, series, number)"),
        (_add_foreign_key, "+ foreign key batch_total (subject_id) to license.license_id"),
        (
            _remove_foreign_key,
            "- foreign key opt_in (subject_id, owner_id) to subject.subject_id, subject.owner_id",
        ),
        (_add_index, "+ index earning_kind (kind)"),
        (_remove_index, "- index earning_payee (owner_id)"),
        (_change_primary_key, "~ primary key rate_tier: rate_line_id is expected"),
    ],
    ids=lambda value: value.__name__.removeprefix("_") if callable(value) else "",
)
def test_a_model_that_differs_is_told_in_one_line(
    change: Callable[[MetaData], None], told: str, database: Database, models: MetaData
) -> None:
    change(models)
    assert check(database, models) == [told]


def test_a_column_that_only_the_database_has_is_told(database: Database, owner: Connection) -> None:
    owner.execute("ALTER TABLE party ADD COLUMN secret text")
    assert check(database) == ["- column party.secret"]


def test_a_database_that_was_never_migrated_says_so(database: Database, owner: Connection) -> None:
    assert current_revision(database) == newest_revision()
    owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    assert current_revision(database) is None
    lines = check(database)
    assert lines[-1].startswith("~ revision: None where")
    assert "+ table party" in lines


def test_migrating_again_changes_nothing(database: Database) -> None:
    migrate(database)
    assert check(database) == []
