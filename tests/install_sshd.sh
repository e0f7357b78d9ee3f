#!/bin/sh
# Make sure that the sftp transport is tested against OpenSSH's own server.
#
# Takes the sshd that the system has. Otherwise unpacks one from the distribution's package into
# build/sshd, without installing it: nothing is started, and no root is needed. Where neither works it
# says so and ends well; the tests then name the peers that they were run against.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
place="$root/build/sshd"

find_sshd() {
    for name in "${CHAINWRIGHT_SSHD:-}" sshd /usr/sbin/sshd /usr/local/sbin/sshd "$place/sshd"; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}

unpack() {
    rm -rf "$place"
    mkdir -p "$place/packages"
    cd "$place/packages"
    if [ "$(id -u)" = 0 ]; then
        apt-get update -q
    fi
    # As root apt would hand the download to a user who may not write here.
    apt-get -q -o APT::Sandbox::User="$(id -un)" download openssh-server libwrap0
    for package in *.deb; do
        dpkg-deb -x "$package" "$place"
    done
    libraries=$(dirname "$(find "$place" -name 'libwrap.so.0' | head -n 1)")
    {
        echo '#!/bin/sh'
        echo "export LD_LIBRARY_PATH='$libraries'"
        printf "exec '%s'" "$place/usr/sbin/sshd"
        # Newer releases are several programs, whose places are compiled in.
        for part in Session Auth; do
            program="$place/usr/lib/openssh/sshd-$(echo $part | tr SA sa)"
            [ ! -x "$program" ] || printf " -o 'Sshd%sPath=%s'" "$part" "$program"
        done
        echo ' "$@"'
    } > "$place/sshd"
    chmod 755 "$place/sshd"
    ! LD_LIBRARY_PATH="$libraries" ldd "$place/usr/sbin/sshd" | grep 'not found'
}

if find_sshd >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then
    echo "unpacking OpenSSH's server for the tests of the sftp transport into build/sshd" >&2
    # In a shell of its own, and not as a condition: the first failure inside ends it.
    set +e
    (set -e; unpack) >&2
    unpacked=$?
    set -e
    [ "$unpacked" = 0 ] || rm -f "$place/sshd"
fi
if ! find_sshd >/dev/null; then
    echo "No sshd was found: the sftp transport is tested against its own server alone." >&2
    echo "  Debian, Ubuntu:  sudo apt-get install openssh-server" >&2
    echo "  Fedora:          sudo dnf install openssh-server" >&2
    echo "  elsewhere: install it, or name it in CHAINWRIGHT_SSHD=/path/to/sshd" >&2
fi
