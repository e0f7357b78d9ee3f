"""Months of a chain's sales made by PostgreSQL itself, in headquarters' tables and in its aggregates.

Every line is by hash of its number: 20,000 items of which a few sell most, 400 categories below 20 below 4,
opening hours with two peaks, half of the receipts with one of 50,000 members, a promotion on a tenth of the
lines. Tables are filled without their indexes, which are made afterwards, as a restored backup is; then
all is vacuumed and analysed. What is read beside sales is made by `trading_stock`. The aggregates are summed from the same lines, once: how they are kept with the
journals, and that they are the same, is measured and tested elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from sqlalchemy import Engine

from benchmarks import trading_stock
from hq.consolidation import taking
from hq.consolidation.partitions import ensure, month_of
from schemas.tables.consolidation import branch_day

FIRST = date(2025, 1, 1)
DAYS = 181
BRANCHES = 100
LINES = 10


@dataclass(frozen=True, slots=True)
class Extent:
    """How many branches trade on how many days, and the receipts of each on each."""

    branches: int
    days: int
    receipts: int

    @property
    def lines(self) -> int:
        """Of all."""
        return self.receipts * LINES * self.branches * self.days

    @property
    def stocked(self) -> int:
        """The items that lie in each branch: all of them where it sells that many."""
        return min(20_000, max(20, self.lines // 1000))

    @property
    def last(self) -> date:
        """The last day."""
        return FIRST + timedelta(days=self.days - 1)


def extent(lines: int) -> Extent:
    """The least that has so many lines: half a year of 100 branches, or a few days of some where those are few."""
    branches, days = (BRANCHES, DAYS) if lines >= LINES * BRANCHES * DAYS else (4, 3)
    return Extent(branches, days, -(-lines // (LINES * branches * days)))


def fill(engine: Engine, size: Extent) -> None:
    """Fill headquarters' tables, which are empty, and the aggregates of them."""
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in (
            "synchronous_commit = off",
            "work_mem = '256MB'",
            "maintenance_work_mem = '1GB'",
        ):
            connection.execute(f"SET {setting}".encode())
        beside = trading_stock.STATEMENTS
        for statement in (*_MASTER, *_WITHOUT, *_SALES, *beside, *_WITH, *_STATISTICS):
            told = statement.format(
                first=FIRST, days=size.days, branches=size.branches, receipts=size.receipts,
                lines=LINES, stocked=size.stocked,
            )  # fmt: skip
            connection.execute(told.encode())
        months = {month_of(FIRST + timedelta(days=number)) for number in range(size.days)}
        with engine.begin() as made:
            ensure(made, months)
        for statement in _AGGREGATES:
            connection.execute(statement.encode())
    for month in sorted(months):
        taking.derive(engine, month)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(b"VACUUM (ANALYZE)")


