"""The letter box of headquarters at work: who answers the letters, and who lets the branches in.

[letters] or [sftp] in the settings   the box is looked through, on a thread of its own
[sftp] in the settings                a small sftp server lets the branches into it too
neither                               there is none
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hq.settings import HeadquartersSettings, LettersSettings
from replication.parent import Parent
from replication.transport.letters.office import LetterOffice
from replication.transport.sftp import keys
from replication.transport.sftp.server import SftpLimits, SftpServer


@contextmanager
def at_work(settings: HeadquartersSettings, parent: Parent) -> Iterator[None]:
    """The letter box is served for the length of a `with` block; a letter that is being dealt with
    is finished. Raises ServingError when the sftp server's address cannot be had.
    """
    if settings.letters is None and settings.sftp is None:
        yield
        return
    box = settings.data / (settings.letters or LettersSettings()).box
    box.mkdir(parents=True, exist_ok=True)
    office = LetterOffice(parent, box, settings.data / "letters-aside")
    with _own_server(settings, parent, box):
        office.start()
        try:
            yield
        finally:
            office.stop()


@contextmanager
def _own_server(settings: HeadquartersSettings, parent: Parent, box: Path) -> Iterator[None]:
    if settings.sftp is None:
        yield
        return
    sftp = settings.sftp
    limits = SftpLimits(sftp.connections, sftp.idle)
    key = keys.host_key(host_key_file(settings))
    server = SftpServer(parent, box, key, (sftp.host, sftp.port), limits)
    server.start()
    try:
        yield
    finally:
        server.stop()


def host_key_file(settings: HeadquartersSettings) -> Path:
    """Where the own server's key rests; whoever replaces it must tell every branch the new one."""
    return settings.data / "sftp-host.key"
