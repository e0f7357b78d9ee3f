"""A disk below SQLite that keeps what was not synced in memory: SIGKILL is then a power cut.

`install` registers a VFS as the default of this process, over SQLite's own. Whatever is written goes
into memory, and to the real file only when SQLite syncs it:

    write      kept; by chance some of its sectors go to the disk at once, as a kernel may do it
    read       the real file, with what is kept laid over it
    truncate   kept, in its order among the writes
    sync       all that is kept goes to the real file, in order
    SIGKILL    what is kept is gone; what reached the disk by chance, is torn

Locks and the shared memory of a WAL are SQLite's own. Files that SQLite has no name for are left to it.

SQLite is reached through the library that Python's own `sqlite3` uses, so that the VFS is there for
every connection of the process, SQLAlchemy's too, and no product code knows of it.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import random
import threading
import traceback
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p, cast
from dataclasses import dataclass, field
from typing import Any

SECTOR = 512
_OK, _IOERR, _SHORT_READ, _FULL = 0, 10, 522, 13
_NAME = b"unsynced"


class UnreachableSqliteError(RuntimeError):
    """Python's SQLite cannot be reached from here."""


_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_MOVE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_SIZE = CFUNCTYPE(c_int, c_void_p, POINTER(c_int64))


class _Methods(Structure):
    """`sqlite3_io_methods` in its second version: what is not ours is a bare pointer."""

    _fields_ = (
        ("version", c_int), ("close", _CLOSE), ("read", _MOVE), ("write", _MOVE),
        ("truncate", _TRUNCATE), ("sync", _SYNC), ("size", _SIZE),
        *((name, c_void_p) for name in (
            "lock", "unlock", "check_reserved_lock", "file_control", "sector_size",
            "device_characteristics", "shm_map", "shm_lock", "shm_barrier", "shm_unmap",
        )),
    )  # fmt: skip


class _Vfs(Structure):
    """`sqlite3_vfs` in its first version."""

    _fields_ = (
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("next", c_void_p),
        ("name", c_char_p), ("data", c_void_p), ("open", _OPEN), ("delete", _DELETE),
        *((name, c_void_p) for name in (
            "access", "full_path", "dl_open", "dl_error", "dl_symbol", "dl_close", "randomness",
            "sleep", "current_time", "last_error",
        )),
    )  # fmt: skip


class _File(Structure):
    """`sqlite3_file`: what SQLite's own VFS keeps of a file follows behind it."""

    _fields_ = (("methods", POINTER(_Methods)),)


@dataclass
class _Kept:
    """What was done to one file since its last sync: (offset, bytes), or (size, None) for a cut."""

    changes: list[tuple[int, bytes | None]] = field(default_factory=list)

    def size(self, real: int) -> int:
        for offset, data in self.changes:
            real = offset if data is None else max(real, offset + len(data))
        return real

    def lay_over(self, held: bytearray, start: int) -> None:
        """Do to the bytes from `start` on what was done to the file."""
        end = start + len(held)
        for offset, data in self.changes:
            if data is None:
                if offset < end:
                    at = max(offset - start, 0)
                    held[at:] = bytes(len(held) - at)
                continue
            first, last = max(offset, start), min(offset + len(data), end)
            if first < last:
                held[first - start : last - start] = data[first - offset : last - offset]


