"""
The application: routes, problems, conventions. Built by a function, so that a test or a demo
can give it a database and a clock of its own.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import idempotency, problems, reference
from api.body_limits import BodyLimits
from api.clearance_tokens import Seal
from api.context import Context
from api.conventions import Conventions
from api.intake import Intake
from api.openapi import DescribedApp
from api.portal.door import PortalDoor
from api.portal.options import PREFIX, PortalOptions
from api.rate_limits import RateLimits
from api.routes import (
    archive,
    clearances,
    corrections,
    documents,
    entrustments,
    explanations,
    generations,
    health,
    journal,
    journal_exports,
    keys,
    licenses,
    months,
    notices,
    offers,
    payment_requests,
    previews,
    reports,
    revenues,
    sandbox,
    stripe,
    webhooks,
    withholding,
    works,
)
from api.sandboxes import ChoosesBook, Sandboxes
from api.settings import read_settings

#: Asked too often for a copy, or with bodies too large: these read their bodies by themselves.
READING_THEMSELVES = frozenset(
    {
        *("/v1/generations", "/v1/generations/preview"),
        *("/v1/clearances", "/v1/correction-batches"),
    }
)

_DESCRIPTION = """\
The licensing and royalty ledger for sanctioned AI use of Japanese IP.

Report generations with `POST /v1/generations`; every event gets a durable receipt. Errors are
`application/problem+json` in Japanese or English, by `Accept-Language`. Quantities and money
cross this API as text or integers, never as numbers with a point.
"""


def create_app(
    given: Context, limits: RateLimits | None = None, portal: PortalOptions | None = None
) -> FastAPI:
    """Return the application serving one book, within the usual limits unless told others."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await given.keys.uses.write(given.database)
        sandboxes.close()
        if given.closes_database:
            given.database.close()

    app = DescribedApp(
        title="Genbo",
        version=version("genbo"),
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    sandboxes = Sandboxes(live=given)
    app.state.context = given
    app.state.intake = Intake(given)
    app.state.sandboxes = sandboxes
    problems.install(app)
    idempotency.install(app)
    reference.install(app)
    app.add_middleware(BodyLimits, reading_themselves=READING_THEMSELVES)
    app.add_middleware(ChoosesBook, sandboxes=sandboxes)
    app.add_middleware(Conventions, limits=limits or RateLimits())
    app.router.routes[:0] = (clearances.route, generations.route)
    app.include_router(health.router)
    modules = (
        *(previews, corrections, reports, revenues, licenses, offers, works),
        *(documents, archive, notices, explanations, months, journal, journal_exports),
        entrustments,
        *(withholding, webhooks, keys, sandbox, stripe, payment_requests),
    )
    for module in modules:
        app.include_router(module.router, prefix="/v1")
    app.mount(PREFIX, PortalDoor(given, portal or PortalOptions(), sandboxes))
    return app


def serve_app() -> FastAPI:
    """Return the application on the settings' database; what a process server is pointed at."""
    from ledger.store.database import migrate, open_database

    settings = read_settings()
    database = open_database(settings.database_url_text(), settings.data_directory)
    migrate(database)
    _collect_garbage_seldom()
    seal = Seal(settings.secret_bytes())
    return create_app(
        Context(
            database,
            closes_database=True,
            seal=seal,
            requires_declarations=settings.require_declarations,
            stripe=settings.stripe_options(),
            journal_mapping=settings.journal_mapping,
        ),
        limits=settings.rate_limits(),
        portal=settings.portal_options(),
    )


def _collect_garbage_seldom() -> None:
    """
    Leave what start-up made out of collections, and collect less often.

    A batch makes tens of thousands of short-lived tuples and no cycles; looking for cycles
    among them every 700 took a fifth of the time of taking a batch in.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
