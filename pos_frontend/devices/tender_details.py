"""What a receipt says of a tender below its amount: left and right, as a customer can check it.

foreign money      its rate                  how much of it was taken (rule 6)
a voucher          its face value, where a part of it is forfeited, and that part
points             how many were used, or given back
an account         what it has after the ticket, where headquarters said so
out of a grant     its number (rule 18)
a terminal         masked card number, approval and the number of the terminal's own slip
cash for another   who allowed that a refund goes into cash, and why (rule 22)
"""

from __future__ import annotations

from collections.abc import Iterator

from pos_frontend.devices.sheet import Sheet
from schemas.domain.exchange import format_rate
from schemas.domain.money import format_amount
from schemas.domain.ticket import TenderLine


def details(tender: TenderLine, sheet: Sheet, left: int | None = None) -> Iterator[tuple[str, str]]:
    """Yield the lines below a tender; `left` is what its account has after it."""
    foreign, said, back = tender.foreign, tender.authorization, tender.original_tender
    if foreign is not None:
        taken = f"{foreign.currency} {format_amount(foreign.amount, foreign.decimals)}"
        yield f"{sheet.say('rate')} {format_rate(foreign.rate)}", taken
    if tender.face_value is not None and tender.forfeited:
        yield sheet.say("face_value"), sheet.money(tender.face_value)
        yield sheet.say("forfeited"), sheet.money(tender.forfeited)
    if tender.points is not None:
        yield (
            sheet.say("points_used" if tender.amount > 0 else "points_given_back"),
            str(abs(tender.points)),
        )
    if left is not None and tender.amount > 0:
        of_points = tender.kind == "points"
        yield sheet.say("balance"), str(left) if of_points else sheet.money(left)
    if tender.grant is not None:
        yield sheet.say("grant"), tender.grant
    for name in ("account_number", "approval_code", "slip_number") if said else ():
        if value := getattr(said, name):
            yield sheet.say(name), value
    if back is not None and back.authority:
        yield f"{sheet.say('instead_of_original')} {back.authority}", back.reason
