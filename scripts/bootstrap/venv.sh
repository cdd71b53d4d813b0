#!/bin/sh
# Makes .venv with the hash-locked dependencies, unless it is there and still matches the lock.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}

stop() {
    printf 'error: %s\n  next: %s\n' "$1" "$2" >&2
    exit 3
}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    stop "no Python 3.11 or newer as '$python'" "install one and run: make PYTHON=/path/to/python3.11 …"

wanted=$("$python" --version && sha256sum requirements.lock pyproject.toml)
if [ "$(cat .venv/complete 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing python3-venv, which this Python lacks"
        apt-get -q update && apt-get -q -y install --no-install-recommends python3-venv
    else
        stop "this Python cannot make virtual environments" "sudo apt-get install python3-venv"
    fi
fi
echo "making .venv from requirements.lock (about a minute)"
rm -rf .venv
"$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --no-deps --no-build-isolation --no-index --editable .
printf '%s\n' "$wanted" > .venv/complete
