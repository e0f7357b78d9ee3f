"""axe-core 4.14.1 on a page of ours: what it finds against WCAG 2 A and AA, in words.

The script is vendored as it was released (MPL-2.0, see LICENSE.axe-core); its checksum is held here
by `CHECKSUMS.sha256`, which a test compares.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

HERE = Path(__file__).parent
_RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  return found.violations.map((one) => `${one.id}: ${one.help}: ` +
    one.nodes.map((node) => node.html).join(" | "));
}"""


def violations(page: Page) -> list[str]:
    """Return the rules that the page breaks, each with the elements that break it."""
    # Evaluated through the debugger, so that the page's policy need not allow it.
    page.evaluate((HERE / "axe.min.js").read_text("utf-8"))
    found: list[str] = page.evaluate(_RUN)
    return found


def checksums_hold() -> bool:
    """Whether the vendored files are those that were released."""
    listed = (HERE / "CHECKSUMS.sha256").read_text("utf-8").splitlines()
    return all(
        hashlib.sha256((HERE / name).read_bytes()).hexdigest() == digest
        for digest, name in (line.split() for line in listed)
    )
