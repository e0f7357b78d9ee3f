"""The doors of online shops as their own description says, asked by schemathesis over a real database.

What it asks is drawn from /shop/v1/openapi.json, right and wrong; every answer must be one that the
description names, with that shape, and never our mistake.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from hq.web.app import application
from tests.hq.conftest import Chain
from tests.hq.shop.shop_scene import OnlineShop, stock_up, unhurried

_OFTEN = settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
#: What reads well may still be refused: goods that are not there, an instant that is over. And who asks without a
#: key so often is told to wait: `test_api` has that each operation needs one.
_LEFT_OUT = [positive_data_acceptance, ignored_auth]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(chain: Chain, mode: GenerationMode) -> None:
    stock_up(chain)
    headers = {"Authorization": f"Bearer {OnlineShop(chain).secret}"}
    schema = schemathesis.openapi.from_asgi(
        "/shop/v1/openapi.json", application(unhurried(chain.hq))
    )
    schema.validate()
    asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
            continue

        @_OFTEN
        @given(operation.as_strategy(generation_mode=mode))
        def holds(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, excluded_checks=_LEFT_OUT)

        holds()
    assert asked > 100


def _takes_anything(operation: schemathesis.APIOperation[Any, Any, Any, Any]) -> bool:
    return bool(operation.body or operation.query or operation.path_parameters)
