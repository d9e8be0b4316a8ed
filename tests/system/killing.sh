# What must hold after kills (sourced behind lib.sh): nothing is lost, nothing was done twice at a vendor, nothing lies about.
# shellcheck shell=bash disable=SC2154,SC2034

lost_starts() { garner leftovers --json | jq '[.[] | select((.remote_job // "") == "")] | length'; }
most_at_one_tenant() { record_of servitly '[.max_concurrent_per_tenant[]] | max // 0'; }

# The checkers of the simulated world (tests/checkers), over the real ledger and store and the sandbox's record. Its exit code; what it
# says is in $said.
audit() {
    local vendor source one code=0
    local -a records=() shown=()
    for vendor in tulip:plant servitly:fleet appgate:perimeter; do
        source=${vendor#*:}
        vendor=${vendor%:*}
        control "/$vendor/record" >"$directory/$vendor.json"
        records+=(--record "$source=$directory/$vendor.json")
    done
    control /violations >"$directory/violations.json"
    for one in "$secret" "$directory"/secrets/*; do
        if [[ -s $one ]]; then shown+=(--secret "$one"); fi
    done
    for one in "$directory"/garnerd.*.log; do shown+=(--said "$one"); done
    said=$("$audit_program" --ledger "$state/ledger.db" --directory "$archive" "${records[@]}" --violations "$directory/violations.json" \
        "${shown[@]}" "$@" 2>&1) || code=$?
    return "$code"
}

# A small world with one job of each vendor, started by hand only, whose runs are over in a second. MORE: of each job.
small_world() {
    poll='initial: 100ms, max: 500ms'
    start_sandbox --machines 1 --tenants 1 --appliances 1 --job-seconds 0.2-0.3 --poll-gap 0.05 --concurrent-jobs 3 --content-bytes 20KiB-40KiB
    sources=(plant fleet perimeter)
    write_config "$(
        job activity '["*"]' '@every 10000h' "$1"
        export_job telemetry '["*"]' '@every 10000h' "$1"
        backup_job controllers '["*"]' '@every 10000h' "$1"
    )"
}
# A run of each, as far as the daemon lives.
start_all() {
    local job
    for job in activity telemetry controllers; do garner run "$job" >"$directory/answer" 2>&1 || return 0; done
}

# Once every run has ended.
nothing_lost_or_doubled() {
    check 'a tenant never had two of our exports' test "$(most_at_one_tenant)" -le 1
    if audit --settled; then ok "garner-audit: $said"; else bad "garner-audit: $said"; fi
}

# Killed at a place that the shim (tests/faults) found: the daemon is dead by itself.
dead() { ! alive; }
bury_daemon() {
    wait "$daemon_pid" 2>/dev/null || true
    daemon_pid=''
    client killed
}
