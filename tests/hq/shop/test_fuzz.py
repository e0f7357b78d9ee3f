"""The doors of online shops as their own description says, asked by schemathesis over a real database.

What it asks is drawn from /shop/v1/openapi.json, right and wrong; every answer must be one that the
description names, with that shape, and never our mistake.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from hq.web.app import application
from tests.hq.conftest import Chain
from tests.hq.shop.shop_scene import OnlineShop, stock_up, unhurried


@pytest.fixture
def doors(chain: Chain) -> Any:  # noqa: ANN401 - schemathesis names no type for it
    """Give the description as it is served, and a key with which to ask."""
    stock_up(chain)
    secret = OnlineShop(chain).secret
    told = {"headers": {"Authorization": f"Bearer {secret}"}, "generation": {"mode": "all"}}
    return schemathesis.openapi.from_asgi(
        "/shop/v1/openapi.json", application(unhurried(chain.hq)),
        config=SchemathesisConfig.from_dict(told),
    )  # fmt: skip


schema = schemathesis.pytest.from_fixture("doors")


@schema.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case) -> None:
    # What reads well may still be refused: goods that are not there, an instant that is over.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
