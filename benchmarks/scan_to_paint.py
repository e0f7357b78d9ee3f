"""A scan until its total is painted, with a million items, against a page that paints a constant.

Ours is the till as it runs in a shop: a lane's process with its page in a real Chromium. A scan is
the key events of a barcode and of Enter; the time runs from Enter's own time stamp, through the
WebSocket, the lookup in the catalogue and the new state, until the frame that shows the new total
has been painted. Codes are drawn from all over the catalogue, ten to a basket.

The peer is a page in the same browser that draws a constant at the next frame after the same key:
what a browser takes for anything at all, of which most is waiting for the frame. What is left is
ours. A thousand promotions are in force on the items that are scanned. The screen's own delay is in
neither. Limits are those that a cashier notices: one frame of 60 a second at the median, two at the
99th percentile.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import till_files, till_process
from benchmarks.browser import chromium
from benchmarks.measures import Limit, Outcome, Round, Wording, compare, p50, p99
from benchmarks.scale import Scale
from pos_frontend.screen.client import TillClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_HERE = Path(__file__).parent
_PROBE = (_HERE / "probe.js").read_text(encoding="utf-8")
_BASKET = 10
_PATIENCE = 30.0


class NotPaintedError(RuntimeError):
    """A scan changed no total: the page or the till is not what this was written for."""


def run(scale: Scale, place: Path) -> Outcome:
    """Scan at a till and at the constant page in turns."""
    shop = till_files.large(place.parent, scale)
    chance = random.Random(1)
    with till_process.running(shop) as lane, chromium() as browser:
        till, constant = _opened(browser, lane.address), _opened(browser, None)
        _round(till, constant, lane.client, chance.sample(shop.codes, _BASKET))  # warms both up
        rounds = [
            _round(till, constant, lane.client, chance.sample(shop.codes, scale.scans))
            for _ in range(scale.rounds)
        ]
        version = browser.version
    name, peer = f"scan to painted total, {shop.items:,} items", "constant page"
    return Outcome(
        [
            compare(rounds, p50, Wording(f"{name}, p50", peer, limit=Limit(0.016, of_ratio=False))),
            compare(rounds, p99, Wording(f"{name}, p99", peer, limit=Limit(0.033, of_ratio=False))),
        ],
        [*shop.notes, f"browser: Chromium {version}"],
    )


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
