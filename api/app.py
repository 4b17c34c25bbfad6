"""
The application: routes, problems, request ids. Built by a function, so that a test or a demo
can give it a database and a clock of its own.
"""

import gc
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.clearance_tokens import Seal
from api.context import Context
from api.intake import Intake
from api.openapi import DescribedApp
from api.routes import (
    clearances,
    documents,
    generations,
    health,
    keys,
    licenses,
    reports,
    webhooks,
    works,
)
from api.settings import read_settings

_DESCRIPTION = """\
The licensing and royalty ledger for sanctioned AI use of Japanese IP.

Report generations with `POST /v1/generations`; every event gets a durable receipt. Errors are
`application/problem+json` in Japanese or English, by `Accept-Language`. Quantities and money
cross this API as text or integers, never as numbers with a point.
"""


class RequestIds:
    """
    Gives each request an id, shown in its answer's header and in every problem.

    What nobody foresaw ends here, too: further out, a server would log it a second time, and
    hang up before its answer is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its id in ``request.state``."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        has_begun = False

        async def send_with_id(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            if has_begun:
                raise
            await problems.bug(Request(scope), error)(scope, receive, send_with_id)


def create_app(given: Context) -> FastAPI:
    """Return the application serving one book."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await given.keys.uses.write(given.database)
        if given.closes_database:
            given.database.close()

    app = DescribedApp(
        title="Genbo",
        version=version("genbo"),
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url="/docs",
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.context = given
    app.state.intake = Intake(given)
    problems.install(app)
    app.add_middleware(RequestIds)
    app.router.routes.insert(0, clearances.route)
    app.include_router(health.router)
    for module in (generations, reports, licenses, works, documents, webhooks, keys):
        app.include_router(module.router, prefix="/v1")
    return app


def serve_app() -> FastAPI:
    """Return the application on the settings' database; what a process server is pointed at."""
    from ledger.store.database import migrate, open_database

    settings = read_settings()
    database = open_database(settings.database_url_text(), settings.data_directory)
    migrate(database)
    _collect_garbage_seldom()
    seal = Seal(settings.secret_bytes())
    return create_app(Context(database, closes_database=True, seal=seal))


def _collect_garbage_seldom() -> None:
    """
    Leave what start-up made out of collections, and collect less often.

    A batch makes tens of thousands of short-lived tuples and no cycles; looking for cycles
    among them every 700 took a fifth of the time of taking a batch in.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
