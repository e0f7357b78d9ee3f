"""Replenishment (自动补货): what the branches are to be sent, and what is to be bought, with its arithmetic (rule 27).

The arithmetic itself is `schemas.domain.replenishment`; here it gets what headquarters knows, and its results
become proposals, and what people approve of those becomes documents of `hq.goods`.

file         concept
reading      the terms of suppliers, items, categories and distribution centres, out of files
sources      from whom an item can be had, and what suppliers ask for it
held_rows    rows of tables that files fill
parameters   the same rows, one by one, as a person changes them
chain        all that holds for every branch, read once for a run
history      what was wanted of each item in a branch, day by day, out of its stock ledger
expected     what comes to branches, and what is promised by them
known_days   what was known of a branch's days when it was proposed, and what is now
quotes       what goods cost when they are ordered
offers       promotions ahead, and what those behind did
item_line    one item: who supplies it, its terms, its line
weighing     one branch: of each item what to order, and of whom
least_order  reaching a supplier's least order over all of its lines
asks         what is asked of distribution centres, and how it is shared out when short
line         a line as a run proposes it, with all of its terms
left_out     what could not be proposed, why, and the way out
settling     what a run found becomes the open proposal of a branch and partner
proposal     proposals and their lines as they rest
approval     changing, approving and dropping a proposal
morning      one branch's part of a run
crew         who does the parts: this process or two of their own
run          the whole, nightly and on demand
background   a run beside a page
forgetting   the demand behind old proposals goes
"""
