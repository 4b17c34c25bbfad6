"""
The kinds of column the tables are made of, named by what they hold.

An annotation says everything about a column; keys to other tables stand with each table.
"""

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    LargeBinary,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

BigInt = Annotated[int, Field(sa_type=BigInteger)]
OptionalBigInt = Annotated[int | None, Field(sa_type=BigInteger)]
String = Annotated[str, Field(sa_type=Text)]
OptionalString = Annotated[str | None, Field(sa_type=Text)]
Strings = Annotated[list[str], Field(sa_type=ARRAY(Text))]
Integers = Annotated[list[int], Field(sa_type=ARRAY(Integer))]
Instant = Annotated[datetime, Field(sa_type=DateTime(timezone=True))]
OptionalInstant = Annotated[datetime | None, Field(sa_type=DateTime(timezone=True))]
Json = Annotated[Any, Field(sa_type=JSONB, nullable=False)]


class _JsonOrNull(JSONB):
    """JSON that may be missing: None is no value, not the word null."""

    def __init__(self) -> None:
        super().__init__(none_as_null=True)


OptionalJson = Annotated[Any, Field(sa_type=_JsonOrNull, nullable=True)]

#: A key that the database gives.
NewKey = Annotated[
    int | None, Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(),))
]
KeyBigInt = Annotated[int, Field(primary_key=True, sa_type=BigInteger)]
KeyInt = Annotated[int, Field(primary_key=True, sa_type=Integer)]
KeyString = Annotated[str, Field(primary_key=True, sa_type=Text)]
KeyBool = Annotated[bool, Field(primary_key=True)]
KeyBytes = Annotated[bytes, Field(primary_key=True, sa_type=LargeBinary)]
KeyDate = Annotated[date, Field(primary_key=True, sa_type=Date)]

#: A party is its own owner; the database computes it.
SameAsParty = Annotated[
    int | None,
    Field(nullable=False, sa_type=BigInteger, sa_column_args=(Computed("party_id"),)),
]
#: How a filed paper is called; the database makes it of its key.
FiledReference = Annotated[
    str | None,
    Field(
        nullable=False,
        sa_type=Text,
        sa_column_args=(
            Computed(
                "'ARC-' || lpad(filed_paper_id::text, "
                "greatest(6, length(filed_paper_id::text)), '0')"
            ),
        ),
    ),
]
#: The posting that must be there before this one; the database computes it.
PreviousNumber = Annotated[
    int | None, Field(sa_type=Integer, sa_column_args=(Computed("NULLIF(number - 1, 0)"),))
]


def references(
    columns: str, table: str, targets: str | None = None, *, is_deferred: bool = False
) -> ForeignKeyConstraint:
    """
    Return a foreign key; names are separated by spaces, and the targets' are the same unless given.

    A deferred one is checked at commit.
    """
    return ForeignKeyConstraint(
        columns.split(),
        [f"{table}.{target}" for target in (targets or columns).split()],
        deferrable=is_deferred or None,
        initially="DEFERRED" if is_deferred else None,
        use_alter=is_deferred,
    )
