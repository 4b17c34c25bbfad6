"""
Dates of a contract that must not cross: a grant lies within its license, its terms within it.

What is agreed for a time in which it cannot count is a mistake in the contract, and is told when
it is written, not when the first report is refused.
"""

from datetime import datetime

from ledger.core.fields import FieldRefusal
from ledger.core.terms import TermsVersion

#: From when to when something lasts; None is without an end.
Span = tuple[datetime, datetime | None]


class GrantOutsideLicense(FieldRefusal):
    """A grant begins before its license, or goes on after it. Carries the license's instant."""

    code = "grant_outside_license"


class TermsOutsideGrant(FieldRefusal):
    """Terms would take effect when their grant is over. Carries when that is."""

    code = "terms_outside_grant"


def check_grant(grant: Span, license_: Span, *, path: str) -> None:
    """
    Make sure that a grant lasts while its license does; ``path`` is where it was sent.

    :raises GrantOutsideLicense: it begins before, or ends after.
    """
    (starts_at, ends_at), (license_starts_at, license_ends_at) = grant, license_
    if starts_at < license_starts_at:
        raise _outside(f"{path}.starts_at", starts_at, license_starts_at)
    if license_ends_at is not None and ends_at is not None and ends_at > license_ends_at:
        raise _outside(f"{path}.ends_at", ends_at, license_ends_at)


def check_within(version: TermsVersion, *, ends_at: datetime | None, field: str) -> None:
    """
    Make sure that terms take effect while their grant, which ends then, is still in force.

    :raises TermsOutsideGrant: they do not.
    """
    if ends_at is not None and version.effective_from >= ends_at:
        raise TermsOutsideGrant(
            field=field, value=version.effective_from.isoformat(), ends_at=ends_at.isoformat()
        )


def _outside(field: str, value: datetime, of_license: datetime) -> GrantOutsideLicense:
    return GrantOutsideLicense(
        field=field, value=value.isoformat(), of_license=of_license.isoformat()
    )
