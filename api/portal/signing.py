"""How whoever is signed in signs what they do, and how a refusal is told beside their form."""

from dataclasses import dataclass

from api.portal.visits import Visit
from api.problems import STATUS_OF
from api.words import detail_of, title_of
from ledger.core.refusal import Refusal
from locales.catalogues import MissingMessage, message


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refusal in the words of the portal, and which field has to be mended."""

    status: int
    title: str
    detail: str
    field: str | None


def signature(visit: Visit) -> str:
    """Return how somebody signs: the name and the mailbox."""
    return f"{visit.session.name} <{visit.session.email}>"


def problem_of(visit: Visit, refusal: Refusal) -> Problem:
    """
    Return a refusal as a page tells of it, in words of the portal where others name commands.

    :raises Refusal: what is refused is not there at all; that is for the page of missing things.
    """
    status = STATUS_OF.get(refusal.code, 422)
    if status == 404 or status >= 500:
        raise refusal
    return Problem(
        status=status,
        title=title_of(refusal, visit.language),
        detail=_portal_words(visit, refusal) or detail_of(refusal, visit.language),
        field=getattr(refusal, "field", None),
    )


def _portal_words(visit: Visit, refusal: Refusal) -> str | None:
    values = {name: str(value) for name, value in refusal.values.items()}
    try:
        return message(visit.language, f"portal.problem.{refusal.code}", **values)
    except MissingMessage:
        return None
