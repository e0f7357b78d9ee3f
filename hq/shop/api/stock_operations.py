"""What shops ask of branches, items, prices and stock: lists that are read in one snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel
from sqlalchemy import Connection

from hq.closing import closed
from hq.reports.branches import KnownBranch, known_branches
from hq.reports.snapshot import snapshot
from hq.reports.stock import positions
from hq.shop import cursor, price_list
from hq.shop.api import page_mark
from hq.shop.api.asked import AvailabilityAsked, ListAsked, PricesAsked
from hq.shop.api.request import Operation, Request
from hq.shop.api.told import (
    AvailabilityTold,
    AvailableTold,
    BranchesTold,
    BranchTold,
    Figures,
    ItemsTold,
    ItemTold,
    PricesTold,
    PriceTold,
    UnitTold,
)
from hq.shop.availability import AvailabilityQuery, available, since
from hq.shop.clients import Client
from hq.shop.wanted import CHOOSE_BRANCH, ShopError
from replication.console.languages import msgid

_NO_BRANCHES = msgid("there are no branches %(branches)s in the scope")


def branches(request: Request) -> tuple[int, BaseModel]:
    """The branches of the scope."""
    with snapshot(request.engine) as connection:
        known = known_branches(connection, request.client.branches)
        over = closed(connection)
        told = [
            BranchTold(
                branch=one.branch, name=one.name, zone=one.zone, currency=one.currency,
                closed=one.branch in over, figures=of_branch,
            )
            for one, of_branch in zip(known, _figures(connection, known), strict=True)
        ]  # fmt: skip
    return 200, BranchesTold(branches=told)


def items(request: Request) -> tuple[int, BaseModel]:
    """A page of the catalogue."""
    asked: ListAsked = request.asked
    after = page_mark.read(asked.page, 1) or ("",)
    with snapshot(request.engine) as connection:
        found = price_list.items(connection, after[0], asked.limit)
    page = found[: asked.limit]
    told = [
        ItemTold(
            item=one.item, name=one.name, category=one.category, stocked=one.stocked,
            units=[
                UnitTold(unit=of.unit, factor=of.factor, barcodes=list(of.barcodes))
                for of in one.units
            ],
        )
        for one in page
    ]  # fmt: skip
    further = page_mark.write(page[-1].item) if len(found) > len(page) else None
    return 200, ItemsTold(items=told, next=further)


def prices(request: Request) -> tuple[int, BaseModel]:
    """A page of the prices in force at a branch."""
    asked: PricesAsked = request.asked
    after = page_mark.read(asked.page, 2)
    with snapshot(request.engine) as connection:
        (branch,) = _chosen(connection, request.client, [asked.branch])
        found, last = price_list.prices(
            connection, branch.branch, request.now,
            None if after is None else (after[0], after[1]), asked.limit,
        )  # fmt: skip
    told = [PriceTold(item=one.item, unit=one.unit, price=one.price) for one in found]
    return 200, PricesTold(
        branch=branch.branch, currency=branch.currency, at=request.now, prices=told,
        next=None if last is None else page_mark.write(*last),
    )  # fmt: skip


def availability(request: Request) -> tuple[int, BaseModel]:
    """A page of what is available, or of what changed since a cursor."""
    asked: AvailabilityAsked = request.asked
    after = page_mark.read(asked.page, 4)
    with snapshot(request.engine) as connection:
        known = _chosen(connection, request.client, asked.branch)
        changed = since(connection, request.client, asked.since)
        # A page belongs to the first one's cursor, as its mark says.
        current = cursor.present(connection, request.client) if after is None else after[0]
        query = AvailabilityQuery(
            [one.branch for one in known], asked.item, changed,
            None if after is None else (page_mark.number(after[1]), after[2], after[3]),
            asked.limit,
        )  # fmt: skip
        page = available(connection, request.client, query, request.now)
        figures = _figures(connection, known)
    told = [
        AvailableTold(
            branch=one.branch, item=one.item, unit=one.unit, on_hand=one.on_hand,
            committed=one.committed, available=one.available,
        )
        for one in page.rows
    ]  # fmt: skip
    further = None
    if page.last is not None:
        further = page_mark.write(current, str(page.last[0]), *page.last[1:])
    return 200, AvailabilityTold(available=told, figures=figures, cursor=current, next=further)


def _chosen(
    connection: Connection, client: Client, branches: Sequence[str]
) -> tuple[KnownBranch, ...]:
    """The branches that are asked for, all of the scope where none is. Raises ShopError."""
    known = known_branches(connection, client.branches)
    if not branches:
        return known
    chosen = tuple(one for one in known if one.branch in branches)
    missing = sorted(set(branches) - {one.branch for one in chosen})
    if missing:
        raise ShopError(
            "unknown_branch", _NO_BRANCHES, CHOOSE_BRANCH, details={"branches": missing},
            branches=", ".join(missing),
        )  # fmt: skip
    return chosen


def _figures(connection: Connection, branches: Sequence[KnownBranch]) -> list[Figures]:
    return [
        Figures(
            branch=one.branch, heard=one.heard, pending=one.pending, set_aside=one.parked,
            complete=one.is_whole,
        )
        for one in positions(connection, branches)
    ]  # fmt: skip


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/branches", "list_branches",
        "The branches of the scope, and how old what is known of them is.",
        branches, {200: BranchesTold},
    ),
    Operation(
        "GET", "/items", "list_items", "The catalogue, page by page.",
        items, {200: ItemsTold}, ListAsked,
    ),
    Operation(
        "GET", "/prices", "list_prices",
        "The prices in force at a branch for a customer without a tier, page by page.",
        prices, {200: PricesTold}, PricesAsked, refusals=(409,),
    ),
    Operation(
        "GET", "/availability", "list_availability",
        "What is available by branch and item, all of it or what changed since a cursor. A change may be told"
        " twice, and none is left out.",
        availability, {200: AvailabilityTold}, AvailabilityAsked, refusals=(409, 410),
    ),
)  # fmt: skip
