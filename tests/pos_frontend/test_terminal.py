"""The payment terminal: its link, its attempts, and the till beside it. No charge twice, none lost."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from pos_frontend import databases
from pos_frontend.devices.simulated_terminal import (
    BEHAVIOURS,
    Behaviour,
    SimulatedTerminal,
    behaviour_for,
)
from pos_frontend.devices.terminal_link import _DECODER, TerminalLink, _read
from pos_frontend.errors import TillError
from pos_frontend.payment.attempt import Attempt, after
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.paying import Settling
from pos_frontend.payment.payments import Payments
from pos_frontend.payment.terminal import (
    Charge,
    Said,
    TerminalSilentError,
    TerminalUnreachedError,
)
from pos_frontend.till import Till
from schemas.domain.ticket import Authorization, TenderLine, discrepancies
from schemas.domain.till import PaymentSettled
from schemas.domain.till_settlement import BatchTotal, TerminalSettled
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from tests.pos_frontend.running import command, free_port, until
from tests.pos_frontend.shop import BREAD, MILK, NOON, Scene, make_lane
from tests.pos_frontend.terminals import terminal_served
from tests.pos_frontend.test_till import standing, tickets, written

#: For what never answers; anything else is waited for as long as a busy machine may take.
_SOON, _LONG = 0.2, 30.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a lane once; every test begins with a copy of its files."""
    directory = tmp_path_factory.mktemp("made") / "lane"
    make_lane(directory)
    return directory


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """Give the data directory of a lane that knows the little shop."""
    return Path(shutil.copytree(made, tmp_path / "lane"))


@pytest.fixture
def terminal() -> SimulatedTerminal:
    """Give what the terminal remembers."""
    return SimulatedTerminal()


@pytest.fixture
def port(terminal: SimulatedTerminal) -> Iterator[int]:
    """Give where the terminal is plugged in."""
    with terminal_served(terminal) as port:
        yield port


def charge(amount: int = 500) -> Charge:
    return Charge(str(uuid4()), "card", amount, "CNY")


# --- the link ---


@pytest.mark.parametrize(
    ("behaviour", "end"),
    [("approve", "approved"), ("decline", "declined"), ("time_out", "timed_out")],
)
def test_a_payment_ends(
    terminal: SimulatedTerminal, port: int, behaviour: Behaviour, end: str
) -> None:
    terminal.next = behaviour
    link, asked = TerminalLink("127.0.0.1", port, _LONG), charge()
    assert link.authorize_sales(asked).state == "pending"
    assert link.query(asked.reference).state == end
    assert link.authorize_sales(asked).state == end
    assert len(terminal.charged) == (end == "approved")


@pytest.mark.parametrize(
    ("behaviour", "why", "then"),
    [
        ("lose_answer", "unplugged", "approved"),
        ("half_a_line", "garbled", "approved"),
        ("garbage", "garbled", "approved"),
        ("hang", "no_answer", "not_found"),
    ],
)
def test_an_answer_that_is_lost_is_asked_for(
    terminal: SimulatedTerminal, port: int, behaviour: Behaviour, why: str, then: str
) -> None:
    terminal.next = behaviour
    asked = charge()
    wait = _SOON if behaviour == "hang" else _LONG
    with pytest.raises(TerminalSilentError) as silent:
        TerminalLink("127.0.0.1", port, wait).authorize_sales(asked)
    assert silent.value.why == why
    assert TerminalLink("127.0.0.1", port, _LONG).query(asked.reference).state == then


def test_nothing_reaches_a_terminal_that_is_not_there() -> None:
    with pytest.raises(TerminalUnreachedError):
        TerminalLink("127.0.0.1", free_port()).authorize_sales(charge())


