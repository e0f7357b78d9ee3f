"""Receipt layouts as data: a TOML file of blocks, each a list of pieces printed from top to bottom.

    block      is printed for                                    from a piece of
    receipt    a ticket                                          –
    line       each line of it that counts                       receipt, each = "lines"
    discount   each discount of a line that is shown             line, each = "discounts"
    tender     each payment                                      receipt, each = "tenders"
    detail     what is told of it beside                         tender, each = "details"
    tax        each rate of tax                                  receipt, each = "taxes"
    coupon     each single-use coupon that was used              receipt, each = "coupons"
    slip       what went through the drawer without a sale       –

    print      prints                                            keys
    text       words, on as many lines as they take              words, align, bold, size
    pair       words at either margin                            left, right, bold, size
    rule       a line across                                     char
    feed       empty lines                                       lines
    barcode    CODE128                                           code
    qr         a QR code                                         code, size
    logo       the lane's logo, if it has one                    –
    each       another block, once for each of its kind          of

In words `{total}` is a field of what is printed and `[total]` a word of the till in the lane's language;
words of the chain's own stand as they are, or in both languages as a table. `when` prints a piece only
where that field is not empty, `paper` only on paper of that width. A field that an outer block has is
known in the inner one too. What each field holds is told in `layout` and `slip`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pos_frontend.settings import Language

Block = Literal["receipt", "line", "discount", "tender", "detail", "tax", "coupon", "slip"]
Parts = Literal["lines", "discounts", "tenders", "details", "taxes", "coupons"]
PaperWidth = Literal[58, 80]
Align = Literal["left", "center", "right"]
Size = Literal["normal", "tall", "big"]
Words = str | dict[Language, str]

#: What each block can print; an inner block knows the fields of those around it too.
FIELDS: Mapping[Block, frozenset[str]] = {
    "receipt": frozenset(
        {"shop", "copy", "return", "receipt", "uuid", "branch", "lane", "time", "date", "cashier",
         "member", "lines", "total", "symbol", "currency", "rounding", "change", "saved", "tax",
         "points"}
    ),
    "line": frozenset(
        {"number", "name", "item", "barcode", "unit", "quantity", "price", "before", "amount",
         "sold", "returned", "original", "not_checked", "authority"}
    ),
    "discount": frozenset({"label", "reason", "amount"}),
    "tender": frozenset({"label", "amount"}),
    "detail": frozenset({"label", "value"}),
    "tax": frozenset({"rate", "gross", "net", "tax"}),
    "coupon": frozenset({"title", "number"}),
    "slip": frozenset(
        {"shop", "copy", "movement", "lane", "time", "date", "cashier", "authority", "reason",
         "amount"}
    ),
}  # fmt: skip
#: Which block is printed for each of what, and from a piece of which block.
EACH: Mapping[Parts, tuple[Block, Block]] = {
    "lines": ("receipt", "line"),
    "discounts": ("line", "discount"),
    "tenders": ("receipt", "tender"),
    "details": ("tender", "detail"),
    "taxes": ("receipt", "tax"),
    "coupons": ("receipt", "coupon"),
}
#: What no receipt and no slip may lack, or a copy could pass for another original.
_NEEDED: Mapping[Block, tuple[str, ...]] = {
    "receipt": ("{receipt}", "{total}", "[copy]"),
    "slip": ("{movement}", "{amount}", "[copy]"),
}
PLACEHOLDER = re.compile(r"\{(?P<field>[a-z_]+)\}|\[(?P<word>[a-z_]+)\]")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Piece(_Model):
    when: str | None = None
    paper: PaperWidth | None = None

    def words_of(self) -> Iterator[tuple[str, Words]]:
        """The key and the words of everything in this piece that is filled in."""
        yield from ()


class Text(_Piece):
    """Words; none where nothing is left of them."""

    print: Literal["text"]
    words: Words
    align: Align = "left"
    bold: bool = False
    size: Size = "normal"

    def words_of(self) -> Iterator[tuple[str, Words]]:
        """See `_Piece`."""
        yield "words", self.words


class Pair(_Piece):
    """Something at either margin."""

    print: Literal["pair"]
    left: Words
    right: Words
    bold: bool = False
    size: Literal["normal", "tall"] = "normal"

    def words_of(self) -> Iterator[tuple[str, Words]]:
        """See `_Piece`."""
        yield "left", self.left
        yield "right", self.right


class Rule(_Piece):
    """A line across, of one character."""

    print: Literal["rule"]
    char: str = Field(default="-", pattern=r"^[!-~]$")


class Feed(_Piece):
    """Empty lines."""

    print: Literal["feed"]
    lines: int = Field(default=1, ge=1, le=10)


class Barcode(_Piece):
    """A CODE128 barcode."""

    print: Literal["barcode"]
    code: str

    def words_of(self) -> Iterator[tuple[str, Words]]:
        """See `_Piece`."""
        yield "code", self.code


class Qr(_Piece):
    """A QR code; its modules are `size` dots, fewer where the paper is too narrow."""

    print: Literal["qr"]
    code: str
    size: int = Field(default=6, ge=2, le=12)

    def words_of(self) -> Iterator[tuple[str, Words]]:
        """See `_Piece`."""
        yield "code", self.code


class Logo(_Piece):
    """The lane's logo."""

    print: Literal["logo"]


