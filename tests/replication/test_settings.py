"""Settings: what is read, and what each mistake is told as."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from replication.settings import SettingsError, load_settings


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Web(Section):
    port: int = Field(default=8080, ge=1, le=65535)
    hosts: tuple[str, ...] = ()
    title: str = ""


class Lane(Section):
    number: int


class Link(Section):
    url: str
    wait: float = 1.0


class Site(Section):
    name: str
    web: Web = Web()
    lanes: tuple[Lane, ...] = ()
    link: Link | None = None
    token: SecretStr | None = None
    home: Path = Path("/srv")
    demo: bool = False

    @model_validator(mode="after")
    def no_ghosts(self) -> "Site":
        if self.name == "ghost":
            msg = "a site cannot be a ghost"
            raise ValueError(msg)
        return self


def load(tmp_path: Path, content: str | bytes, **environ: str) -> Site:
    file = tmp_path / "site.toml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_settings(Site, file, environ, "CHAINWRIGHT_HQ")


def complaint(tmp_path: Path, content: str | bytes, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, content, **environ)
    return str(caught.value)


def test_file_defaults_and_environment(tmp_path: Path) -> None:
    site = load(
        tmp_path,
        'name = "总部"\n[web]\nport = 1\ntitle = "kept"\n',
        CHAINWRIGHT_HQ__WEB__PORT="9000",
        CHAINWRIGHT_HQ__WEB__HOSTS='["a.example", "b.example"]',
        CHAINWRIGHT_HQ__LINK__URL="[not a list]",
        CHAINWRIGHT_HQ__DEMO="true",
        CHAINWRIGHT_HQ__HOME="/data",
        CHAINWRIGHT_BRANCH__WEB__PORT="7",
        CHAINWRIGHT_HQ_SOMETHING="else",
    )
    assert site == Site(
        name="总部",
        web=Web(port=9000, hosts=("a.example", "b.example"), title="kept"),
        link=Link(url="[not a list]"),
        demo=True,
        home=Path("/data"),
    )
    with pytest.raises(ValidationError, match="frozen"):
        site.name = "other"  # type: ignore[misc]


def test_a_mark_before_the_first_byte_is_ignored(tmp_path: Path) -> None:
    assert load(tmp_path, b'\xef\xbb\xbfname = "n"').name == "n"


@pytest.mark.parametrize(
    ("content", "environ", "told"),
    [
        ("nam = 'n'", {}, "site.toml: unknown key 'nam'; did you mean 'name'?"),
        ("name = 'n'\n[web]\nprot = 1", {}, "unknown key 'web.prot'; did you mean 'web.port'?"),
        ("name = 'n'\nport = 1", {}, "unknown key 'port'; did you mean 'web.port'?"),
        ("name = 'n'\n[[lanes]]\nnr = 1", {}, "unknown key 'lanes.0.nr'; section 'lanes.0' has: "),
        ("name = 'n'\n[link]\nurls = 'x'", {}, "did you mean 'link.url'?"),
        ("name = 'n'\nzzz = 1", {}, "unknown key 'zzz'; the top level has: demo, home, lanes"),
        ("", {}, "site.toml: key 'name' is missing; it has no default"),
        ("name = 'n'\n[web]\nport = 'x'", {}, "key 'web.port' is 'x'; expected a valid integer"),
        ("name = 'n'\n[web]\nport = 70000", {}, "is 70000; expected less than or equal to 65535"),
        ("name = 'n'\nweb = 1", {}, "key 'web' is 1; expected"),
        ("name = 'ghost'", {}, "site.toml: a site cannot be a ghost"),
        ("name = 'n'\ntoken = 31337", {}, "key 'token' is wrong (value not shown)"),
        ("name = 'n'", {"WEB__PORT": "x"}, "environment CHAINWRIGHT_HQ__WEB__PORT: key 'web.port'"),
        ("name = 'n'", {"WEB__PROT": "1"}, "CHAINWRIGHT_HQ__WEB__PROT: unknown key 'web.prot'"),
        ("name = 'n'", {"NAME__X": "1"}, "CHAINWRIGHT_HQ__NAME__X: 'name' holds a value"),
        ("name = 'n'", {"WEB__HOSTS": "[a"}, "CHAINWRIGHT_HQ__WEB__HOSTS: expected a list"),
        ("name = ", {}, "is not TOML: Invalid value (at "),
        ("# ok\nname = '总'".encode("gbk"), {}, "is not UTF-8 (line 2); save it as UTF-8"),
    ],
)
def test_a_mistake_is_named(
    tmp_path: Path, content: str | bytes, environ: dict[str, str], told: str
) -> None:
    message = complaint(
        tmp_path, content, **{f"CHAINWRIGHT_HQ__{k}": v for k, v in environ.items()}
    )
    assert told in message
    assert str(tmp_path / "site.toml") in message or "environment" in message
    assert "31337" not in message


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    message = complaint(tmp_path, "nam = 1\n[web]\nport = 0\n", CHAINWRIGHT_HQ__DEMO="perhaps")
    assert len(message.splitlines()) == 5
    assert "'nam'" in message
    assert "'web.port'" in message
    assert "'demo' is 'perhaps'" in message


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "none.toml", "there is no"), (tmp_path, "cannot be read")):
        with pytest.raises(SettingsError, match=told):
            load_settings(Site, path, {}, "CHAINWRIGHT_HQ")
