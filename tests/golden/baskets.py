"""Two hundred baskets under a hundred promotions, and what they cost and why, as a golden file.

`python -m tests.golden.baskets make` writes the file where there is none: what a till charged once, every
later release charges. `python -m tests.golden.baskets price <database>` is what a site's process does:
it reads the promotions out of that site's own database and writes what the same baskets cost.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import Engine, select

from benchmarks import offers
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, Line, Outcome
from schemas.tables.base import open_postgres, open_sqlite, reading
from schemas.tables.catalogue import promotion
from schemas.wire import canonical
from schemas.wire.promotion_rule import decode_rule

FILE = Path(__file__).with_name("baskets.json")
_COUNT, _RULES, _ITEMS = 200, 100, 60
_STRANGER = Context(offers.AT, "Asia/Shanghai")
_LINES = TypeAdapter(tuple[Line, ...])
_CONTEXT = TypeAdapter(Context)
_RULE = TypeAdapter(Promotion)
_OUTCOME = TypeAdapter(Outcome)


def golden() -> dict[str, list[object]]:
    """What the file holds: rules, baskets (lines and context) and their outcomes, in the same order."""
    held: dict[str, list[object]] = canonical.decode(FILE.read_bytes())
    return held


def rules() -> list[Promotion]:
    """The promotions of the golden file."""
    return [_RULE.validate_python(one) for one in golden()["rules"]]


def priced(engine: Engine) -> bytes:
    """What the golden baskets cost under the promotions of a database."""
    with reading(engine) as connection:
        rows = connection.execute(select(promotion.c.promotion, promotion.c.rule)).all()
    known = RuleSet(decode_rule(row.promotion, row.rule) for row in rows)
    return _priced(known, golden()["baskets"])


def _priced(known: RuleSet, baskets: list[object]) -> bytes:
    outcomes = []
    for basket in baskets:
        assert isinstance(basket, dict)
        lines = _LINES.validate_python(basket["lines"])
        found = evaluate(lines, known, _CONTEXT.validate_python(basket["context"]))
        outcomes.append(_OUTCOME.dump_python(found, mode="json"))
    return canonical.encode(outcomes)


def _make() -> None:
    chance = random.Random(200)
    # Few items, so that promotions meet; some of them then name one twice.
    names = [offers.NAMES[number % _ITEMS] for number in range(offers.ITEMS)]
    every = offers.promotions(chance, names)
    faulty = {name for name, _ in RuleSet(every).refused}
    working = [one for one in every if one.id not in faulty]
    kept = sorted(chance.sample(working, _RULES), key=lambda one: one.id)
    known = RuleSet(kept)
    baskets = [
        {
            "lines": _LINES.dump_python(_basket(chance), mode="json"),
            "context": _CONTEXT.dump_python(
                chance.choice((_STRANGER, offers.CUSTOMER)), mode="json"
            ),
        }
        for _ in range(_COUNT)
    ]
    whole = {
        "rules": [_RULE.dump_python(one, mode="json") for one in kept],
        "baskets": baskets,
        "outcomes": canonical.decode(_priced(known, list(baskets))),
    }
    FILE.write_bytes(canonical.encode(whole) + b"\n")


def _basket(chance: random.Random) -> tuple[Line, ...]:
    lines = []
    for number in range(1, chance.randrange(1, 13) + 1):
        item = chance.randrange(_ITEMS)
        path = (f"d{item // 10}", f"c{item // 3}")
        price = 200 + item * 137 % 4800
        if chance.random() < 1 / 8:
            grams = chance.randrange(100, 3000)
            of_weight = price * grams // 1000
            line = Line(number, offers.NAMES[item], "kg", grams, of_weight, path, weighed=True)
        else:
            pieces = chance.choice((1, 1, 1, 2, 3))
            amount = price * pieces
            line = Line(number, offers.NAMES[item], "piece", pieces * 1000, amount, path)
        lines.append(line)
    return tuple(lines)


def main() -> None:
    """Make the file, or price its baskets by a database."""
    match sys.argv[1:]:
        case ["make"] if not FILE.exists():
            _make()
        case ["price", database]:
            sqlite = Path(database).exists()
            engine = open_sqlite(database) if sqlite else open_postgres(database)
            sys.stdout.buffer.write(priced(engine))
        case other:
            sys.exit(f"golden baskets are made once: {other}")


if __name__ == "__main__":
    main()
