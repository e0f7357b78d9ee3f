"""Whom goods come from and go to: suppliers and the other branches, as headquarters told of them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.tables.audience import level
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.catalogue import supplier as supplier_table


class GoodsError(RefusalError):
    """Goods that cannot be booked as asked: which document or item, why, and the way out."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A supplier or a branch; `closed` takes part in nothing new."""

    code: str
    name: str
    closed: bool


def suppliers(connection: Connection) -> dict[str, Partner]:
    """Every supplier by code."""
    row = supplier_table
    query = select(row).order_by(row.c.supplier, level(row))
    return {
        one.supplier: Partner(one.supplier, one.name, one.closed)
        for one in connection.execute(query)
    }


def branches(connection: Connection) -> dict[str, Partner]:
    """Every branch of the chain by code."""
    row = branch_table
    query = select(row).order_by(row.c.branch, level(row))
    return {
        one.branch: Partner(one.branch, one.name, one.closed) for one in connection.execute(query)
    }


def require_receiver(connection: Connection, own: str, code: str) -> None:
    """Refuse to send goods where nobody takes them. Raises GoodsError."""
    if code == own:
        raise GoodsError(
            msgid("%(branch)s is this branch: goods go to another one; choose it"), branch=code
        )
    known = branches(connection).get(code)
    if known is None:
        raise GoodsError(
            msgid("There is no branch “%(branch)s”: choose one of the list"), branch=code
        )
    if known.closed:
        raise GoodsError(
            msgid("%(branch)s is closed and takes no goods: choose another branch"), branch=code
        )


def require_supplier(connection: Connection, code: str, *, buys: bool) -> None:
    """Refuse a supplier who is not known, or of whom nothing more is bought. Raises GoodsError."""
    known = suppliers(connection).get(code)
    if known is None:
        raise GoodsError(
            msgid("There is no supplier “%(supplier)s”: choose one of the list"), supplier=code
        )
    if known.closed and buys:
        raise GoodsError(
            msgid("Nothing more is bought from %(supplier)s: ask headquarters"), supplier=code
        )
