"""Branch and headquarters above a lane, as far as they answer its look-ups, over real http."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette

from branch.inquiries import ANSWERERS as BRANCH_ANSWERERS
from branch.inquiries import DECIDERS as BRANCH_DECIDERS
from hq.inquiries import DECIDERS as HEADQUARTERS_DECIDERS
from hq.inquiries import answerers
from replication import identity
from replication.apply import Inbound
from replication.clock import system_clock
from replication.decision import Decisions
from replication.identity import Identity
from replication.inquiry import Answerer
from replication.inquiry_desk import InquiryDesk
from replication.parent import Parent
from replication.transport.http_inquiry import HttpInquirer
from replication.transport.http_server import LinkServer
from schemas.domain.ticket import Control, Discount, SaleLine, TenderLine, Ticket
from schemas.tables import sales_store
from schemas.tables.base import open_postgres, open_sqlite, upsert
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.kinds import DatabaseKind
from schemas.tables.link import peer
from schemas.wire.entries import Fact
from schemas.wire.records import Branch
from tests.pos_frontend.shop import BRANCH, NOON, records_of
from tests.serving import served

FAR = "N002.01"


def far_ticket(counter: int, lines: int = 3) -> Ticket:
    """A ticket of a lane of another branch."""
    sold = [
        SaleLine(
            number, f"30{number:02d}", f"龙井茶 Longjing tea {number}", "piece", 2000, 4500, 8800,
            discounts=(Discount("member_price", 200, "member"),), tax=1012,
        )
        for number in range(1, lines + 1)
    ]  # fmt: skip
    sold[-1] = replace(sold[-1], voided=True, name="误扫商品")
    total = sum(line.amount for line in sold if not line.voided)
    return Ticket(
        uuid=f"00000000-0000-4000-8000-{counter:012d}", branch="N002", lane=FAR, counter=counter,
        shift="s", business_date=date(2026, 3, 1), zone="Asia/Shanghai", started=NOON,
        committed=NOON - timedelta(days=1), operator="C7", lines=tuple(sold),
        tenders=(TenderLine("coupon", 600, "CP-77"), TenderLine("cash", total)), total=total,
        rounding=0, change=600, control=Control(counter, total * counter, total * counter),
        member="9001",
    )  # fmt: skip


@dataclass
class Above:
    """What stands above a lane, and where the branch is asked."""

    branch: Engine
    headquarters: Engine
    address: str
    branch_desk: InquiryDesk
    headquarters_desk: InquiryDesk


@contextmanager
def above_the_lane(
    new_database: Callable[[DatabaseKind], str],
    data: Path,
    at_headquarters: Mapping[str, Answerer] | None = None,
) -> Iterator[Above]:
    """Serve a branch that knows the lane in `data`, and headquarters above it."""
    with ExitStack() as stack:
        hq_dsn, branch_dsn = new_database("hq"), new_database("branch")
        hq, branch = open_postgres(hq_dsn), open_postgres(branch_dsn)
        stack.callback(hq.dispose)
        stack.callback(branch.dispose)
        known(hq, identity_of(BRANCH, "branch", "hq", branch))
        known(branch, lane_identity(data))
        knowing = answerers(system_clock) if at_headquarters is None else at_headquarters
        top = InquiryDesk(
            "hq", open_postgres(hq_dsn), knowing, None,
            decisions=Decisions(system_clock, HEADQUARTERS_DECIDERS),
        )  # fmt: skip
        hq_address = stack.enter_context(asked(hq, identity_of("hq", "hq", None, hq), top))
        own = identity.load(stack.enter_context(branch.connect()))
        desk = InquiryDesk(
            BRANCH, open_postgres(branch_dsn), BRANCH_ANSWERERS, HttpInquirer(hq_address, own),
            decisions=Decisions(system_clock, BRANCH_DECIDERS),
        )  # fmt: skip
        address = stack.enter_context(asked(branch, own, desk))
        shop = Branch(branch="N002", name="城东二店", zone="Asia/Shanghai", currency="CNY")
        with hq.begin() as connection:
            CatalogueStore().apply(connection, "feed:branch:N002", 1, records_of([shop]))
        yield Above(branch, hq, address, desk, top)


@contextmanager
def asked(engine: Engine, who: Identity, desk: InquiryDesk) -> Iterator[str]:
    """Serve a site's end of the link."""
    parent = Parent(engine, who, Inbound(lambda _connection, _arrivals: None, system_clock))
    links = LinkServer(parent, desk)
    with served(Starlette(routes=links.routes())) as address:
        yield address
    links.close_inquiries()


def identity_of(site: str, kind: str, parent: str | None, engine: Engine) -> Identity:
    who = Identity(site, kind, parent, identity.new_private_key())
    with engine.begin() as connection:
        identity.establish(connection, who)
    return who


def lane_identity(data: Path) -> Identity:
    engine = open_sqlite(str(data / "journal.db"))
    try:
        with engine.connect() as connection:
            return identity.load(connection)
    finally:
        engine.dispose()


def known(engine: Engine, child: Identity) -> None:
    row = {
        "site": child.site, "public_key": child.public_key, "enrolled": NOON, "revoked": None,
    }  # fmt: skip
    with engine.begin() as connection:
        upsert(connection, peer, [row])


def hold(engine: Engine, *facts: Fact) -> None:
    """Let a site hold tickets and other facts."""
    with engine.begin() as connection:
        sales_store.write(connection, facts)
