"""Headquarters with a letter box, and the ways to it: its own sftp server, OpenSSH's, a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from replication.errors import LinkDownError
from replication.transport.base import Transport
from replication.transport.courier.exchange import exchange
from replication.transport.courier.stick import WAY as BY_COURIER
from replication.transport.courier.stick import Stick, seal, unseal
from replication.transport.letters.box import down, up
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY as BY_SFTP
from replication.transport.letters.office import LetterOffice
from replication.transport.letters.transport import LetterTransport
from replication.transport.sftp import keys
from replication.transport.sftp.client import SftpCarrier, SshPlace
from replication.transport.sftp.pinning import fingerprint
from replication.transport.sftp.server import SftpLimits, SftpServer
from tests.peers import openssh
from tests.sites import SmallSite


@contextmanager
def office(hq: SmallSite, place: Path) -> Iterator[LetterOffice]:
    """A running letter office over `place`/box."""
    made = LetterOffice(hq.serving(), place / "box", place / "aside", pause=0.01)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def own_server(
    hq: SmallSite, place: Path, limits: SftpLimits | None = None
) -> Iterator[SftpServer]:
    """A running sftp server of headquarters' own over `place`/box."""
    key = keys.host_key(place / "host.key")
    server = SftpServer(hq.serving(), place / "box", key, ("127.0.0.1", 0), limits)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def place_of(server: SftpServer, site: str, timeout: float = 20.0) -> SshPlace:
    """Where a site finds that server."""
    shown = fingerprint(server.host_key.asbytes())
    return SshPlace("127.0.0.1", server.port, site, shown, timeout=timeout)


def over(child: SmallSite, hq: SmallSite, where: SshPlace) -> LetterTransport:
    """A child's transport to an SSH server."""
    numbers = Numbers(child.feeds, hq.name, BY_SFTP)
    carrier = SftpCarrier(where, child.identity)
    return LetterTransport(child.identity, hq.identity.public_key, numbers, carrier, pause=0.05)


@contextmanager
def by_own_server(hq: SmallSite, place: Path) -> Iterator[Callable[[SmallSite], Transport]]:
    with office(hq, place), own_server(hq, place) as server:
        yield lambda child: over(child, hq, place_of(server, child.name))


@contextmanager
def by_openssh(
    hq: SmallSite, branch: SmallSite, place: Path, program: str
) -> Iterator[Callable[[SmallSite], Transport]]:
    box = place / "box"
    for one in (up(box, branch.name), down(box, branch.name)):
        one.prepare()
    place.chmod(0o755)
    openssh.own(box)
    with openssh.serving(program, place / "sshd", [branch.identity]) as sshd, office(hq, place):
        yield lambda child: over(
            child, hq,
            SshPlace("127.0.0.1", sshd.port, sshd.user, sshd.host_key,
                     str(box / child.name), timeout=20.0),
        )  # fmt: skip


class Person:
    """Carries a stick with one letter on it to headquarters, and back."""

    def __init__(self, hq: SmallSite, child: SmallSite, stick: Stick) -> None:
        self._hq = hq
        self._child = child
        self._stick = stick
        for box in (stick.up, stick.down):
            box.prepare()

    def carry(self, name: str, letter: bytes) -> bytes:
        """See `Carrier.carry`."""
        self._stick.up.put(name, seal(letter, self._hq.identity.public_key))
        exchange(self._hq.serving(), self._stick.root, most=1)
        self._stick.up.remove(name)
        if name not in self._stick.down.names():
            raise LinkDownError(f"{name} was not answered")
        return unseal(self._stick.down, name, self._child.identity.private_key)

    def close(self) -> None:
        """See `Carrier.close`."""


def by_hand(hq: SmallSite, child: SmallSite, place: Path) -> LetterTransport:
    """A child's letters, one by one on a stick."""
    person = Person(hq, child, Stick(place, child.name))
    numbers = Numbers(child.feeds, hq.name, BY_COURIER)
    return LetterTransport(child.identity, hq.identity.public_key, numbers, person, pause=0.05)
