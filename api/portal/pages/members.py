"""
Who acts for an organization: invited and removed by those who may; the house sees everybody.

Whoever approves is invited by another who approves, and whoever operates by another who
operates: nobody makes themselves the second person that money waits for.
"""

from starlette.responses import Response

from api.portal.options import link_address
from api.portal.rendering import page
from api.portal.signing import Problem, problem_of, signature
from api.portal.table import Page, PageNotThere
from api.portal.visits import Visit
from ledger.core.membership import HOUSE_ROLES, ROLES_OF, MemberRole, Right
from ledger.core.party import Role
from ledger.core.refusal import Refusal
from ledger.services import inviting, witnessing
from ledger.services.inviting import NewMember
from ledger.store.people import Member
from locales.catalogues import LANGUAGES


class OwnMembership(Refusal):
    """Nobody removes themselves; another member does."""

    code = "own_membership"
    field = "member"


class RoleOfOthers(Refusal):
    """The role is one that its own holders give and take. Carries it."""

    code = "role_of_others"
    field = "role"


def show_members(visit: Visit) -> Response:
    """List members by organization."""
    return _shown(visit)


def invite(visit: Visit) -> Response:
    """Let a person act for one's own organization; their link is mailed, or shown this once."""
    if visit.is_kept:
        return _shown(visit)
    try:
        _check_role(visit, visit.field("role"))
        invited = inviting.invite(
            witnessing.witnessed(
                visit.book,
                current=visit.session,
                act="member_invited",
                subject=visit.field("email").strip()[:100],
                recorded_at=visit.now,
            ),
            new=NewMember(
                organisation=visit.session.organisation,
                email=visit.field("email"),
                name=visit.field("name").strip(),
                role=visit.field("role"),
                language=visit.field("language"),
            ),
            is_mailed=visit.options.sends_mail,
            recorded_at=visit.now,
            recorded_by=signature(visit),
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return _shown(visit, invited=invited.member, link=invited.link)


def remove(visit: Visit) -> Response:
    """End what a person is in one's own organization; they are out at once."""
    member = _own(visit, visit.field("member"))
    try:
        if member.id == visit.session.member_id:
            raise OwnMembership
        _check_role(visit, member.role)
        inviting.remove(
            witnessing.witnessed(
                visit.book,
                current=visit.session,
                act="member_removed",
                subject=member.person.email,
                recorded_at=visit.now,
            ),
            reference=member.reference,
            reason=visit.field("reason").strip(),
            removed_by=signature(visit),
            removed_at=visit.now,
        )
    except Refusal as refusal:
        return _shown(visit, problem=problem_of(visit, refusal))
    return visit.go("/members")


def _shown(
    visit: Visit,
    *,
    problem: Problem | None = None,
    invited: Member | None = None,
    link: str | None = None,
) -> Response:
    is_kept = link is not None and not visit.options.sends_mail
    return page(
        visit,
        "members.html",
        status=200 if problem is None else problem.status,
        members=inviting.list_members(visit.database, owner_id=visit.owner_id),
        may_manage=visit.may(Right.MANAGE_MEMBERS),
        roles=_roles(visit),
        languages_known=LANGUAGES,
        problem=problem,
        invited=invited,
        link=link_address(visit.options, link) if is_kept and link is not None else None,
        asked=visit.form if problem or visit.is_kept else {},
    )


def _roles(visit: Visit) -> list[MemberRole]:
    """Return the roles that whoever is signed in may give and take."""
    own = MemberRole(visit.session.role)
    known = ROLES_OF[Role(visit.session.organisation_role)]
    return [role for role in MemberRole if role in known and role not in HOUSE_ROLES - {own}]


def _check_role(visit: Visit, role: str) -> None:
    if role in HOUSE_ROLES and role not in _roles(visit):
        raise RoleOfOthers(value=role)


def _own(visit: Visit, reference: str) -> Member:
    """
    Return a member of one's own organization.

    :raises PageNotThere: it has none of this reference.
    """
    own = inviting.list_members(visit.database, owner_id=visit.session.owner_id)
    found = next((each for each in own if each.reference == reference), None)
    if found is None:
        raise PageNotThere
    return found


PAGES = (
    Page(path="/members", handler=show_members, right=Right.SEE_MEMBERS),
    Page(path="/members", handler=invite, method="POST", right=Right.MANAGE_MEMBERS, keeps=True),
    Page(path="/members/remove", handler=remove, method="POST", right=Right.MANAGE_MEMBERS),
)
