"""The basket beside the databases: written behind the till, read at its next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from pos_frontend.basket import Overriding, Sale
from pos_frontend.kept_basket import KeptBasket
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, Scene, load
from tests.pos_frontend.test_labels import LAYOUTS, STALE


def a_basket(scene: Scene) -> Sale:
    """A basket with all that a basket may have."""
    load(scene.data, {CHAIN: LAYOUTS})
    till = scene.ready()
    till.scan(f"2*{MILK}")
    till.scan("1.5*2010")
    till.sell_unknown("777", "12.50", "糖")
    till.scan(BREAD)
    till.void_line(4)
    till.override(Overriding(1, "6.00", "临期", "M1", "9999"))
    till.scan(STALE)
    till.reprice_label(5, repriced=True)
    till.set_member("9001")
    till.tender("coupon", "5", "CP-1")
    assert till.sale is not None
    return till.sale


def test_the_newest_basket_is_read_back_as_it_was(scene: Scene, tmp_path: Path) -> None:
    sale = a_basket(scene)
    kept = KeptBasket(tmp_path)
    kept.start()
    kept.keep(None)
    kept.keep(sale)
    kept.stop()
    again = KeptBasket(tmp_path).kept()
    assert again == sale
    assert again is not None
    assert (again.lines, again.totals) == (sale.lines, sale.totals)


def test_a_basket_that_ended_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    kept = KeptBasket(tmp_path)
    kept.start()
    kept.keep(a_basket(scene))
    kept.keep(None)
    kept.stop()
    assert (KeptBasket(tmp_path).kept(), list(tmp_path.glob("basket*"))) == (None, [])


@pytest.mark.parametrize("data", [b"", b"{", b'{"uuid":1}', b"\xff"])
def test_a_basket_that_does_not_read_is_set_aside(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "basket.json").write_bytes(data)
    assert KeptBasket(tmp_path).kept() is None
    assert (tmp_path / "basket.json.unread").read_bytes() == data
    assert not (tmp_path / "basket.json").exists()


def test_a_disk_that_refuses_does_not_stop_the_till(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    kept = KeptBasket(tmp_path / "file")
    kept.start()
    kept.keep(a_basket(scene))
    kept.keep(None)
    kept.stop()
    assert KeptBasket(tmp_path / "file").kept() is None
