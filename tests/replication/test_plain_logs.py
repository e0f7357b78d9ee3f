"""What a serving process logs of an error."""

from __future__ import annotations

import pytest
import structlog

from replication.serving import plain_logs


def test_an_error_is_logged_without_what_its_variables_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain_logs()
    try:
        _fail(str(4_700 + 11))
    except ZeroDivisionError:
        structlog.get_logger(__name__).exception("a request failed")
    finally:
        structlog.reset_defaults()
    told = capsys.readouterr().out
    assert "ZeroDivisionError" in told
    assert "4711" not in told


def _fail(pin: str) -> None:
    assert pin
    raise ZeroDivisionError
