#!/bin/sh
# Make sure that the browser tests have a Chromium, and their screenshots a Chinese font.
#
# Takes what the system has. What is missing is installed through apt when root runs this; anybody
# else is told what to install. Without a browser it fails; without the font it only warns.
set -eu

browser() {
    for name in "${CHAINWRIGHT_CHROMIUM:-}" chromium chromium-browser google-chrome \
        google-chrome-stable; do
        [ -n "$name" ] && command -v "$name" && return
    done
    return 1
}

font() {
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]
}

missing=
browser >/dev/null || missing="chromium"
font || missing="$missing fonts-wqy-microhei fontconfig"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the browser tests: $missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # several packages are several words
    { apt-get update -q && apt-get install -q -y --no-install-recommends $missing; } >&2 || true
fi

if ! browser >/dev/null; then
    echo "The browser tests need Chromium or Google Chrome, and none was found." >&2
    echo "  Debian:  sudo apt-get install chromium fonts-wqy-microhei" >&2
    echo "  Ubuntu:  sudo snap install chromium; sudo apt-get install fonts-wqy-microhei" >&2
    echo "  Fedora:  sudo dnf install chromium wqy-microhei-fonts" >&2
    echo "  elsewhere: install one and name it in CHAINWRIGHT_CHROMIUM=/path/to/it" >&2
    exit 1
fi
if ! font; then
    echo "warning: no Chinese font was found; screenshots will show boxes." >&2
    echo "  Debian, Ubuntu:  sudo apt-get install fonts-wqy-microhei fontconfig" >&2
fi
