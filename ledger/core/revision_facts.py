"""What the audit knows of revised statements."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RevisionFact:
    """A revised statement beside the one it revises, and what revisions of its source moved."""

    reference: str
    revision: int
    revises: str | None  # the number of the statement that it takes the place of
    revision_before: int | None


@dataclass(frozen=True, kw_only=True)
class MovedFact:
    """What revisions moved of one settlement's money of one rights holder, over all payees."""

    place: str
    amount_minor: int
    tax_minor: int
