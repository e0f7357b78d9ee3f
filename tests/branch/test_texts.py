"""Every text of a branch has its Chinese: those of its rules and reports as well as of its pages."""

from __future__ import annotations

from pathlib import Path

import branch
from tests.replication.console.test_translations import KIT, chinese, used

HOME = Path(branch.__file__).parent


def test_every_text_of_a_branch_has_its_chinese() -> None:
    known = chinese(KIT) | chinese(HOME / "web")
    missing = [f"{place}: {text}" for text, place in used(HOME) if text not in known]
    assert not missing, "\n".join(missing)


def test_no_translation_is_left_over() -> None:
    texts = {text for text, _ in used(HOME)} | {"branch_manager", "cashier"}
    assert not chinese(HOME / "web").keys() - texts
