"""Redeeming at headquarters: ledgers, reservations, coupons, grants and what was overspent (rules 17 to 19)."""
