"""
In which capacity the house bills for a rights holder: between both, in its name, or for itself.

An entrustment says it, from a day on. Which of them holds for a charge is decided on the last day
of the month it is billed for, and stays with the invoice: what comes in for an invoice is settled
as it was billed, whatever was agreed since.
"""

from collections.abc import Collection
from enum import StrEnum


class Capacity(StrEnum):
    """Whose supply an invoice is, and under whose name and number it stands."""

    INTERMEDIARY = "intermediary"  # 媒介者交付特例: the holder's, under the house's name and number
    AGENT = "agent"  # 代理交付: the holder's, under the holder's own name and number
    PRINCIPAL = "principal"  # the house's own: it buys from the holder what it sells


#: The order in which a firm's invoices of one month are numbered.
ORDER = tuple(Capacity)


def capacity_of(entrusted: Collection[Capacity]) -> Capacity:
    """
    Return the capacity in which something is billed that is for one rights holder or several.

    What several share cannot be taken apart by holder, which an agent's invoice has to do, and
    cannot be bought from some and collected for others. It is billed by the house between them
    and the firm, unless the house is principal to all.

    >>> capacity_of([Capacity.AGENT])
    <Capacity.AGENT: 'agent'>
    >>> capacity_of([Capacity.AGENT, Capacity.AGENT])
    <Capacity.INTERMEDIARY: 'intermediary'>
    """
    if len(entrusted) == 1 or set(entrusted) == {Capacity.PRINCIPAL}:
        return next(iter(entrusted))
    return Capacity.INTERMEDIARY
