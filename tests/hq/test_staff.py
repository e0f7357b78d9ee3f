"""Who may sign in at headquarters, and as what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hq import staff
from hq.staff import StaffError
from replication.console.users import User
from tests.hq.conftest import Chain


def test_a_password_is_that_of_its_person(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        user = staff.authenticate(connection, "REG", "900003")
        assert user == User("REG", "Region", "regional_ops", ("N001",))
        assert staff.authenticate(connection, "REG", "900001") is None
        assert staff.authenticate(connection, "NOBODY", "900003") is None


def test_a_cashier_signs_in_at_lanes_alone(chain: Chain) -> None:
    with chain.hq.engine.connect() as connection:
        assert staff.authenticate(connection, "N001-C1", "1001") is None
        assert staff.find_user(connection, "N001-C1") is None


def test_who_left_can_no_longer_act(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        held = {one.operator: one for one in staff.employees(connection)}
        staff.save(connection, [replace(held["BUY"], active=False)])
        assert staff.find_user(connection, "BUY") is None
        with pytest.raises(StaffError, match="no active operator BUY"):
            staff.acting(connection, "BUY")
