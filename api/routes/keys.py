"""``/v1/keys``: the keys a party calls with: made, listed, replaced, ended."""

import secrets
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Response
from msgspec import Meta
from pydantic import BaseModel, Field

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.event_bodies import PRINTABLE
from api.idempotency import once
from api.sandboxes import Sandboxes, sandboxes_of
from api.security import Caller, require
from api.shapes import problems
from ledger.core.refusal import Refusal
from ledger.services import keeping, rehearsing
from ledger.services.keeping import (
    KEY_MAX,
    LABEL_LENGTH_MAX,
    OVERLAP_HOURS,
    OVERLAP_HOURS_MAX,
    IssuedKey,
    Maker,
    Mode,
    Scope,
)
from ledger.store.keys import KeyInBook

router = APIRouter(prefix="/keys", tags=["Keys"])

#: How many random bytes a key is made of.
SECRET_BYTES = 32

#: No name of a key holds other characters, so the database is not asked for them.
_NAME = "^[A-Za-z0-9_]+$"

_REASON = Field(
    min_length=1, max_length=500, pattern=PRINTABLE, examples=["The yearly change of keys"]
)

Given = Annotated[Context, Depends(context)]
Reader = Annotated[Caller, Depends(require("read"))]
_manager = require("manage")
Manager = Annotated[Caller, Depends(_manager)]
Once = Annotated[Context, Depends(once(_manager, hides=["key"]))]
Named = Annotated[str, Path(description="The key's id", max_length=100, pattern=_NAME)]


class _Place(NamedTuple):
    """A cursor as it comes back, within what the book can be asked for."""

    key: Annotated[int, Meta(ge=0, le=KEY_MAX)]


class KeyOfAnother(Refusal):
    """A key was asked for in the name of another party; only the house does that."""

    code = "key_of_another"
    field = "party"


class LiveKeyNeeded(Refusal):
    """A key of a sandbox asked for one that opens the book that counts."""

    code = "live_key_needed"
    field = "mode"


class NewKeyBody(BaseModel):
    """A key to be made. It may do no more than the key that asks for it."""

    label: str = Field(
        min_length=1, max_length=LABEL_LENGTH_MAX, pattern=PRINTABLE, examples=["image servers"]
    )
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), examples=[["report", "read"]])
    mode: Mode | None = Field(
        default=None,
        description=(
            "live opens the book that counts, test the firm's sandbox; the same as the key that "
            "asks when nothing is said. A test key makes test keys only."
        ),
    )
    party: str | None = Field(
        default=None,
        max_length=100,
        description="Whose key it is to be; your own when nothing is said. Others for the house.",
    )


class NewRotationBody(BaseModel):
    """How a key is to be replaced."""

    overlap_hours: int = Field(
        default=OVERLAP_HOURS,
        ge=0,
        le=OVERLAP_HOURS_MAX,
        description="For how long the key that is replaced goes on working.",
    )
    reason: str = _REASON


class KeyBody(BaseModel):
    """A key. Its secret is never shown again."""

    id: str = Field(examples=["key_1f0c6f1d7a0b4a1d9f3e5b7c2d4e6f80"])
    party: str = Field(examples=["studio-a"])
    label: str = Field(examples=["image servers"])
    mode: Mode
    scopes: list[Scope] = Field(examples=[["read", "report"]])
    prefix: str = Field(description="How the key begins", examples=["gb_live_3f9a"])
    created_at: datetime
    created_by: str = Field(description="The id of the key that made it, or a person's name")
    last_used_at: datetime | None = Field(description="To the minute; null while never used")
    expires_at: datetime | None = Field(description="Of one that was replaced: when it ends")
    replaced_by: str | None = Field(description="The id of the key that takes its place")
    revoked_at: datetime | None
    revoked_because: str | None


class IssuedKeyBody(KeyBody):
    """A key just made, with its secret, which is shown this once."""

    key: str | None = Field(
        description="Keep it: it is shown this once, and null in a replay.",
        examples=["gb_live_3f9a0c51d2e7481b96a0f4c8d3b5e7291c0a6f8e4d2b7a9150c3e8f6d4b2a719"],
    )


class KeyListBody(BaseModel):
    """A page of keys, in the order in which they were made."""

    keys: list[KeyBody]
    next_cursor: str | None


