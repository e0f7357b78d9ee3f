"""Setting a basket aside at this till (挂单) and going on with one (取单).

    the basket that is wanted        the branch says               this lane
    this lane's or another's         it is given to you            resumes it
    this lane's or another's         lane … has it                 says so, and remembers it
    this lane's own                  nothing in time               resumes it, unsure, unless it was told
                                                                   before that another lane has it
    another lane's                   nothing in time               says so: only the branch can give it

A basket goes on under a new uuid and on the terms of now; it keeps when it was begun, and with that its
promotions, and its prices, unless this lane is set to reprice (rule 11). What was returned in it stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from pos_frontend.journal import LaneJournal, Shift
from schemas.domain.basket import EnteredLine
from schemas.domain.suspension import (
    BasketResumed,
    BasketSuspended,
    follows_prices,
    repriced,
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AtLane:
    """Which lane suspends or resumes, by whom and when."""

    lane: str
    operator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Resuming:
    """A basket to go on with: given by the branch, or by the lane itself while nobody could be asked;
    its prices are to be `current`, or those of its suspension.
    """

    fact: BasketSuspended
    claimed: bool
    current: bool


def suspended(sale: Sale, name: str, who: AtLane) -> BasketSuspended:
    """The basket as it is set aside. Raises TillError `empty`."""
    if sale.is_empty():
        raise TillError("empty")
    return BasketSuspended(
        uuid=str(uuid.uuid4()),
        basket=sale.uuid,
        branch=sale.terms.branch,
        lane=who.lane,
        business_date=sale.terms.business_date,
        operator=who.operator,
        at=who.at,
        name=name.strip(),
        started=sale.started,
        amount=sale.totals.total,
        lines=sum(1 for line in sale.lines if not line.voided),
        held=sale.basket,
        originals=sale.originals,
    )


def resumed(
    asked: Resuming, basket: str, at: Terms, who: AtLane, catalogue: Catalogue
) -> tuple[BasketResumed, Sale]:
    """The basket as it goes on, and the fact that says so."""
    fact = asked.fact
    sale = Sale(basket, at, fact.started, fact.held, originals=fact.originals)
    if asked.current:
        lines = tuple(_at_current(line, catalogue, who.at) for line in fact.held.lines)
        sale = replace(sale, started=who.at, basket=replace(fact.held, lines=lines))
    stated = BasketResumed(
        uuid=fact.uuid,
        basket=basket,
        branch=at.branch,
        lane=who.lane,
        of_lane=fact.lane,
        business_date=at.business_date,
        operator=who.operator,
        at=who.at,
        claimed=asked.claimed,
        repriced=asked.current,
    )
    return stated, sale


def interrupted(journal: LaneJournal, shift: Shift, now: Callable[[], Terms]) -> Sale | None:
    """The basket that was resumed in this shift and that a cut kept out of the till's own file."""
    found = journal.suspended.interrupted(shift.opened)
    if found is None:
        return None
    if journal.has_ended(found.basket):
        journal.suspended.end(found.basket)
        return None
    try:
        fact = found.fact
        return Sale(found.basket, now(), fact.started, fact.held, originals=fact.originals)
    except TillError as error:
        _log.warning(
            "a resumed basket waits for the next start", basket=found.basket, why=error.code
        )
        return None


def _at_current(line: EnteredLine, catalogue: Catalogue, at: datetime) -> EnteredLine:
    if not follows_prices(line):
        return line
    for code in filter(None, (line.what.barcode, line.what.item)):
        found = catalogue.find(code)
        if found and (found.what.item, found.what.unit) == (line.what.item, line.what.unit):
            return repriced(line, found.what, found.prices, at)
    return line
