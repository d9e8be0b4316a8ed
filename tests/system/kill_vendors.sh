#!/bin/bash
# As kill.sh, with exports, windows and backups: kill -9 at random moments of a load, restart, until it has all happened once.
# GARNER_KILLS sets how often each of the two rounds kills (5); GARNER_SEED the moments.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
kills=${GARNER_KILLS:-5}
RANDOM=${GARNER_SEED:-4712}
printf 'seed  %s, %s kills a round\n' "${GARNER_SEED:-4712}" "$kills"
start_sandbox --tenants 3 --appliances 3 --job-seconds 0.2-0.8 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 256KiB-2MiB
sources=(fleet perimeter)
more='retries: 3, retry_wait: 1s'
windows=$(windows_since 30)
load() {
    export_job exports '["acme", "bravo"]' "$1" "$more"
    export_job windows '["carbon"]' "$1" "$more, $windows"
    backup_job backups '["*"]' "$1" "$more"
}
nothing_to_remove() { [[ -z $(forgotten_backups) && $(garner leftovers --json | jq '[.[] | select(.source == "perimeter" and (.remote_job // "") != "")] | length') == 0 ]]; }
settle() {
    write_config "$(load '@every 10000h')"
    exits 'the schedule is taken away by a reload' 0 garner reload
    within 90 'every run has ended' all_ended
    exits 'what is to be removed is due' 0 garner retry perimeter
    within 30 'and is removed' nothing_to_remove
    nothing_lost_or_doubled
    check "backups that lie there ($(lying | wc -l)) are no more than starts that are known as lost" test "$(lying | wc -l)" -le \
        "$(garner leftovers --json | jq '[.[] | select(.source == "perimeter")] | length')"
    check "there were runs to kill ($(count_runs '.state == "succeeded"') succeeded)" test "$(count_runs '.state == "succeeded"')" -ge 10
}

write_config "$(load '@every 2s')"
start_daemon
round 'without faults'
settle
same 'without faults no run failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"

write_config "$(load '@every 2s')"
exits 'the schedule comes back' 0 garner reload
faults '[{"vendor": "servitly", "door": "api", "method": "POST", "path": "*/dataExports", "effect": "lost_answer", "every": 7},
    {"vendor": "appgate", "method": "POST", "path": "*/backup", "effect": "lost_answer", "every": 9},
    {"vendor": "appgate", "method": "DELETE", "effect": "status", "status": 503, "probability": 0.3},
    {"door": "api", "method": "GET", "effect": "status", "status": 503, "probability": 0.1},
    {"vendor": "servitly", "door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "every": 3},
    {"vendor": "servitly", "door": "download", "effect": "expired", "every": 11},
    {"door": "api", "method": "GET", "effect": "reset", "probability": 0.05}]'
configure servitly '{"revoke_tokens": true}'
configure appgate '{"revoke_tokens": true}'
round 'with faults'
no_faults
settle
exits 'garner verify --all agrees' 0 garner verify --all
stop_daemon
start_daemon
same 'a last start finds nothing to clean up' '' "$(grep 'event=recovered' "$log" | grep -v 'unfinished_runs=0 removed_partial_files=0' || true)"
finish
