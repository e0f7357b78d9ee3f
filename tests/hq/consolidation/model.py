"""What the aggregates must come to, worked out from the facts of journals by loops, and nothing of the product's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from schemas.domain.correction import TicketCorrected, as_ticket
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMoved
from schemas.domain.ticket import SaleLine, Ticket
from schemas.wire.entries import Fact

#: Figures by dimension, branch, date and key.
Key = tuple[str, str, date, str]
Sums = dict[Key, dict[str, int]]


def model(facts: Sequence[Fact], parents: Mapping[str, str], services: frozenset[str]) -> Sums:
    """All figures after these facts of one branch, those that are nought left out."""
    posted = {
        uuid: one.posted
        for one in reversed(facts) if isinstance(one, TicketsPosted)
        for uuid in one.tickets
    }  # fmt: skip
    moves: dict[str, tuple[object, dict[str, tuple[int, int | None]]]] = {}
    for one in facts:
        if isinstance(one, StockMoved):
            for reference in {move.reference for move in one.moves}:
                if reference not in moves or one.at < moves[reference][0]:  # type: ignore[operator]
                    of = {
                        m.item: (m.quantity, m.value) for m in one.moves if m.reference == reference
                    }
                    moves[reference] = (one.at, of)
    sums: Sums = defaultdict(lambda: defaultdict(int))
    for one in facts:
        if isinstance(one, (Ticket, TicketCorrected)):
            of_ticket = moves.get(one.uuid, (None, {}))[1]
            _add(sums, one, posted.get(one.uuid, one.business_date), parents, of_ticket, services)
    return {key: kept for key, row in sums.items() if (kept := {n: f for n, f in row.items() if f})}


def _add(  # noqa: C901 - one ticket, from its first line to its last
    sums: Sums, fact: Ticket | TicketCorrected, on: date, parents: Mapping[str, str],
    moves: Mapping[str, tuple[int, int | None]], services: frozenset[str],
) -> None:  # fmt: skip
    ticket = fact if isinstance(fact, Ticket) else as_ticket(fact)
    at = fact.committed if isinstance(fact, Ticket) else fact.sold
    hour = f"{at.astimezone(ZoneInfo(fact.zone)).hour:02}"
    own = [
        ("total", ""),
        ("hour", hour),
        ("operator", ticket.operator),
        ("member", ticket.member or ""),
    ]
    is_receipt = isinstance(fact, Ticket)
    receipts: set[tuple[str, str]] = set(own)

    def add(where: Sequence[tuple[str, str]], **figures: int) -> None:
        for dimension, key in where:
            for name, figure in figures.items():
                sums[dimension, ticket.branch, on, key][name] += figure

    add(own, total=ticket.total, rounding=ticket.rounding, change=ticket.change)
    for line in ticket.sold():
        taken: dict[tuple[str, str], int] = defaultdict(int)
        for one in line.discounts:
            taken["discount", one.kind] += one.amount
            if one.kind == "promotion":
                taken["promotion", str(one.rule)] += one.amount
        for explained, amount in taken.items():
            add([explained], discount=amount)
        category = line.category or ""
        mine = [("item", line.item), ("category", category), *taken]
        exact = line.list_price * line.quantity
        listed = (abs(exact) + 500) // 1000 * (1 if exact > 0 else -1)
        add(
            [*own, *mine], lines=is_receipt, quantity=line.quantity, list_amount=listed,
            sales=line.amount, tax=line.tax,
        )  # fmt: skip
        receipts.update(mine)
        while category in parents:
            if category in parents.values():
                receipts.add(("ancestor", category))
            category = parents[category]
    for tender in ticket.tenders:
        key = tender.kind + (f":{tender.foreign.currency}" if tender.foreign else "")
        foreign = tender.foreign.amount if tender.foreign else 0
        add([("tender", key)], payments=1, taken=tender.amount, foreign_amount=foreign)
        receipts.add(("tender", key))
    add([("tender", "cash")], change=ticket.change)
    for item in {line.item for line in ticket.sold()}:
        lines = [line for line in ticket.sold() if line.item == item]
        where = [*own, ("item", item), ("category", max(line.category or "" for line in lines))]
        add(where, **_cost(lines, moves.get(item), service=item in services))
    if is_receipt:
        add(sorted(receipts), receipts=1, member_receipts=1 if ticket.member else 0)


def _cost(
    lines: Sequence[SaleLine], move: tuple[int, int | None] | None, *, service: bool
) -> dict[str, int]:
    quantity, value = move or (0, 0 if service else None)
    if value is None:
        return {
            "moved": -quantity, "uncosted": sum(one.amount for one in lines),
            "uncosted_tax": sum(one.tax for one in lines), "uncosted_lines": len(lines),
        }  # fmt: skip
    exact = -value * lines[0].tax_rate
    tax = (abs(exact) + 5000) // 10000 * (1 if exact > 0 else -1)
    return {"moved": -quantity, "cost": -value, "cost_with_tax": tax - value}
