"""Personal fields are sealed (AES-256-GCM) before they enter a feed, and opened where they are shown.

The chain's key is made at headquarters and handed down at enrolment, sealed for the new site. What
somebody is found by, a phone's or a card's number, stands beside them as a keyed hash (HMAC-SHA-256),
by a key derived from that one: who has not the key can neither read it nor try all numbers.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.wire import canonical

#: The name of the chain's key among a site's secrets, in hex.
MEMBER_KEY = "member_key"
_LOOKUP = b"chainwright.member.lookup.1"


class SealError(ValueError):
    """A sealed value that this site's key does not open."""


def new_key() -> str:
    """A fresh 256-bit key, in hex."""
    return AESGCM.generate_key(256).hex()


def seal(key: str, subject: str, fields: Mapping[str, str]) -> str:
    """The fields sealed for `subject`, in base64; they open for no other subject."""
    nonce = os.urandom(12)
    sealed = AESGCM(bytes.fromhex(key)).encrypt(
        nonce, canonical.encode(dict(fields)), subject.encode()
    )
    return b64encode(nonce + sealed).decode()


def unseal(key: str, subject: str, sealed: str) -> dict[str, str]:
    """The fields of `subject`. Raises SealError."""
    try:
        data = b64decode(sealed)
        opened = AESGCM(bytes.fromhex(key)).decrypt(data[:12], data[12:], subject.encode())
    except (InvalidTag, ValueError) as error:
        message = f"the personal fields of {subject} do not open with this site's key"
        raise SealError(message) from error
    fields: dict[str, str] = canonical.decode(opened)
    return fields


def lookup_hash(key: str, kind: str, value: str) -> str:
    """The keyed hash of a normalised value of a kind, in hex; of an empty value, nothing."""
    if not value:
        return ""
    derived = hmac.new(bytes.fromhex(key), _LOOKUP, hashlib.sha256).digest()
    return hmac.new(derived, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
