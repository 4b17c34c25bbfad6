"""``GET /health``: whether the process answers and its database does."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.context import Context, context
from api.shapes import problems

router = APIRouter(tags=["Health"])


@router.get("/health", summary="Tell whether the book can be reached", responses=problems(503))
def health(given: Annotated[Context, Depends(context)]) -> dict[str, str]:
    with given.database.transaction() as session:
        session.connection()
    return {"status": "ok"}
