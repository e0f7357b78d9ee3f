"""The link's state and what grants risk, for Prometheus, read as the pages do at every scrape.

    GET /metrics with `Authorization: Bearer <token>`   the metrics
    another token, or none                              401
    no token in the settings                            there is no such page

Nothing is counted in memory: what is shown is what the database says at that moment, so a restart
forgets nothing. Refusals in the name of sites that nobody knows are summed up under no site at all,
because whoever is outside could invent any number of names.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hq.bootstrap import Headquarters
from hq.link_alarms import ALARM_CODES
from hq.link_watch import Watch, WatchedSite, watch
from hq.redemption import grants
from hq.redemption.grants import Risked
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot

_SITE = ("site", "branch")


class LinkCollector(Collector):
    """Reads the link when it is asked."""

    def __init__(self, headquarters: Headquarters) -> None:
        self._headquarters = headquarters

    def describe(self) -> Iterable[Metric]:
        """Nothing: without this the registry would ask the database when it is made."""
        return []

    def collect(self) -> Iterable[Metric]:
        """One family after the other, of one snapshot."""
        hq = self._headquarters
        with snapshot(hq.engine) as connection:
            codes = [one.branch for one in known_branches(connection)]
            found = watch(connection, codes, hq.clock(), hq.settings.replication)
            risked = grants.risked(connection, hq.clock())
        yield from families(found)
        yield from redemption_families(risked)


def routes(headquarters: Headquarters) -> list[Route]:
    """The page for Prometheus, if the settings have a token for it."""
    token = headquarters.settings.metrics.token
    if token is None:
        return []
    expected = f"Bearer {token.get_secret_value()}".encode()
    registry = CollectorRegistry()
    registry.register(LinkCollector(headquarters))

    def metrics(request: Request) -> Response:
        said = request.headers.get("Authorization", "").encode()
        if not secrets.compare_digest(said, expected):
            return Response("a bearer token is needed", 401, {"WWW-Authenticate": "Bearer"})
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics, methods=["GET"])]


def families(found: Watch) -> Iterator[Metric]:
    """Every metric of the link at one moment."""
    yield from _of_sites(found)
    yield _feeds(found, "records_behind", "Records of a feed that the site has not applied.")
    yield _feeds(found, "lag_seconds", "Age of the oldest record of a feed that the site lacks.")
    refusals = CounterMetricFamily(
        "chainwright_refusals",
        "Requests refused, by claimed site and reason.",
        labels=("site", "code"),
    )
    strangers: dict[str, int] = {}
    for one in found.strangers:
        strangers[one.code] = strangers.get(one.code, 0) + one.count
    for code, count in strangers.items():
        refusals.add_metric(("", code), count)
    alarms = GaugeMetricFamily(
        "chainwright_alarms", "Alarms, by site and kind.", labels=(*_SITE, "alarm")
    )
    for site in found.sites:
        for refusal in site.standing.refusals:
            refusals.add_metric((refusal.site, refusal.code), refusal.count)
        for code in ALARM_CODES:
            if number := sum(alarm.code == code for alarm in site.alarms):
                alarms.add_metric((*_names(site), code), number)
    for alarm in found.here:
        alarms.add_metric((alarm.site, alarm.site, alarm.code), alarm.count)
    yield refusals
    yield alarms


def redemption_families(risked: Iterable[Risked]) -> Iterator[Metric]:
    """What the chain risks by grants of each kind."""
    risk = GaugeMetricFamily(
        "chainwright_redemption_risk",
        "What lanes may still redeem with their line down: minor units of money, coupons by number.",
        labels=("kind",),
    )
    for kind, amount in grants.at_risk(risked).items():
        risk.add_metric((kind,), amount)
    yield risk


def _of_sites(found: Watch) -> Iterator[Metric]:
    gauges = {name: _gauge(name, text) for name, text in _TEXTS.items()}
    for site in found.sites:
        for name, value in _values(site, found.as_of).items():
            if value is not None:
                gauges[name].add_metric(_names(site), value)
    yield from gauges.values()


_TEXTS = {
    "up": "1 while the site is heard, or is silent as agreed, 0 while it is not.",
    "last_contact_seconds": "How long ago the site was heard.",
    "pending_entries": "Entries that its parent has not applied, as the site said last.",
    "oldest_unsent_seconds": "Age of the oldest of them.",
    "held_through": "Headquarters' position in the site's journal.",
    "entries_per_minute": "Entries of the site taken in here, over the last minutes.",
    "bytes_per_minute": "Bytes of their bodies.",
    "clock_skew_seconds": "How far the site's clock is ahead.",
    "wire_version": "The wire version that the site speaks.",
    "quarantine_here_entries": "Entries of the site that wait here for a person.",
    "quarantine_there_entries": "Entries that wait at the site.",
}


def _values(site: WatchedSite, now: datetime) -> dict[str, float | None]:
    one, word = site.standing, site.standing.word
    oldest = None if word is None else word.status.oldest_unsent
    return {
        "up": float(one.state in ("connected", "behind", "scheduled")),
        "last_contact_seconds": _age(one.heard, now),
        "pending_entries": None if word is None else word.status.pending,
        "oldest_unsent_seconds": 0.0 if word is not None and oldest is None else _age(oldest, now),
        "held_through": one.held_through,
        "entries_per_minute": one.rate.entries,
        "bytes_per_minute": one.rate.bytes,
        "clock_skew_seconds": None if one.skew is None else one.skew.total_seconds(),
        "wire_version": None if word is None else word.status.wire,
        "quarantine_here_entries": one.parked.count,
        "quarantine_there_entries": None if word is None else word.status.quarantine,
    }


def _feeds(found: Watch, name: str, text: str) -> Metric:
    gauge = GaugeMetricFamily(f"chainwright_feed_{name}", text, labels=(*_SITE, "feed"))
    for site in found.sites:
        for feed in site.standing.feeds:
            lag = _age(feed.lacking, found.as_of) or 0.0
            value = feed.behind if name == "records_behind" else lag
            gauge.add_metric((*_names(site), feed.feed), value)
    return gauge


def _gauge(name: str, text: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"chainwright_site_{name}", text, labels=_SITE)


def _names(site: WatchedSite) -> tuple[str, str]:
    return site.standing.site, site.standing.branch


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()
