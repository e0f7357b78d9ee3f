"""Layout files: those that are shipped, and a chain's own, read at the start of a lane.

    named                  is
    standard               shipped: what a shop needs, on 80 and 58 mm
    compact                shipped: one line for an item, no QR code, to save paper
    invoice                shipped: as standard, with the seller's data and the tax by rate
    layouts/mine.toml      a file of the chain's own

Whatever is wrong with one is one `LayoutError`, which lists every mistake with its line and the way out:
a lane refuses to start rather than to find out at its first customer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pos_frontend.devices.layout_schema import Layout, Mistake, mistakes, nearest
from pos_frontend.language import messages
from replication.settings import SettingsError

HOME = Path(__file__).parent / "layouts"
SUFFIX = ".toml"
_HEADER = re.compile(r"\s*\[\[?\s*([\w.]+)\s*\]\]?")


class LayoutError(SettingsError):
    """A layout cannot be used; the message lists every mistake and how to mend it."""


@cache
def shipped(name: str) -> Layout:
    """A layout that comes with the product."""
    return read_layout(HOME / f"{name}{SUFFIX}")


def shipped_names() -> list[str]:
    """What comes with the product."""
    return sorted(path.stem for path in HOME.glob(f"*{SUFFIX}"))


def layout_for(named: str, width: int, values: Mapping[str, str]) -> Layout:
    """The layout that a lane's settings name, with their values in it. Raises LayoutError."""
    if named.endswith(SUFFIX):
        path = Path(named)
        layout = read_layout(path)
    elif named in shipped_names():
        path, layout = HOME / f"{named}{SUFFIX}", shipped(named)
    else:
        message = (
            f"there is no layout {named!r}: printer.layout is one of {', '.join(shipped_names())}, "
            f"or a file whose name ends in {SUFFIX}"
        )
        raise LayoutError(message)
    if width not in layout.paper:
        made = " or ".join(map(str, layout.paper))
        message = (
            f"{path} is made for paper of {made} mm, and printer.width is {width}: choose another "
            "printer.layout, or see to it that it fits and add the width to its `paper`"
        )
        raise LayoutError(message)
    for name in values:
        if name not in layout.values:
            message = (
                f"printer.values: {path} has no value {name!r}; {nearest(name, layout.values)}"
            )
            raise LayoutError(message)
    return layout.model_copy(update={"values": {**layout.values, **values}})


def read_layout(path: Path) -> Layout:
    """Read a layout's file. Raises LayoutError."""
    try:
        source = path.read_bytes().decode("utf-8-sig")
        tree = tomllib.loads(source)
    except OSError as error:
        message = f"the layout {path} cannot be read: {error.strerror}; see printer.layout"
        raise LayoutError(message) from error
    except UnicodeDecodeError as error:
        raise LayoutError(f"the layout {path} is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"the layout {path} is not TOML: {error}") from error
    try:
        layout = Layout.model_validate(tree)
    except ValidationError as error:
        raise _refused(
            path, source, list(map(_mistake, error.errors(include_url=False)))
        ) from error
    if wrong := mistakes(layout, words_on_paper()):
        raise _refused(path, source, wrong)
    return layout


@cache
def words_on_paper() -> frozenset[str]:
    """The words of the till that a layout may name."""
    known = messages("en")
    return frozenset(key.removeprefix("receipt.") for key in known if key.startswith("receipt."))


def _mistake(error: ErrorDetails) -> Mistake:
    """What pydantic found, in words that say what to do."""
    loc, kind, message = error["loc"], error["type"], error["msg"]
    match kind:
        case "extra_forbidden":
            return loc, f"there is no key {str(loc[-1])!r} here; see docs/operating.md"
        case "missing":
            return loc, f"{str(loc[-1])!r} is missing; add it"
        case "union_tag_invalid":
            return (*loc, "print"), message.replace("Input tag", "piece")
        case "union_tag_not_found":
            return loc, "a piece has to say what it prints; add print = …"
        case _:
            return loc, message.replace("Input should be", "expected", 1)


def _refused(path: Path, source: str, wrong: list[Mistake]) -> LayoutError:
    lines = [f"  {_place(source, loc)}: {message}" for loc, message in wrong]
    return LayoutError("\n".join([f"the layout {path} cannot be used:", *lines]))


def _place(source: str, loc: tuple[str | int, ...]) -> str:
    """Where a mistake stands: its line where it can be told, its block, piece and key."""
    block, *rest = loc
    piece = next((part for part in rest if isinstance(part, int)), None)
    key = next((str(part) for part in reversed(loc) if not isinstance(part, int)), "")
    line = _line(source, str(block), piece, key)
    where = str(block) if piece is None else f"{block}, piece {piece + 1}"
    if key not in {str(block), ""}:
        where += f", {key}"
    return f"line {line} ({where})" if line else where


def _line(source: str, block: str, piece: int | None, key: str) -> int | None:
    """The line of a key within the block's n-th table, else of that table, else none."""
    found: int | None = None
    for header, number, words in _numbered(source, block):
        if header == (piece or 0) or (header is None and block == key):
            if found is None:
                found = number
            if re.match(rf"\s*{re.escape(key)}\s*=", words):
                return number
    return found


def _numbered(source: str, block: str) -> Iterator[tuple[int | None, int, str]]:
    """Each line that belongs to the block's tables, with which of them, and the top level's own."""
    seen, within = -1, True
    for number, words in enumerate(source.splitlines(), start=1):
        if header := _HEADER.fullmatch(words.partition("#")[0].rstrip()):
            within = header[1] == block
            seen += within
            if within:
                yield seen, number, words
        elif within and seen >= 0:
            yield seen, number, words
        elif seen < 0 and re.match(rf"\s*{re.escape(block)}\s*=", words):
            yield None, number, words
