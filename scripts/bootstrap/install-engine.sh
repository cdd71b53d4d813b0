#!/bin/sh
# Finds a container engine, or installs Docker with BuildKit where root on Debian 12 or 13 has none.
#
#   scripts/bootstrap/install-engine.sh [--test-tools]
#
# --test-tools adds what `make test` needs beside an engine: docker-registry, cosign, skopeo.
# Packages come by version from newer suites of the Debian mirror that this machine uses already; the
# suites are pinned so low that nothing else is ever taken from them. Safe to run again.
# Exit status: 0 an engine answers, 3 it cannot be had here (the commands to type are printed).
set -eu

sources=/etc/apt/sources.list.d/fips-container-images.sources
preferences=/etc/apt/preferences.d/fips-container-images
daemon_json=/etc/docker/daemon.json
daemon_log=/var/log/fips-container-images-dockerd.log
wait_seconds=60

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "error: $1"
    shift
    for line in "$@"; do say "  next: $line"; done
    exit 3
}

has() { command -v "$1" >/dev/null 2>&1; }

docker_ready() {
    has docker && docker version --format '{{.Server.Version}}' >/dev/null 2>&1 \
        && docker buildx version >/dev/null 2>&1
}

# Prints "package suite" for each program that is missing. Suite "-" is the machine's own.
missing() {
    if ! docker_ready; then
        has dockerd || echo "docker.io trixie"
        has docker || echo "docker-cli trixie"
        { has docker && docker buildx version >/dev/null 2>&1; } || echo "docker-buildx sid"
        [ -e /etc/ssl/certs/ca-certificates.crt ] || echo "ca-certificates -"
        has iptables || echo "iptables -"
        has mmdebstrap || echo "mmdebstrap -"
    fi
    if [ "$test_tools" = yes ]; then
        has docker-registry || echo "docker-registry -"
        has skopeo || echo "skopeo -"
        has cosign || echo "cosign sid"
    fi
}

debian_version() {
    # shellcheck source=/dev/null
    . /etc/os-release
    if [ "${ID:-}" = debian ]; then echo "${VERSION_ID:-}"; fi
}

# The mirror that apt is configured for: no host name is written here.
mirror() {
    # shellcheck disable=SC2016  # apt expands these, not the shell
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' \
        | awk '$2 ~ /^(bookworm|trixie|sid)$/ { print $1; exit }'
}

# Debian 13 has trixie already, and it must keep its priority there.
write_sources() {
    uri=$(mirror)
    if [ -z "$uri" ]; then
        apt-get -q update >&2
        uri=$(mirror)
    fi
    if [ -z "$uri" ]; then
        stop "apt is not configured for a Debian mirror" "add one to /etc/apt/sources.list.d"
    fi
    if [ "$(debian_version)" = 13 ]; then suites=sid source_suites="trixie sid"; else
        suites="trixie sid" source_suites="trixie sid"; fi
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    cat > "$sources.new" <<EOF
# Written by scripts/bootstrap/install-engine.sh of fips-container-images.
Types: deb
URIs: $uri
Suites: $suites
Components: main
Signed-By: $keyring

Types: deb-src
URIs: $uri
Suites: $source_suites
Components: main
Signed-By: $keyring
EOF
    {
        if [ "$suites" != sid ]; then
            printf 'Package: *\nPin: release n=trixie\nPin-Priority: 50\n\n'
        fi
        printf 'Package: *\nPin: release n=sid\nPin-Priority: 40\n'
    } > "$preferences.new"
    # The pin first: at no time is a newer suite known without it.
    mv "$preferences.new" "$preferences"
    mv "$sources.new" "$sources"
    apt-get -q update >&2
}

# Prints the package with its version in the suite: `package/suite` would pull libc6 along.
versioned() {
    if [ "$2" = - ]; then
        echo "$1"
        return
    fi
    version=$(apt-cache madison "$1" \
        | awk -F'|' -v suite=" $2/" 'index($3, suite) && $3 ~ /Packages/ { print $2; exit }' \
        | tr -d ' ')
    [ -n "$version" ] || stop "apt finds no $1 in $2" "run apt-get update, then this script again"
    echo "$1=$version"
}

# Images keep their digests only in the containerd image store. A file that is there is respected.
configure() {
    if [ -e "$daemon_json" ]; then
        grep -q containerd-snapshotter "$daemon_json" \
            || say "note: $daemon_json is left as it is; OCI archives need \"containerd-snapshotter\""
        return
    fi
    mkdir -p /etc/docker
    printf '{"features":{"containerd-snapshotter":true}}\n' > "$daemon_json"
}

install_packages() {
    say "to be installed: $(printf '%s\n' "$1" | awk '{ print $1 }' | tr '\n' ' ')"
    say "apt sources are added in $sources, pinned by $preferences"
    write_sources
    packages=$(printf '%s\n' "$1" | while read -r package suite; do versioned "$package" "$suite"; done)
    # shellcheck disable=SC2086  # one word per package
    DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $packages >&2
}

start() {
    docker_ready && return
    daemon=
    if [ -d /run/systemd/system ]; then
        systemctl enable --now docker >&2
    else
        say "starting dockerd; its log is $daemon_log"
        # A machine without a service manager may have no control groups mounted.
        grep -q ' cgroup' /proc/self/mounts || mount -t cgroup2 cgroup2 /sys/fs/cgroup || true
        # Locks and pipes of the caller are not for a daemon that outlives it.
        setsid dockerd >> "$daemon_log" 2>&1 < /dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
        daemon=$!
    fi
    waited=0
    until docker_ready; do
        if [ "$waited" -ge "$wait_seconds" ] || { [ -n "$daemon" ] && ! kill -0 "$daemon"; }; then
            tail -n 1 "$daemon_log" >&2 || true
            stop "dockerd does not answer" "read $daemon_log, or: journalctl -u docker"
        fi
        sleep 1
        waited=$((waited + 1))
    done
}

test_tools=no
for argument in "$@"; do
    case $argument in
        --test-tools) test_tools=yes ;;
        -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) say "error: unknown argument $argument"; exit 2 ;;
    esac
done

wanted=$(missing)
if [ -z "$wanted" ] && docker_ready; then
    say "container engine: docker $(docker version --format '{{.Server.Version}}')"
    exit 0
fi
if [ "$test_tools" = no ] && ! has dockerd && has podman && podman info >/dev/null 2>&1; then
    say "container engine: podman $(podman version --format '{{.Version}}')"
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    stop "no container engine answers to this user, and only root can install or start one" \
        "sudo $0 $*" "or, where Docker runs already: sudo usermod -aG docker $(id -un), then log in again"
fi
case $(debian_version) in
    12 | 13) ;;
    *) stop "this script installs on Debian 12 and 13 only" \
        "Ubuntu: sudo apt-get install docker.io docker-buildx mmdebstrap skopeo docker-registry" \
        "elsewhere: install Docker 25 or newer with buildx, see docs/engines.md" ;;
esac
if ! docker_ready; then configure; fi
if [ -n "$wanted" ]; then install_packages "$wanted"; fi
start
say "container engine: docker $(docker version --format '{{.Server.Version}}')"
