"""Pick-up orders of online shops: what is to be picked, what waits at the counter, and one order's next step.

An order is found by scanning its slip, or the customer's screen, which also says the customer's code. A refusal stands above the form with what was typed, so that nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Connection
from starlette.responses import Response

from branch.pickups import orders, slip, steps
from branch.pickups.orders import Order, PickupError
from branch.pickups.slip import PAYMENTS
from branch.pickups.steps import Found, MisfitError
from branch.voice import Voice
from branch.web.office import Office, refusals_told
from branch.web.report_file import report_file
from branch.wording import RefusalError
from replication.console.app import Page
from replication.console.languages import msgid
from schemas.domain.pickup import PickupState
from schemas.domain.stock.scanned import QuantityError, read_quantity

STATES: Mapping[PickupState, tuple[str, str]] = {
    "to_pick": ("warn", msgid("To pick")),
    "picked": ("info", msgid("Picked")),
    "ready": ("good", msgid("Ready")),
    "handed_over": ("quiet", msgid("Handed over")),
    "given_back": ("quiet", msgid("Put back")),
}
WITHDRAWN: Mapping[str, str] = {
    "cancelled": msgid("cancelled"),
    "expired": msgid("not fetched in time"),
}
_PICKED = msgid("%(order)s is picked. Lay it ready at the counter.")
_READY = msgid("%(order)s is ready: the customer can come.")
_HANDED_OVER = msgid("%(order)s is handed over.")
_PUT_BACK = msgid("%(order)s is put back.")
_NO_QUANTITY = msgid("“%(quantity)s” is no quantity: write it as 3 or 1.234")
#: So many of those that are over are shown.
_ENDED_SHOWN = 20

Step = Callable[[Connection, Page, str], None]


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/pickups")
    def every(page: Page) -> Response:
        return _list(office, page)

    @office.page("/pickups/scan", methods=("POST",))
    def scan(page: Page) -> Response:
        try:
            scanned = slip.read(page.form["scanned"])
            with office.branch.engine.connect() as connection:
                orders.find(connection, scanned.order)
        except RefusalError as error:
            return _list(office, page, error)
        # The code stays out of addresses, which are kept.
        return _show(office, page, order=scanned.order, typed={"code": scanned.code})

    @office.page("/pickups/{order}/slip.pdf")
    def slip_file(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                held = orders.find(connection, page.path["order"])
        blocks = slip.report(voice, held)
        return report_file(page, voice, slip.TITLE, held.order, blocks, f"{held.order}.pdf")

    @office.page("/pickups/{order}")
    def one(page: Page) -> Response:
        return _show(office, page)

    for name, step, said in (
        ("pick", _pick, _PICKED), ("ready", _lay_ready, _READY),
        ("hand-over", _hand_over, _HANDED_OVER), ("put-back", _put_back, _PUT_BACK),
    ):  # fmt: skip
        _declare(office, name, step, said)


def _declare(office: Office, name: str, step: Step, said: str) -> None:
    @office.page(f"/pickups/{{order}}/{name}", methods=("POST",))
    def do(page: Page) -> Response:
        order = page.path["order"]
        try:
            with office.branch.engine.begin() as connection:
                step(connection, page, office.code)
        except RefusalError as error:
            return _show(office, page, error)
        on = "/pickups" if name in ("hand-over", "put-back") else f"/pickups/{order}"
        return office.console.redirect(page, on, page.gettext(said, order=order))


def _list(office: Office, page: Page, refused: RefusalError | None = None) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        return office.render(
            page, "pickups.html", voice, status=422 if refused else 200,
            refused=_said(voice, refused), waiting=orders.waiting(connection),
            ended=orders.ended(connection, _ENDED_SHOWN), states=STATES, payments=PAYMENTS,
            withdrawn=WITHDRAWN,
        )  # fmt: skip


def _show(
    office: Office, page: Page, refused: RefusalError | None = None, *,
    order: str = "", typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        with refusals_told(voice):
            held = orders.find(connection, order or page.path["order"])
        return office.render(
            page, "pickup.html", voice, status=422 if refused else 200, order=held,
            refused=_said(voice, refused), typed=page.form if typed is None else typed, crate=_crate(held),
            states=STATES, payments=PAYMENTS, withdrawn=WITHDRAWN,
        )  # fmt: skip


def _said(voice: Voice, refused: RefusalError | None) -> list[str]:
    """What stands in the way, all of it."""
    if isinstance(refused, MisfitError):
        return [voice.say(one) for one in refused.misfits]
    return [] if refused is None else [voice.say(refused.wording)]


def _crate(order: Order) -> list[tuple[orders.OrderLine, int | None, list[tuple[str, str, int]]]]:
    """Of each line what was picked of it, None before, and what lies there in its place."""
    shown = []
    for line in order.lines:
        of_line = [one for one in order.settled.lines if one.number == line.number]
        found = next((one.quantity for one in of_line if one.item == line.item), None)
        others = [(one.item, one.name, one.quantity) for one in of_line if one.item != line.item]
        shown.append((line, found, others))
    return shown


def _pick(connection: Connection, page: Page, branch: str) -> None:
    form = page.form
    found = []
    for number in page.form_list("line"):
        substitute = form.get(f"substitute-{number}", "").strip()
        instead = form.get(f"instead-{number}", "").strip()
        found.append(
            Found(
                int(number) if number.isdecimal() else 0, _quantity(form[f"found-{number}"]),
                substitute, _quantity(instead) if substitute else 0,
            )
        )  # fmt: skip
    steps.pick(connection, branch, page.path["order"], found, page.user.operator, page.now)


def _lay_ready(connection: Connection, page: Page, branch: str) -> None:
    steps.lay_ready(connection, branch, page.path["order"], page.user.operator, page.now)


def _hand_over(connection: Connection, page: Page, branch: str) -> None:
    steps.hand_over(
        connection, branch, page.path["order"], page.form["code"], page.form["receipt"],
        page.form["reason"], page.user.operator, page.now,
    )  # fmt: skip


def _put_back(connection: Connection, page: Page, branch: str) -> None:
    steps.put_back(
        connection, branch, page.path["order"], page.form.get("why", ""), page.user.operator,
        page.now,
    )  # fmt: skip


def _quantity(text: str) -> int:
    try:
        return read_quantity(text, least=0)
    except QuantityError as error:
        raise PickupError(_NO_QUANTITY, quantity=text[:20]) from error
