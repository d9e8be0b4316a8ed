# Shared by the system tests (sourced, bash): the real garnerd and garner against garner-sandbox, in a private directory, on free
# ports. A script that sources this begins with `begin "$@"` and ends with `finish`; everything it started dies with it.
# Usage of each script: NAME.sh [BUILD_DIRECTORY]. KEEP=1 keeps the directory.
# shellcheck shell=bash disable=SC2034

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$(basename "$0" .sh)
failures=0
sandbox_pid=''
daemon_pid=''
daemon_starts=0
mounts=()

begin() {
    local build=${1:-${here%/tests/system}/build/dev}
    garnerd_program=$build/daemon/garnerd
    garner_program=$build/daemon/garner
    sandbox_program=$build/tests/garner-sandbox
    audit_program=$build/tests/garner-audit
    shim=$build/tests/libgarner_shim.so
    directory=$(mktemp -d "${TMPDIR:-/tmp}/garner-$name.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # Nothing is ever written into this pipe: reading from it with a time limit is the pause between two looks.
    exec {never}<> <(:)
    config=$directory/garner.yaml
    secret=$directory/secret
    archive=$directory/archive
    state=$directory/state
    log=/dev/null
    # Which sources config_text writes: plant (Tulip), fleet (Servitly), perimeter (Appgate).
    sources=(plant)
    # What it puts into the sections before the jobs.
    source_more=''
    store_more=''
    global_more=''
    web_more=''
    port=0
    poll='initial: 200ms, max: 1s'
    backoff='initial: 100ms, max: 1s, throttled: 2s'
    limits_more=''
    # What garnerd is started with besides: words of env.
    daemon_environment=()
    mkdir "$directory/sandbox" "$directory/secrets"
}

clean_up() {
    local code=$? mount
    set +e
    trap '' INT TERM HUP
    if ((code != 0 && code != 77)); then show_logs >&2; fi
    if [[ -n $daemon_pid ]]; then kill -KILL "$daemon_pid" 2>/dev/null; fi
    if [[ -n $sandbox_pid ]]; then kill -KILL "$sandbox_pid" 2>/dev/null; fi
    wait 2>/dev/null
    for mount in "${mounts[@]}"; do if mountpoint -q "$mount"; then umount -l "$mount"; fi; done
    if [[ -n ${KEEP:-} ]]; then printf 'kept %s\n' "$directory"; else rm -rf "$directory"; fi
    exit "$code"
}

show_logs() {
    printf -- '---- the end of %s\n' "$log"
    tail -n 60 "$log"
    printf -- '---- standard error of garner-sandbox, and violations\n'
    tail -n 20 "$directory/sandbox.log" 2>/dev/null
    violations 2>/dev/null
    return 0
}

pause() { read -r -t "$1" -u "$never" || true; }

ok() { printf 'ok    %s\n' "$*"; }
bad() {
    printf 'FAIL  %s\n' "$*"
    failures=$((failures + 1))
}
# check SENTENCE COMMAND...: one line, whether the command succeeds.
check() {
    local sentence=$1
    shift
    if "$@"; then ok "$sentence"; else bad "$sentence ($*)"; fi
}
# same SENTENCE EXPECTED ACTUAL
same() {
    if [[ $2 == "$3" ]]; then ok "$1"; else bad "$1: expected '$2', got '$3'"; fi
}
# says SENTENCE PATTERN TEXT: the text has a match of the extended regular expression.
says() {
    if grep -qE -- "$2" <<<"$3"; then ok "$1"; else bad "$1: no /$2/ in '$3'"; fi
}
# exits SENTENCE CODE COMMAND...: output and errors are in $said.
exits() {
    local sentence=$1 expected=$2 code=0
    shift 2
    said=$("$@" 2>&1) || code=$?
    same "$sentence" "exit $expected" "exit $code$( ((code == expected)) || printf ': %s' "$said")"
}
# within SECONDS SENTENCE COMMAND...: looks again until it holds; the script ends where it does not.
within() {
    await "$@"
    ok "$2"
}
# await SECONDS SENTENCE COMMAND...: the same, and says nothing when it holds.
await() {
    local until=$((SECONDS + $1)) sentence=$2
    shift 2
    until "$@"; do
        if ((SECONDS > until)); then
            bad "$sentence (not in time: $*)"
            exit 1
        fi
        pause 0.1
    done
}
skip() {
    printf 'skip  %s\n' "$*"
    exit 77
}
finish() {
    stop_daemon
    if ((failures > 0)); then
        printf '%s: %d checks failed\n' "$name" "$failures"
        exit 1
    fi
    printf '%s: all checks passed in %d s\n' "$name" "$SECONDS"
}

# ---- The vendors' stand-ins

start_sandbox() {
    local fd
    exec {fd}< <(exec setpriv --pdeathsig KILL "$sandbox_program" --dir "$directory/sandbox" --seed "${SEED:-7}" "$@" 2>"$directory/sandbox.log")
    sandbox_pid=$!
    read -r -t 20 ready <&"$fd" || { bad 'garner-sandbox did not start' && exit 1; }
    control=$(sandbox .control)
    local tenant word old_mask
    old_mask=$(umask)
    umask 077
    sandbox .tulip.password >"$secret"
    sandbox .appgate.password >"$directory/secrets/appgate"
    for tenant in $(tenants); do
        for word in api_key pat password; do
            sandbox ".servitly.tenants[] | select(.name == \"$tenant\").$word" >"$directory/secrets/$tenant.$word"
        done
    done
    umask "$old_mask"
}
# sandbox FILTER: of the ready line.
sandbox() { jq -er "$1" <<<"$ready"; }
control() {
    local path=$1
    shift
    curl -sS --fail --max-time 20 "$@" "$control$path"
}
faults() { control /faults -d "$1" >"$directory/answer"; }
no_faults() { control /faults -X DELETE >"$directory/answer"; }
# configure [VENDOR] JSON
configure() { control "/$( (($# > 1)) && printf %s "$1" || printf tulip)/configure" -d "${!#}" >"$directory/answer"; }
# record_of VENDOR FILTER [JQ OPTIONS]
record_of() { control "/$1/record" | jq -r "${@:2}"; }
record() { record_of tulip "$@"; }
# foreign_export TENANT SECONDS: a person starts one in the web console.
foreign_export() { control /servitly/foreign-export -d "{\"tenant\": \"$1\", \"seconds\": $2}" >"$directory/answer"; }
# client WHAT: the sandbox is told that ours was killed or restarted, and so cannot know its logins.
client() { if [[ -n ${control:-} ]]; then control "/client-$1" -X POST >"$directory/answer"; fi; }
# When requests came to Tulip, in milliseconds since 1970: a JSON array.
requests_came() { control /tulip/requests; }
violations() { control /violations | jq -c '.violations[]'; }
no_violations() { same 'the vendor saw nothing that a polite client must not do' '' "$(violations)"; }
# Names of the machines, one a line.
machines() { sandbox '.tulip.machines[].name'; }
tenants() { sandbox '.servitly.tenants[].name'; }
# Backups that still lie on appliances.
lying() { control /leftovers | jq -c '.leftovers[]'; }

# ---- The daemon

# config_text JOBS: the configuration that all stories share, with these jobs.
config_text() {
    local name
    cat <<TEXT
version: 1
global:
  state_directory: $state
  log: {level: debug, format: logfmt}
$global_more
web: {listen: ["127.0.0.1:$port"]$web_more}
sources:
TEXT
    for name in "${sources[@]}"; do "source_$name"; done
    cat <<TEXT
stores:
  archive: {type: local, path: $archive$store_more}
jobs:
$1
TEXT
}
source_common() {
    cat <<TEXT
    tls_config: {ca_file: $(sandbox .ca_file)}
    limits: {max_concurrent_jobs: ${concurrent:-3}$limits_more}
    poll: {$poll}
    backoff: {$backoff}
$source_more
TEXT
}
source_plant() {
    cat <<TEXT
  plant:
    type: tulip
    url: $(sandbox .tulip.url)
    basic_auth: {username: ${username:-$(sandbox .tulip.username)}, password: {file: $secret}}
    allow_private_downloads: true
TEXT
    source_common
}
# Every other tenant logs in by e-mail address and password, the others by a personal access token.
source_fleet() {
    local tenant by=pat key=$directory/secrets
    cat <<TEXT
  fleet:
    type: servitly
    url: $(sandbox .servitly.url)
    allow_private_downloads: true
    tenants:
TEXT
    for tenant in $(tenants); do
        printf '      %s: {api_key: {file: %s}, ' "$tenant" "$key/$tenant.api_key"
        if [[ $by == pat ]]; then
            printf 'pat: {file: %s}}\n' "$key/$tenant.pat"
            by=password
        else
            printf 'email: %s, password: {file: %s}}\n' "$(sandbox ".servitly.tenants[] | select(.name == \"$tenant\").email")" "$key/$tenant.password"
            by=pat
        fi
    done
    source_common
}
source_perimeter() {
    cat <<TEXT
  perimeter:
    type: appgate
    url: $(sandbox .appgate.url)
    login: {provider: $(sandbox .appgate.provider), username: $(sandbox .appgate.username), password: {file: $directory/secrets/appgate}}
TEXT
    source_common
}
write_config() { config_text "$1" >"$config"; }
# job NAME MACHINES [SCHEDULE] [MORE]: one entry for write_config; by default a schedule that does not come during the test.
job() {
    printf '  %s: {source: plant, machines: %s, schedule: "%s", stores: [archive]%s}\n' "$1" "$2" "${3:-@every 10000h}" "${4:+, $4}"
}

# export_job NAME TENANTS [SCHEDULE] [MORE], backup_job NAME APPLIANCES [SCHEDULE] [MORE]: the same for the other vendors.
export_job() {
    printf '  %s: {source: fleet, tenants: %s, schedule: "%s", stores: [archive]%s}\n' "$1" "$2" "${3:-@every 10000h}" "${4:+, $4}"
}
backup_job() {
    printf '  %s: {source: perimeter, appliances: %s, schedule: "%s", stores: [archive]%s}\n' "$1" "$2" "${3:-@every 10000h}" "${4:+, $4}"
}
# windows_since HOURS: an export of windows of an hour from HOURS ago on, of which none closes within the next quarter of an hour.
windows_since() {
    local delay=0s
    if ((10#$(date -u +%M) >= 30)); then delay=15m; fi
    printf 'timezone: UTC, export: {window: 1h, start: %s, settle_delay: %s}' "$(date -u -d "$1 hours ago" +%Y-%m-%dT%H:00:00)" "$delay"
}
# A TCP port below those that the kernel gives out, for an address that must be known before anybody listens.
free_port() {
    local candidate
    until candidate=$((20000 + SRANDOM % 10000)) && ! (: <"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null; do :; done
    printf '%s' "$candidate"
}

garner() { "$garner_program" --config.file "$config" "$@"; }

# It logs in by itself, as another process.
check_online() {
    local code=0
    client restarted
    garner check --online "$@" || code=$?
    client restarted
    return "$code"
}

alive() { kill -0 "$daemon_pid" 2>/dev/null; }
# Starts it; returns when it says that it is ready, or has ended.
launch_daemon() {
    daemon_starts=$((daemon_starts + 1))
    log=$directory/garnerd.$daemon_starts.log
    setpriv --pdeathsig KILL env "${daemon_environment[@]}" "$garnerd_program" --config.file "$config" >"$log" 2>&1 </dev/null &
    daemon_pid=$!
}
logged() { grep -q "$1" "$log" 2>/dev/null; }
ready_or_over() { logged 'event=started' || ! alive; }
start_daemon() {
    local until=$((SECONDS + 20))
    launch_daemon
    until ready_or_over; do
        if ((SECONDS > until)); then break; fi
        pause 0.05
    done
    if ! logged 'event=started'; then
        bad 'garnerd did not start'
        exit 1
    fi
    address=$(grep -m1 'event=listening' "$log" | grep -oE 'address="?[^ "]+' | sed 's/address="*//')
}
# Asks it to stop; its exit code is in $ended and the seconds in $took.
stop_daemon() {
    ended=''
    if [[ -z $daemon_pid ]]; then return 0; fi
    local since=$SECONDS
    kill -TERM "$daemon_pid" 2>/dev/null || true
    ended=0
    wait "$daemon_pid" || ended=$?
    took=$((SECONDS - since))
    daemon_pid=''
    client restarted
}
kill_daemon() {
    kill -KILL "$daemon_pid"
    wait "$daemon_pid" 2>/dev/null || true
    daemon_pid=''
    client killed
}
page() { curl -sS --max-time 10 "http://$address$1"; }
# page_status PATH [CURL OPTIONS]
page_status() { curl -sS --max-time 10 -o "$directory/page" -w '%{http_code}' "${@:2}" "http://$address$1"; }
# metric SERIES: its value; the series written as /metrics does.
metric() { page /metrics | awk -v series="$1" '$1 == series {print $2}'; }

# runs FILTER [JQ OPTIONS]: over `garner runs --json`.
runs() { garner runs --json | jq -r "$@"; }
# The number of runs for which the condition holds.
count_runs() { runs "[.[] | select($1)] | length"; }
all_ended() { [[ $(count_runs '.ended_at == null') == 0 ]]; }
# by_hand JOB [ARGUMENTS]: runs it, to its end; the new run is $run (JSON), the exit code in $code.
by_hand() {
    code=0
    said=$(garner run "$@" --wait 2>&1) || code=$?
    run=$(garner runs --json --job "$1" | jq -c '.[0]')
}
field() { jq -r ".$1 // empty" <<<"$run"; }
staged() { find "$archive/.staging" -type f; }

# What the vendors gave: every remote job of theirs that is ours.
vendor_jobs() {
    local vendor
    for vendor in tulip servitly appgate; do control "/$vendor/record"; done | jq -s '[.[] | .vendor as $vendor | .jobs[] | select(.foreign != true) | . + {vendor: $vendor}]'
}
# Every artifact of the ledger: its file, its manifest and what the vendor gave have one SHA-256. Prints what differs.
differing_artifacts() {
    local record=$directory/record.json id path sha remote said file manifest
    vendor_jobs >"$record"
    while IFS=$'\t' read -r id path sha remote; do
        said=$(jq -r --arg id "$remote" '[.[] | select(.id == $id) | .sha256][0] // "unknown"' "$record")
        file=$(sha256sum <"$archive/$path" | cut -d' ' -f1)
        manifest=$(jq -r .sha256 "$archive/$path.manifest.json")
        if [[ $file != "$sha" || $manifest != "$sha" || $said != "$sha" ]]; then
            printf 'artifact %s %s: ledger %s, file %s, manifest %s, vendor %s\n' "$id" "$path" "$sha" "$file" "$manifest" "$said"
        fi
    done < <(jq -rn --slurpfile artifacts <(garner artifacts --json) --slurpfile runs <(garner runs --json) '
        ($runs[0] | map({(.id): .remote_job}) | add) as $remote
        | $artifacts[0][] | [.id, .path, .sha256, $remote[.run]] | join("\t")')
}
