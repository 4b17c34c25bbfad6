"""``GET /health``: whether the process answers and its database does."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.context import Context, context
from api.shapes import problems
from ledger.store.database import ping

router = APIRouter(tags=["Health"])


@router.get("/health", summary="Tell whether the book can be reached", responses=problems(503))
def health(given: Annotated[Context, Depends(context)]) -> dict[str, str]:
    ping(given.database)
    return {"status": "ok"}
