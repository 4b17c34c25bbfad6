"""Works, licenses and terms as the book offers them, page by page."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from api.client.calls import Call, Page, reader

_PAGE_OF_WORKS = 100
_PAGE_OF_LICENSES = 100
_PAGE_OF_GRANTS = 50

T = TypeVar("T")


class OfferedTerms(Struct, frozen=True, kw_only=True):
    """What an offer says; ``words`` say all of it in the language that was asked for."""

    modalities: tuple[str, ...]
    use_classes: tuple[str, ...]
    territories: tuple[str, ...]
    clause: str
    currency: str
    rate_lines: tuple["RateLine", ...]
    words: tuple[str, ...]


class WorkOffer(Struct, frozen=True, kw_only=True):
    """What is on offer for a work; ``terms`` are there while it is offered."""

    standing: str
    offers: tuple[str, ...]
    terms: OfferedTerms | None


class Work(Struct, frozen=True, kw_only=True):
    """A work, character or voice; ``id`` is what a report names."""

    id: str
    kind: str
    title_ja: str
    title_kana: str
    title_en: str
    rights_holder_ja: str
    rights_holder_en: str
    credit_line: str
    opt_in: str
    offer: WorkOffer | None = None


class Grant(Struct, frozen=True, kw_only=True):
    """One permission of a license; without ``ends_at`` it has no end of its own."""

    position: int
    modalities: tuple[str, ...]
    use_classes: tuple[str, ...]
    territories: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    subject_count: int


class Prepaid(Struct, frozen=True, kw_only=True):
    """An advance, or what a guarantee lacked, and what of it is left to recoup."""

    reference: str
    kind: str
    amount_minor: int
    due_on: date
    counts_toward: str | None
    invoice: str | None
    recouped_minor: int
    left_minor: int


class AmendedGroup(Struct, frozen=True, kw_only=True):
    """What a recoup group was agreed to be later, from the first day of a month on."""

    version: int
    effective_from: date
    clause: str
    crossing: str
    grants: tuple[int, ...]


class RecoupGroup(Struct, frozen=True, kw_only=True):
    """Grants that recoup together, and what was paid ahead for them."""

    reference: str
    crossing: str
    currency: str
    grants: tuple[int, ...]
    prepaid: tuple[Prepaid, ...]
    version: int = 1
    later: tuple[AmendedGroup, ...] = ()


class License(Struct, frozen=True, kw_only=True):
    """An agreement of yours; ``reference`` is what a report names."""

    reference: str
    licensee: str
    signed_on: date
    starts_at: datetime
    ends_at: datetime | None
    grants: tuple[Grant, ...]
    recoup_groups: tuple[RecoupGroup, ...] = ()


class Tier(Struct, frozen=True, kw_only=True):
    """A rate up to and including a cumulative quantity; without a bound it is the open end."""

    up_to: str | None
    rate: str


class Stacking(Struct, frozen=True, kw_only=True):
    """The most that the subjects of one event earn together, and how they share it."""

    group: str
    cap_minor: str
    allocation: str


class RateLine(Struct, frozen=True, kw_only=True):
    """One line of a rate card; a modality or use class that is None stands for any."""

    basis: str
    rate: str
    modality: str | None
    use_class: str | None
    tier_mode: str
    tiers: tuple[Tier, ...]
    counter_scope: str
    minimum_minor: int
    cap_minor: int | None = None
    event_floor_minor: str = "0"
    stacking: Stacking | None = None


class TermsVersion(Struct, frozen=True, kw_only=True):
    """The price of a grant from an instant until a later version takes over."""

    version: int
    effective_from: datetime
    clause: str
    currency: str
    rounding: str
    recognition: str
    rate_lines: tuple[RateLine, ...]


class GrantTerms(Grant, frozen=True, kw_only=True):
    """One permission of a license with its subjects and every version of its terms."""

    subjects: tuple[str, ...]
    versions: tuple[TermsVersion, ...]


class _Works(Struct, frozen=True):
    works: tuple[Work, ...]
    next_cursor: str | None


class _Licenses(Struct, frozen=True):
    licenses: tuple[License, ...]
    next_cursor: str | None


class _Terms(Struct, frozen=True):
    grants: tuple[GrantTerms, ...]
    next_cursor: str | None


_read_works = reader(_Works)
_read_licenses = reader(_Licenses)
_read_terms = reader(_Terms)


def works_call(query: str, cursor: str | None = None) -> Call[Page[Work]]:
    """Return the request for works by title or identifier, best first."""

    def read(content: bytes) -> Page[Work]:
        told = _read_works(content)
        return _page(told.works, partial(works_call, query), told.next_cursor)

    asked: dict[str, str | int] = {"q": query, "limit": _PAGE_OF_WORKS, **_from(cursor)}
    return Call(path="/v1/works", read=read, query=asked)


def licenses_call(cursor: str | None = None) -> Call[Page[License]]:
    """Return the request for your licenses, by reference."""

    def read(content: bytes) -> Page[License]:
        told = _read_licenses(content)
        return _page(told.licenses, licenses_call, told.next_cursor)

    return Call(path="/v1/licenses", read=read, query={"limit": _PAGE_OF_LICENSES, **_from(cursor)})


def terms_call(license: str, cursor: str | None = None) -> Call[Page[GrantTerms]]:
    """Return the request for the grants of a license with their terms, in their order."""

    def read(content: bytes) -> Page[GrantTerms]:
        told = _read_terms(content)
        return _page(told.grants, partial(terms_call, license), told.next_cursor)

    path = f"/v1/licenses/{quote(license, safe='')}/terms"
    return Call(path=path, read=read, query={"limit": _PAGE_OF_GRANTS, **_from(cursor)})


def _from(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"cursor": cursor}


def _page(
    items: Sequence[T], follow: Callable[[str], Call[Page[T]]], cursor: str | None
) -> Page[T]:
    return Page(items=tuple(items), following=None if cursor is None else follow(cursor))
