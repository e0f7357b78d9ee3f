"""What reports read beside sales, made as `trading_year` makes those: stock, tills, exceptions, closes.

stock_move      the goods of every line; each month what was sold of an item comes in; every 500th is given up
stock_on_hand   the sums of the moves of `stocked` items in each branch, and what lay there before them
shift           one for each lane and day, ended and counted, every seventh a little short
exceptions      drawers opened, codes refused, baskets cancelled, a few each day
day_revision    every day closed once, with the sales that it has
"""

from __future__ import annotations

STATEMENTS = (
    "DROP INDEX ix_stock_move_branch_item_at",
    "ALTER TABLE stock_move DROP CONSTRAINT pk_stock_move",
    (
        "INSERT INTO stock_move (reference, number, branch, item, quantity, value, reason, business_date, at, stated)"
        " SELECT uuid, number, branch, item, -quantity, -(amount * 6 / 10), 'sale', business_date, committed, committed"
        " FROM ticket JOIN ticket_line ON ticket = uuid"
    ),
    (
        "INSERT INTO stock_move (reference, number, branch, item, quantity, value, reason, business_date, at, stated)"
        " SELECT md5(branch || month)::uuid::text, row_number() OVER (PARTITION BY branch, month), branch, item,"
        " quantity, value, reason, month, month, month FROM ("
        " SELECT branch, item, date_trunc('month', business_date)::date AS month, -sum(quantity) AS quantity,"
        " -sum(value) AS value, 'receipt' AS reason FROM stock_move GROUP BY 1, 2, 3"
        " UNION ALL SELECT branch, item, date_trunc('month', business_date)::date, -1000, -60, 'write_off'"
        " FROM stock_move WHERE hashtext(reference || number) % 500 = 0 GROUP BY 1, 2, 3) AS came"
    ),
    "ALTER TABLE stock_move ADD CONSTRAINT pk_stock_move PRIMARY KEY (reference, number)",
    "CREATE INDEX ix_stock_move_branch_item_at ON stock_move (branch, item, at)",
    (
        "INSERT INTO stock_on_hand (branch, item, quantity, value, cost_value, cost_quantity)"
        " SELECT branch, item, 20000 + coalesce(moved, 0), 20 * 60 + coalesce(worth, 0), 60, 1000"
        " FROM (SELECT branch.branch, item.item FROM branch, item WHERE item.item::int < {stocked}) AS lying"
        " LEFT JOIN (SELECT branch, item, sum(quantity) AS moved, sum(value) AS worth FROM stock_move GROUP BY 1, 2)"
        " AS sums USING (branch, item)"
    ),
    (
        "INSERT INTO shift (shift, branch, lane, operator, business_date, opened, float_amount, ended, tickets, gross)"
        " SELECT shift, min(branch), min(lane), min(operator), min(business_date), min(committed), 0,"
        " max(committed) + interval '1 hour', count(*), sum(total) FROM ticket GROUP BY shift"
    ),
    (
        "INSERT INTO till_count (shift, number, branch, lane, business_date, counted, operator, at, correction, reason)"
        " SELECT shift.shift, 1, branch, lane, business_date, jsonb_build_object('cash', coalesce(cash, 0)"
        " - CASE WHEN hashtext(shift.shift) % 7 = 0 THEN 35 ELSE 0 END, 'card', coalesce(card, 0), 'qr',"
        " coalesce(qr, 0)), operator, ended, false, '' FROM shift LEFT JOIN (SELECT shift,"
        " sum(amount) FILTER (WHERE kind = 'cash') AS cash, sum(amount) FILTER (WHERE kind = 'card') AS card,"
        " sum(amount) FILTER (WHERE kind = 'qr') AS qr FROM ticket JOIN ticket_tender ON ticket = uuid GROUP BY 1)"
        " AS taken ON taken.shift = shift.shift"
    ),
    (
        "INSERT INTO till_exception (uuid, branch, lane, business_date, operator, at, kind, subject, cause, result,"
        " since, times, authority, basket, amount, detail)"
        " SELECT md5(shift || n)::uuid::text, branch, lane, business_date, operator, opened,"
        " (ARRAY['refused', 'copy', 'attended'])[1 + n % 3], '', '', '', opened, 1, '', '', 0, ''"
        " FROM shift, generate_series(1, 3) n"
    ),
    (
        "INSERT INTO cancelled_basket (uuid, branch, lane, business_date, operator, at, amount, lines)"
        " SELECT md5('basket' || shift)::uuid::text, branch, lane, business_date, operator, opened, 500, 2 FROM shift"
    ),
    (
        "INSERT INTO day_revision (branch, business_date, revision, operator, at, totals, lanes, computed, differences)"
        " SELECT branch, business_date, 1, branch || '-C0', max(committed), jsonb_build_object('gross', sum(total)),"
        " '[]', '{{}}', '[]' FROM ticket GROUP BY 1, 2"
    ),
)  # fmt: skip
