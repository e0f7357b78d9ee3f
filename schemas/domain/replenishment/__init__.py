"""Replenishment (自动补货): from what was sold to what is ordered, with every term shown (rule 27).

file        concept
demand      what was sold day by day, and which days tell what was wanted
censored    what was wanted on days without stock
uplift      how much more a promoted day sells, behind and ahead
weeks       a history by the week
weekday     how weekdays differ, of an item and of the group that a thin history leans to
rate        what a usual day sells, where that goes, and how far it may be off
quantile    what demand does not exceed in so many of 10,000 cases, alike on every machine
forecast    what is expected of the coming days, and the safety stock
supply      when an order may be placed, when it arrives, until when it must last
terms       limits, packs, service level of an item; what of it is there and on its way
proposal    the line: target, position, rounding, minimum, what held it back
share       what a distribution centre sends when it has too little
"""
