"""A server's host key as the settings pin it: nobody is asked whether to trust a new one."""

from __future__ import annotations

import base64
import hashlib
from itertools import pairwise

_FINGERPRINT = "SHA256:"


def fingerprint(of: bytes) -> str:
    """What `ssh-keygen -l` shows of a key in SSH's form."""
    digest = base64.b64encode(hashlib.sha256(of).digest()).decode()
    return f"{_FINGERPRINT}{digest.rstrip('=')}"


def pinned(text: str) -> tuple[str | None, str]:
    """The type and the fingerprint of a pinned host key; a fingerprint alone tells no type.

    Accepts `SHA256:…`, `ssh-ed25519 AAAA…` or a line of known_hosts. Raises ValueError.
    """
    words = text.split()
    if len(words) == 1 and words[0].startswith(_FINGERPRINT):
        return None, words[0]
    for kind, encoded in pairwise(words):
        if encoded.startswith("AAAA"):
            return kind, fingerprint(base64.b64decode(encoded, validate=True))
    raise ValueError(
        "expected the server's host key: a line of known_hosts, or SHA256:… as ssh-keygen -l shows"
    )
