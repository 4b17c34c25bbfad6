"""``genbo work``: sends webhooks and letters, closes months asked for, compares the book daily."""

import signal
from threading import Event
from types import FrameType
from typing import Annotated

import typer

from api.clock import system_clock
from api.settings import read_settings
from api.terminal import open_book, say, word


def work(
    once: Annotated[bool, typer.Option("--once", help=word("work.once.help"))] = False,
) -> None:
    """Run the queue until interrupted, or only what is due now."""
    from api.addresses import Guard
    from api.comparer import Comparer
    from api.daily_dunning import DailyDunning
    from api.jobs import Worker
    from api.mailing import Postman
    from api.month_runs import House
    from api.stripe_desk import stripe_desk
    from api.webhooks import Sender

    settings = read_settings()
    guard = Guard(allows_loopback=settings.webhook_allow_loopback)
    house = House(requires_declarations=settings.require_declarations)
    server = settings.mail_server()
    options = settings.stripe_options()
    usual = settings.dunning_terms()
    with open_book() as database:
        postman = None
        if server is not None:
            portal = settings.portal_options()
            postman = Postman(database=database, server=server, options=portal, clock=system_clock)
        stripe = reconciler = None
        if options is not None:
            stripe = stripe_desk(database, options=options, clock=system_clock)
            reconciler = stripe.reconciler
        worker = Worker(
            database=database,
            sender=Sender(guard=guard, clock=system_clock),
            clock=system_clock,
            house=house,
            postman=postman,
            stripe=stripe,
            comparer=Comparer(database=database, clock=system_clock, reconciler=reconciler),
            dunning=DailyDunning(database=database, clock=system_clock, usual=usual),
        )
        if once:
            say("work.drained", count=worker.drain())
        else:
            say("work.ready")
            worker.run(_stop_when_asked())


def _stop_when_asked() -> Event:
    """Return an event that an interruption sets, so that what was begun is finished."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop
