"""The same application with one thing done the plain way, to measure what that thing is worth."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.app import serve_app
from api.intake import Intake
from api.routes import generations
from ledger.core.receipt import Result
from ledger.services.reporting import Report
from tests.bench import ordinary as endpoint
from tests.bench.orm_rows import RowByRow


class OneCommitEach(Intake):
    """Every report has a commit of its own, however small."""

    async def record(self, report: Report) -> Sequence[Result]:
        """Record a report by itself."""
        reports: Sequence[Report] = [report]
        (results,) = await run_in_threadpool(self._record, reports)
        return results


def one_commit_each() -> FastAPI:
    """Return the application without group commit."""
    app = serve_app()
    app.state.intake = OneCommitEach(app.state.context)
    return app


def row_by_row() -> FastAPI:
    """Return the application with an object for each row it writes."""
    app = serve_app()
    app.state.intake = RowByRow(app.state.context)
    return app


def ordinary() -> FastAPI:
    """Return the application with the report's endpoint as most people would write it."""
    app = serve_app()
    app.router.routes.remove(generations.route)
    app.include_router(endpoint.router)
    return app
