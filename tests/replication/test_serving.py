"""A site's server answers at once."""

from __future__ import annotations

import socket

from replication.serving import _listen


def test_no_answer_waits_for_an_acknowledgement() -> None:
    with _listen("127.0.0.1", 0) as listening:
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