_MASTER = (
    (
        "INSERT INTO branch (stream, key, generation, branch, name, zone, currency, tax_policy, cash_rounding)"
        " SELECT 'feed:chain', code, 1, code, 'Branch ' || code, 'Asia/Shanghai', 'CNY', 'line', 1"
        " FROM (SELECT 'B' || lpad(n::text, 3, '0') AS code FROM generate_series(1, {branches}) n) b"
    ),
    (
        "INSERT INTO category (stream, key, generation, category, name, parent)"
        " SELECT 'feed:chain', code, 1, code, 'Category ' || code, parent FROM ("
        " SELECT 'c' || n AS code, '' AS parent FROM generate_series(0, 3) n UNION ALL"
        " SELECT 'm' || n, 'c' || n % 4 FROM generate_series(0, 19) n UNION ALL"
        " SELECT 's' || n, 'm' || n % 20 FROM generate_series(0, 399) n) c"
    ),
    (
        "INSERT INTO item (stream, key, generation, item, name, category, unit, tax_code)"
        " SELECT 'feed:chain', code, 1, code, 'Item ' || code, 's' || n % 400, 'piece', ''"
        " FROM (SELECT n, lpad(n::text, 8, '0') AS code FROM generate_series(0, 19999) n) i"
    ),
    (
        "INSERT INTO item_source (item, branch, supplier, unit, code, main, direct)"
        " SELECT key, '', 'S' || lpad((('x' || substr(md5(key), 1, 4))::bit(16)::int % 300)::text, 3, '0'),"
        " 'piece', '', true, false FROM item"
    ),
    (
        "INSERT INTO member (stream, key, generation, member, tier, sealed)"
        " SELECT 'feed:chain', 'M' || n, 1, 'M' || n, (ARRAY['gold', 'silver', 'plain'])[1 + n % 3], ''"
        " FROM generate_series(0, 49999) n"
    ),
    (
        "INSERT INTO business_day (branch, business_date, state, revision, opened, changed)"
        " SELECT branch, date '{first}' + d, 'closed', 1, now(), now() FROM branch, generate_series(0, {days} - 1) d"
    ),
    "INSERT INTO site_status (site, parent, received, status) SELECT branch, 'HQ', now(), '{{}}' FROM branch",
)
_WITHOUT = (
    "ALTER TABLE ticket DROP CONSTRAINT pk_ticket",
    "ALTER TABLE ticket_line DROP CONSTRAINT pk_ticket_line",
    "DROP INDEX ix_ticket_line_item",
    "ALTER TABLE ticket_tender DROP CONSTRAINT pk_ticket_tender",
)
_SALES = (
    (
        "CREATE UNLOGGED TABLE draft AS"
        " SELECT md5(branch || d || '/' || n)::uuid::text AS uuid, branch, branch || '.0' || 1 + n % 5 AS lane,"
        " d * {receipts} + n AS counter, branch || '.0' || 1 + n % 5 || '/' || d AS shift, day, hour,"
        " branch || '-C' || n % 5 AS operator, n AS number,"
        " CASE WHEN n % 2 = 0 THEN 'M' || (hashint8(n * 7919 + d * 104729) & 32767) END AS member"
        " FROM (SELECT branch, d, date '{first}' + d AS day, n,"
        " 8 + (ARRAY[0,1,2,3,3,4,4,4,5,6,7,8,9,9,10,10,10,11,11,12,13])[1 + (n * 7 + d) % 21] AS hour"
        " FROM branch, generate_series(0, {days} - 1) d, generate_series(1, {receipts}) n) t"
    ),
    (
        "INSERT INTO ticket_line (ticket, number, item, name, category, unit, quantity, list_price, amount, tax,"
        " discounts, unknown_item, voided)"
        " SELECT uuid, number, lpad(item::text, 8, '0'), 'Item', 's' || item % 400, 'piece', 1000, price,"
        " price - off, (price - off) * 13 / 113,"
        " CASE WHEN off = 0 THEN '[]' ELSE jsonb_build_array(jsonb_build_object('kind', 'promotion', 'amount',"
        " off, 'reason', 'x', 'rule', 'P' || item % 50, 'authority', null)) END, false, false"
        " FROM (SELECT uuid, number, item, 100 + item % 3000 AS price,"
        " CASE WHEN (item + number) % 10 = 0 THEN 20 ELSE 0 END AS off"
        " FROM (SELECT uuid, line.number,"
        " (19999 * power((hashtext(uuid || line.number) & 1048575) / 1048575.0::float8, 2))::int AS item"
        " FROM draft, generate_series(1, {lines}) AS line (number)) drawn) priced"
    ),
    (
        "INSERT INTO ticket_tender (ticket, number, kind, amount) SELECT ticket, 1,"
        " (ARRAY['cash', 'card', 'qr', 'qr', 'qr'])[1 + (hashtext(ticket) & 1023) % 5], sum(amount)"
        " FROM ticket_line GROUP BY ticket"
    ),
    "ANALYZE draft",
    "ANALYZE ticket_tender",
    (
        "INSERT INTO ticket (uuid, branch, lane, counter, shift, business_date, posted, committed, local_hour,"
        " operator, member, total, rounding, change, control_tickets, control_gross, control_grand_total,"
        " provisional, late, flags)"
        " SELECT uuid, branch, lane, counter, shift, day, day, day + make_interval(hours => hour), hour, operator,"
        " member, amount, 0, 0, draft.number, 0, 0, false, false, '[]'"
        " FROM draft JOIN ticket_tender ON ticket = uuid ORDER BY day, branch, counter"
    ),
    "DROP TABLE draft",
)
_WITH = (
    "ALTER TABLE ticket ADD CONSTRAINT pk_ticket PRIMARY KEY (uuid)",
    "ALTER TABLE ticket_line ADD CONSTRAINT pk_ticket_line PRIMARY KEY (ticket, number)",
    "CREATE INDEX ix_ticket_line_item ON ticket_line (item)",
    "ALTER TABLE ticket_tender ADD CONSTRAINT pk_ticket_tender PRIMARY KEY (ticket, number)",
)
#: What the peer needs to know of the expressions that it groups by.
_STATISTICS = (
    (
        "CREATE STATISTICS hour_text ON lpad(CAST(local_hour AS text), 2, '0'), CAST(posted AS text),"
        " to_char(date_trunc('week', posted), 'YYYY-MM-DD'), to_char(posted, 'YYYY-MM-01'),"
        " CAST(extract(isodow FROM posted) AS text), coalesce(member, '') FROM ticket"
    ),
    "CREATE STATISTICS category_text ON coalesce(category, ''), item FROM ticket_line",
    "CREATE STATISTICS kind_text ON kind, (kind || ':'), amount FROM ticket_tender",
    "CREATE STATISTICS supplier_text ON coalesce(supplier, ''), item FROM item_source",
    "CREATE STATISTICS tier_text ON coalesce(tier, ''), key FROM member",
    "VACUUM (ANALYZE)",
)

