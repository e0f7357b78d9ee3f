"""The letter box of headquarters at work: who answers the letters, and who lets the branches in.

[letters] or [sftp] in the settings   the box is looked through, on a thread of its own
[sftp] in the settings                a small sftp server lets the branches into it too
neither                               there is none
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hq.settings import HeadquartersSettings, LettersSettings
from replication.parent import Parent
from replication.transport.letters.office import LetterOffice
from replication.transport.sftp import keys
from replication.transport.sftp.server import SftpLimits, SftpServer


@dataclass(frozen=True, slots=True)
class LetterDesk:
    """The office, and the server in front of it if there is one."""

    office: LetterOffice
    server: SftpServer | None

    def start(self) -> None:
        """Begin. Raises ServingError when the sftp server's address cannot be had."""
        if self.server is not None:
            self.server.start()
        self.office.start()

    def stop(self) -> None:
        """End; a letter that is being dealt with is finished."""
        if self.server is not None:
            self.server.stop()
        self.office.stop()


def open_desk(settings: HeadquartersSettings, parent: Parent) -> LetterDesk | None:
    """The desk that the settings ask for, not yet at work."""
    if settings.letters is None and settings.sftp is None:
        return None
    box = settings.data / (settings.letters or LettersSettings()).box
    box.mkdir(parents=True, exist_ok=True)
    office = LetterOffice(parent, box, settings.data / "letters-aside")
    if settings.sftp is None:
        return LetterDesk(office, None)
    sftp = settings.sftp
    limits = SftpLimits(sftp.connections, sftp.idle)
    key = keys.host_key(host_key_file(settings))
    return LetterDesk(office, SftpServer(parent, box, key, (sftp.host, sftp.port), limits))


def host_key_file(settings: HeadquartersSettings) -> Path:
    """Where the own server's key rests; whoever replaces it must tell every branch the new one."""
    return settings.data / "sftp-host.key"
