"""Why so many of an item are proposed, or none: worked out again when a person asks, by the code of the run.

What orders nothing is not kept, four million lines a night; so it is read anew, of one branch. What others ask of
a distribution centre is what they asked in the last run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from hq.completeness import assess
from hq.refusal import RefusalError
from hq.replenishment import asks
from hq.replenishment.chain import Chain
from hq.replenishment.expected import Expected, expected
from hq.replenishment.history import DAYS
from hq.replenishment.left_out import LeftOut
from hq.replenishment.weighing import Explained, Question, explain
from hq.reports.branches import known_branches
from replication.console.languages import msgid

_NO_BRANCH = msgid("There is no branch %(branch)s: choose one of the list.")
NO_ITEM = msgid("There is no item %(item)s: look for it under Items, or import it.")


class QuestionError(RefusalError):
    """A question about what is not there."""


def why(
    connection: Connection, chain: Chain, branch: str, question: Question, now: datetime
) -> Explained:
    """What a run would make of the item in a branch now. Raises QuestionError."""
    known = next((one for one in known_branches(connection) if one.branch == branch), None)
    if known is None:
        raise QuestionError(_NO_BRANCH, branch=branch)
    if question.item not in chain.items:
        raise QuestionError(NO_ITEM, item=question.item)
    if branch in chain.closed:
        left = LeftOut()
        left.add("closed_branch", branch)
        return Explained(left)
    today = known.local(now).date()
    complete = assess(connection, [known], now.date() - timedelta(days=DAYS), now.date(), now)
    coming = expected(connection, now).get(branch, Expected())
    asked = asks.by_item(connection, branch)
    return explain(connection, chain, known, today, coming, complete.gaps, asked, question)
