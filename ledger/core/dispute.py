"""
What a payee says to a line of its statement, and what the house decides about it.

A line is named as it is counted on the statement: ``all``, a section (``2``), or a row of usage
in a section (``2.5``). What is said changes no figure: a dispute that is upheld is put right by a
correction, which is a line of a later statement.
"""

import re
from enum import StrEnum

from ledger.core.refusal import Refusal
from ledger.core.statement import Statement

_LINE = re.compile(r"all|([1-9][0-9]{0,5})(?:\.([1-9][0-9]{0,5}))?")


class StatementLineUnknown(Refusal):
    """The statement has no such line. Carries how many sections it has."""

    code = "statement_line_unknown"
    field = "line"


class AnswerOutOfTurn(Refusal):
    """What is said does not follow from what was said. Carries both."""

    code = "answer_out_of_turn"
    field = "line"


class AnswerState(StrEnum):
    """What was said last of a line."""

    ACCEPTED = "accepted"  # by the payee
    DISPUTED = "disputed"  # by the payee
    WITHDRAWN = "withdrawn"  # by the payee: no longer disputed
    UPHELD = "upheld"  # by the house: the payee is right
    REJECTED = "rejected"  # by the house: the line stands


#: What may be said after what; None where nothing was said. A payee may come back to a line.
FOLLOWS: dict[AnswerState | None, frozenset[AnswerState]] = {
    None: frozenset({AnswerState.ACCEPTED, AnswerState.DISPUTED}),
    AnswerState.ACCEPTED: frozenset({AnswerState.DISPUTED}),
    AnswerState.DISPUTED: frozenset(
        {AnswerState.WITHDRAWN, AnswerState.UPHELD, AnswerState.REJECTED}
    ),
    AnswerState.WITHDRAWN: frozenset({AnswerState.ACCEPTED, AnswerState.DISPUTED}),
    AnswerState.UPHELD: frozenset({AnswerState.ACCEPTED}),
    AnswerState.REJECTED: frozenset({AnswerState.ACCEPTED, AnswerState.DISPUTED}),
}


def check_line(statement: Statement, line: str) -> str:
    """
    Return a line that the statement has.

    :raises StatementLineUnknown: it has not.
    """
    match = _LINE.fullmatch(line)
    if match is None or not _is_there(statement, match[1], match[2]):
        sections = len(statement.sections)
        raise StatementLineUnknown(line=line, statement=statement.number, sections=sections)
    return line


def check_turn(*, before: AnswerState | None, said: AnswerState, line: str) -> None:
    """
    Make sure that what is said can follow what was said of a line.

    :raises AnswerOutOfTurn: it cannot.
    """
    if said not in FOLLOWS[before]:
        raise AnswerOutOfTurn(line=line, before=before or "-", said=said)


def _is_there(statement: Statement, section: str | None, row: str | None) -> bool:
    if section is None:
        return True
    if int(section) > len(statement.sections):
        return False
    return row is None or int(row) <= len(statement.sections[int(section) - 1].usage)
