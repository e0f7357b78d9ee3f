"""Stock (库存): a ledger of signed moves in base units, each with its reason and its cost (rules 10, 25).

file        concept
move        a move, why it happened, and what a ticket moves
average     the moving average: what goods cost that leave, and what an arrival makes of it
document    what a person did with goods: received, sent, gave back, wrote off, counted
posting     the moves that the lines of a document make, and what they are worth
scanned     how many of which code, as it is typed or scanned
stocktake   what was counted, which of several counts counts, and what late entries take back
"""