class UnsyncedDisk:
    """The VFS of one process; `lucky` is the chance of a sector to reach the disk without a sync."""

    def __init__(self, seed: int, lucky: float = 0.3) -> None:
        self._library = _library()
        self._random = random.Random(seed)
        self._lucky = lucky
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}
        self._names: dict[int, str] = {}
        self._real = self._find()
        self._own_methods: dict[int, _Methods] = {}
        self._real_methods: dict[int, _Methods] = {}
        self._vfs = _Vfs.from_buffer_copy(self._real)
        self._vfs.version = 1
        self._vfs.name = _NAME
        self._vfs.open = _OPEN(self._guarded(self._open))
        self._vfs.delete = _DELETE(self._guarded(self._delete))

    def install(self) -> None:
        """Make it the VFS of every connection that is opened from now on, for good."""
        if self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1) != _OK:
            raise UnreachableSqliteError("SQLite did not take the laboratory's VFS")
        _installed.append(self)

    def _find(self) -> _Vfs:
        self._library.sqlite3_vfs_find.restype = c_void_p
        found = self._library.sqlite3_vfs_find(None)
        if not found:
            raise UnreachableSqliteError("this SQLite has no VFS of its own to stand on")
        return cast(found, POINTER(_Vfs)).contents

    @staticmethod
    def _guarded(call: Callable[..., int]) -> Callable[..., int]:
        """An error that left a callback would be taken for success."""

        def guarded(*arguments: Any) -> int:  # noqa: ANN401 - whatever SQLite hands over
            try:
                return call(*arguments)
            except Exception:  # noqa: BLE001 - said, and told to SQLite as a failing disk
                traceback.print_exc()
                return _IOERR

        return guarded

    def _open(
        self,
        _vfs: int,
        name: int | None,
        file: int,
        flags: int,
        out: Any,  # noqa: ANN401 - a pointer
    ) -> int:
        done = self._real.open(ctypes.addressof(self._real), name, file, flags, out)
        if done != _OK or not name:
            return int(done)
        opened = cast(file, POINTER(_File)).contents
        address = ctypes.addressof(opened.methods.contents)
        with self._lock:
            if address not in self._own_methods:
                self._real_methods[address] = opened.methods.contents
                self._own_methods[address] = self._wrapped(address)
            self._names[file] = cast(name, c_char_p).value.decode()  # type: ignore[union-attr]
            self._kept.setdefault(self._names[file], _Kept())
            opened.methods = ctypes.pointer(self._own_methods[address])
        return _OK

    def _wrapped(self, address: int) -> _Methods:
        """The methods of SQLite's own VFS with those that reach the disk replaced."""
        real = self._real_methods[address]
        own = _Methods.from_buffer_copy(real)
        own.version = 2
        own.close = _CLOSE(self._guarded(lambda file: self._close(real, file)))
        own.read = _MOVE(self._guarded(lambda *rest: self._read(real, *rest)))
        own.write = _MOVE(self._guarded(lambda *rest: self._write(real, *rest)))
        own.truncate = _TRUNCATE(self._guarded(self._truncate))
        own.sync = _SYNC(self._guarded(lambda *rest: self._sync(real, *rest)))
        own.size = _SIZE(self._guarded(lambda *rest: self._size(real, *rest)))
        return own

    def _delete(self, _vfs: int, name: bytes, sync_directory: int) -> int:
        with self._lock:
            self._kept.pop(name.decode(), None)
        return int(self._real.delete(ctypes.addressof(self._real), name, sync_directory))

    def _close(self, real: _Methods, file: int) -> int:
        with self._lock:
            del self._names[file]
        return int(real.close(file))

    def _read(self, real: _Methods, file: int, into: int, amount: int, offset: int) -> int:
        with self._lock:
            done = real.read(file, into, amount, offset)
            if done not in (_OK, _SHORT_READ):
                return int(done)
            kept = self._kept[self._names[file]]
            held = bytearray(ctypes.string_at(into, amount))
            kept.lay_over(held, offset)
            ctypes.memmove(into, bytes(held), amount)
            return _OK if offset + amount <= kept.size(self._real_size(real, file)) else _SHORT_READ

    def _write(self, real: _Methods, file: int, data: int, amount: int, offset: int) -> int:
        with self._lock:
            written = ctypes.string_at(data, amount)
            self._kept[self._names[file]].changes.append((offset, written))
            for start in range(0, amount, SECTOR):
                if self._random.random() < self._lucky:
                    piece = written[start : start + SECTOR]
                    done = real.write(file, piece, len(piece), offset + start)
                    if done != _OK:
                        return int(done)
            return _OK

    def _truncate(self, file: int, size: int) -> int:
        with self._lock:
            self._kept[self._names[file]].changes.append((size, None))
            return _OK

    def _sync(self, real: _Methods, file: int, flags: int) -> int:
        with self._lock:
            kept = self._kept[self._names[file]]
            for offset, data in kept.changes:
                if data is None:
                    done = real.truncate(file, offset)
                else:
                    done = real.write(file, data, len(data), offset)
                if done != _OK:
                    return int(done)
            kept.changes.clear()
            return int(real.sync(file, flags))

    def _size(self, real: _Methods, file: int, into: Any) -> int:  # noqa: ANN401 - a pointer
        with self._lock:
            into[0] = self._kept[self._names[file]].size(self._real_size(real, file))
            return _OK

    @staticmethod
    def _real_size(real: _Methods, file: int) -> int:
        size = c_int64()
        if real.size(file, ctypes.byref(size)) != _OK:
            raise OSError("the size of a file could not be read")
        return size.value


#: SQLite calls them for as long as the process lives.
_installed: list[UnsyncedDisk] = []


def _library() -> ctypes.CDLL:
    """The library in which Python's `sqlite3` finds SQLite, or which is that module itself."""
    for path in (getattr(_sqlite3, "__file__", None), None):
        library = ctypes.CDLL(path)
        if hasattr(library, "sqlite3_vfs_register"):
            return library
    raise UnreachableSqliteError(
        "Python's sqlite3 hides SQLite's functions: run the laboratory with a Python that was built "
        "against the system's libsqlite3"
    )
