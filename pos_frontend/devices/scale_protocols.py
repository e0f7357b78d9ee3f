"""What is said to a scale, and how its answer is read.

    Mettler 8217   → W                                    9600 7E1
                   ← STX weight CR                        a stable weight above nought
                   ← STX ? status CR                      bits: 0 in motion, 1 over capacity,
                                                          2 under zero, 3 outside the zero range,
                                                          4 at zero, 6 always set
    CAS            → ENQ   ← ACK, or NAK: not ready       9600 8N1
                   → DC1   ← SOH STX S|U sign weight kg BCC ETX EOT
                                                          S is stable; sign F is over capacity, - is
                                                          below zero; BCC is the exclusive or

Weights are kilograms with three decimals. A scale that counts pounds writes them otherwise, and what
is not written as above is no weight: `garbled`, never guessed.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import xor
from typing import Protocol

from pos_frontend.devices.port import Framing, Port
from pos_frontend.weighing import Weight, WeightState

ENQ, ACK, DC1, NAK = b"\x05", b"\x06", b"\x11", b"\x15"
_METTLER = re.compile(rb"\x02(?:\?(?P<status>.)|(?P<weight> *[0-9]{1,3}\.[0-9]{3})N?)\r", re.DOTALL)
_METTLER_LONGEST = 12
_ALWAYS = 0x40
_MEANINGS: tuple[tuple[int, WeightState], ...] = (
    (0x02, "overweight"),
    (0x04, "under_zero"),
    (0x01, "weight_unstable"),
    (0x10, "weight_zero"),
    # Switched on with something on it: it is emptied and set to zero, as below zero.
    (0x08, "under_zero"),
)
_CAS = re.compile(
    rb"\x01\x02(?P<checked>(?P<stable>[SU])(?P<sign>[ \-F])(?P<weight>.{6})[kK][gG])(?P<bcc>.)\x03\x04",
    re.DOTALL,
)
_CAS_LENGTH = 15
_CAS_WEIGHT = re.compile(rb"[ 0-9][0-9]\.[0-9]{3}")


class ScaleProtocol(Protocol):
    """One maker's way to ask for the weight."""

    @property
    def framing(self) -> Framing:
        """How it frames characters unless the settings say otherwise."""

    def ask(self, port: Port) -> Weight:
        """Ask once and return what was said. Raises UnpluggedError."""


class Mettler8217:
    """The protocol of Mettler Toledo's 8217, which many counter scales speak."""

    framing = Framing(9600, 7, "E", 1)

    def ask(self, port: Port) -> Weight:
        """See `ScaleProtocol`."""
        port.forget()
        port.write(b"W")
        answer = port.read(_METTLER_LONGEST, b"\r")
        read = _METTLER.fullmatch(answer)
        if read is None:
            return _unread(answer)
        return _weighed(read["weight"]) if read["weight"] else _status(read["status"][0], answer)


class Cas:
    """The ENQ/ACK protocol of CAS, as AP-1, PD-II and others speak it."""

    framing = Framing(9600, 8, "N", 1)

    def ask(self, port: Port) -> Weight:
        """See `ScaleProtocol`."""
        port.forget()
        port.write(ENQ)
        ready = port.read(1)
        if ready == NAK:
            return Weight("weight_unstable")
        if ready != ACK:
            return _unread(ready)
        port.write(DC1)
        return _cas(port.read(_CAS_LENGTH))


def _cas(answer: bytes) -> Weight:
    read = _CAS.fullmatch(answer)
    if read is None or reduce(xor, read["checked"]) != read["bcc"][0]:
        return _unread(answer)
    if read["sign"] == b"F":
        return Weight("overweight")
    if read["stable"] == b"U":
        return Weight("weight_unstable")
    if _CAS_WEIGHT.fullmatch(read["weight"]) is None:
        return _unread(answer)
    return Weight("under_zero") if read["sign"] == b"-" else _weighed(read["weight"])


def _weighed(kilograms: bytes) -> Weight:
    digits = kilograms.replace(b".", b"").replace(b" ", b"")
    weight = int(digits)
    return Weight("stable_weight", weight) if weight else Weight("weight_zero")


def _status(status: int, answer: bytes) -> Weight:
    if status & _ALWAYS:
        for bit, meaning in _MEANINGS:
            if status & bit:
                return Weight(meaning)
    return _unread(answer)


def _unread(answer: bytes) -> Weight:
    if not answer:
        return Weight("no_answer")
    return Weight("garbled", detail=repr(answer)[2:-1])