_OF_LINES = (
    "count(DISTINCT uuid), count(*), sum(quantity), sum(list_price), sum(amount), sum(tax),"
    " nullif(count(DISTINCT uuid) FILTER (WHERE member IS NOT NULL), 0)"
)
_COLUMNS = "receipts, lines, quantity, list_amount, sales, tax, member_receipts"


def _by_line(dimension: str, key: str, more: str = "") -> str:
    return (
        f"INSERT INTO {branch_day.name} (dimension, branch, posted, revision, key, {_COLUMNS}, moved, uncosted,"  # noqa: S608 - names of our own
        f" uncosted_tax, uncosted_lines) SELECT '{dimension}', branch, posted, 1, {key}, {_OF_LINES}, NULL,"
        f" sum(amount), sum(tax), count(*) FROM ticket JOIN ticket_line ON ticket = uuid {more} GROUP BY 2, 3, 5"
    )


def _by_ticket(dimension: str, key: str) -> str:
    return (
        f"INSERT INTO {branch_day.name} (dimension, branch, posted, revision, key, {_COLUMNS}, total, uncosted,"  # noqa: S608 - names of our own
        f" uncosted_tax, uncosted_lines) SELECT '{dimension}', branch, posted, 1, {key}, count(*), sum(lines),"
        " sum(q), sum(l), sum(a), sum(t), nullif(count(member), 0), sum(total), sum(a), sum(t), sum(lines)"
        " FROM ticket JOIN per_ticket ON ticket = uuid GROUP BY 2, 3, 5"
    )


_AGGREGATES = (
    ("CREATE TEMPORARY TABLE per_ticket AS SELECT ticket, count(*) AS lines, sum(quantity) AS q,"
    " sum(list_price) AS l, sum(amount) AS a, sum(tax) AS t FROM ticket_line GROUP BY ticket"),
    "ANALYZE per_ticket",
    _by_ticket("total", "''"), _by_ticket("hour", "lpad(local_hour::text, 2, '0')"),
    _by_ticket("operator", "operator"), _by_ticket("member", "coalesce(member, '')"),
    _by_line("item", "item"), _by_line("category", "category"),
    (f"INSERT INTO {branch_day.name} (dimension, branch, posted, revision, key, receipts, member_receipts)"  # noqa: S608 - names of our own
    " SELECT 'ancestor', branch, posted, 1, code, count(DISTINCT uuid), nullif(count(DISTINCT uuid) FILTER"
    " (WHERE member IS NOT NULL), 0) FROM ticket JOIN ticket_line ON ticket = uuid JOIN LATERAL (VALUES"
    " ('m' || substr(category, 2)::int % 20), ('c' || substr(category, 2)::int % 4)) AS up (code) ON true"
    " GROUP BY 2, 3, 5"),
    (f"INSERT INTO {branch_day.name} (dimension, branch, posted, revision, key, receipts, member_receipts, payments, taken)"  # noqa: S608 - names of our own
    " SELECT 'tender', branch, posted, 1, kind, count(*), nullif(count(member), 0), count(*), sum(amount)"
    " FROM ticket JOIN ticket_tender ON ticket = uuid GROUP BY 2, 3, 5"),
    (f"INSERT INTO {branch_day.name} (dimension, branch, posted, revision, key, {_COLUMNS}, discount)"  # noqa: S608 - names of our own
    f" SELECT 'promotion', branch, posted, 1, discounts -> 0 ->> 'rule', {_OF_LINES},"
    " sum((discounts -> 0 ->> 'amount')::bigint) FROM ticket JOIN ticket_line ON ticket = uuid"
    " WHERE discounts <> '[]' GROUP BY 2, 3, 5"),
)  # fmt: skip
