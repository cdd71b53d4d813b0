# Prints facts about the image it runs in, one JSON object per line; judges nothing.
# POSIX sh with built-ins only: the image may have nothing else. It runs the openssl commands of
# the file `commands` (name|config|input|arguments; of handshakes name|tls|certificate|arguments of
# s_server and s_client), then probe.py with each Python there is.
# Environment: FIPS_PROBE (this folder), FIPS_PROBE_OPENSSL, FIPS_PROBE_PYTHONS (space-separated).
# shellcheck shell=sh
set -u

# Escape for a JSON string; control characters are left in (the reader allows them).
json_string() {
    rest=$1
    done_part=
    while :; do
        case $rest in
            *[\\\"]*)
                head=${rest%%[\\\"]*}
                rest=${rest#"$head"}
                first=${rest%"${rest#?}"}
                done_part=$done_part$head\\$first
                rest=${rest#?}
                ;;
            *) break ;;
        esac
    done
    printf '"%s%s"' "$done_part" "$rest"
}

print_command() { # name status output
    printf '{"command":"%s","status":%d,"lines":[' "$1" "$2"
    printf '%s\n' "$3" | {
        comma=
        while IFS= read -r line; do
            printf '%s' "$comma"
            json_string "$line"
            comma=,
        done
    }
    printf ']}\n'
}

# One handshake over the loopback interface; both sides get the same arguments. The client tries
# again while nobody listens yet: starting it takes longer than the server needs, so no sleep.
port=4432
handshake() { # certificate arguments
    port=$((port + 1))
    # shellcheck disable=SC2086
    "$FIPS_PROBE_OPENSSL" s_server -accept "127.0.0.1:$port" -naccept 1 -quiet \
        -cert "$FIPS_PROBE/$1" -key "$FIPS_PROBE/$1" $2 </dev/null >/dev/null 2>&1 &
    server=$!
    tries=0
    while :; do
        # shellcheck disable=SC2086
        output=$("$FIPS_PROBE_OPENSSL" s_client -connect "127.0.0.1:$port" -brief $2 </dev/null 2>&1)
        status=$?
        tries=$((tries + 1))
        case $output in
            *onnect:errno* | *onnection\ refused*) [ "$tries" -lt 40 ] && continue ;;
        esac
        break
    done
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    return "$status"
}

while read -r key value _; do
    case $key in
        Uid: | Gid: | CapEff: | NoNewPrivs: | Seccomp:)
            printf '{"process":"%s","value":"%s"}\n' "${key%:}" "$value"
            ;;
    esac
done </proc/self/status

if [ -n "$FIPS_PROBE_OPENSSL" ]; then
    while IFS='|' read -r name config input arguments; do
        case $name in '' | '#'*) continue ;; esac
        # Arguments are split into words on purpose: the table has no quoting.
        # shellcheck disable=SC2086
        if [ "$config" = tls ]; then
            handshake "$input" "$arguments"
            print_command "$name" "$?" "$output"
            continue
        elif [ "$config" = none ]; then
            output=$(OPENSSL_CONF=/dev/null "$FIPS_PROBE_OPENSSL" $arguments <"$FIPS_PROBE/$input" 2>&1)
        else
            output=$("$FIPS_PROBE_OPENSSL" $arguments <"$FIPS_PROBE/$input" 2>&1)
        fi
        print_command "$name" "$?" "$output"
    done <"$FIPS_PROBE/commands"
fi

for python in $FIPS_PROBE_PYTHONS; do
    "$python" -B "$FIPS_PROBE/probe.py" "$python" 2>"/dev/null" </dev/null
    printf '{"python":"%s","fact":"exit","value":%d}\n' "$python" "$?"
done
printf '{"end":true}\n'
