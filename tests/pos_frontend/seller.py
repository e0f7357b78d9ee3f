"""Sells at a lane for ever, telling each receipt number after its commit; to be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from pos_frontend import databases
from tests.pos_frontend.shop import BREAD, MILK, Scene

if __name__ == "__main__":
    data = Path(sys.argv[1])
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        if scene.till.shift is None:
            scene.ready()
        else:
            scene.till.sign_in("C1", "1111")
        while True:
            scene.till.scan(MILK)
            scene.till.scan(f"2*{BREAD}")
            scene.till.tender("cash", "50")
            sys.stdout.write(f"{scene.prints.printed[-1][0]}\n")
            sys.stdout.flush()
