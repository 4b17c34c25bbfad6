"""A firm's sandbox as a person reaches it, who has no test key in hand."""

from api.sandboxes import Sandbox, Sandboxes
from ledger.services import rehearsing


def ensure_sandbox_of(sandboxes: Sandboxes, *, party: str, by: str) -> None:
    """
    Make a firm's sandbox when it has none.

    :raises SandboxForFirms: the party is no AI firm.
    :raises SandboxNotAllowed: the program may not make its database.
    """
    party_id = rehearsing.firm_of(sandboxes.live.database, party_reference=party)
    sandboxes.ensure(party_id=party_id, party=party, by=by)


def open_sandbox_of(sandboxes: Sandboxes, *, party: str, by: str) -> Sandbox:
    """
    Return a firm's sandbox as it stands now, making it when there is none.

    :raises SandboxForFirms: the party is no AI firm.
    :raises SandboxNotAllowed: the program may not make its database.
    """
    party_id = rehearsing.firm_of(sandboxes.live.database, party_reference=party)
    return sandboxes.of_firm(party_id=party_id, party=party, by=by)
