#!/bin/sh
# Validate a vLLM image, and exit by the verdict of `fipsctl validate`:
# 0 it holds, 1 it does not hold, 2 wrong use, 3 the environment failed.
# Usage: tests/vllm/chk-fips-vllm-img.sh IMAGE [option of `fipsctl validate`]...
set -eu

if [ "$#" -lt 1 ]; then
    echo "usage: $0 IMAGE [option of 'fipsctl validate']..." >&2
    exit 2
fi

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
if [ -x "$root/.venv/bin/fipsctl" ]; then
    exec "$root/.venv/bin/fipsctl" validate "$@"
fi
if command -v fipsctl >/dev/null 2>&1; then
    exec fipsctl validate "$@"
fi
echo "error: fipsctl is not installed" >&2
echo "  next: run 'make venv' in $root, then the same command again" >&2
exit 3
