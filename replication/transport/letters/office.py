"""The parent's end of a letter box: a loop that answers what the children put there.

    a letter in up/                            what becomes of it
    complete, and dealt with                   its answer in down/, then it is removed
    refused, by its sender's fault             the refusal in down/, counted; removed
    unreadable, foreign or oversized           the refusal in down/, counted; set aside with the reason
    something of ours failed over it           `failed` in down/, logged; set aside with the reason
    the database or the disk does not answer   it stays, and its site rests for a while
    an answer that nobody fetched              removed when the next letter of its site comes
    a `.part`, an answer, older than a day     swept

The order is answer on disk, number taken, letter removed: a crash between two of them repeats the
letter, which changes nothing. A site that fails is left alone for a while, and holds up no other.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from replication.errors import RefusedError
from replication.parent import Parent
from replication.transport.letters.box import Box, BoxError, down, up
from replication.transport.letters.clerk import Clerk
from replication.transport.letters.letter import digest_of
from schemas.tables.link import peer

#: The way's name, which each letter bears: one series of numbers for OpenSSH and the own server.
WAY = "sftp"

_log = structlog.get_logger(__name__)
_DAY = 86_400.0
_LETTERS_A_ROUND = 100
_ASIDE_KEPT = 20
_LONGEST_REST = 60.0
#: Whoever sent this did not send a letter: a person may want to look at it.
_SET_ASIDE = frozenset({"truncated", "oversized", "malformed", "bad_signature", "foreign_stream"})


class LetterOffice:
    """Answers the letters below `root`; what it cannot deal with goes to `aside`."""

    def __init__(self, parent: Parent, root: Path, aside: Path, *, pause: float = 0.5) -> None:
        self.root = root
        self.aside = aside
        self._parent = parent
        self._clerk = Clerk(parent, WAY)
        self._pause = pause
        self._rests: dict[str, tuple[float, float]] = {}
        self._swept = -_DAY
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="letter-office", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End; a letter that is being dealt with is finished first."""
        self._stop.set()
        self._thread.join(timeout=30)

    def round(self) -> int:
        """Look once into the directory of every child; how many letters were dealt with."""
        sweeping = time.monotonic() - self._swept > _DAY / 24
        dealt = 0
        for site in self._children():
            rest, until = self._rests.get(site, (0.0, 0.0))
            if time.monotonic() < until:
                continue
            try:
                dealt += self._serve(site, sweeping=sweeping)
                self._rests.pop(site, None)
            except (OperationalError, OSError) as error:
                rest = min(max(1.0, rest * 2), _LONGEST_REST)
                self._rests[site] = (rest, time.monotonic() + rest)
                _log.warning("letters wait", site=site, error=str(error), seconds=rest)
        if sweeping:
            self._swept = time.monotonic()
        return dealt

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.round()
            except Exception:  # noqa: BLE001 - see below
                # A bug, or a database that went away, must not end the office for ever.
                _log.exception("looking for letters failed")
                self._stop.wait(_LONGEST_REST / 10)
            self._stop.wait(self._pause)

    def _children(self) -> list[str]:
        """Every site that was enrolled here; the revoked too, so that they are told."""
        query = select(peer.c.site).where(peer.c.site != (self._parent.identity.parent or ""))
        with self._parent.engine.connect() as connection:
            return list(connection.execute(query.order_by(peer.c.site)).scalars())

    def _serve(self, site: str, *, sweeping: bool) -> int:
        requests, answers = up(self.root, site), down(self.root, site)
        if not requests.path.is_dir():
            return 0  # this one comes by another way
        for box in (requests, answers):
            box.prepare()
        names = requests.names()[:_LETTERS_A_ROUND]
        for name in names:
            self._deal(site, name, requests, answers)
        if sweeping:
            gone = requests.sweep(_DAY, answers=False) + answers.sweep(_DAY, answers=True)
            if gone:
                _log.info("swept what was left lying", site=site, files=gone)
        return len(names)

    def _deal(self, site: str, name: str, requests: Box, answers: Box) -> None:
        try:
            data = requests.get(name)
        except FileNotFoundError:
            return  # its sender took it back
        except BoxError as error:
            self._set_aside(site, name, b"", str(error), requests)
            return
        try:
            letter = self._clerk.read(site, name, data)
        except RefusedError as error:
            if error.code == "replayed" and name in answers.names():
                requests.remove(name)  # answered before a crash could remove it
                return
            unread = self._clerk.unread(site, name)
            answers.put(*self._clerk.refuse(unread, data, error))
            self._drop(site, name, data, error, requests)
            return
        for old in answers.names():
            if old < name:
                answers.remove(old)
        try:
            kind, body = self._clerk.answer(letter)
            answers.put(*self._clerk.written(letter, digest_of(data), kind, body))
        except RefusedError as error:
            _log.warning("refused", site=site, letter=name, code=error.code, message=str(error))
            answers.put(*self._clerk.refuse(letter, data, error))
        except (OperationalError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - see below
            # Whatever is wrong with one letter must not hold up the others: a person looks at it.
            _log.exception("a letter could not be dealt with", site=site, letter=name)
            answers.put(*self._clerk.written(letter, digest_of(data), "failed", b""))
            self._set_aside(site, name, data, f"failed here: {error!r}, see the log", requests)
        self._clerk.numbers(site).take(letter.number)
        requests.remove(name)

    def _drop(self, site: str, name: str, data: bytes, error: RefusedError, requests: Box) -> None:
        _log.warning("refused", site=site, letter=name, code=error.code, message=str(error))
        if error.code in _SET_ASIDE:
            self._set_aside(site, name, data, f"{error.code}: {error}", requests)
        else:
            requests.remove(name)

    def _set_aside(self, site: str, name: str, data: bytes, reason: str, requests: Box) -> None:
        """Keep a letter with its reason for a person, and no more than a bounded number of them."""
        place = Box(self.aside / site)
        place.prepare()
        stamp = f"{time.time_ns()}-{name}"
        place.put(stamp, data)
        place.put(f"{stamp}.reason", f"{reason}\n".encode())
        kept = sorted(path.name for path in place.path.iterdir())
        for old in kept[: -2 * _ASIDE_KEPT]:
            place.remove(old)
        requests.remove(name)
        _log.warning("set aside", site=site, letter=name, reason=reason, place=str(place.path))
