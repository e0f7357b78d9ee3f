"""Categories on three levels, out of the department, category and type the data set names.

Codes say where a category stands: `08` is a department, `08-112` a category in it, `08-112-003` a
type in that. They number the names of a level in alphabetical order, so the same catalogue always
gives the same codes. The same name under two departments is two categories.

A product is filed at the deepest level down to which all names are known: one without a category
stands in its department, even if its type is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ops.demo.source import Product

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """One category; `parent` is the code of the one above, empty for a department."""

    code: str
    name: str
    parent: str


def path(product: Product) -> Names:
    """Return the names from the department down to where the product is filed."""
    if product.category is None:
        return (product.department,)
    if product.kind is None:
        return (product.department, product.category)
    return (product.department, product.category, product.kind)


def categories(products: Iterable[Product]) -> dict[Names, Category]:
    """Build every category, by its path of names, parents before their children."""
    paths = {names[:depth] for names in map(path, products) for depth in range(1, len(names) + 1)}
    built: dict[Names, Category] = {}
    children: dict[Names, int] = {}
    for names in sorted(paths):
        above = names[:-1]
        children[above] = children.get(above, 0) + 1
        if above:
            parent = built[above].code
            built[names] = Category(f"{parent}-{children[above]:03}", names[-1], parent)
        else:
            built[names] = Category(f"{children[above]:02}", names[-1], "")
    return built
