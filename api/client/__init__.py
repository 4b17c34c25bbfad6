"""
The Python client for AI firms: generations in, receipts out, and nothing lost in between.

Importing it costs little: of the product only the rules that events are checked by, and httpx
when the first connection is made.
"""

from api.client.answers import Answer, Receipt, Result
from api.client.asynchronous import AsyncReporter
from api.client.batches import BatchLimits
from api.client.generation import EventTooLarge, Generation, GenerationInvalid, SubjectUse
from api.client.identity import derive_event_id
from api.client.posting import Patience, ServerAway, ServerRefused
from api.client.reporter import Reporter
from api.client.segments import SpoolFull
from api.client.spool import SpoolInUse
from api.client.spooled import SpooledReporter

__all__ = [
    "Answer",
    "AsyncReporter",
    "BatchLimits",
    "EventTooLarge",
    "Generation",
    "GenerationInvalid",
    "Patience",
    "Receipt",
    "Reporter",
    "Result",
    "ServerAway",
    "ServerRefused",
    "SpoolFull",
    "SpoolInUse",
    "SpooledReporter",
    "SubjectUse",
    "derive_event_id",
]
