"""Franchise statements at headquarters (加盟结算单), rule 28: what franchised branches owe it, and what was locked.

file        concept
rules       what was agreed, as rows with their dates
reading     rules out of a CSV file
facts       what was delivered, received, sent back and sold, as headquarters knows it
statement   a period as it stands now, with what earlier statements would say otherwise
ledger      locked statements: numbered, never changed, read again as they were
locking     who may lock which period, and what is refused

    open      computed whenever somebody looks, for any range of dates
      └─ lock ─▶ locked     begins where the one before ended; by finance, an incomplete one by an administrator
                            with a reason; what changes afterwards stands in the next as a named difference

*Property*: the sum of all locked statements of a branch and its open differences is what their periods come to
when computed from scratch. Whether a period's days are locked (`hq.periods`) is another matter: a statement says
so where they are not, because it may then be followed by a difference.
"""
