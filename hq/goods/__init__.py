"""Goods on order and on their way between sites, as headquarters orders, tells and follows them.

file        concept
document    an order or an instruction to send, from its draft to its withdrawal, and a transfer that is relayed
lines       the lines of a document
reading     lines and whole documents out of CSV files
relay       what one branch sent is told to the branch that it was sent to; sales to franchises (rule 28)
progress    what has become of a document: arrived, received so far, over and short
open_goods  all that is on order or in transit, by branch and item
"""
