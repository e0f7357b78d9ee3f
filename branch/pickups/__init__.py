"""Pick-up orders (自提订单): goods of an online shop that its customers fetch at this branch.

orders.py    what headquarters told the branch, and how far each order is
steps.py     what people do with one: pick, lay ready, hand over, put back
receipt.py   the receipt that an order is handed over on, and what does not fit it
"""
