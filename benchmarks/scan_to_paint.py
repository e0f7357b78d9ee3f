"""A scan until its total is painted, with the whole catalogue, against a page that paints a constant.

Ours is the till as it runs in a shop: a lane's process with its page in a real Chromium. A scan is
the key events of a barcode and of Enter; the time runs from Enter's own time stamp, through the
WebSocket, the lookup in the catalogue and the new state, until the frame that shows the new total
has been painted. Codes are drawn from all that have a price, ten to a basket.

The peer is a page in the same browser that draws a constant at the next frame after the same key:
what a browser takes for anything at all, of which most is waiting for the frame. What is left is
ours. A thousand promotions are in force on the items that are scanned. The screen's own delay is in neither. Limits are those that a cashier notices: one frame of
60 a second at the median, two at the 99th percentile.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import catalogue, offers, till_process
from benchmarks.browser import chromium
from benchmarks.catalogue import Catalogue
from benchmarks.measures import Limit, Outcome, Round, Wording, compare, p50, p99
from benchmarks.scale import Scale
from pos_frontend.screen.client import TillClient
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.record import Record
from schemas.wire.records import Promotion

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_HERE = Path(__file__).parent
_PROBE = (_HERE / "probe.js").read_text(encoding="utf-8")
_BASKET = 10
_PATIENCE = 30.0


class NotPaintedError(RuntimeError):
    """A scan changed no total: the page or the till is not what this was written for."""


def run(scale: Scale, place: Path) -> Outcome:
    """Scan at a till in `place` and at the constant page in turns."""
    known = catalogue.whole(scale.items)
    chance = random.Random(1)
    codes, promotions = _on_offer(known, chance)
    records = [*known.records, *promotions]
    with till_process.running(place, records) as (address, client), chromium() as browser:
        till, constant = _opened(browser, address), _opened(browser, None)
        _round(till, constant, client, chance.sample(codes, _BASKET))  # warms both up
        rounds = [
            _round(till, constant, client, chance.sample(codes, scale.scans))
            for _ in range(scale.rounds)
        ]
        version = browser.version
    name, peer = "scan to painted total", "constant page"
    return Outcome(
        [
            compare(rounds, p50, Wording(f"{name}, p50", peer, limit=Limit(0.016, of_ratio=False))),
            compare(rounds, p99, Wording(f"{name}, p99", peer, limit=Limit(0.033, of_ratio=False))),
        ],
        [known.source, f"promotions: {len(promotions):,} in force", f"browser: Chromium {version}"],
    )


def _on_offer(known: Catalogue, chance: random.Random) -> tuple[list[str], list[Record]]:
    """The barcodes of some items, and the promotions on these as records behind the catalogue's."""
    places = chance.sample(range(len(known.codes)), offers.ITEMS)
    made = offers.promotions(chance, [known.items[place] for place in places])
    bodies = [
        Promotion(promotion=one.id, ends=None, published=number, rule=encode_rule(one))
        for number, one in enumerate(made, 1)
    ]
    last = known.records[-1].number
    records = [
        Record(last + number, body.kind, body.record_key(), body.version, body.encode())
        for number, body in enumerate(bodies, 1)
    ]
    return [known.codes[place] for place in places], records


def _opened(browser: Browser, address: str | None) -> Page:
    """A page in a session of its own: the till's, or the constant one; with the probe in it."""
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    if address is None:
        page.goto((_HERE / "constant.html").as_uri())
    else:
        page.goto(address)
        page.wait_for_selector("body[data-state=selling]")
    page.evaluate(_PROBE)
    return page


def _round(till: Page, constant: Page, client: TillClient, codes: list[str]) -> Round:
    """Scan every code on both pages in turns; a basket is cancelled when it has ten lines."""
    turn = Round()
    for place, code in enumerate(codes, 1):
        turn.ours.append(_scanned(till, code))
        turn.peer.append(_scanned(constant, code))
        if place % _BASKET == 0 or place == len(codes):
            _compare_totals(till, client)
            client.cancel()
            till.wait_for_selector("#lines tr", state="detached")
    return turn


def _scanned(page: Page, code: str) -> float:
    """Seconds from Enter to the painted total. Raises NotPaintedError."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    milliseconds = page.evaluate(f"painted({_PATIENCE * 1000:.0f})")
    if milliseconds is None:
        said = page.locator("body").inner_text()
        raise NotPaintedError(f"{code} changed no total within {_PATIENCE:.0f} s; page: {said}")
    return float(milliseconds) / 1000


def _compare_totals(till: Page, client: TillClient) -> None:
    """What was painted is what the till adds up; a wrong total painted fast is none."""
    total = client.look()["basket"]["total"]
    painted = till.locator("#total .total-amount").inner_text()
    digits = "".join(filter(str.isdigit, painted))
    if int(digits) != total:
        raise NotPaintedError(f"the till's total is {total}, painted was {painted}")
