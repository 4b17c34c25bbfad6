"""Licenses of all firms, for the house: every version of their terms, and what each changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from starlette.responses import Response

from api.offer_words import prices_in_words, territories_in_words
from api.portal.rendering import page
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.period import tokyo_day
from ledger.core.terms import TermsVersion
from ledger.services import licensing, overseeing
from ledger.services.licensing import LicenseNotFound
from ledger.store.agreements import GrantTerms

_SHOWN = 50
_GRANTS_SHOWN = 100
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a grant's terms in words, and what it has otherwise than the one before."""

    version: int
    effective_from: datetime
    clause: str
    lines: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    is_in_force: bool


def show_contracts(visit: Visit) -> Response:
    """List licenses by their references."""
    asked = visit.request.query_params.get("after", "")
    found = licensing.list_licenses(
        visit.database,
        licensee_id=None,
        after="".join(each for each in asked if each.isprintable())[:100],
        limit=_SHOWN,
    )
    return page(
        visit,
        "contracts.html",
        licenses=found.licenses,
        following=found.next_after,
        names=_names(visit),
        now=visit.now,
        last_day=_last_day,
    )


def show_contract(visit: Visit) -> Response:
    """Show a license with its grants, and the history of their terms."""
    try:
        found = licensing.read_terms(
            visit.database,
            licensee_id=None,
            reference=visit.request.path_params["contract"].replace("\0", ""),
            limit=_GRANTS_SHOWN,
        )
    except LicenseNotFound:
        raise PageNotThere from None
    return page(
        visit,
        "contract.html",
        license=found.license,
        grants=[
            (
                each,
                territories_in_words(each.grant.territories, visit.language),
                list(_history(each, visit))[::-1],
            )
            for each in found.grants
        ],
        more=found.next_after is not None,
        names=_names(visit),
        now=visit.now,
        last_day=_last_day,
    )


def _history(terms: GrantTerms, visit: Visit) -> Iterator[Version]:
    """Yield the versions of a grant's terms in their order, each against the one before."""
    before: tuple[str, ...] | None = None
    in_force = _in_force(terms.versions, visit.now)
    for each in terms.versions:
        lines = tuple(prices_in_words(each, visit.language))
        known = lines if before is None else before
        yield Version(
            version=each.version,
            effective_from=each.effective_from,
            clause=each.clause_reference,
            lines=lines,
            gone=tuple(line for line in known if line not in lines),
            new=tuple(line for line in lines if line not in known),
            is_in_force=each.version == in_force,
        )
        before = lines


def _in_force(versions: tuple[TermsVersion, ...], now: datetime) -> int | None:
    """Return which version holds: the latest that has taken effect."""
    begun = [each for each in versions if each.effective_from <= now]
    last = max(begun, key=lambda each: (each.effective_from, each.version), default=None)
    return None if last is None else last.version


def _last_day(ends_at: datetime) -> date:
    """Return the last day of something that ends at an instant, which is not of it."""
    return tokyo_day(ends_at - _MICROSECOND)


def _names(visit: Visit) -> Mapping[str, str]:
    return overseeing.names(visit.database, book_id=visit.given.book_id, language=visit.language)


PAGES = (
    Page(path="/contracts", handler=show_contracts, right=Right.SEE_WORK),
    Page(path="/contracts/{contract}", handler=show_contract, right=Right.SEE_WORK),
)
