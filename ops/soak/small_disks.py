"""Small disks of one's own: a tmpfs with so many bytes and inodes, which only this process sees.

    own_mounts          from here on, what this process mounts is seen by it and its children alone,
                        and is gone when they are: nothing is left behind however they end
    mount               a disk of a size at a directory
    remount_read_only   what a kernel does to a disk that it no longer trusts

Root may mount as it is. Anybody else becomes the owner of a user namespace first, as `unshare -Um`
does, under its own number; PostgreSQL then still runs as that user. Both must happen while the process
has one thread. Where neither is permitted, NoMountsError says what to permit.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

_NEW_MOUNTS, _NEW_USERS = 0x00020000, 0x10000000
_PRIVATE, _RECURSIVE, _REMOUNT, _READ_ONLY = 1 << 18, 1 << 14, 1 << 5, 1


class NoMountsError(RuntimeError):
    """This machine lets us mount nothing."""


def own_mounts() -> None:
    """Let this process have mounts of its own. Raises NoMountsError."""
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", _NEW_MOUNTS)
    except OSError:
        try:
            _call("unshare", _NEW_MOUNTS | _NEW_USERS)
            Path("/proc/self/setgroups").write_text("deny", "ascii")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")
        except OSError as error:
            raise NoMountsError(_permit(error)) from error
    try:
        _call("mount", None, b"/", None, ctypes.c_ulong(_PRIVATE | _RECURSIVE), None)
    except OSError as error:
        raise NoMountsError(_permit(error)) from error


def _permit(error: OSError) -> str:
    return (
        f"small disks cannot be mounted here ({error.strerror}): run as root with CAP_SYS_ADMIN, or "
        "permit user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=0)"
    )


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A mounted disk."""

    path: Path
    size: int

    def fill(self) -> Path:
        """Write a file that leaves no room; removing it makes room again."""
        ballast = self.path / "ballast"
        with ballast.open("wb", buffering=0) as out:
            step = 64 * 1024
            while step:
                try:
                    out.write(bytes(step))
                except OSError:
                    step //= 2
        return ballast

    def use_up_inodes(self) -> Path:
        """Make empty files until no other can be made; removing the directory makes room again."""
        many = self.path / "many"
        many.mkdir(exist_ok=True)
        number = len(list(many.iterdir()))
        while True:
            try:
                (many / str(number)).touch()
            except OSError:
                return many
            number += 1

    def remount_read_only(self, *, read_only: bool) -> None:
        """Let nothing be written, or let it again. Raises OSError while a file is open for writing."""
        flags = _REMOUNT | (_READ_ONLY if read_only else 0)
        _call("mount", b"tmpfs", os.fsencode(self.path), b"tmpfs", ctypes.c_ulong(flags), None)


def mount(path: Path, size: int, inodes: int = 0) -> SmallDisk:
    """Mount a disk of `size` bytes, and perhaps of so many inodes, at a directory."""
    path.mkdir(parents=True, exist_ok=True)
    options = f"size={size},nr_inodes={inodes},mode=0755"
    _call("mount", b"tmpfs", os.fsencode(path), b"tmpfs", ctypes.c_ulong(0), options.encode())
    return SmallDisk(path, size)


def _call(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
