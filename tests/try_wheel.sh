#!/bin/sh
# Build the wheel, look into it, install it alone and run its command: try_wheel.sh PYTHON
#
# The environment is new and holds only what the wheel asks for, in the versions of the lock: what
# is missing from the wheel or from its dependencies shows here and nowhere else.
set -eu
python=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

rm -rf build/wheel
"$python" -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation \
    --wheel-dir build/wheel .
wheel=$(ls build/wheel/chainwright-*.whl)

"$python" - "$wheel" <<'PYTHON'
import subprocess
import sys
import zipfile

ALLOWED = {"schemas", "replication", "hq", "branch", "pos_frontend", "ops"}
names = [n for n in zipfile.ZipFile(sys.argv[1]).namelist() if ".dist-info/" not in n]
stray = sorted(n for n in names if n.split("/")[0] not in ALLOWED or n.split("/")[-1].startswith("test_"))
if stray:
    sys.exit(f"the wheel holds what it should not: {', '.join(stray[:5])}")
listed = subprocess.run(
    ["git", "ls-files", *sorted(ALLOWED)], capture_output=True, text=True, check=False
)
lost = sorted(set(listed.stdout.split()) - set(names)) if listed.returncode == 0 else []
if lost:
    sys.exit(f"the wheel lacks: {', '.join(lost[:5])}")
PYTHON

"$python" -m venv "$work/venv"
# Versions without their hashes: pip takes hashes for all or for none, and the wheel has none.
"$python" - >"$work/versions.txt" <<'PYTHON'
from pathlib import Path

for line in Path("requirements.lock").read_text(encoding="utf-8").splitlines():
    if line and line[0] not in " #-":
        print(line.removesuffix("\\").strip())
PYTHON
"$work/venv/bin/python" -m pip --disable-pip-version-check install --quiet \
    --constraint "$work/versions.txt" "$wheel"

# From an empty directory, so that the sources cannot stand in for the wheel.
mkdir "$work/empty"
version=$(cd "$work/empty" && "$work/venv/bin/chainwright" --version)
case $version in
*[0-9].[0-9]*) echo "the wheel runs: $version" ;;
*)
    echo "chainwright --version said: $version" >&2
    exit 1
    ;;
esac
