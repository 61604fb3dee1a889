#!/bin/sh
# Make the environment .venv with a Python that is new enough: scripts/venv.sh DIR [PYTHON]
set -eu

venv=$1
wanted=${2:-}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

if [ -n "$wanted" ]; then
    set -- "$wanted"
else
    set -- python3 python3.13 python3.12 python3.11 python
fi
python=
for candidate in "$@"; do
    if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null || echo "no python3")
    echo "opsloop needs Python 3.11 or newer; here is ${wanted:+$wanted, }$found." >&2
    echo "Install one, then name it if it is not first: make PYTHON=/path/to/python3.12 demo" >&2
    exit 1
fi

if [ -x "$venv/bin/python" ] && is_new_enough "$venv/bin/python"; then
    exit 0
fi
echo "Making $venv with $("$python" --version) …" >&2
if "$python" -m venv --clear "$venv" 2>"$venv.log"; then
    rm -f "$venv.log"
    exit 0
fi
# Debian and Ubuntu keep the part that makes environments in a package of its own
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print(f"{sys.version_info[0]}.{sys.version_info[1]}")')
    echo "Installing python$version-venv …" >&2
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >/dev/null 2>&1 || true
    if "$python" -m venv --clear "$venv" 2>"$venv.log"; then
        rm -f "$venv.log"
        exit 0
    fi
fi
cat "$venv.log" >&2
rm -f "$venv.log"
echo "The environment cannot be made. On Debian or Ubuntu: apt-get install python3-venv" >&2
exit 1