def test_what_was_cancelled_is_not_charged_when_it_is_heard_of_later(
    terminal: SimulatedTerminal, port: int
) -> None:
    link, late, made = TerminalLink("127.0.0.1", port, _LONG), charge(), charge()
    assert link.cancel(late.reference).state == "cancelled"
    assert link.authorize_sales(late).state == "cancelled"
    link.authorize_sales(made)
    paid = link.query(made.reference)
    assert (paid.state, paid.amount) == ("approved", 500)
    assert paid.authorization == Authorization("000001", "************1234", "UnionPay", "S00001")
    assert link.cancel(made.reference).state == "approved"
    assert link.authorize_void(made.reference).state == "voided"
    assert (terminal.charged, terminal.voided) == ([(made.reference, 500)], [made.reference])


def test_the_cents_say_what_the_simulated_terminal_does() -> None:
    assert [behaviour_for(1290 + n) for n in range(8)] == list(BEHAVIOURS)
    assert {behaviour_for(amount) for amount in (0, 1098, 1099, 1050)} == {"approve"}


@pytest.mark.parametrize(
    "said",
    [
        b'{"reference":"b","state":"approved","amount":1}\n',
        b'{"reference":"a","state":"perhaps"}\n',
        b'{"reference":"a","state":"approved","amount":1}',
        b'{"state":"approved"}\n',
        b"\xff\n",
    ],
)
def test_what_is_no_answer_to_the_question_is_garbled(said: bytes) -> None:
    with pytest.raises(TerminalSilentError) as silent:
        _read(said, _DECODER, "a")
    assert silent.value.why == "garbled"


def test_an_approval_of_another_amount_is_none() -> None:
    asked = Attempt("a", "basket", "card", 500, "CNY", NOON, "pending")
    told = after(asked, Said("approved", 50))
    assert told is not None
    assert (told.state, told.why) == ("unknown", "garbled")


