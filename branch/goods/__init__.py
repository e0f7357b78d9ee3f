"""Goods that come and go (商品进出): what the office of a branch does with them, and what is there.

file          concept
deliveries    what headquarters told the branch to expect or to send, and what of it is still to come
partners      suppliers and branches that goods come from and go to
drafts        documents that are being written, line by line, by whoever is at the door
composing     a draft's lines beside what was expected
posting       a draft becomes a document: its moves, its number, its entry in the journal
numbers       the numbers of documents
reasons       why goods are written off or go back
documents     the documents that were posted
availability  on hand, in transit, on order, and what is low
ledger        the moves of an item
alerts        what waits for somebody, and what a day is not closed over unseen
words         how documents, deliveries and moves are called
"""
