"""``GET /v1/licenses``: what you were granted, and the dated terms of each grant."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Meta

from api.context import Context, context
from api.cursors import read_cursor, write_cursor
from api.rate_bodies import rate_line_body, revenue_share_body
from api.security import Caller, require
from api.shapes import (
    GrantBody,
    GrantTermsBody,
    LicenseBody,
    LicenseList,
    RecoupGroupBody,
    TermsList,
    TermsVersionBody,
    problems,
)
from ledger.core.terms import TermsVersion
from ledger.services import licensing
from ledger.store.agreements import GrantInBook, GrantTerms, LicenseInBook

router = APIRouter(tags=["Licenses"])

Reader = Annotated[Caller, Depends(require("read"))]
Given = Annotated[Context, Depends(context)]

#: No reference holds the character, so the database is not asked for it.
_WITHOUT_NUL = "^[^\\x00]*$"

_Reference = Annotated[str, Meta(max_length=100, pattern=_WITHOUT_NUL)]
_Position = Annotated[int, Meta(ge=0, le=2**31 - 1)]


@router.get(
    "/licenses",
    summary="List your licenses",
    description="In the order of their references, each with its grants in theirs.",
    responses=problems(401, 403, 422, 503),
)
def list_licenses(
    given: Given,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    cursor: str | None = None,
) -> LicenseList:
    page = licensing.list_licenses(
        given.database,
        licensee_id=caller.scope_id,
        after=read_cursor(cursor, kind=_Reference, otherwise=""),
        limit=limit,
    )
    return LicenseList(
        licenses=[_license(license_) for license_ in page.licenses],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


@router.get(
    "/licenses/{reference}/terms",
    summary="Read the terms of a license",
    description=(
        "Its grants in their order, each with its subjects in the order of the contract and "
        "every version of its terms, the oldest first. The version with the latest "
        "effective_from that has passed is in force. Rates are exact text."
    ),
    responses=problems(401, 403, 404, 422, 503),
)
def read_terms(
    given: Given,
    caller: Reader,
    reference: Annotated[str, Path(max_length=100, pattern=_WITHOUT_NUL)],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> TermsList:
    first: int | None = None
    after = read_cursor(cursor, kind=_Position, otherwise=first)
    page = licensing.read_terms(
        given.database,
        licensee_id=caller.scope_id,
        reference=reference,
        after=licensing.BEFORE_ALL if after is None else after,
        limit=limit,
    )
    return TermsList(
        license=page.license.reference,
        grants=[_terms(grant) for grant in page.grants],
        next_cursor=None if page.next_after is None else write_cursor(page.next_after),
    )


def _license(license_: LicenseInBook) -> LicenseBody:
    return LicenseBody(
        reference=license_.reference,
        licensee=license_.licensee_reference,
        signed_on=license_.signed_on.isoformat(),
        starts_at=license_.starts_at,
        ends_at=license_.ends_at,
        grants=[_grant(grant) for grant in license_.grants],
        recoup_groups=[RecoupGroupBody(**asdict(group)) for group in license_.recoup_groups],
    )


def _grant(grant: GrantInBook) -> GrantBody:
    return GrantBody(
        position=grant.position,
        modalities=list(grant.modalities),
        use_classes=list(grant.use_classes),
        territories=list(grant.territories),
        starts_at=grant.starts_at,
        ends_at=grant.ends_at,
        ai_label=grant.ai_label or None,
        prohibited_content=list(grant.prohibited_content),
        subject_count=grant.subject_count,
    )


def _terms(terms: GrantTerms) -> GrantTermsBody:
    return GrantTermsBody(
        **_grant(terms.grant).model_dump(),
        subjects=list(terms.subjects),
        versions=[_version(version) for version in terms.versions],
    )


def _version(version: TermsVersion) -> TermsVersionBody:
    return TermsVersionBody(
        version=version.version,
        effective_from=version.effective_from,
        clause=version.clause_reference,
        currency=version.currency,
        rounding=version.rounding,
        recognition=version.recognition,
        rate_lines=[rate_line_body(line) for line in version.rate_lines],
        revenue_share=revenue_share_body(version.revenue_share),
    )