def test_the_simulated_terminal_is_a_command() -> None:
    port = free_port()
    with subprocess.Popen(
        command("simulated-terminal", "--port", str(port)), stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert f"port = {port}" in running.stdout.readline()
        assert TerminalLink("127.0.0.1", port, _LONG).query("nothing").state == "not_found"
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0


# --- at the till ---


@dataclass
class Counter:
    """A till with its terminal; the payments' thread is turned by hand."""

    scene: Scene
    terminal: SimulatedTerminal
    payments: Payments
    port: int

    @property
    def till(self) -> Till:
        return self.scene.till

    def restart(self, *, keep_basket: bool = True) -> Till:
        """Kill the till, and start it again with what is on its disk."""
        self.payments = self.scene.payments = payments_of(self.scene.data, self.port)
        if not keep_basket:
            self.scene.keeps.sale = None
        till = self.scene.restart()
        if till.shift is None:
            return self.scene.ready()
        till.sign_in("C1", "1111")
        return till

    def turn(self, times: int = 1) -> None:
        """Let the thread talk, and the till take what it heard."""
        for _ in range(times):
            self.payments.turn()
            self.till.follow_payments()

    def pay(self, *, amount: str | None = None, kind: str = "card") -> None:
        code = "134567890123456789" if kind == "qr" else None
        assert self.till.tender(kind, amount, code) is False  # type: ignore[arg-type]

    @property
    def states(self) -> list[str]:
        return [one.state for one in self.payments.all()]

    @property
    def net(self) -> int:
        """What the customer has paid by the terminal's own count."""
        voided = set(self.terminal.voided)
        return sum(amount for reference, amount in self.terminal.charged if reference not in voided)

    def by_terminal(self) -> int:
        """What the committed tickets say was paid by the terminal."""
        return sum(
            tender.amount
            for ticket in tickets(self.scene)
            for tender in ticket.tenders
            if tender.authorization is not None
        )


def payments_of(data: Path, port: int) -> Payments:
    return Payments(PaymentBook(data), TerminalLink("127.0.0.1", port, _LONG))


@pytest.fixture
def counter(data: Path, terminal: SimulatedTerminal, port: int) -> Iterator[Counter]:
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        made = Counter(scene, terminal, payments_of(data, port), port)
        made.restart().scan(MILK)
        yield made


def settled(scene: Scene) -> list[TerminalSettled]:
    with reading(scene.both.journal) as connection:
        rows = connection.execute(
            select(journal_entry).where(journal_entry.c.kind == "terminal.settled")
        ).all()
    facts = [entries.decode(row.kind, row.version, bytes(row.body)) for row in rows]
    return [one for one in facts if isinstance(one, TerminalSettled)]


def test_the_terminal_tells_its_batch_when_the_shift_ends(counter: Counter) -> None:
    counter.pay()
    counter.turn(2)
    first = counter.till.shift
    assert first is not None
    counter.till.end_shift()
    counter.turn()
    (fact,) = settled(counter.scene)
    assert (fact.shift, fact.state, fact.operator) == (first.shift, "settled", "C1")
    assert fact.totals == (BatchTotal("card", 1, 350),)
    # Asked again for the same shift it tells the same; a new batch has begun.
    link = TerminalLink("127.0.0.1", counter.port, _LONG)
    assert link.settle(first.shift) == fact.totals
    assert link.settle("another") == ()


def test_a_silent_terminal_is_stated_as_such(counter: Counter) -> None:
    counter.till.cancel()
    counter.payments = counter.scene.payments = payments_of(counter.scene.data, 1)
    till = counter.scene.restart()
    till.sign_in("C1", "1111")
    till.end_shift()
    counter.turn(4)
    (fact,) = settled(counter.scene)
    assert (fact.state, fact.totals) == ("unplugged", ())


@pytest.mark.parametrize("kind", ["card", "qr"])
def test_an_approved_payment_commits_the_sale(counter: Counter, kind: str) -> None:
    counter.pay(kind=kind)
    assert standing(counter.till) == "paying"
    counter.turn()
    assert (standing(counter.till), counter.states) == ("paying", ["pending"])
    counter.turn()
    (ticket,) = tickets(counter.scene)
    (tender,) = ticket.tenders
    assert (tender.kind, tender.amount, discrepancies(ticket)) == (kind, 350, [])
    assert tender.reference == counter.terminal.charged[0][0]
    assert tender.authorization is not None
    assert tender.authorization.approval_code == "000001"
    assert (standing(counter.till), counter.states, counter.net) == ("selling", [], 350)


@pytest.mark.parametrize(("behaviour", "why"), [("decline", "declined"), ("time_out", "timed_out")])
def test_a_refused_payment_leaves_the_basket(
    counter: Counter, behaviour: Behaviour, why: str
) -> None:
    counter.terminal.next = behaviour
    counter.pay()
    counter.turn(2)
    refused = counter.till.refused
    assert refused is not None
    assert (refused.why, standing(counter.till), counter.states) == (why, "selling", [])
    assert counter.till.tender("cash", "5") is True
    assert (counter.till.refused, counter.net) == (None, 0)


@pytest.mark.parametrize("behaviour", ["lose_answer", "half_a_line", "garbage"])
def test_a_lost_answer_is_asked_for_and_charged_once(
    counter: Counter, behaviour: Behaviour
) -> None:
    counter.terminal.next = behaviour
    counter.pay()
    counter.turn()
    assert (standing(counter.till), counter.states) == ("paying", ["unknown"])
    with pytest.raises(TillError, match="not_while_paying"):
        counter.till.tender("card")
    counter.turn()
    assert (counter.by_terminal(), counter.net, len(counter.terminal.charged)) == (350, 350, 1)


def test_a_split_of_cash_and_card(counter: Counter) -> None:
    counter.till.scan(BREAD)
    counter.pay(amount="5")
    counter.turn(2)
    assert standing(counter.till) == "tendering"
    assert counter.till.tender("cash", "10") is True
    (ticket,) = tickets(counter.scene)
    assert [(one.kind, one.amount) for one in ticket.tenders] == [("card", 500), ("cash", 1000)]
    assert (ticket.change, counter.states, counter.net) == (251, [], 500)


@pytest.mark.parametrize("act", ["back", "cancel"])
def test_what_the_basket_does_not_want_is_voided(counter: Counter, act: str) -> None:
    counter.pay(amount="1")
    counter.turn(2)
    getattr(counter.till, act)()
    assert [one.state for one in counter.till.open_payments] == ["voiding"]
    counter.turn()
    assert (counter.till.open_payments, counter.net) == ([], 0)


def test_a_void_that_is_not_confirmed_stays_open_until_it_is(
    data: Path, terminal: SimulatedTerminal
) -> None:
    with databases.for_till(data) as both, terminal_served(terminal) as port:
        counter = Counter(Scene(data, both), terminal, payments_of(data, port), port)
        counter.restart().scan(MILK)
        counter.pay(amount="1")
        counter.turn(2)
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        scene.keeps.sale = counter.scene.keeps.sale
        unplugged = Counter(scene, terminal, payments_of(data, port), port)
        unplugged.restart().cancel()
        unplugged.turn(3)
        (one,) = unplugged.till.open_payments
        assert (one.state, one.why, unplugged.payments.condition().state) == (
            "voiding", "unplugged", "unplugged",
        )  # fmt: skip
        unplugged.restart()
        assert [one.state for one in unplugged.till.open_payments] == ["voiding"]
        terminal.ending.clear()
        with terminal_served(terminal, port):
            unplugged.turn()
        assert (unplugged.till.open_payments, unplugged.net) == ([], 0)


def test_an_unplugged_terminal_was_never_asked(counter: Counter) -> None:
    counter.port = free_port()
    counter.restart()
    counter.pay()
    counter.turn()
    assert counter.till.refused is not None
    assert (counter.till.refused.why, standing(counter.till)) == ("unplugged", "selling")


def test_a_payment_that_cannot_be_written_down_is_not_asked_for(counter: Counter) -> None:
    (counter.scene.data / "payments.json").unlink(missing_ok=True)
    (counter.scene.data / "payments.json").mkdir()
    counter.pay()
    counter.turn()
    assert counter.till.refused is not None
    assert (counter.till.refused.why, counter.terminal.payments) == ("not_saved", {})


def test_the_customer_takes_no_card_out_and_the_cashier_cancels(counter: Counter) -> None:
    counter.terminal.next = "wait"
    counter.pay()
    counter.turn(3)
    assert counter.states == ["pending"]
    counter.till.cancel_payment()
    assert standing(counter.till) == "selling"
    assert counter.till.tender("cash", "5") is True
    counter.turn()
    assert (counter.states, counter.net, counter.till.open_payments) == ([], 0, [])


def test_a_cancel_that_comes_too_late_is_a_void(counter: Counter) -> None:
    counter.terminal.next = "lose_answer"
    counter.pay()
    counter.turn()
    counter.till.cancel_payment()
    counter.turn()
    assert (counter.net, counter.terminal.voided, counter.states) == (
        0, [counter.terminal.charged[0][0]], [],
    )  # fmt: skip


# --- a till that is killed ---


def test_killed_before_anything_was_sent(counter: Counter) -> None:
    """What was written down may have been sent: it is asked about, never sent again."""
    counter.pay()
    counter.payments._written()
    till = counter.restart()
    assert (standing(till), counter.states) == ("paying", ["unknown"])
    counter.turn()
    assert (counter.states, counter.terminal.charged) == (["missing"], [])
    till.cancel_payment()
    counter.turn()
    assert (standing(till), counter.states) == ("selling", [])


@pytest.mark.parametrize("turns", [1, 2])
def test_killed_while_the_terminal_was_asked(counter: Counter, turns: int) -> None:
    counter.terminal.next = "approve" if turns > 1 else "lose_answer"
    counter.pay()
    for _ in range(turns):
        counter.payments.turn()
    counter.restart()
    counter.turn(2)
    assert (counter.by_terminal(), counter.net, len(counter.terminal.charged)) == (350, 350, 1)
    assert (standing(counter.till), counter.states) == ("selling", [])


def test_killed_between_the_ticket_and_the_book(counter: Counter) -> None:
    """The ticket is on the disk, the attempt is still in the book: it is settled, and not given back."""
    counter.pay()
    counter.payments.turn()
    counter.payments.turn()
    counter.till.follow_payments()
    counter.till.scan(BREAD)
    counter.till.tender("cash")
    counter.restart()
    counter.turn()
    assert (counter.states, counter.by_terminal(), counter.net) == ([], 350, 350)


def test_killed_with_a_part_paid_by_card(counter: Counter) -> None:
    counter.pay(amount="1")
    counter.turn(2)
    till = counter.restart()
    assert standing(till) == "tendering"
    assert till.tender("cash", "5") is True
    assert (counter.by_terminal(), counter.net) == (100, 100)


def test_killed_while_it_was_given_back(counter: Counter) -> None:
    """The basket on the disk still has the tender that is being voided: it is no payment any more."""
    counter.pay(amount="1")
    counter.turn(2)
    kept = counter.scene.keeps.sale
    counter.till.back()
    counter.payments._written()
    counter.scene.keeps.sale = kept
    till = counter.restart()
    assert (standing(till), till.sale and till.sale.tenders) == ("selling", ())
    counter.turn()
    assert (counter.net, counter.states) == (0, [])


def test_a_payment_whose_basket_is_gone_is_shown_until_somebody_has_it_voided(
    counter: Counter,
) -> None:
    counter.pay()
    counter.payments.turn()
    till = counter.restart(keep_basket=False)
    counter.turn(3)
    (one,) = till.open_payments
    assert (one.state, standing(till), counter.net) == ("approved", "selling", 350)
    till.void_payment(one.reference)
    counter.turn()
    assert (till.open_payments, counter.net) == ([], 0)


def test_a_book_that_does_not_read_is_set_aside(counter: Counter) -> None:
    (counter.scene.data / "payments.json").write_bytes(b"[{")
    counter.restart()
    assert counter.payments.all() == ()
    assert (counter.scene.data / "payments.json.unread").read_bytes() == b"[{"


def test_an_answer_that_comes_before_anybody_signed_in_pays_the_basket_that_was_kept(
    counter: Counter,
) -> None:
    counter.terminal.next = "lose_answer"
    counter.pay()
    counter.payments.turn()
    counter.payments = counter.scene.payments = payments_of(counter.scene.data, counter.port)
    till = counter.scene.restart()
    counter.turn()
    assert (standing(till), tickets(counter.scene)) == ("signed_out", [])
    till.sign_in("C1", "1111")
    assert standing(till) == "tendering"
    assert till.tender("cash") is True
    assert (counter.by_terminal(), counter.net, counter.states) == (350, 350, [])


def test_an_approval_that_the_disk_refuses_stands_and_is_committed_later(counter: Counter) -> None:
    journal = counter.scene.both.journal
    counter.pay()
    counter.payments.turn()
    counter.payments.turn()
    with journal.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.commit()
    with pytest.raises(TillError, match="not_saved"):
        counter.till.follow_payments()
    assert (standing(counter.till), counter.states) == ("tendering", ["approved"])
    with pytest.raises(TillError, match="not_saved"):
        counter.till.tender("cash")
    with journal.execution_options(sqlite_begin="DEFERRED").connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
    assert counter.till.tender("cash") is True
    assert (counter.by_terminal(), counter.net, counter.states) == (350, 350, [])
    assert len(tickets(counter.scene)[0].tenders) == 1


def test_a_terminal_that_hangs_holds_up_no_sale(counter: Counter) -> None:
    """The thread is in the middle of a question that is never answered; the till goes on."""
    asked, let_go = threading.Event(), threading.Event()

    class Hanging(TerminalLink):
        def authorize_sales(self, charge: Charge) -> Said:
            del charge
            asked.set()
            let_go.wait()
            raise TerminalSilentError("never", "no_answer")

    book = PaymentBook(counter.scene.data)
    payments = Payments(book, Hanging("127.0.0.1", counter.port))
    counter.payments = counter.scene.payments = payments
    till = counter.scene.restart()
    till.sign_in("C1", "1111")
    payments.start()
    try:
        counter.pay()
        assert asked.wait(60)
        assert [one.state for one in book.read()] == ["asked"]
        till.cancel_payment()
        till.scan(BREAD)
        assert till.tender("cash", "20") is True
        assert [one.state for one in till.open_payments] == ["voiding"]
    finally:
        let_go.set()
        until(lambda: not payments.all())
        payments.stop()
    assert (counter.net, book.read()) == (0, ())


# --- a manager's word ---


def lost(counter: Counter) -> str:
    """Have the terminal not know of a payment."""
    counter.terminal.next = "hang"
    counter.pay()
    counter.payments._terminal = TerminalLink("127.0.0.1", counter.port, _SOON)
    counter.turn()
    assert counter.states == ["unknown"]
    counter.payments._terminal = TerminalLink("127.0.0.1", counter.port, _LONG)
    counter.turn()
    assert counter.states == ["missing"]
    return counter.payments.all()[0].reference


def test_what_the_terminal_does_not_know_is_called_unpaid_by_a_manager(counter: Counter) -> None:
    reference = lost(counter)
    with pytest.raises(TillError, match="authority"):
        counter.till.settle_payment(Settling(reference, "no slip"))
    with pytest.raises(TillError, match="unexplained"):
        counter.till.settle_payment(Settling(reference, " ", "M1", "9999"))
    counter.till.settle_payment(Settling(reference, "no slip", "M1", "9999"))
    fact = written(counter.scene)[-1]
    assert isinstance(fact, PaymentSettled)
    assert (fact.reference, fact.amount, fact.state, fact.reason) == (
        reference, 350, "missing", "no slip",
    )  # fmt: skip
    assert (fact.operator, fact.authority) == ("C1", "M1")
    assert standing(counter.till) == "selling"
    counter.turn()
    assert (counter.states, counter.terminal.payments[reference].state) == ([], "cancelled")


def test_what_the_terminal_may_know_is_not_called_unpaid(counter: Counter) -> None:
    counter.terminal.next = "wait"
    counter.pay()
    counter.turn()
    reference = counter.payments.all()[0].reference
    with pytest.raises(TillError, match="payment_underway"):
        counter.till.settle_payment(Settling(reference, "in a hurry", "M1", "9999"))
    with pytest.raises(TillError, match="no_payment"):
        counter.till.settle_payment(Settling("another", "in a hurry", "M1", "9999"))


@pytest.mark.parametrize("act", ["sign_out", "end_shift", "back", "cancel", "reprint"])
def test_a_till_that_waits_for_the_terminal_does_nothing_else(counter: Counter, act: str) -> None:
    counter.pay()
    with pytest.raises(TillError, match="not_while_paying"):
        getattr(counter.till, act)()
    with pytest.raises(TillError, match="not_while_paying"):
        counter.till.scan(MILK)


def test_a_code_is_needed_to_pay_by_one(counter: Counter) -> None:
    with pytest.raises(TillError, match="payment_code"):
        counter.till.tender("qr")
    with pytest.raises(TillError, match="tender_exceeds"):
        counter.till.tender("card", "100")
    assert counter.states == []


def test_without_a_terminal_cards_are_taken_by_hand(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    assert till.tender("card", None, "slip 7") is True
    till.scan(MILK)
    assert till.tender("qr") is True
    assert [one.tenders[0] for one in tickets(scene)] == [
        TenderLine("card", 350, "slip 7"), TenderLine("qr", 350),
    ]  # fmt: skip


def test_nothing_in_a_text_is_taken_for_a_field_that_says_nothing(scene: Scene) -> None:
    till, words = scene.ready(), '"authorization":null,'
    till.sell_unknown("77", "1.00", words)
    till.tender("cash")
    (ticket,) = tickets(scene)
    assert ticket.lines[0].name == words
    assert entries.decode("ticket", 1, entries.encode(ticket)) == ticket


def test_an_authorization_travels_and_one_that_is_none_leaves_no_trace(counter: Counter) -> None:
    counter.pay()
    counter.turn(2)
    counter.till.scan(MILK)
    counter.till.tender("cash")
    by_card, in_cash = tickets(counter.scene)
    assert b"authorization" not in entries.encode(in_cash)
    assert entries.decode("ticket", 1, entries.encode(by_card)) == by_card
