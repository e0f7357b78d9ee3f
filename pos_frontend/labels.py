"""What a scanned code stands for: an item as it is, or what a label says of one (rules 7 to 9).

    the code                                  stands for
    is a barcode, or an item code             that item
    is a GS1 element string                   the item of its GTIN, with a weight or an amount
    has the form and prefix of a layout       the item its label names, with a weight or an amount
    anything else                             nothing known here

A label names an item by its barcode or its item code, written with the noughts that fill the
label's digits or without them. What an element string says to have expired before the business date
is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pos_frontend.catalogue import Catalogue, Found
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from schemas.domain.element_string import (
    ElementString,
    ElementStringError,
    is_element_string,
    read_element_string,
)
from schemas.domain.label import Label, LabelError, may_be_label, read_label


@dataclass(frozen=True, slots=True)
class Scanned:
    """An item, and what its label says beside it."""

    found: Found
    label: Label | None = None


def identify(catalogue: Catalogue, code: str, terms: Terms) -> Scanned | None:
    """Return what a code stands for. Raises TillError `label_…` for a label that is not to be sold."""
    found = catalogue.find(code)
    if found is not None:
        return Scanned(found)
    told = _element_string(code, terms)
    label = told.label if told else _read(catalogue, code, terms)
    if label is None:
        return None
    found = catalogue.find(label.item) or catalogue.find(label.item.lstrip("0"))
    if found is None:
        raise TillError("label_item", code=code, item=label.item)
    if told and told.expires and told.expires < terms.business_date:
        raise TillError(
            "expired", name=found.what.name, date=told.expires.isoformat(), batch=told.batch or "–"
        )
    # The line keeps the whole label: its amount and weight can be read again wherever it goes.
    return Scanned(Found(replace(found.what, barcode=code), found.prices), label)


def _element_string(code: str, terms: Terms) -> ElementString | None:
    if not is_element_string(code):
        return None
    try:
        return read_element_string(code, terms.business_date, terms.decimals)
    except (ElementStringError, LabelError) as error:
        raise TillError(error.fault, code=code) from error


def _read(catalogue: Catalogue, code: str, terms: Terms) -> Label | None:
    if not may_be_label(code):
        return None
    try:
        return read_label(code, catalogue.label_layouts(), terms.decimals)
    except LabelError as error:
        raise TillError(error.fault, code=code) from error
