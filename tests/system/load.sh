#!/bin/bash
# A load of all three vendors at once, and kill -9 at random moments of it, restart, until it has all happened once; first without faults,
# then with them. Afterwards the checkers of the simulated world look at ledger, store and the vendors' record.
# GARNER_SECONDS: how long there is killing (120); GARNER_KILLS instead: how often; GARNER_SEED: the moments.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
RANDOM=${GARNER_SEED:-4711}
lasts=${GARNER_SECONDS:-120}
kills_max=${GARNER_KILLS:-1000000}
if [[ -n ${GARNER_KILLS:-} ]]; then lasts=1000000; fi
kills=0
printf 'seed  %s\n' "${GARNER_SEED:-4711}"
start_sandbox --machines 4 --tenants 3 --appliances 3 --job-seconds 0.2-0.8 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 256KiB-2MiB
sources=(plant fleet perimeter)
more='retries: 3, retry_wait: 1s'
windows=$(windows_since 30)
load() {
    job activity '["*"]' "$1" "$more"
    export_job exports '["acme", "bravo"]' "$1" "$more"
    export_job windows '["carbon"]' "$1" "$more, $windows"
    backup_job backups '["*"]' "$1" "$more"
}
# round TITLE SHARE: kills during that share (in percent) of the time, or of the kills.
round() {
    local title=$1 until_kill=$((kills_max * $2 / 100)) until_second=$((SECONDS + lasts * $2 / 100)) before=$kills
    while ((kills < until_kill && SECONDS < until_second)); do
        pause "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
        alive || { bad "$title: garnerd ended by itself" && exit 1; }
        kill_daemon
        kills=$((kills + 1))
        # What is durable right behind a kill is whole, though runs go on.
        audit || bad "$title, kill $kills: garner-audit: $said"
        start_daemon
    done
    ok "$title: killed $((kills - before)) times"
}
nothing_to_remove() { [[ $(garner leftovers --json | jq '[.[] | select(.source == "perimeter" and (.remote_job // "") != "")] | length') == 0 ]]; }
settle() {
    # What still runs ends on its own; the schedule is taken away so that nothing new begins.
    write_config "$(load '@every 10000h')"
    exits 'the schedule is taken away by a reload' 0 garner reload
    within 120 'every run has ended' all_ended
    exits 'what is to be removed is due' 0 garner retry perimeter
    within 30 'and is removed' nothing_to_remove
    nothing_lost_or_doubled
    check "backups that lie there ($(lying | wc -l)) are no more than starts that are known as lost" test "$(lying | wc -l)" -le \
        "$(garner leftovers --json | jq '[.[] | select(.source == "perimeter")] | length')"
    check "there were runs to kill ($(count_runs '.state == "succeeded"') succeeded)" test "$(count_runs '.state == "succeeded"')" -ge 10
}

write_config "$(load '@every 2s')"
start_daemon
round 'without faults' 40
settle
same 'without faults no run failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"

write_config "$(load '@every 2s')"
exits 'the schedule comes back' 0 garner reload
faults '[{"vendor": "tulip", "door": "api", "method": "POST", "effect": "lost_answer", "every": 7},
    {"vendor": "servitly", "door": "api", "method": "POST", "path": "*/dataExports", "effect": "lost_answer", "every": 7},
    {"vendor": "appgate", "method": "POST", "path": "*/backup", "effect": "lost_answer", "every": 9},
    {"vendor": "appgate", "method": "DELETE", "effect": "status", "status": 503, "probability": 0.3},
    {"door": "api", "method": "GET", "effect": "status", "status": 503, "probability": 0.1},
    {"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "every": 3},
    {"door": "download", "effect": "expired", "every": 11},
    {"door": "api", "method": "GET", "effect": "reset", "probability": 0.05}]'
configure servitly '{"revoke_tokens": true}'
configure appgate '{"revoke_tokens": true}'
round 'with faults' 100
no_faults
settle
exits 'garner verify --all agrees' 0 garner verify --all
stop_daemon
start_daemon
same 'a last start finds nothing to clean up' '' "$(grep 'event=recovered' "$log" | grep -v 'unfinished_runs=0 removed_partial_files=0' || true)"
printf 'load  %s kills, %s runs, %s artifacts\n' "$kills" "$(garner runs --json | jq length)" "$(garner artifacts --json | jq length)"
finish
