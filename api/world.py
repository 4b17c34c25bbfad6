"""
A world to be entered: parties, works, decisions and licenses, in the order they need each other.

Owns the file that ``genbo import`` reads. Its tables are the fields of the values that the use
cases take, so whatever can be entered can be written in it, and nothing else.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ledger.core.agreement import NewLicense, NewTerms
from ledger.core.new_claim import NewClaim
from ledger.core.party import NewParty
from ledger.core.payee_advance import NewPayeeAdvance
from ledger.core.proposal import NewOffer, NewOfferVersion
from ledger.core.recoup_agreement import NewRecoupTerms
from ledger.core.refusal import Refusal
from ledger.core.reserve import NewReserveClaim
from ledger.services import (
    advancing,
    cataloguing,
    consenting,
    contesting,
    entrusting,
    granting,
    offering,
    recouping,
    registering,
    reserving,
)
from ledger.services.consenting import NewConsent
from ledger.services.entrusting import LaterEntrustment
from ledger.services.offering import Speaker
from ledger.services.registering import NewCommittee
from ledger.store.database import Database
from ledger.store.works import NewSubject


class WorldFileUnreadable(Refusal):
    """The file cannot be opened, or is not TOML."""

    code = "world_file_unreadable"


class WorldFileWrong(Refusal):
    """A table of the file is not one the book takes; ``place`` is the path to the fault."""

    code = "world_file_wrong"


class WorldFieldUnknown(Refusal):
    """The file has a field that the book does not know; ``place`` is the path to it."""

    code = "world_field_unknown"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What rights holders decided about subjects, from an instant on."""

    subjects: tuple[str, ...]
    state: str  # "offered", "suspended" or "not_offered"
    effective_at: datetime
    reason: str = ""  # only an offer needs none


@dataclass(frozen=True, kw_only=True)
class LaterTerms:
    """Terms that take over from the first ones of a grant, which is named by its place."""

    license: str
    grant: int
    terms: NewTerms


@dataclass(frozen=True, kw_only=True)
class LaterRecoupTerms:
    """What a recoup group of a license is from a month on: all its terms, and its grants."""

    license: str
    recoup_group: str
    terms: NewRecoupTerms


@dataclass(frozen=True, kw_only=True)
class LaterOffer:
    """What an offer says from an instant on, instead of what it said before."""

    offer: str
    version: NewOfferVersion
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class World:
    """What is entered, in the order of the fields."""

    parties: tuple[NewParty, ...] = ()
    committees: tuple[NewCommittee, ...] = ()
    subjects: tuple[NewSubject, ...] = ()
    consents: tuple[NewConsent, ...] = ()
    offers: tuple[NewOffer, ...] = ()
    later_offers: tuple[LaterOffer, ...] = ()
    decisions: tuple[Decision, ...] = ()
    licenses: tuple[NewLicense, ...] = ()
    later_terms: tuple[LaterTerms, ...] = ()
    later_recoup_terms: tuple[LaterRecoupTerms, ...] = ()
    payee_advances: tuple[NewPayeeAdvance, ...] = ()
    entrustments: tuple[LaterEntrustment, ...] = ()
    reserve_claims: tuple[NewReserveClaim, ...] = ()
    claims: tuple[NewClaim, ...] = ()


def read_world(file: Path) -> World:
    """
    Read a TOML file of a world; its tables are the fields of :class:`World`.

    :raises WorldFileUnreadable: it cannot be opened, or is not TOML.
    :raises WorldFieldUnknown: a field is misspelt or in the wrong place.
    :raises WorldFileWrong: a field is missing or not of its kind; its path is named.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WorldFileUnreadable(file=file, reason=error) from None
    for place in unknown_fields(tables, World):
        raise WorldFieldUnknown(file=file, place=place)
    try:
        return TypeAdapter(World).validate_python(tables)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WorldFileWrong(file=file, place=place, reason=first["msg"]) from None


def unknown_fields(value: object, kind: Any, place: str = "") -> Iterator[str]:
    """Name the fields that no value of the kind has; a misspelt field must not be passed over."""
    if is_dataclass(kind) and isinstance(value, Mapping):
        hints = get_type_hints(kind)
        for name, inner in value.items():
            here = f"{place}.{name}" if place else name
            yield from unknown_fields(inner, hints[name], here) if name in hints else [here]
    elif isinstance(value, list):
        part = next(iter(get_args(kind)), None)
        for index, inner in enumerate(value):
            yield from unknown_fields(inner, part, f"{place}.{index}")
    else:
        for option in get_args(kind):
            if is_dataclass(option):
                yield from unknown_fields(value, option, place)


def enter(database: Database, world: World, *, recorded_by: str, recorded_at: datetime) -> None:
    """
    Write a world into the book, each kind whole or not at all, through the use cases.

    :raises Refusal: something in it cannot be taken; what came before it in the order is kept.
    """
    if world.parties:
        registering.register_parties(database, parties=world.parties, recorded_at=recorded_at)
    if world.committees:
        registering.register_committees(
            database, committees=world.committees, recorded_at=recorded_at
        )
    if world.subjects:
        cataloguing.add_subjects(database, subjects=world.subjects, recorded_at=recorded_at)
    for consent in world.consents:
        consenting.give_consent(
            database, consent=consent, recorded_by=recorded_by, recorded_at=recorded_at
        )
    _enter_offers(database, world, Speaker(name=recorded_by), recorded_at)
    for decision in world.decisions:
        granting.set_opt_in(
            database,
            subject_references=decision.subjects,
            state=decision.state,
            effective_at=decision.effective_at,
            reason=decision.reason,
            recorded_by=recorded_by,
            recorded_at=recorded_at,
        )
    for license_ in world.licenses:
        granting.grant_license(database, license=license_, recorded_at=recorded_at)
    for later in world.later_terms:
        granting.add_terms_version(
            database,
            license_reference=later.license,
            grant=later.grant,
            terms=later.terms,
            recorded_at=recorded_at,
        )
    for changed in world.later_recoup_terms:
        recouping.change_group(
            database,
            license_reference=changed.license,
            recoup_group=changed.recoup_group,
            terms=changed.terms,
            recorded_by=recorded_by,
            recorded_at=recorded_at,
        )
    _enter_set_aside(database, world, recorded_by, recorded_at)


def _enter_set_aside(database: Database, world: World, by: str, at: datetime) -> None:
    if world.entrustments:
        entrusting.change_entrustments(database, changes=world.entrustments)
    if world.claims:
        contesting.enter_claims(database, claims=world.claims, recorded_by=by, recorded_at=at)
    if world.payee_advances:
        advancing.enter_advances(
            database, advances=world.payee_advances, recorded_by=by, recorded_at=at
        )
    if world.reserve_claims:
        reserving.enter_claims(
            database, claims=world.reserve_claims, recorded_by=by, recorded_at=at
        )


def _enter_offers(database: Database, world: World, speaker: Speaker, at: datetime) -> None:
    for offer in world.offers:
        offering.make_offer(database, offer=offer, speaker=speaker, recorded_at=at)
    for later in world.later_offers:
        offering.add_version(
            database,
            reference=later.offer,
            version=later.version,
            reason=later.reason,
            speaker=speaker,
            recorded_at=at,
        )
