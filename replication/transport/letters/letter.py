"""The letter: one request of a child, or one answer of its parent, as a file.

    magic "CWL1" · length of header · length of body · header · body · signature
    header    canonical JSON: whose letter, its number and verb, who wrote it, the body's SHA-256
    signature Ed25519 by the sender over everything before it

    kind        written by   body
    request     child        of hello, fetch, recall and status the message, of push a batch, of enrol the request
    answer      parent       what the verb answers
    restart     parent       to a fetch: the order to load a feed anew
    nothing     parent       to a fetch: the child has everything
    refused     parent       code, message, and the highest number that was taken
    failed      parent       nothing: it could not deal with the letter just then
    end         parent       by courier, after the last answer to a fetch: whether there is more

A letter needs no trust in who keeps it: it is read only after length, size and signature held, and an
answer names the digest of the request that it answers. A file's name is its number and its verb.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, get_args

from replication.errors import RefusedError
from schemas.wire import canonical
from schemas.wire.batch import MAX_BATCH_BYTES, SIGNATURE_BYTES

MAGIC = b"CWL1"
_LENGTHS = struct.Struct(">II")
_PREFIX = len(MAGIC) + _LENGTHS.size
#: The largest body is a batch; the rest is header and signature.
MAX_LETTER_BYTES = MAX_BATCH_BYTES + 16 * 1024
_MAX_HEADER = 8 * 1024

Verb = Literal["hello", "push", "fetch", "recall", "status", "enrol"]
Kind = Literal["request", "answer", "restart", "nothing", "refused", "failed", "end"]
Sign = Callable[[bytes], bytes]
#: Whether the named sender's key made the signature over the data.
Verify = Callable[[str, bytes, bytes], bool]

_VERBS: dict[str, Verb] = {verb: verb for verb in get_args(Verb)}
_NAME = re.compile(rf"(\d{{12}})(?:-(\d{{6}}))?\.({'|'.join(get_args(Verb))})")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `site` is the child's name in both directions, `way` how it travels.

    `first` is the number with which the bundle began that this letter closes or belongs to, and
    `part` counts the answers to one request. `answers` is the digest of the request in hex.
    """

    site: str
    sender: str
    way: str
    number: int
    verb: Verb
    kind: Kind
    body: bytes
    first: int
    part: int = 0
    answers: str = ""
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def name(self) -> str:
        """The name of its file."""
        part = f"-{self.part:06d}" if self.part else ""
        return f"{self.number:012d}{part}.{self.verb}"


def answer_to(
    request: Letter, digest: str, sender: str, kind: Kind, body: bytes, part: int = 0
) -> Letter:
    """The answer to a request, not yet signed."""
    return replace(
        request, sender=sender, kind=kind, body=body, part=part, answers=digest,
        nonce=secrets.token_hex(8),
    )  # fmt: skip


def digest_of(data: bytes) -> str:
    """What an answer calls the request it answers."""
    return hashlib.sha256(data).hexdigest()


def is_letter(name: str) -> bool:
    """Whether a file's name is that of a complete letter."""
    return _NAME.fullmatch(name) is not None


def numbered(name: str) -> tuple[int, int, Verb]:
    """Number, part and verb of a letter's file name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not the name of a letter")
    return int(match[1]), int(match[2] or 0), _VERBS[match[3]]


def seal_letter(letter: Letter, sign: Sign) -> bytes:
    """The letter's bytes, signed."""
    head = {name: value for name, value in asdict(letter).items() if name != "body"}
    head["sha256"] = digest_of(letter.body)
    encoded = canonical.encode(head)
    signed = MAGIC + _LENGTHS.pack(len(encoded), len(letter.body)) + encoded + letter.body
    return signed + sign(signed)


def open_letter(data: bytes, verify: Verify) -> Letter:
    """The letter in `data`. Raises RefusedError; the order of the checks costs a forger most."""
    if len(data) > MAX_LETTER_BYTES:
        raise RefusedError("oversized", f"the letter has more than {MAX_LETTER_BYTES} bytes")
    if len(data) < _PREFIX or not data.startswith(MAGIC):
        raise RefusedError("truncated", "this is no letter: its first bytes are missing or foreign")
    header_length, body_length = _LENGTHS.unpack_from(data, len(MAGIC))
    start, end = _PREFIX + header_length, _PREFIX + header_length + body_length
    if header_length > _MAX_HEADER:
        raise RefusedError("oversized", f"the letter's header has {header_length} bytes")
    if len(data) != end + SIGNATURE_BYTES:
        message = f"the letter has {len(data)} bytes instead of {end + SIGNATURE_BYTES}"
        raise RefusedError("truncated", message)
    letter, digest = _read(data[_PREFIX:start], data[start:end])
    if not verify(letter.sender, data[end:], data[:end]):
        raise RefusedError("bad_signature", f"the letter was not signed by {letter.sender}")
    if digest != digest_of(letter.body):
        raise RefusedError("malformed", "the letter's body is not the one its header names")
    return letter


def _read(header: bytes, body: bytes) -> tuple[Letter, str]:
    try:
        fields = canonical.decode(header)
        digest = str(fields.pop("sha256"))
        known = {name: fields[name] for name in _TYPES if name in fields}
        letter = Letter(**known, body=body)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedError("malformed", f"the letter's header cannot be read: {error}") from error
    sound = all(isinstance(getattr(letter, name), kind) for name, kind in _TYPES.items())
    if not (sound and letter.verb in get_args(Verb) and letter.kind in get_args(Kind)):
        raise RefusedError("malformed", "the letter's header has fields of other types")
    if not 0 < letter.first <= letter.number or letter.part < 0:
        raise RefusedError("malformed", f"the letter bears the number {letter.number}")
    return letter, digest


_TYPES: dict[str, type] = {
    "site": str, "sender": str, "way": str, "number": int, "verb": str, "kind": str, "first": int,
    "part": int, "answers": str, "nonce": str,
}  # fmt: skip
