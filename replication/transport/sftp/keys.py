"""Keys as SSH writes them: a site's Ed25519 key is its SSH key too, and the own server has one."""

from __future__ import annotations

import base64
import io
import logging
import os
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from replication.identity import new_private_key

_TYPE = "ssh-ed25519"


def pem(key: bytes) -> bytes:
    """A raw Ed25519 private key, 32 bytes, as a file of OpenSSH's."""
    return Ed25519PrivateKey.from_private_bytes(key).private_bytes(
        Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
    )


def private(key: bytes) -> paramiko.Ed25519Key:
    """The same as the library wants it."""
    return paramiko.Ed25519Key(file_obj=io.StringIO(pem(key).decode()))


def blob(public_key: bytes) -> bytes:
    """A raw Ed25519 public key, 32 bytes, as it travels in SSH."""
    message = paramiko.Message()
    message.add_string(_TYPE)
    message.add_string(public_key)
    return message.asbytes()


def line(public_key: bytes, comment: str) -> str:
    """The line of an `authorized_keys` file."""
    return f"{_TYPE} {base64.b64encode(blob(public_key)).decode()} {comment}"


def host_key(file: Path) -> paramiko.Ed25519Key:
    """The host key of the own server, made at the first call, readable by its owner only."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        aside = file.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(new_private_key())
            out.flush()
            os.fsync(out.fileno())
        aside.rename(file)
    return private(file.read_bytes())


def quieten() -> None:
    """Keep the library's own log off the terminal: whatever matters of it is raised or logged here.

    A port scan would otherwise leave a traceback for every knock.
    """
    log = logging.getLogger("paramiko")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
