"""What a site may do over the own sftp server: its own letters, and nothing else, whatever it asks.

    /            up  down                    may be listed
    /up/NAME     written, read, renamed within up, removed     bounded in size and in all
    /down/NAME   read, removed
    anything else, of any depth, with `..`, a link, a new directory: permission denied

A path is never handed on: it is taken apart, and only these two forms are put together again. Files
are opened without following links, so a link that somebody else put there leads nowhere either.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from paramiko import (
    ServerInterface,
    SFTPAttributes,
    SFTPHandle,
    SFTPServer,
    SFTPServerInterface,
)
from paramiko.sftp import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_PERMISSION_DENIED

from replication.transport.letters.letter import MAX_LETTER_BYTES

if TYPE_CHECKING:
    from typing_extensions import Buffer  # of typing's own only from 3.12 on

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,79}")
_FOLDERS = ("up", "down")
#: What a site may have lying in `up`, in bytes and in files.
_MOST_BYTES = 8 * MAX_LETTER_BYTES
_MOST_FILES = 256
_SAFE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SiteFiles(SFTPServerInterface):
    """The two folders of one site. `active` is called at every request."""

    def __init__(self, server: ServerInterface, folder: Path, active: Callable[[], None]) -> None:
        super().__init__(server)
        self._folder = folder
        self._active = active

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        """The names in one of the folders."""
        self._active()
        parts = _parts(path)
        if parts == []:
            return [_attributes(os.lstat(self._folder / one), one) for one in _FOLDERS]
        if len(parts or []) != 1:
            return SFTP_PERMISSION_DENIED if parts is None else SFTP_NO_SUCH_FILE
        try:
            with os.scandir(self._folder.joinpath(*parts or [])) as entries:
                return [
                    _attributes(entry.stat(follow_symlinks=False), entry.name)
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                ]
        except OSError as error:
            return _code(error)

    def stat(self, path: str) -> SFTPAttributes | int:
        """Size, kind and times."""
        self._active()
        parts = _parts(path)
        if parts is None:
            return SFTP_PERMISSION_DENIED
        try:
            return _attributes(os.lstat(self._folder.joinpath(*parts)), (parts or ["/"])[-1])
        except OSError as error:
            return _code(error)

    lstat = stat

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:
        """A file of either folder; for writing, of `up` alone."""
        del attr
        self._active()
        writes = bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND))
        place = self._file(path, writes=writes)
        if place is None:
            return SFTP_PERMISSION_DENIED
        if writes and not self._has_room(place):
            return SFTP_FAILURE
        try:
            # Where to write is told with every write; a mode of appending would override it.
            descriptor = os.open(place, (flags & ~os.O_APPEND) | _SAFE, 0o640)
        except OSError as error:
            return _code(error)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            return SFTP_PERMISSION_DENIED
        return _OpenFile(descriptor, self._active, flags=flags)

    def remove(self, path: str) -> int:
        """Take a letter back, or clear a fetched answer away."""
        return self._change(path, lambda place: place.unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        """Within `up`, onto a free name."""
        target = self._file(newpath, writes=True)
        if target is None or os.path.lexists(target):
            return SFTP_PERMISSION_DENIED if target is None else SFTP_FAILURE
        return self.posix_rename(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        """Within `up`, at once and durably."""
        target = self._file(newpath, writes=True)
        if target is None:
            return SFTP_PERMISSION_DENIED
        return self._change(oldpath, lambda place: _rename(place, target), writes=True)

    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        """Times and rights stay as they are; a client that wishes others is not told off."""
        del attr
        self._active()
        return SFTP_PERMISSION_DENIED if self._file(path, writes=True) is None else SFTP_OK

    def _change(self, path: str, change: Callable[[Path], None], *, writes: bool = False) -> int:
        self._active()
        place = self._file(path, writes=writes)
        if place is None:
            return SFTP_PERMISSION_DENIED
        try:
            change(place)
        except OSError as error:
            return _code(error)
        return SFTP_OK

    def _file(self, path: str, *, writes: bool) -> Path | None:
        parts = _parts(path)
        if parts is None or len(parts) != 2 or (writes and parts[0] != "up"):  # noqa: PLR2004 - folder, name
            return None
        return self._folder.joinpath(*parts)

    def _has_room(self, place: Path) -> bool:
        with os.scandir(place.parent) as entries:
            sizes = [entry.stat(follow_symlinks=False).st_size for entry in entries]
        return len(sizes) < _MOST_FILES and sum(sizes) < _MOST_BYTES


class _OpenFile(SFTPHandle):
    """An open file by its descriptor, read and written where the client says."""

    def __init__(self, descriptor: int, active: Callable[[], None], *, flags: int) -> None:
        super().__init__(flags)
        self._descriptor = descriptor
        self._active = active
        self._written = False

    def read(self, offset: int, length: int) -> bytes | int:
        """Up to `length` bytes."""
        self._active()
        try:
            return os.pread(self._descriptor, min(length, 256 * 1024), offset)
        except OSError as error:
            return _code(error)

    def write(self, offset: int, data: Buffer) -> int:
        """All of `data`, within the size of a letter."""
        self._active()
        rest = memoryview(data)
        if offset + len(rest) > MAX_LETTER_BYTES:
            return SFTP_FAILURE
        try:
            while rest:
                done = os.pwrite(self._descriptor, rest, offset)
                offset, rest = offset + done, rest[done:]
        except OSError as error:
            return _code(error)
        self._written = True
        return SFTP_OK

    def stat(self) -> SFTPAttributes | int:
        """Size and times."""
        return SFTPAttributes.from_stat(os.fstat(self._descriptor))

    def chattr(self, attr: SFTPAttributes) -> int:
        """As for a path: accepted and left."""
        del attr
        return SFTP_OK

    def close(self) -> None:
        """To disk before it can be renamed."""
        try:
            if self._written:
                os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)


def _parts(path: str) -> list[str] | None:
    """The folder and the name in a path; None for every other one."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not parts:
        return []
    if parts[0] not in _FOLDERS or len(parts) > 2:  # noqa: PLR2004 - folder, name
        return None
    return parts if all(_NAME.fullmatch(part) for part in parts) else None


def _rename(place: Path, target: Path) -> None:
    place.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _attributes(found: os.stat_result, name: str) -> SFTPAttributes:
    return SFTPAttributes.from_stat(found, name)


def _code(error: OSError) -> int:
    return int(SFTPServer.convert_errno(error.errno or 0))
