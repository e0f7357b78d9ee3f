"""A stick: letters in a directory, each sealed so that only its reader can open it.

    DIR/<site>/up/<number>.<verb>            packed by the branch, sealed for headquarters
    DIR/<site>/down/<number>[-<part>].<verb> headquarters' answers, sealed for the branch

Whoever finds a stick learns how many letters there are and how large they are, nothing more. One stick
may carry several branches. Nothing on it is the only copy: journals stay at the branch, feeds at
headquarters, so whatever is lost or damaged on the way is packed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nacl.bindings import crypto_box_SEALBYTES
from nacl.exceptions import CryptoError
from nacl.public import SealedBox
from nacl.signing import SigningKey, VerifyKey

from replication.transport.letters.box import Box, BoxError, down, up
from replication.transport.letters.letter import MAX_LETTER_BYTES

#: The way's name, which each letter bears.
WAY = "courier"
_SEALED = MAX_LETTER_BYTES + crypto_box_SEALBYTES


class StickError(Exception):
    """The stick cannot be used for this; the message names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Stick:
    """The letters of one site on a stick."""

    root: Path
    site: str

    @property
    def up(self) -> Box:
        """What the site packed."""
        return up(self.root, self.site)

    @property
    def down(self) -> Box:
        """What it is answered."""
        return down(self.root, self.site)


def seal(data: bytes, reader: bytes) -> bytes:
    """A letter, sealed for the holder of an Ed25519 public key."""
    return bytes(SealedBox(VerifyKey(reader).to_curve25519_public_key()).encrypt(data))


def unseal(box: Box, name: str, private_key: bytes) -> bytes:
    """The letter in a file. Raises StickError, with the file's name."""
    try:
        sealed = box.get(name, _SEALED)
        own = SigningKey(private_key).to_curve25519_private_key()
        return bytes(SealedBox(own).decrypt(sealed))
    except (CryptoError, ValueError, BoxError) as error:
        raise StickError(
            f"{box.path / name} is damaged, or was sealed for another site: copy it again from where "
            "it was written; if that does not help, pack anew"
        ) from error


def missing(box: Box, wanted: range, found: set[int], what: str) -> list[str]:
    """What to say of the numbers of a bundle that no file has."""
    return [
        f"{box.path} lacks {what} {number} (of {wanted.start} to {wanted.stop - 1}): copy the whole "
        "directory again, or pack anew"
        for number in wanted
        if number not in found
    ]
