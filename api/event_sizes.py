"""
How large the events of a body can be at most, told without cutting the body into its events.

An event may have 64 KiB, and so may each of a thousand. To look at each takes a quarter of the
time of decoding all of them at once. But what was decoded tells how many bytes the events had
at least, so none of them can have more than that and what is left of the body besides.
"""

from ledger.core.columns import Columns

#: The shortest event there is has these bytes and its texts.
BYTES_MIN = len(
    b'{"license":"","subjects":[{"id":""}],"use_class":"training","modality":"text","unit":"clip",'
    b'"territory":"JP","quantity":1,"source":"","id":"","time":"2026-01-01T00:00:00Z"}'
)
#: Around two texts that may be missing.
_MODEL, _OUTPUT = len(',"model":""'), len(',"output_sha256":""')
#: What is counted here beside that of one event: four texts of 256 characters, and a hash.
_COUNTED_MAX = 4 * 256 + _MODEL + 64 + _OUTPUT


def most_bytes(reported: Columns, *, body_bytes: int) -> int:
    """Return more bytes than any event of a body has, which holds these and nothing else."""
    needed = len(reported) * BYTES_MIN
    for texts in (reported.sources, reported.event_ids, reported.licenses):
        needed += len("".join(texts))
    for around, may_lack in ((_MODEL, reported.models), (_OUTPUT, reported.outputs)):
        given = [*filter(None, may_lack)]
        needed += len("".join(given)) + len(given) * around
    return BYTES_MIN + _COUNTED_MAX + body_bytes - needed
