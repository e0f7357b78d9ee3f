"""The batch: read back whole, refused for each way in which it can be wrong, golden for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from replication.identity import signature_holds
from schemas.wire import batch, canonical, entries
from schemas.wire.batch import BatchError, Header, open_batch, read_entries, read_records
from schemas.wire.entries import UnreadableEntryError
from schemas.wire.promotion_rule import decode_rule, encode_rule
from schemas.wire.records import BODIES, ExchangeRate, Promotion
from schemas.wire.surplus import FeedSurplus
from schemas.wire.versions import WIRE_VERSION, Versions
from tests.golden.make import (
    BRANCH_FACTS,
    CLOSE_FACTS,
    CORRECTION_FACTS,
    COUPON_FACTS,
    COUPON_RECORDS,
    DIRECTIVE_RECORDS,
    DRAWER_FACTS,
    EXCEPTION_FACTS,
    HOME,
    KEY,
    LABEL_FACTS,
    LABEL_RECORDS,
    LANE_FACTS,
    LANE_KEY_FACTS,
    MEMBER_FACTS,
    MEMBER_RECORDS,
    MESSAGE_RECORDS,
    PAYMENT_FACTS,
    PICKUP_FACTS,
    PICKUP_RECORDS,
    POLICY_RECORDS,
    PROMOTION_FACTS,
    PROMOTION_RECORDS,
    RECORDS,
    REDEMPTION_FACTS,
    RESTORED_FACTS,
    SETTLEMENT_FACTS,
    STOCK_FACTS,
    STOCK_RECORDS,
    SURPLUS_FACTS,
    SUSPENDED_FACTS,
    TENDER_FACTS,
    TENDER_RECORDS,
    VERSIONS,
    batches,
    chained,
    home,
    numbered,
    records,
    relayed,
    repaired,
)

PUBLIC = KEY.public_key().public_bytes_raw()


def verify(_: str, signature: bytes, signed: bytes) -> bool:
    return signature_holds(PUBLIC, signature, signed)


every_version = pytest.mark.parametrize("wire", VERSIONS)


def golden(name: str, wire: int = WIRE_VERSION) -> bytes:
    return (home(wire) / f"{name}.batch").read_bytes()


@every_version
def test_a_lanes_golden_batch_reads_as_the_facts_it_was_made_of(wire: int) -> None:
    header, payload = open_batch(golden("lane", wire), verify)
    assert header.wire == wire
    read = read_entries(header, payload)
    assert [entries.decode(one.kind, one.version, one.body) for one in read] == list(LANE_FACTS)
    assert read == chained("journal:N001.01", LANE_FACTS)


@every_version
def test_a_branchs_golden_batch_reads_as_the_facts_it_was_made_of(wire: int) -> None:
    header, payload = open_batch(golden("branch", wire), verify)
    read = read_entries(header, payload)
    assert [entries.decode(one.kind, one.version, one.body) for one in read] == list(BRANCH_FACTS)


def test_a_golden_surplus_reads_as_the_records_that_were_lost() -> None:
    header, payload = open_batch(golden("surplus"), verify)
    (told,) = read_entries(header, payload)
    read = entries.decode_any(told.kind, told.version, told.body)
    assert (read,) == SURPLUS_FACTS
    assert isinstance(read, FeedSurplus)
    assert [one.octets for one in read.records] == [b'{"rate":900,"tax_code":"full"}', b""]
    shown = entries.legible(told.kind, told.body).decode()
    assert '"key": "full"' in shown
    assert read.records[0].body not in shown
    assert entries.legible(told.kind, b"{") == "…".encode()
    with pytest.raises(UnreadableEntryError, match="nothing of a shop"):
        entries.decode(told.kind, told.version, told.body)


@every_version
def test_a_golden_relay_keeps_bodies_and_origins(wire: int) -> None:
    header, payload = open_batch(golden("relay", wire), verify)
    original = chained("journal:N001.01", LANE_FACTS)
    assert read_entries(header, payload) == relayed("journal:N001", original)


@every_version
def test_a_golden_feed_batch_reads_as_its_records(wire: int) -> None:
    header, payload = open_batch(golden("feed", wire), verify)
    read = read_records(header, payload)
    assert read == records()
    bodies = [BODIES[one.kind].model_validate_json(one.body) for one in read if not one.deleted]
    assert bodies == list(RECORDS)


@every_version
def test_golden_label_layouts_and_sales_read_as_what_they_were_made_of(wire: int) -> None:
    read = read_records(*open_batch(golden("label_feed", wire), verify))
    assert read == numbered(LABEL_RECORDS)
    assert [BODIES[one.kind].model_validate_json(one.body) for one in read] == list(LABEL_RECORDS)
    (sold,) = read_entries(*open_batch(golden("label_lane", wire), verify))
    assert (entries.decode(sold.kind, sold.version, sold.body),) == LABEL_FACTS


def test_golden_payments_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("payment"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == PAYMENT_FACTS


def test_golden_exceptions_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("exception"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == EXCEPTION_FACTS


def test_golden_redemptions_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("redemption_lane"), verify))
    assert (
        tuple(entries.decode(one.kind, one.version, one.body) for one in told) == REDEMPTION_FACTS
    )


def test_golden_coupons_and_gifts_read_as_what_they_were_made_of() -> None:
    read = read_records(*open_batch(golden("coupon_feed"), verify))
    bodies = [Promotion.model_validate_json(one.body) for one in read]
    assert tuple(bodies) == COUPON_RECORDS
    for body in bodies:
        assert encode_rule(decode_rule(body.promotion, body.rule)) == body.rule
    told = read_entries(*open_batch(golden("coupon_lane"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == COUPON_FACTS


def test_a_rule_reads_without_what_a_later_release_says_besides() -> None:
    (coupon, _) = COUPON_RECORDS
    assert isinstance(coupon, Promotion)
    later = coupon.rule.replace('"single_use":true', '"single_use":true,"later":1')
    assert later != coupon.rule
    assert decode_rule("S000002", later) == decode_rule("S000002", coupon.rule)


def test_golden_suspended_baskets_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("suspended"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == SUSPENDED_FACTS


@every_version
def test_golden_members_and_what_they_earned_read_as_what_they_were_made_of(wire: int) -> None:
    read = read_records(*open_batch(golden("member_feed", wire), verify))
    assert read == numbered(MEMBER_RECORDS)
    assert [BODIES[one.kind].model_validate_json(one.body) for one in read] == list(MEMBER_RECORDS)
    told = read_entries(*open_batch(golden("member_lane", wire), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == MEMBER_FACTS


@every_version
def test_golden_promotions_and_sales_read_as_what_they_were_made_of(wire: int) -> None:
    (read,) = read_records(*open_batch(golden("promotion_feed", wire), verify))
    body = Promotion.model_validate_json(read.body)
    assert (body,) == PROMOTION_RECORDS
    assert encode_rule(decode_rule(body.promotion, body.rule)) == body.rule
    (sold,) = read_entries(*open_batch(golden("promotion_lane", wire), verify))
    assert (entries.decode(sold.kind, sold.version, sold.body),) == PROMOTION_FACTS


@every_version
def test_golden_tenders_and_rates_read_as_what_they_were_made_of(wire: int) -> None:
    (rate,) = read_records(*open_batch(golden("tender_feed", wire), verify))
    assert (ExchangeRate.model_validate_json(rate.body),) == TENDER_RECORDS
    sold = read_entries(*open_batch(golden("tender_lane", wire), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in sold) == TENDER_FACTS


def test_golden_goods_read_as_what_they_were_made_of() -> None:
    read = read_records(*open_batch(golden("stock_feed"), verify))
    assert [BODIES[one.kind].model_validate_json(one.body) for one in read] == list(STOCK_RECORDS)
    told = read_entries(*open_batch(golden("stock"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == STOCK_FACTS


def test_golden_settlements_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("settlement"), verify))
    assert (
        tuple(entries.decode(one.kind, one.version, one.body) for one in told) == SETTLEMENT_FACTS
    )


def test_golden_pickups_read_as_what_they_were_made_of() -> None:
    read = read_records(*open_batch(golden("pickup_feed"), verify))
    assert [BODIES[one.kind].model_validate_json(one.body) for one in read] == list(PICKUP_RECORDS)
    told = read_entries(*open_batch(golden("pickup"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == PICKUP_FACTS


def test_golden_messages_read_as_what_they_were_made_of() -> None:
    read = read_records(*open_batch(golden("message_feed", 2), verify))
    assert [BODIES[one.kind].model_validate_json(one.body) for one in read] == list(MESSAGE_RECORDS)


def test_a_golden_close_without_a_lane_and_a_policy_read_as_what_they_were_made_of() -> None:
    told = read_entries(*open_batch(golden("close"), verify))
    assert tuple(entries.decode(one.kind, one.version, one.body) for one in told) == CLOSE_FACTS
    (policy,) = read_records(*open_batch(golden("policy_feed"), verify))
    assert BODIES[policy.kind].model_validate_json(policy.body) == POLICY_RECORDS[0]


def test_golden_files_cover_every_kind_of_record() -> None:
    every = (
        *RECORDS, *LABEL_RECORDS, *PROMOTION_RECORDS, *MEMBER_RECORDS, *TENDER_RECORDS,
        *STOCK_RECORDS, *POLICY_RECORDS, *DIRECTIVE_RECORDS, *MESSAGE_RECORDS,
        *PICKUP_RECORDS,
    )  # fmt: skip
    assert {body.kind for body in every} == set(BODIES)


def test_a_golden_repair_batch_reads_as_its_records() -> None:
    header, payload = open_batch(golden("repair"), verify)
    assert (header.type, read_records(header, payload)) == ("repair", repaired())


@every_version
def test_the_present_code_still_writes_what_the_golden_files_hold(wire: int) -> None:
    """For a peer of any version. Compression may change between library versions; what it holds may
    not.
    """
    for name, made in batches(wire).items():
        held = golden(name, wire)
        assert open_batch(made, verify, newest=wire) == open_batch(held, verify), name


def test_a_batch_of_a_newer_version_is_told_from_a_malformed_one() -> None:
    """Whatever else its header says that is not known here."""
    newer = forged(golden("lane"), {"wire": WIRE_VERSION + 1, "sealed_for": "hq"})
    with pytest.raises(BatchError, match="upgrade this site before those below it") as refused:
        open_batch(newer, verify)
    assert refused.value.problem == "wire_version"
    with pytest.raises(BatchError) as refused:
        open_batch(golden("lane", 2), verify, newest=1)
    assert refused.value.problem == "wire_version"


def test_two_older_versions_are_spoken_beside_the_newest() -> None:
    spoken = [(one.oldest, one.newest) for one in map(Versions, (1, 2, 3, 4))]
    assert spoken == [(1, 1), (1, 2), (1, 3), (2, 4)]


def test_golden_files_cover_every_kind_of_entry() -> None:
    every = (
        *LANE_FACTS, *BRANCH_FACTS, *RESTORED_FACTS, *DRAWER_FACTS, *LANE_KEY_FACTS,
        *SURPLUS_FACTS, *PAYMENT_FACTS, *EXCEPTION_FACTS, *SUSPENDED_FACTS, *MEMBER_FACTS, *STOCK_FACTS,
        *CORRECTION_FACTS,
        *CLOSE_FACTS, *SETTLEMENT_FACTS, *PICKUP_FACTS,
    )  # fmt: skip
    kinds = {entries.kind_of(fact)[0] for fact in every}
    assert kinds == set(entries._TYPES)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    ("harm", "problem"),
    [
        (lambda data: data[:7], "truncated"),
        (lambda data: data[:-1], "truncated"),
        (lambda data: data + b"x", "truncated"),
        (lambda data: b"XXXX" + data[4:], "truncated"),
        (lambda data: flipped(data, len(data) - 70), "bad_signature"),
        (lambda data: flipped(data, len(data) - 1), "bad_signature"),
        (lambda data: data + bytes(batch.MAX_BATCH_BYTES), "oversized"),
    ],
)
def test_a_damaged_batch_is_refused(harm: Callable[[bytes], bytes], problem: str) -> None:
    with pytest.raises(BatchError) as refused:
        open_batch(harm(golden("lane")), verify)
    assert refused.value.problem == problem


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"wire": 99}, "wire_version"),
        ({"wire": "2"}, "malformed"),
        ({"through": 0}, "malformed"),
        ({"type": "letter"}, "malformed"),
        ({"previous": "no hash"}, "malformed"),
        ({"size": 10**12}, "oversized"),
        ({"size": 10}, "oversized"),
        ({"count": 3}, "malformed"),
        ({"unknown": 1}, "malformed"),
    ],
)
def test_a_signed_batch_that_contradicts_itself_is_refused(
    change: dict[str, object], problem: str
) -> None:
    with pytest.raises(BatchError) as refused:
        read_entries(*open_batch(forged(golden("lane"), change), verify))
    assert refused.value.problem == problem


def forged(data: bytes, change: dict[str, object]) -> bytes:
    """The same batch with another header, signed by the same key."""
    lengths = batch._LENGTHS
    size, _ = lengths.unpack_from(data, 4)
    head = canonical.decode(data[12 : 12 + size])
    altered = canonical.encode({**head, **change})
    packed = data[12 + size : -64]
    signed = batch.MAGIC + lengths.pack(len(altered), len(packed)) + altered + packed
    return signed + KEY.sign(signed)


@pytest.mark.fault("2", "a decompression bomb")
def test_a_decompression_bomb_is_stopped_at_the_promised_size() -> None:
    """A frame that unpacks to a gigabyte costs no more than what its header admits to."""
    header = Header("journal", "journal:N001", "e1", "N001", 0, 1, 1, 100, "00" * 32)
    bomb = batch._seal(header, bytes(50 * 1024 * 1024), KEY.sign)
    assert len(bomb) < 10_000
    with pytest.raises(BatchError) as refused:
        open_batch(bomb, verify)
    assert refused.value.problem == "oversized"


@pytest.mark.parametrize(
    "fields", [[1, 1, "t", None], ["k", 1, 5, None], ["k", 1], "text", ["k", 1, "t", ["short"]]]
)
def test_fields_of_other_types_are_malformed(fields: object) -> None:
    payload = canonical.encode([fields]) + b"\nbody\n"
    header = Header("journal", "journal:N001", "e1", "N001", 0, 1, 1, len(payload), "00" * 32)
    with pytest.raises(BatchError) as refused:
        read_entries(header, payload)
    assert refused.value.problem == "malformed"


def test_every_golden_file_is_read_by_a_test() -> None:
    held = {path.relative_to(HOME).as_posix() for path in HOME.glob("*/*.batch")}
    assert held == {f"wire-{wire}/{name}.batch" for wire in VERSIONS for name in batches(wire)}


def test_corrections_read_as_they_were_stated() -> None:
    corrected = read_entries(*open_batch(golden("correction"), verify))
    facts = [entries.decode(one.kind, one.version, one.body) for one in corrected]
    assert tuple(facts) == CORRECTION_FACTS
