"""``/v1/explain``: what an amount follows from, as a tree of steps with exact figures."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from api.context import Context, context
from api.corrections import MONTH
from api.event_bodies import PRINTABLE
from api.explanations import as_plain
from api.security import Caller, require
from api.shapes import problems
from ledger.core.explanation_facts import Reader
from ledger.core.explanation_tree import Kind
from ledger.core.refusal import Refusal
from ledger.services import explaining

router = APIRouter(tags=["Explanations"])

Given = Annotated[Context, Depends(context)]
Asker = Annotated[Caller, Depends(require("read"))]
Reference = Annotated[
    str,
    Path(
        alias="id",
        min_length=1,
        max_length=256,
        pattern=PRINTABLE,
        description=(
            "LINE-2026-10-3, INV-2026-000001, one line of it (INV-2026-000001:2), "
            "STM-2026-000001, PAY-2026-11, PAY-2026-11:hoshino, GEN-studio-a-12-3; "
            "with a source, the id of an event"
        ),
        examples=["LINE-2026-10-3"],
    ),
]
Named = Query(min_length=1, max_length=256, pattern=PRINTABLE)


class FirmNotNamed(Refusal):
    """The house names an event by its source and does not say whose."""

    code = "explanation_firm_not_named"
    field = "licensee"


class ValueBody(BaseModel):
    """A figure or fact of a step."""

    code: str = Field(description="What it is; new terms bring new codes")
    kind: Kind = Field(
        description=(
            "How to read it. amount: minor units, a whole number, with decimals, or a fraction "
            "a/b; rate: as the contract says it; share: basis points; month: YYYY-MM"
        )
    )
    value: str = Field(description="Exact")


class StepBody(BaseModel):
    """A step, and the steps it follows from or that follow from it."""

    code: str = Field(description="What it is; new terms bring new codes")
    reference: str | None = Field(None, description="What it is about; many can be asked for")
    currency: str | None = Field(None, description="Of its amounts, and of those in it")
    values: list[ValueBody] = Field(default_factory=list)
    steps: list["StepBody"] = Field(default_factory=list)


def _value(code: str, kind: Kind, value: str) -> dict[str, str]:
    return {"code": code, "kind": str(kind), "value": value}


_EXAMPLE: dict[str, Any] = {
    "code": "line",
    "reference": "LINE-2026-10-3",
    "currency": "JPY",
    "values": [
        _value("subject", Kind.REFERENCE, "kaze-no-machi"),
        _value("month", Kind.MONTH, "2026-10"),
        _value("amount", Kind.AMOUNT, "44959"),
    ],
    "steps": [
        {
            "code": "charge",
            "values": [
                _value("exact", Kind.AMOUNT, "224798/5"),
                _value("rounding", Kind.WORD, "truncate"),
                _value("residual", Kind.AMOUNT, "3/5"),
                _value("amount", Kind.AMOUNT, "44959"),
            ],
            "steps": [
                {
                    "code": "unit",
                    "values": [
                        _value("quantity", Kind.QUANTITY, "1284560"),
                        _value("rate", Kind.RATE, "35"),
                        _value("per", Kind.COUNT, "1000"),
                        _value("exact", Kind.AMOUNT, "224798/5"),
                    ],
                }
            ],
        }
    ],
}


@router.get(
    "/explain/{id:path}",
    summary="Explain an amount",
    description=(
        "Leads a royalty line, invoice, statement, payout or generation back to what it follows "
        "from, figure by figure: terms, tier, counter, exact value, rounding, tax, fee, waterfall, "
        "withholding, entry, proof. An AI firm sees its own side up to the payment of its "
        "invoice; a payee its own part, from the royalty line to its payout."
    ),
    response_model=StepBody,
    response_model_exclude_unset=True,
    responses={
        200: {"content": {"application/json": {"example": _EXAMPLE}}},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
def explain(
    given: Given,
    caller: Asker,
    reference: Reference,
    source: Annotated[str | None, Named] = None,
    licensee: Annotated[str | None, Named] = None,
    month: Annotated[str | None, Query(pattern=MONTH, examples=["2026-11"])] = None,
) -> Any:
    """Answer a reference; with a source, the event of that id."""
    reader = Reader(
        id=caller.scope_id, reference=None if caller.scope_id is None else caller.reference
    )
    if source is None:
        return as_plain(
            explaining.explain(
                given.database, book_id=given.book_id, reference=reference, reader=reader
            )
        )
    firm = licensee or reader.reference
    if firm is None:
        raise FirmNotNamed
    found = explaining.explain_generation(
        given.database,
        book_id=given.book_id,
        licensee=firm,
        source=source,
        event_id=reference,
        month=None if month is None else date.fromisoformat(f"{month}-01"),
        reader=reader,
    )
    return as_plain(found)
