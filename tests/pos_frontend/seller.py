"""Sells at a lane for ever, a part out of a grant, telling each receipt number after its commit; to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from pos_frontend import databases
from pos_frontend.redeeming import Redeemed
from schemas.wire.redemption import Redeeming
from tests.pos_frontend.ledgers import MEMBER, granted
from tests.pos_frontend.shop import BREAD, MILK, Scene

if __name__ == "__main__":
    data = Path(sys.argv[1])
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        if scene.till.shift is None:
            scene.ready()
            scene.journal.grants.take([granted(scene)])
        else:
            scene.till.sign_in("C1", "1111")
        while True:
            scene.till.scan(MILK)
            scene.till.scan(f"2*{BREAD}")
            scene.till.set_member(MEMBER)
            wanted = Redeeming(scene.till.basket_uuid, "stored_value", MEMBER, 100, MEMBER)
            scene.till.redeem(Redeemed(wanted, 100, grant="G1"))
            scene.till.tender("cash", "50")
            sys.stdout.write(f"{scene.prints.printed[-1][0]}\n")
            sys.stdout.flush()
