"""How a branch speaks to one person: in their language, on its own clock, in its own currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from gettext import NullTranslations

from branch.profile import Profile
from branch.wording import Money, Value, Wording
from replication.console import formats
from schemas.domain.till import foreign_differences, is_currency, local_difference


@dataclass(frozen=True, slots=True)
class Voice:
    """`names` are the operators' names by code; who left keeps the code."""

    language: str
    translations: NullTranslations
    profile: Profile
    names: Mapping[str, str]

    def text(self, wording: str, **values: Value | None) -> str:
        """The wording in the person's language, with its values as they read them."""
        shown = {name: self.value(name, value) for name, value in values.items()}
        return self.translations.gettext(wording) % shown

    def say(self, wording: Wording) -> str:
        """The same for a wording that carries its values."""
        return self.text(wording.text, **wording.values)

    def value(self, name: str, value: Value | None) -> str:
        """One value; an operator's code becomes a name."""
        match value:
            case None:
                return formats.MISSING
            case Money():
                return self.amount(value.minor)
            case datetime():
                return self.instant(value)
            case date():
                return formats.day(value, self.language)
            case int():
                return formats.number(value)
        return self.person(value) if name == "operator" else value

    def person(self, operator: str) -> str:
        """An operator by name."""
        return self.names.get(operator, operator)

    def amount(self, minor: int | None) -> str:
        """An amount with its currency."""
        return formats.amount(minor, self.profile.currency, self.language)

    def currency_of(self, key: str) -> str:
        """The currency in which a key of a count is counted: its own, or the branch's."""
        return key if is_currency(key) else self.profile.currency

    def decimals(self, key: str) -> int:
        """How many decimals a key is counted in."""
        return formats.decimals_of(self.currency_of(key))

    def counted(self, key: str, minor: int | None) -> str:
        """An amount of a kind of tender or of a foreign currency."""
        return formats.amount(minor, self.currency_of(key), self.language)

    def differences(self, by_key: Mapping[str, int]) -> str:
        """What is over or short: local money, and each currency that is."""
        amounts = [self.amount(local_difference(by_key))]
        foreign = foreign_differences(by_key)
        return " · ".join([*amounts, *(self.counted(key, foreign[key]) for key in foreign)])

    def foreign(self, by_key: Mapping[str, int]) -> dict[str, int]:
        """The currencies that are over or short."""
        return foreign_differences(by_key)

    def local(self, by_key: Mapping[str, int]) -> int:
        """What is over or short in local money."""
        return local_difference(by_key)

    def day(self, value: date | None) -> str:
        """A business date."""
        return formats.day(value, self.language)

    def instant(self, value: datetime | None) -> str:
        """An instant on the branch's clock."""
        return formats.instant(value, self.profile.zone, self.language)

    def time(self, value: datetime | None) -> str:
        """The time of day on the branch's clock, to the minute."""
        return formats.clock_time(value, self.profile.zone)[:5]
