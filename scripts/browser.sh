#!/bin/sh
# See to it that the browser tests have a browser: the system's, else Playwright's own.
# Writes to FILE what they will use, or why they will be skipped: scripts/browser.sh PYTHON FILE
set -u

python=$1
report=$2

system_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        path=$(command -v "$name" 2>/dev/null) || continue
        # on Ubuntu the command may be there and only tell how to install a snap
        if "$path" --version >/dev/null 2>&1; then
            echo "$path"
            return 0
        fi
    done
    return 1
}

install_with_system() {
    if command -v brew >/dev/null 2>&1 && [ "$(id -u)" != 0 ]; then
        brew install --quiet --cask chromium
    elif [ "$(id -u)" != 0 ]; then
        return 1
    elif command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
    elif command -v dnf >/dev/null 2>&1; then
        dnf install -y -q chromium
    elif command -v apk >/dev/null 2>&1; then
        apk add --quiet chromium
    elif command -v pacman >/dev/null 2>&1; then
        pacman -Sy --noconfirm --quiet chromium
    else
        return 1
    fi
}

if path=$(system_browser); then
    echo "browser tests use $path" >"$report"
    exit 0
fi
echo "Installing Chromium for the browser tests …" >&2
if install_with_system >/dev/null 2>&1 && path=$(system_browser); then
    echo "browser tests use $path" >"$report"
elif "$python" -m playwright install chromium >"$report.log" 2>&1; then
    echo "browser tests use Playwright's Chromium" >"$report"
else
    reason=$(tail -n 1 "$report.log" 2>/dev/null)
    echo "browser tests are skipped: no Chromium here, and none could be installed ($reason)" \
        >"$report"
fi
rm -f "$report.log"
