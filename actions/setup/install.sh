#!/usr/bin/env bash
# Install the toolkit beside its hash-locked requirements: install.sh PYTHON VENV
#
# Nothing is built and nothing unlocked is fetched: the toolkit itself is put on the environment's
# path, not packaged. `-I` keeps the current folder, which may be a stranger's checkout, from being
# imported from.
set -euo pipefail

python="$1"
venv="$2"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
lock="$(sha256sum "$root/requirements.lock" | cut --characters=1-64)"

if [[ ! -f "$venv/.installed-$lock" ]]; then
  "$python" -m venv --clear "$venv"
  "$venv/bin/python" -I -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$root/requirements.lock"
  touch "$venv/.installed-$lock"
fi

site="$("$venv/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
printf '%s\n' "$root/scripts" > "$site/fips_images.pth"
printf '#!/bin/sh\nexec "%s/bin/python" -I -m fips_images "$@"\n' "$venv" > "$venv/bin/fipsctl"
chmod +x "$venv/bin/fipsctl"
"$venv/bin/fipsctl" --version

{
  printf 'fipsctl=%s\n' "$venv/bin/fipsctl"
  printf 'root=%s\n' "$root"
} >> "${GITHUB_OUTPUT:-/dev/stdout}"
