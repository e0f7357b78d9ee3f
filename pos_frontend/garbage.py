"""How a till's process looks for garbage: seldom, and only among what was made since it was started.

The collector goes through all that there is, now and then: with everything that was imported and the
promotions of a shop that is a tenth of a second, for which a scan would wait. What a basket makes while
it is priced is gone by itself before the next look.
"""

from __future__ import annotations

import gc

#: So many things more than are gone again before the youngest are looked through; a long basket under
#: many promotions makes fewer.
_YOUNG = 20_000


def leave_what_stays() -> None:
    """Leave out what there is now; call it when the process has all that it will keep."""
    gc.freeze()
    gc.set_threshold(_YOUNG)
