#!/usr/bin/env bash
# The servers and programs that the tests start themselves, from Debian's packages; only what is missing.
# `install_test_services.sh engines` is about the browsers besides Chromium, `node` about what checks the scripts of pages.
set -euo pipefail

has() {
    case $1 in
        initdb) command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null ;;
        nginx) command -v nginx >/dev/null || [[ -x /usr/sbin/nginx ]] ;;
        gstreamer-*) compgen -G "/usr/lib/*/gstreamer-1.0/libgst${1#gstreamer-}.so" >/dev/null ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

node="
npm npm"
services="
redis-server redis-server
initdb postgresql
chromium chromium
nginx nginx-light
ffmpeg ffmpeg"
engines="
firefox-esr firefox-esr
pulseaudio pulseaudio
WebKitWebDriver webkit2gtk-driver
Xvfb xvfb
gstreamer-ogg gstreamer1.0-plugins-base
gstreamer-isomp4 gstreamer1.0-plugins-good
gstreamer-libav gstreamer1.0-libav"

case ${1:-services} in
    services) needed=$services$node ;;
    engines) needed=$engines ;;
    node) needed=$node ;;
    *)
        echo "install_test_services.sh knows \"services\", \"engines\" and \"node\"" >&2
        exit 2
        ;;
esac

missing=()
while read -r program package; do
    has "$program" || missing+=("$package")
done <<<"${needed#?}"

if ((${#missing[@]} == 0)); then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "The tests need these programs, which are missing here (names of Debian's packages): ${missing[*]}" >&2
    exit 1
fi
as_root=()
if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        echo "The tests need packages that only root can install: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "installing for the tests: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