@router.get(
    "",
    summary="List your keys",
    description=(
        "In the order in which they were made; those that have ended are among them. The house "
        "sees everybody's. No secret is ever among the answers."
    ),
    responses=problems(401, 403, 422, 503),
)
def list_keys(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> KeyListBody:
    page = keeping.list_keys(
        given.keyring.database,
        owner_id=caller.scope_id,
        mode=caller.modes_seen,
        after=read_cursor(cursor, kind=_Place, otherwise=_Place(0)).key,
        limit=limit,
    )
    return KeyListBody(
        keys=[_shown(key) for key in page.keys],
        next_cursor=None if page.next_after is None else write_cursor(_Place(page.next_after)),
    )


@router.post(
    "",
    status_code=201,
    summary="Make a key",
    description=(
        "The secret is in this answer and nowhere else; the book keeps its hash. A key gets no "
        "scope that the key which asks for it does not have. The first test key of a firm makes "
        "its sandbox, which takes a few seconds."
    ),
    responses=problems(401, 403, 409, 422, 503),
)
def create_key(
    given: Once,
    caller: Manager,
    sandboxes: Annotated[Sandboxes, Depends(sandboxes_of)],
    new: NewKeyBody,
) -> IssuedKeyBody:
    if new.party is not None and caller.scope_id is not None and new.party != caller.reference:
        raise KeyOfAnother(value=new.party)
    party = new.party or caller.reference
    mode = new.mode or Mode(caller.mode)
    ring = given.keyring
    if caller.mode == Mode.TEST and mode is Mode.LIVE:
        raise LiveKeyNeeded
    if mode is Mode.TEST:
        # Asked beside the request's own work: a sandbox that cannot be made leaves it undone.
        party_id = rehearsing.firm_of(sandboxes.live.database, party_reference=party)
        sandboxes.ensure(party_id=party_id, party=party, by=caller.key)
    issued = keeping.issue_key(
        ring.database,
        party_reference=party,
        mode=mode,
        label=new.label,
        scopes=new.scopes,
        secret=secrets.token_bytes(SECRET_BYTES),
        recorded_at=ring.clock(),
        maker=_maker(caller),
    )
    return _issued(issued)


@router.post(
    "/{reference}/rotate",
    status_code=201,
    summary="Replace a key",
    description=(
        "Makes a key of the same label and scopes. The one before it goes on working while they "
        "overlap: a day when nothing is said, and thirty at most. An overlap of 0 ends it at "
        "once. A key is replaced once; after that its successor can be."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def rotate_key(
    given: Once, caller: Manager, reference: Named, new: NewRotationBody
) -> IssuedKeyBody:
    issued = keeping.rotate_key(
        given.keyring.database,
        owner_id=caller.scope_id,
        mode=caller.modes_seen,
        reference=reference,
        secret=secrets.token_bytes(SECRET_BYTES),
        overlap_hours=new.overlap_hours,
        reason=new.reason,
        maker=_maker(caller),
        rotated_at=given.keyring.clock(),
    )
    return _issued(issued)


@router.delete(
    "/{reference}",
    status_code=204,
    response_class=Response,
    summary="End a key",
    description=(
        "From now on; every process knows within one second. The key stays in the list, with "
        "when it ended and why."
    ),
    responses=problems(401, 403, 404, 409, 422, 503),
)
def revoke_key(
    given: Given,
    caller: Manager,
    reference: Named,
    reason: Annotated[
        str,
        Query(
            min_length=1,
            max_length=500,
            pattern=PRINTABLE,
            description="Why",
            examples=["The laptop is lost"],
        ),
    ],
) -> None:
    keeping.revoke_key(
        given.keyring.database,
        owner_id=caller.scope_id,
        mode=caller.modes_seen,
        reference=reference,
        reason=reason,
        maker=_maker(caller),
        revoked_at=given.keyring.clock(),
    )


def _maker(caller: Caller) -> Maker:
    return Maker(name=caller.key, scopes=caller.scopes)


def _issued(issued: IssuedKey) -> IssuedKeyBody:
    return IssuedKeyBody(key=issued.text, **_shown(issued.key).model_dump())


def _shown(key: KeyInBook) -> KeyBody:
    return KeyBody(
        id=key.reference,
        party=key.party,
        label=key.label,
        mode=Mode(key.mode),
        scopes=[Scope(scope) for scope in key.scopes],
        prefix=key.shown,
        created_at=key.recorded_at,
        created_by=key.recorded_by,
        last_used_at=key.used_at,
        expires_at=key.valid_until,
        replaced_by=key.successor,
        revoked_at=key.revoked_at,
        revoked_because=key.revoked_because,
    )
