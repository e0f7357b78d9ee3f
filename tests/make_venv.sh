#!/bin/sh
# Make a virtual environment with Python 3.11 or newer: make_venv.sh DIRECTORY [PYTHON]
#
# An environment that is there and works is kept. Without PYTHON the first of the usual names that
# is new enough is taken. Says what to install when there is none.
set -eu
directory=$1
wanted=${2:-}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -x "$directory/bin/python" ] && new_enough "$directory/bin/python" &&
    "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

chosen=
for candidate in ${wanted:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if new_enough "$candidate"; then
        chosen=$candidate
        break
    fi
done
if [ -z "$chosen" ]; then
    echo "Chainwright needs Python 3.11 or newer, and ${wanted:-python3} is not." >&2
    echo "Install it, or name it: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
if ! "$chosen" -m venv --clear "$directory"; then
    echo "$chosen cannot make a virtual environment." >&2
    echo "On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 1
fi
