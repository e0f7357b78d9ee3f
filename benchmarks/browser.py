"""The system's Chromium, driven by Playwright, as the browser tests take it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(RuntimeError):
    """There is no Chromium on this machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window. Raises NoBrowserError."""
    # Only here: the other benchmarks run without Playwright.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    # Chromium's sandbox does not work for root, who only measures here.
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_find(), args=flags)
        try:
            yield browser
        finally:
            browser.close()


def _find() -> str:
    for name in (os.environ.get("CHAINWRIGHT_CHROMIUM"), *_NAMES):
        if name and (found := shutil.which(name)):
            return found
    raise NoBrowserError("no Chromium was found; run tests/install_browser.sh")
