"""Where people act: the chain, the model that is told of it, and the seed that they draw from."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ops.soak.chain import SoakChain
from ops.soak.facts import fact_of
from ops.soak.model import Difference, Model
from schemas.wire.entries import Fact as Stated
from schemas.wire.entries import kind_of


@dataclass
class Scene:
    """The chain and its model; `differences` is what was found so far."""

    chain: SoakChain
    model: Model
    random: random.Random
    differences: list[Difference]

    def state(self, kind: str, stated: Stated | Mapping[str, Any], writer: str) -> None:
        """Tell the model what somebody did, in the words in which they were answered."""
        body = stated if isinstance(stated, Mapping) else asdict(stated)
        if not isinstance(stated, Mapping) and kind_of(stated)[0] != kind:
            raise LookupError(kind)
        said = json.loads(json.dumps(body, default=str))
        self.differences += self.model.stated(fact_of(kind, said, writer))
