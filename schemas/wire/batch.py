"""The batch: a signed, compressed range of one stream, as it travels and as it is stored in golden files.

    magic "CWB1" · length of header · length of payload · header · payload · signature
    header    canonical JSON: what the batch covers, who produced it, how large it unpacks
    payload   zstd of lines: first one with the fields of all entries or records, then a body each
    signature Ed25519 by the producer's key over everything before it

Reading is done in an order that costs an attacker more than us: lengths, signature, header, then the
size that the header promises, then decompression bounded by it. Every refusal is a `BatchError` that
names its reason; none of them leaves anything behind.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import zstandard

from schemas.wire import canonical
from schemas.wire.entry import Entry, Origin, entry_hash
from schemas.wire.record import Record
from schemas.wire.versions import WIRE_VERSION

MAGIC = b"CWB1"
SIGNATURE_BYTES = 64
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
_LENGTHS = struct.Struct(">II")
_PREFIX = len(MAGIC) + _LENGTHS.size

BatchProblem = Literal[
    "truncated", "oversized", "malformed", "bad_signature", "wire_version", "chain"
]
Sign = Callable[[bytes], bytes]
Verify = Callable[[str, bytes, bytes], bool]
#: What is said of an entry or a record beside its body.
Fields = list[str | int | list[str | int] | None]


class BatchError(ValueError):
    """A batch that cannot be accepted as it is; `problem` is stable, the message is for people."""

    def __init__(self, problem: BatchProblem, message: str) -> None:
        super().__init__(message)
        self.problem: BatchProblem = problem


@dataclass(frozen=True, slots=True)
class Header:
    """What a batch covers: (after, through] of a stream in one epoch.

    `previous` is the hash before a journal's first entry, in hex; feeds have none. `size` is the
    payload's length in bytes before compression, `wire` the version that it is written in.
    """

    type: Literal["feed", "journal", "repair"]
    stream: str
    epoch: str
    producer: str
    after: int
    through: int
    count: int
    size: int
    previous: str
    wire: int = WIRE_VERSION


def pack_journal(
    entries: Sequence[Entry], producer: str, sign: Sign, wire: int = WIRE_VERSION
) -> bytes:
    """A batch of contiguous entries of one stream and epoch; at least one."""
    first, last = entries[0], entries[-1]
    payload = _payload([_entry_fields(one) for one in entries], [one.body for one in entries])
    header = Header(
        "journal", first.stream, first.epoch, producer, first.sequence - 1, last.sequence,
        len(entries), len(payload), first.previous.hex(), wire,
    )  # fmt: skip
    return _seal(header, payload, sign)


def pack_feed(
    stream: str,
    epoch: str,
    after: int,
    through: int,
    records: Sequence[Record],
    producer: str,
    sign: Sign,
    wire: int = WIRE_VERSION,
) -> bytes:
    """A batch of all that a feed holds in (after, through], perhaps nothing."""
    payload = _payload([_record_fields(one) for one in records], [one.body for one in records])
    header = Header(
        "feed", stream, epoch, producer, after, through, len(records), len(payload), "", wire
    )  # fmt: skip
    return _seal(header, payload, sign)


def pack_repair(
    stream: str,
    epoch: str,
    head: int,
    records: Sequence[Record],
    producer: str,
    sign: Sign,
    wire: int = WIRE_VERSION,
) -> bytes:
    """A batch of single records as they are when the feed stands at `head`; it covers no range.

    A key that the feed does not hold is a tombstone with the number 0.
    """
    payload = _payload([_record_fields(one) for one in records], [one.body for one in records])
    header = Header(
        "repair", stream, epoch, producer, 0, head, len(records), len(payload), "", wire
    )  # fmt: skip
    return _seal(header, payload, sign)


def open_batch(data: bytes, verify: Verify, newest: int = WIRE_VERSION) -> tuple[Header, bytes]:
    """The header and the payload of a batch whose signature holds. Raises BatchError.

    Every wire version up to `newest` is read: what was written once may arrive late.

    `verify(producer, signature, signed)` answers whether the producer's key made the signature.
    """
    if len(data) > MAX_BATCH_BYTES:
        raise BatchError(
            "oversized", f"the batch has {len(data)} bytes, {MAX_BATCH_BYTES} are allowed"
        )
    if len(data) < _PREFIX or data[: len(MAGIC)] != MAGIC:
        raise BatchError("truncated", "this is not a batch: its first bytes are missing or foreign")
    header_length, payload_length = _LENGTHS.unpack_from(data, len(MAGIC))
    end = _PREFIX + header_length + payload_length
    if len(data) != end + SIGNATURE_BYTES:
        raise BatchError(
            "truncated", f"the batch has {len(data)} bytes instead of {end + SIGNATURE_BYTES}"
        )
    header = _read_header(data[_PREFIX : _PREFIX + header_length], newest)
    if not verify(header.producer, data[end:], data[:end]):
        raise BatchError("bad_signature", f"the signature is not that of {header.producer}")
    if header.size > MAX_PAYLOAD_BYTES:
        raise BatchError("oversized", f"the batch would unpack to {header.size} bytes")
    return header, _inflate(data[_PREFIX + header_length : end], header.size)


def read_entries(header: Header, payload: bytes) -> list[Entry]:
    """The entries of a journal batch with their hashes recomputed from the chain. Raises BatchError."""
    try:
        return _chained(header, payload)
    except (TypeError, AttributeError) as error:
        raise BatchError("malformed", f"an entry's field is of another type: {error}") from error


def _chained(header: Header, payload: bytes) -> list[Entry]:
    previous, sequence = bytes.fromhex(header.previous), header.after
    entries: list[Entry] = []
    for (kind, version, committed, origin), body in _lines(header, payload, 4):
        sequence += 1
        source = None if origin is None else _origin(origin)
        digest = entry_hash(
            header.stream, header.epoch, sequence, kind, version, committed, previous, body,
            None if source is None else source.hash,
        )  # fmt: skip
        entries.append(
            Entry(
                header.stream,
                header.epoch,
                sequence,
                kind,
                version,
                committed,
                previous,
                body,
                digest,
                source,
            )
        )
        previous = digest
    if sequence != header.through:
        raise BatchError(
            "malformed", f"the batch ends at {sequence}, its header says {header.through}"
        )
    return entries


def read_records(header: Header, payload: bytes) -> list[Record]:
    """The records of a feed batch, in the order of their numbers. Raises BatchError.

    Those of a repair batch come in any order, and a key that is gone may bear the number 0.
    """
    records: list[Record] = []
    last = header.after
    repair = header.type == "repair"
    for (number, kind, key, version, deleted), body in _lines(header, payload, 5):
        if not isinstance(number, int) or not isinstance(kind, str) or not isinstance(key, str):
            raise BatchError(
                "malformed", f"a record's fields are of other types: {number} {kind} {key}"
            )
        if not (-1 if repair else last) < number <= header.through:
            raise BatchError(
                "malformed", f"record {kind} {key} bears number {number} outside the batch"
            )
        last = number
        records.append(Record(number, kind, key, version, body, bool(deleted)))
    return records


def peek(data: bytes) -> Header:
    """The header of a batch, unverified: for logs and for routing, never for trust. Raises BatchError."""
    if len(data) < _PREFIX:
        raise BatchError("truncated", "this is not a batch: its first bytes are missing")
    header_length, _ = _LENGTHS.unpack_from(data, len(MAGIC))
    return _read_header(data[_PREFIX : _PREFIX + header_length])


def _entry_fields(entry: Entry) -> Fields:
    source = entry.origin
    origin: list[str | int] | None = None if source is None else [
        source.stream, source.epoch, source.sequence, source.committed,
        source.previous.hex(), source.hash.hex(),
    ]  # fmt: skip
    return [entry.kind, entry.version, entry.committed, origin]


def _record_fields(record: Record) -> Fields:
    return [record.number, record.kind, record.key, record.version, int(record.deleted)]


def _payload(fields: list[Fields], bodies: Iterable[bytes]) -> bytes:
    return b"\n".join((canonical.encode_typed(fields), *bodies, b""))


def _seal(header: Header, payload: bytes, sign: Sign) -> bytes:
    packed = zstandard.ZstdCompressor(level=3).compress(payload)
    head = canonical.encode(asdict(header))
    signed = MAGIC + _LENGTHS.pack(len(head), len(packed)) + head + packed
    return signed + sign(signed)


def _read_header(data: bytes, newest: int | None = None) -> Header:
    try:
        fields = canonical.decode(data)
        if newest is not None:
            # First of all: a newer version may say more than this one can read.
            _must_be_read(fields["wire"], newest)
        header = Header(**fields)
        bytes.fromhex(header.previous)
        sound = header.type in ("feed", "journal", "repair") and 0 <= header.after < header.through
        sound = sound and header.count >= 0 and header.size >= 0
    except BatchError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise BatchError("malformed", f"the batch's header cannot be read: {error}") from error
    if not sound:
        raise BatchError("malformed", f"the batch's header contradicts itself: {header}")
    return header


def _must_be_read(wire: int, newest: int) -> None:
    if wire > newest:
        raise BatchError(
            "wire_version",
            f"the batch is written in wire version {wire}, {newest} is the newest that is read here: "
            "upgrade this site before those below it; the batch is sent again by itself",
        )


def _inflate(packed: bytes, size: int) -> bytes:
    try:
        # The stream reader never yields more than it is asked for, whatever the frame promises.
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            payload = reader.read(size + 1)
    except zstandard.ZstdError as error:
        raise BatchError("malformed", f"the batch cannot be unpacked: {error}") from error
    if len(payload) != size:
        raise BatchError(
            "oversized", f"the batch unpacks to another size than the {size} bytes it promises"
        )
    return payload


def _lines(header: Header, payload: bytes, fields: int) -> Iterator[tuple[list[Any], bytes]]:
    """The fields and the body of each entry or record. Raises BatchError."""
    first, *bodies = payload.split(b"\n")
    if not bodies or bodies.pop() != b"" or len(bodies) != header.count:
        raise BatchError(
            "malformed", f"the batch does not hold the {header.count} entries it promises"
        )
    try:
        every = canonical.decode(first)
    except ValueError as error:
        raise BatchError(
            "malformed", f"the fields of the entries cannot be read: {error}"
        ) from error
    if not isinstance(every, list) or len(every) != header.count:
        raise BatchError(
            "malformed", f"the batch does not tell of the {header.count} entries it promises"
        )
    for one, body in zip(every, bodies, strict=True):
        if not isinstance(one, list) or len(one) != fields:
            raise BatchError("malformed", f"an entry has other fields than the {fields} expected")
        yield one, body


def _origin(fields: list[Any]) -> Origin:
    try:
        stream, epoch, sequence, committed, previous, digest = fields
        return Origin(
            stream, epoch, sequence, committed, bytes.fromhex(previous), bytes.fromhex(digest)
        )
    except (TypeError, ValueError) as error:
        raise BatchError("malformed", f"an entry's origin cannot be read: {error}") from error
