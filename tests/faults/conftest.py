"""What tests of faults share with those of a branch."""

from tests.branch.conftest import shop

__all__ = ["shop"]
