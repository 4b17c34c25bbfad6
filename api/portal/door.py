"""
The way into the portal: nothing of it is imported until somebody asks for its first page.

Templates, password hashing and cryptography take longer to import than the whole API; a server
that only takes reports in never pays for them.
"""

import threading

from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import Context
from api.portal.options import PortalOptions
from api.sandboxes import Sandboxes


class PortalDoor:
    """Serves the portal of one book, made when it is first asked for."""

    def __init__(self, given: Context, options: PortalOptions, sandboxes: Sandboxes) -> None:
        self._given = given
        self._options = options
        self._sandboxes = sandboxes
        self._site: ASGIApp | None = None
        self._making = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._site is None:
            from starlette.concurrency import run_in_threadpool

            await run_in_threadpool(self._make)
        assert self._site is not None
        await self._site(scope, receive, send)

    def _make(self) -> None:
        with self._making:
            if self._site is None:
                from api.portal.site import create_site

                self._site = create_site(self._given, self._options, self._sandboxes)
