"""What the demo's firms declare a month to be, by their own count of what was taken."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import httpx

from api.client.answers import Result
from api.demo.scenario import Event
from ledger.core.money import add_exactly
from ledger.core.period import Month
from ledger.core.usage import canonical_decimal

#: A duplicate, a conflict and what was invalid are no generations of their own.
_COUNTED = frozenset({"accepted", "held", "refused"})


class OwnCount:
    """One firm's count of a month, kept by itself as any firm would keep it."""

    def __init__(self) -> None:
        self._quantities: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, events: Iterable[Event], results: Iterable[Result]) -> None:
        """Count what was taken of some events, by their answers."""
        for event, result in zip(events, results, strict=True):
            if result.status in _COUNTED:
                kind = (event["modality"], event["unit"])
                self._counts[kind] += 1
                if event["quantity"] is not None:
                    self._quantities[kind].append(Decimal(event["quantity"]))

    def declaration(self) -> dict[str, Any]:
        """Return what is declared: control totals, or that there was nothing."""
        if not self._counts:
            return {"nil": True}
        totals = [
            {"modality": modality, "unit": unit, "quantity": canonical_decimal(add_exactly(added))}
            for (modality, unit), added in sorted(self._quantities.items())
        ]
        return {"generation_count": self._counts.total(), "totals": totals}


def declare(*, base_url: str, key: str, month: Month, count: OwnCount) -> None:
    """Declare a month over HTTP, as a firm does."""
    answer = httpx.put(
        f"{base_url}/v1/reports/{month}",
        json=count.declaration(),
        headers={"Authorization": f"Bearer {key}"},
    )
    answer.raise_for_status()
