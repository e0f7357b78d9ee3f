"""Which of other people's programs this run is tried against."""

from __future__ import annotations

import shutil
import subprocess

from tests.contract.test_transport import WAYS
from tests.peers.openssh import find_sshd


def test_openssh_is_tried_wherever_it_can_be_had(record_property: object) -> None:
    """Where the distribution's packages can be unpacked, the contract has run against its sshd."""
    found = find_sshd()
    assert callable(record_property)
    record_property("sshd", found or "none")
    assert ("sshd" in WAYS) == (found is not None)
    can_be_had = shutil.which("apt-get") and shutil.which("dpkg-deb")
    assert found or not can_be_had, "no sshd was found; run tests/install_sshd.sh"


def test_the_sshd_that_was_found_runs() -> None:
    found = find_sshd()
    if found is not None:
        said = subprocess.run([found, "-T", "-f", "/dev/null"], capture_output=True, check=False)
        assert b"error while loading" not in said.stderr
