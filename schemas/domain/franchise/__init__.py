"""Franchise statements (加盟结算单): what a franchised branch owes headquarters for a period, term by term (rule 28).

file        concept
term        one line of a statement: what it is of, and the arithmetic that made its amount
rule        what was agreed: royalties, levies, fees, minimums, credits and tax, each with its dates
goods       terms of what was delivered, what came short, damaged or beyond it, and what came back
charges     terms of what was sold, and of what is due by the month; tax on all of it
difference  what an earlier, locked statement would say otherwise now

Everything here is a pure function of facts and rules: the same give the same terms in any order. Every amount
is rounded once, by `schemas.domain.money.divide` (rule 1).
"""
