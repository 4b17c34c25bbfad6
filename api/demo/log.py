"""
A real usage log as reports of AI firms: what each request becomes, and when it happened.

Each logged output is one generation; its id is the request's and its place, so two requests of
the same prompt are two. A request that names no Japanese work is not reported. One that names
several is one use of several subjects. Where the log does not know how many outputs there were,
one generation of unknown quantity is reported, which is held and never counted as nothing.

The log's years are not the demo's. A request of one of the demo's months stays where it is; any
other with a time keeps its day and time of day in Japan, cut to the length of the month, and
takes the first, second or third month by its own month's number modulo three; one without a
time takes an instant within the three months that follows from its id.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from api.demo.chance import Lots, draw
from api.demo.scenario import MONTHS, Event, Report
from ledger.core.period import TOKYO, Month

FIELDS = ("request_id", "prompt_sha256_24", "model", "ts", "outputs", "mentions")

#: So many events at the head of the second month are sent once more at its end.
SENT_AGAIN = 40
SENT_AGAIN_IN = MONTHS[1]

_TITLE_LENGTH_MAX = 256


class NotARequest(ValueError):
    """A line of the log is JSON and no request of it; says which field is at fault."""

    def __init__(self, field_name: str, value: object) -> None:
        super().__init__(f"{field_name} {value!r}")


@dataclass(frozen=True, kw_only=True)
class Firm:
    """An AI firm's part of the log, and what it reports under."""

    licensee: str
    license: str
    style_license: str


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What one mention of a request stands for: a subject of the book, or a title nobody has."""

    subject: str
    is_style: bool = False
    unlisted_title: str = ""


@dataclass(kw_only=True)
class Log:
    """Requests of a log, taken in one after another, and given back month by month."""

    firms: Mapping[str, Firm]  # by the source that begins a request's id
    territories: Mapping[str, int]  # ISO 3166-1 codes with whole weights
    meaning: Callable[[Mapping[str, str]], Meaning]
    counts: Counter[str] = field(default_factory=Counter)
    _reports: dict[Month, list[tuple[datetime, int, Report]]] = field(
        default_factory=lambda: {month: [] for month in MONTHS}
    )
    _prompts: Counter[str] = field(default_factory=Counter)

    def take(self, request: Mapping[str, Any]) -> None:
        """
        Take in one request of the log.

        :raises NotARequest: a field is not what it should be, or nobody reports its source.
        """
        self._check(request)
        self.counts["log_requests"] += 1
        self._prompts[request["prompt_sha256_24"]] += 1
        self.counts["requests_without_count"] += request["outputs"] is None
        self.counts["requests_without_time"] += request["ts"] is None
        if not request["mentions"]:
            self.counts["requests_without_japanese_work"] += 1
            return
        self.counts["requests_with_japanese_work"] += 1
        instant = self._instant(request)
        reports = self._reports[Month.of(instant)]
        for report in self._of_request(request, instant):
            reports.append((instant, self.counts["generations_reported"], report))
            self.counts["generations_reported"] += 1

    def reports(self, month: Month) -> Iterator[Report]:
        """Give a month's reports by time, and then what is sent again."""
        ordered = [report for *_, report in sorted(self._reports[month], key=_by_time)]
        yield from ordered
        if month == SENT_AGAIN_IN:
            yield from ordered[:SENT_AGAIN]

    def notes(self) -> dict[str, int]:
        """Return what was counted, when the whole log is in."""
        shared = [count for count in self._prompts.values() if count > 1]
        again = min(SENT_AGAIN, len(self._reports[SENT_AGAIN_IN]))
        return {
            **self.counts,
            "prompts_of_several_requests": len(shared),
            "requests_that_share_a_prompt": sum(shared),
            "events_sent_again": again,
        }

    def _check(self, request: Mapping[str, Any]) -> None:
        outputs, mentions = request["outputs"], request["mentions"]
        if _source(request) not in self.firms:
            raise NotARequest("request_id", request["request_id"])
        if outputs is not None and (type(outputs) is not int or outputs < 0):
            raise NotARequest("outputs", outputs)
        if not isinstance(mentions, list) or not all(map(_is_mention, mentions)):
            raise NotARequest("mentions", mentions)

    def _of_request(self, request: Mapping[str, Any], instant: datetime) -> Iterator[Report]:
        source = _source(request)
        firm = self.firms[source]
        meanings = list(
            {each.subject: each for each in map(self.meaning, request["mentions"])}.values()
        )
        self.counts["requests_naming_several"] += len(meanings) > 1
        self.counts["requests_naming_an_unlisted_title"] += any(
            each.unlisted_title for each in meanings
        )
        event = self._event(request, firm, meanings) | {
            "source": source,
            "time": instant.isoformat(),
        }
        if request["outputs"] is None:
            self.counts["generations_of_unknown_quantity"] += 1
            yield Report(firm.licensee, {**event, "id": _event_id(request, 0), "quantity": None})
            return
        for index in range(request["outputs"]):
            yield Report(firm.licensee, {**event, "id": _event_id(request, index)})

    def _event(self, request: Mapping[str, Any], firm: Firm, meanings: Sequence[Meaning]) -> Event:
        is_style = all(each.is_style for each in meanings)
        lots = Lots(f"territory:{request['request_id']}")
        event: Event = {
            "license": firm.style_license if is_style else firm.license,
            "subjects": [{"id": each.subject} for each in meanings],
            "use_class": "style_reference" if is_style else "generation",
            "modality": "image",
            "quantity": "1",
            "unit": "image",
            "territory": lots.one_of(tuple(self.territories), tuple(self.territories.values())),
        }
        if model := (request["model"] or "").strip():
            event["model"] = model
        if titles := [each.unlisted_title for each in meanings if each.unlisted_title]:
            event["title"] = " / ".join(titles)[:_TITLE_LENGTH_MAX]
        return event

    def _instant(self, request: Mapping[str, Any]) -> datetime:
        if request["ts"] is None:
            self.counts["generating_requests_placed_by_id"] += 1
            first, last = MONTHS[0].starts_at, MONTHS[-1].ends_at
            seconds = int((last - first).total_seconds())
            within = timedelta(seconds=draw(f"instant:{request['request_id']}", seconds))
            return (first + within).astimezone(TOKYO)
        try:
            told = datetime.fromisoformat(request["ts"])
        except (TypeError, ValueError):
            raise NotARequest("ts", request["ts"]) from None
        if told.tzinfo is None:
            raise NotARequest("ts", request["ts"])
        said = told.astimezone(TOKYO)
        if Month.of(said) in MONTHS:
            return said
        self.counts["generating_requests_moved_to_the_months"] += 1
        month = MONTHS[said.month % len(MONTHS)]
        day = min(said.day, month.last_day.day)
        return said.replace(year=month.year, month=month.month, day=day)


def _event_id(request: Mapping[str, Any], index: int) -> str:
    return f"{request['request_id']}-{index}"


def _by_time(entry: tuple[datetime, int, Report]) -> tuple[datetime, int]:
    return entry[0], entry[1]


def _source(request: Mapping[str, Any]) -> str:
    return str(request["request_id"]).rpartition("-")[0]


def _is_mention(mention: object) -> bool:
    return isinstance(mention, Mapping) and all(
        isinstance(mention.get(name), str) for name in ("name", "kind")
    )
