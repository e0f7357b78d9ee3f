"""Prints what a layout says: the pieces of a block, filled with the fields of a ticket or a slip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_frontend.devices.layout_schema import (
    EACH,
    PLACEHOLDER,
    Barcode,
    Block,
    Each,
    Feed,
    Logo,
    Pair,
    Parts,
    Piece,
    Qr,
    Rule,
    Text,
    Words,
)
from pos_frontend.devices.sheet import Sheet, Style


@dataclass(frozen=True, slots=True)
class Filled:
    """What a block prints: its fields, empty where they do not apply, and what `each` goes through."""

    fields: Mapping[str, str]
    parts: Mapping[Parts, tuple[Filled, ...]] = field(default_factory=dict)


def print_block(sheet: Sheet, style: Style, block: Block, filled: Filled) -> None:
    """Print a ticket (`receipt`) or a slip as the lane's layout has it."""
    outer = Filled({**style.layout.values, **filled.fields}, filled.parts)
    _Printing(sheet, style).block(block, outer)


class _Printing:
    """One sheet being printed on."""

    def __init__(self, sheet: Sheet, style: Style) -> None:
        self._sheet = sheet
        self._style = style

    def block(self, name: Block, filled: Filled) -> None:
        for piece in self._style.layout.block(name):
            if piece.paper not in {None, self._style.width}:
                continue
            if piece.when is None or filled.fields[piece.when]:
                self._piece(piece, filled)

    def _piece(self, piece: Piece, filled: Filled) -> None:
        match piece:
            case Text():
                self._text(piece, filled)
            case Pair():
                self._pair(piece, filled)
            case Each(of=of):
                for part in filled.parts[of]:
                    inner = Filled({**filled.fields, **part.fields}, part.parts)
                    self.block(EACH[of][1], inner)
            case Barcode(code=code):
                self._sheet.barcode(self._words(code, filled))
            case Qr(code=code, size=size):
                self._sheet.qr(self._words(code, filled), size)
            case _:
                self._plain(piece)

    def _plain(self, piece: Rule | Feed | Logo) -> None:
        match piece:
            case Rule(char=char):
                self._sheet.rule(char)
            case Feed(lines=lines):
                for _ in range(lines):
                    self._sheet.line("")
            case Logo() if self._style.logo:
                self._sheet.image(self._style.logo)

    def _pair(self, piece: Pair, filled: Filled) -> None:
        self._sheet.set(bold=piece.bold, size=piece.size)
        self._sheet.pair(self._words(piece.left, filled), self._words(piece.right, filled))
        self._sheet.set()

    def _text(self, piece: Text, filled: Filled) -> None:
        words = self._words(piece.words, filled)
        if not words.strip():
            return
        columns = self._sheet.columns // 2 if piece.size == "big" else self._sheet.columns
        self._sheet.set(align=piece.align, bold=piece.bold, size=piece.size)
        self._sheet.paragraph(words, columns)
        self._sheet.set()

    def _words(self, words: Words, filled: Filled) -> str:
        said = words[self._style.language] if isinstance(words, dict) else words
        return PLACEHOLDER.sub(
            lambda found: (
                filled.fields[found["field"]] if found["field"] else self._sheet.say(found["word"])
            ),
            said,
        ).rstrip()
