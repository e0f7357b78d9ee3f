"""Three levels of categories, with codes that stay."""

from __future__ import annotations

from ops.demo.hierarchy import Category, categories, path
from ops.demo.source import Product

TEA = Product(1, "GROCERY", "TEA", "GREEN", None)
NO_KIND = Product(2, "GROCERY", "TEA", None, None)
NO_CATEGORY = Product(3, "FLORAL", None, "ROSES", None)


def test_a_product_is_filed_as_deep_as_its_names_go() -> None:
    assert [path(product) for product in (TEA, NO_KIND, NO_CATEGORY)] == [
        ("GROCERY", "TEA", "GREEN"),
        ("GROCERY", "TEA"),
        ("FLORAL",),
    ]


def test_codes_say_where_a_category_stands() -> None:
    made = categories([TEA, NO_KIND, NO_CATEGORY, Product(4, "FLORAL", "TEA", "GREEN", None)])
    assert list(made.values()) == [
        Category("01", "FLORAL", ""),
        Category("01-001", "TEA", "01"),
        Category("01-001-001", "GREEN", "01-001"),
        Category("02", "GROCERY", ""),
        Category("02-001", "TEA", "02"),
        Category("02-001-001", "GREEN", "02-001"),
    ]
    assert made == categories([NO_CATEGORY, Product(4, "FLORAL", "TEA", "GREEN", None), TEA])
