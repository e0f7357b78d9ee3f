"""Online shops: what they may know of the stock, what is kept back for them, and what their customers fetch.

    a shop asks                   what is answered
    availability                  on hand as headquarters knows it, less what is kept back, less a buffer
    to keep goods back            a reservation until an instant, or which of them are not there
    to have goods fetched         an order, told to the branch by its feed
    what became of an order       what the branch stated by its journal, and since when it was not heard

Of no item of a branch more is kept back than is on hand as known here: whoever keeps something back locks the
item's row first (`hq.shop.holds`). What a lane sells meanwhile headquarters cannot prevent: then there is less
than was kept back, and the branch says so when it picks.
"""
