"""The places of the portal, and which of them somebody may go to: one table for menu and door."""

from dataclasses import dataclass

from api.portal.options import PREFIX
from api.portal.visits import Visit
from ledger.core.membership import Right
from ledger.core.party import Role


@dataclass(frozen=True, kw_only=True)
class Place:
    """An entry of the menu."""

    path: str
    words: str  # the key of its name
    right: Right
    of: Role | None = None  # for which organizations; None is for all


#: The menu, in its order.
PLACES = (
    Place(path="/home", words="portal.place.home", right=Right.SEE_EARNINGS),
    Place(
        path="/overview",
        words="portal.place.home",
        right=Right.SEE_USE,
        of=Role.LICENSEE,
    ),
    Place(path="/usage", words="portal.place.usage", right=Right.SEE_USE, of=Role.LICENSEE),
    Place(path="/licenses", words="portal.place.licenses", right=Right.SEE_USE, of=Role.LICENSEE),
    Place(
        path="/invoices",
        words="portal.place.invoices",
        right=Right.SEE_INVOICES,
        of=Role.LICENSEE,
    ),
    Place(path="/earnings", words="portal.place.earnings", right=Right.SEE_EARNINGS),
    Place(path="/desk", words="portal.place.desk", right=Right.SEE_WORK),
    Place(
        path="/programs",
        words="portal.place.programs",
        right=Right.MANAGE_PROGRAMS,
        of=Role.LICENSEE,
    ),
    Place(
        path="/statements",
        words="portal.place.statements",
        right=Right.SEE_DOCUMENTS,
        of=Role.RIGHTS_HOLDER,
    ),
    Place(
        path="/offers",
        words="portal.place.offers",
        right=Right.DECIDE_OFFERS,
        of=Role.RIGHTS_HOLDER,
    ),
    Place(path="/months", words="portal.place.months", right=Right.SEE_MONTHS),
    Place(path="/receipts", words="portal.place.receipts", right=Right.SEE_WORK),
    Place(path="/payouts", words="portal.place.payouts", right=Right.SEE_PAYOUTS),
    Place(path="/parties", words="portal.place.parties", right=Right.SEE_WORK),
    Place(path="/contracts", words="portal.place.contracts", right=Right.SEE_WORK),
    Place(path="/reviews", words="portal.place.reviews", right=Right.SEE_WORK),
    Place(path="/machinery", words="portal.place.machinery", right=Right.SEE_WORK),
    Place(path="/documents", words="portal.place.documents", right=Right.SEE_DOCUMENTS),
    Place(path="/members", words="portal.place.members", right=Right.SEE_MEMBERS),
    Place(path="/acts", words="portal.place.acts", right=Right.SEE_ACTS),
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the menu as it is shown."""

    address: str
    words: str
    is_here: bool


def places(visit: Visit) -> tuple[Entry, ...]:
    """Return the menu of whoever is signed in; empty for anybody else."""
    here = visit.request.url.path.removeprefix(PREFIX)
    return tuple(
        Entry(
            address=PREFIX + place.path,
            words=place.words,
            is_here=here == place.path or here.startswith(place.path + "/"),
        )
        for place in PLACES
        if _is_for(place, visit)
    )


def first_place(visit: Visit) -> str:
    """Return where somebody goes who names no page: the first of their menu."""
    return next((place.path for place in PLACES if _is_for(place, visit)), "/account")


def _is_for(place: Place, visit: Visit) -> bool:
    found = visit.found
    return (
        found is not None
        and visit.may(place.right)
        and (place.of is None or place.of == found.organisation_role)
    )
