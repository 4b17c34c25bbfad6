"""Recalling: one key as its party reads it back, without anything that opens a door."""

from ledger.core.refusal import Refusal
from ledger.store import keys
from ledger.store.database import Database
from ledger.store.keys import KeyInBook


class KeyUnheardOf(Refusal):
    """The party has no key of this name."""

    code = "key_unheard_of"
    field = "key"


def find_key(own: Database, *, owner_id: int, reference: str) -> KeyInBook:
    """
    Return a party's key, also one that has ended.

    :raises KeyUnheardOf: there is no such key, or it is another's.
    """
    found = None
    if "\0" not in reference:  # No text of the book holds it, and none can be looked for with it.
        with own.transaction() as session:
            found = keys.find_key(session, owner_id=owner_id, mode=None, reference=reference)
    if found is None:
        raise KeyUnheardOf(value=reference)
    return found
