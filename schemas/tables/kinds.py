"""Which kind of site holds which tables. A lane has two files, so that a large catalogue update
never stands between a sale and its disk.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Table

from schemas.tables import (
    attendance,
    catalogue,
    consolidation,
    day_ledger,
    days,
    exceptions,
    feed,
    franchise,
    goods,
    headquarters,
    imports,
    inquiry,
    journal,
    lane,
    lane_keys,
    link,
    periods,
    pickup_store,
    purchase_prices,
    redemption,
    regions,
    replenishment,
    reporting,
    shop,
    sourcing,
    staff,
    stock,
    stock_drafts,
    stocktake,
    suspended,
    tickets,
    tiers,
    tills,
)

DatabaseKind = Literal["hq", "branch", "lane_journal", "lane_catalogue"]

_CATALOGUE = tuple(catalogue.TABLES.values())
_OF_LANES = tuple(
    table for kind, table in catalogue.TABLES.items() if kind not in catalogue.OFFICE_KINDS
)
_JOURNAL = (
    journal.stream, journal.journal_entry, journal.journal_epoch, journal.journal_anchor,
    journal.quarantine,
)  # fmt: skip
_LINK = (
    link.site, link.own_incarnation, link.incarnation, link.position, link.parent_mark,
    link.older_mark, link.position_report, link.feed_sent, link.site_status, link.peer,
    link.enrolment_token, link.refusal, link.letter_series, link.intake, link.chain_root,
    link.endorsement, inquiry.inquiry_decision,
)  # fmt: skip
_SALES = (
    tickets.ticket, tickets.ticket_line, tickets.ticket_tender, tickets.tender_detail,
    tickets.ticket_return, tickets.ticket_correction,
    days.business_day, days.day_revision, days.day_reopening, days.shift, days.till_count, days.counter_move,
    days.cancelled_basket, days.cash_move, exceptions.till_exception, lane_keys.lane_key,
    suspended.suspended_basket, suspended.resumed_basket, periods.ticket_posting,
    periods.day_order_answer,
    stock.stock_move, stock.stock_on_hand, stock.stock_document, stock.stock_document_line,
    stock.stock_counted, attendance.attendance, *tills.TABLES, pickup_store.pickup_step,
)  # fmt: skip
_FEEDS = (feed.feed_record, feed.feed_publication, feed.feed_history)
_PEOPLE = (staff.web_session, staff.audit)

TABLES: dict[DatabaseKind, tuple[Table, ...]] = {
    "hq": (
        *_JOURNAL, *_LINK, *_FEEDS, *_CATALOGUE, *_SALES, *_PEOPLE, staff.staff,
        headquarters.branch_group_member, headquarters.price_document,
        headquarters.price_document_row, headquarters.promotion_document,
        headquarters.closed_branch, headquarters.proposal, headquarters.points_entry,
        *tiers.TABLES, purchase_prices.purchase_price, purchase_prices.delivery_price,
        purchase_prices.minimum_margin, *imports.TABLES, *goods.TABLES, *regions.TABLES, *franchise.TABLES,
        *reporting.TABLES,
        redemption.stored_value_entry, redemption.reservation, redemption.redemption_terms,
        redemption.receivable, redemption.coupon, redemption.coupon_use, redemption.grant_policy,
        redemption.redemption_grant, day_ledger.day_export, day_ledger.day_export_line,
        *consolidation.TABLES, *shop.TABLES, *sourcing.TABLES, *replenishment.TABLES,
    ),
    "branch": (
        *_JOURNAL, *_LINK, *_FEEDS, *_CATALOGUE, *_SALES, *_PEOPLE,
        suspended.suspended_claim,
        stock_drafts.stock_draft, stock_drafts.stock_draft_line, stock_drafts.stock_draft_scan,
        stock_drafts.document_counter, *stocktake.TABLES,
    ),
    "lane_journal": (
        *_JOURNAL, link.site, link.own_incarnation, lane.lane_counter, lane.lane_shift,
        lane.promotion_use, lane.lane_grant, lane.lane_grant_use, suspended.lane_suspended,
    ),
    "lane_catalogue": (
        *_OF_LANES, link.position, link.parent_mark, link.older_mark, link.peer, link.chain_root,
        link.endorsement,
    ),
}  # fmt: skip
