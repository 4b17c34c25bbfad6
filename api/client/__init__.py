"""
The Python client for AI firms, installed as ``genbo_client``: it asks, reports, and loses nothing.

Importing it costs little: of the product only the rules that events are checked by, and httpx
when the first connection is made.
"""

from api.client.answers import (
    Answer,
    BatchDiffers,
    Outcome,
    Receipt,
    ReceiptDiffers,
    Result,
    Warned,
    verify_batch,
)
from api.client.asynchronous import AsyncClient
from api.client.batches import BatchLimits
from api.client.catalogue import (
    Grant,
    GrantTerms,
    License,
    RateLine,
    Stacking,
    TermsVersion,
    Tier,
    Work,
)
from api.client.clearance import Clearance, ClearanceRate, ClearedSubject
from api.client.client import Client
from api.client.corrections import (
    Corrected,
    Correction,
    CorrectionDraft,
    CorrectionRefused,
    Difference,
    RecordedEvent,
    RecordedGeneration,
    Revision,
)
from api.client.generation import (
    Event,
    EventTooLarge,
    Generation,
    GenerationInvalid,
    Quantity,
    SubjectUse,
)
from api.client.identity import derive_event_id
from api.client.months import (
    Counted,
    Declaration,
    DeclaredTotal,
    MonthDifference,
    MonthReport,
    ReportedTotal,
    TotalDifference,
)
from api.client.patience import Patience
from api.client.preview import (
    Preview,
    PreviewedLine,
    PreviewedResult,
    PreviewedShare,
    PreviewedSubject,
    PreviewedTotal,
)
from api.client.refusals import (
    InConflict,
    KeyRefused,
    KeyUnusable,
    NotFound,
    NotPermitted,
    Problem,
    RequestInvalid,
    ServerAddressUnusable,
    ServerAway,
    ServerRefused,
)
from api.client.revenue import (
    GrantRevenue,
    Revenue,
    RevenueComparison,
    RevenueMonth,
    RevenueTerms,
    RevenueVersion,
)
from api.client.segments import SpoolFull
from api.client.spool import SpoolInUse
from api.client.spooled import SpooledReporter

__all__ = [
    "Answer",
    "AsyncClient",
    "BatchDiffers",
    "BatchLimits",
    "Clearance",
    "ClearanceRate",
    "ClearedSubject",
    "Client",
    "Corrected",
    "Correction",
    "CorrectionDraft",
    "CorrectionRefused",
    "Counted",
    "Declaration",
    "DeclaredTotal",
    "Difference",
    "Event",
    "EventTooLarge",
    "Generation",
    "GenerationInvalid",
    "Grant",
    "GrantRevenue",
    "GrantTerms",
    "InConflict",
    "KeyRefused",
    "KeyUnusable",
    "License",
    "MonthDifference",
    "MonthReport",
    "NotFound",
    "NotPermitted",
    "Outcome",
    "Patience",
    "Preview",
    "PreviewedLine",
    "PreviewedResult",
    "PreviewedShare",
    "PreviewedSubject",
    "PreviewedTotal",
    "Problem",
    "Quantity",
    "RateLine",
    "Receipt",
    "ReceiptDiffers",
    "RecordedEvent",
    "RecordedGeneration",
    "ReportedTotal",
    "RequestInvalid",
    "Result",
    "Revenue",
    "RevenueComparison",
    "RevenueMonth",
    "RevenueTerms",
    "RevenueVersion",
    "Revision",
    "ServerAddressUnusable",
    "ServerAway",
    "ServerRefused",
    "SpoolFull",
    "SpoolInUse",
    "SpooledReporter",
    "Stacking",
    "SubjectUse",
    "TermsVersion",
    "Tier",
    "TotalDifference",
    "Warned",
    "Work",
    "derive_event_id",
    "verify_batch",
]
