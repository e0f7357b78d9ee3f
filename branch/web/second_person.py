"""A second person at a page: somebody who works here and says with their own secret that they agree.

keyed                                   answer
operator and password or PIN, right     who it is
wrong, or nobody by that name           refused alike, and slowed down as signing in is
the one who asks                        refused: it takes two
"""

from __future__ import annotations

import math

from sqlalchemy import Connection

from branch.web.staff import MANAGERS, authenticate, find_user
from branch.wording import RefusalError
from replication.console.app import Page
from replication.console.languages import msgid
from replication.console.throttle import Throttle

_throttle = Throttle()


class SecondPersonError(RefusalError):
    """Nobody who may agree did; the message says why."""


def called(connection: Connection, page: Page) -> str:
    """The operator in the form's `authority`, whose `secret` it is. Raises SecondPersonError."""
    operator = page.form["authority"].strip()
    if not operator or operator == page.user.operator:
        raise SecondPersonError(
            msgid("This takes two people: call another operator to key their own code and PIN")
        )
    address = page.request.client.host if page.request.client else ""
    wait = _throttle.begin(operator, address)
    if wait > 0:
        raise SecondPersonError(
            msgid("Too many wrong attempts: let %(operator)s try again in %(seconds)s seconds"),
            operator=operator,
            seconds=math.ceil(wait),
        )
    user = authenticate(connection, operator, page.form["secret"][:1024])
    if user is None:
        raise SecondPersonError(
            msgid("The second person's code and PIN do not match: nothing was changed")
        )
    _throttle.succeeded(operator, address)
    return user.operator


def manager(connection: Connection, page: Page) -> str:
    """The same, of somebody who may open the back office. Raises SecondPersonError."""
    operator = called(connection, page)
    user = find_user(connection, operator)
    if user is None or user.role not in MANAGERS:
        raise SecondPersonError(
            msgid("%(operator)s may not accept this: call another manager"), operator=operator
        )
    return operator