class Each(_Piece):
    """Another block, for each of what it is of."""

    print: Literal["each"]
    of: Parts


Piece = Annotated[
    Text | Pair | Rule | Feed | Barcode | Qr | Logo | Each, Field(discriminator="print")
]
Pieces = tuple[Piece, ...]


class Layout(_Model):
    """A layout. `paper` says for which widths it is made; `values` are fields of the chain's own, which
    a lane's settings may fill.
    """

    paper: tuple[PaperWidth, ...] = Field(default=(58, 80), min_length=1)
    values: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], str] = {}
    receipt: Pieces
    line: Pieces
    discount: Pieces
    tender: Pieces
    detail: Pieces = ()
    tax: Pieces = ()
    coupon: Pieces = ()
    slip: Pieces

    def block(self, name: Block) -> Pieces:
        """The pieces of a block."""
        pieces: Pieces = getattr(self, name)
        return pieces


def known_fields(block: Block, values: Iterable[str]) -> set[str]:
    """What the pieces of a block may name: its fields, those around it and the chain's own."""
    known = set(FIELDS[block]) | set(values)
    for outer, inner in EACH.values():
        if inner == block:
            known |= known_fields(outer, ())
    return known


Mistake = tuple[tuple[str | int, ...], str]


def mistakes(layout: Layout, words: frozenset[str]) -> list[Mistake]:
    """What a layout of the right form says wrong, each with its place; `words` are the till's own."""
    found: list[Mistake] = []
    for block in FIELDS:
        known = known_fields(block, layout.values)
        for place, piece in enumerate(layout.block(block)):
            wrong = _wrong(piece, block, known, words)
            found.extend(((block, place, key), message) for key, message in wrong)
        told = "".join(_told(layout.block(block)))
        for needed in _NEEDED.get(block, ()):
            if needed not in told:
                message = f"nothing in it prints {needed}: a {block} must, add a piece that does"
                found.append(((block,), message))
    return found


def _wrong(
    piece: Piece, block: Block, known: set[str], words: frozenset[str]
) -> Iterator[tuple[str, str]]:
    if piece.when is not None and piece.when not in known:
        yield "when", f"there is no field {piece.when!r} here; {nearest(piece.when, known)}"
    if isinstance(piece, Each) and EACH[piece.of][0] != block:
        yield "of", f"{piece.of} are printed from the block {EACH[piece.of][0]}, not from {block}"
    for key, said in piece.words_of():
        if isinstance(said, dict) and len(said) < len(("zh_CN", "en")):
            yield key, "words in one language only: give both, zh_CN and en"
        for one in said.values() if isinstance(said, dict) else (said,):
            for name in PLACEHOLDER.finditer(one):
                field, word = name["field"], name["word"]
                if field and field not in known:
                    yield key, f"there is no field {{{field}}} here; {nearest(field, known)}"
                if word and word not in words:
                    yield key, f"the till has no word [{word}]; {nearest(word, words)}"


def _told(pieces: Pieces) -> Iterator[str]:
    for piece in pieces:
        for _, said in piece.words_of():
            yield from said.values() if isinstance(said, dict) else (said,)


def nearest(wrong: str, known: Iterable[str]) -> str:
    """What was probably meant, or everything that could be."""
    from difflib import get_close_matches  # noqa: PLC0415 - for mistakes alone

    among = sorted(known)
    close = get_close_matches(wrong, among, 1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(among)}"
