#!/bin/bash
# kill -9 at random moments of a load, restart, until it has all happened once: nothing is lost, nothing is done twice at the vendor.
# GARNER_KILLS sets how often each of the two rounds kills (5); GARNER_SEED the moments.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
kills=${GARNER_KILLS:-5}
RANDOM=${GARNER_SEED:-4711}
printf 'seed  %s, %s kills a round\n' "${GARNER_SEED:-4711}" "$kills"
start_sandbox --machines 5 --job-seconds 0.2-0.8 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 256KiB-2MiB

settle() {
    # What still runs ends on its own; the schedule is taken away so that nothing new begins.
    write_config "$(job load '["*"]')"
    exits 'the schedule is taken away by a reload' 0 garner reload
    within 60 'every run has ended' all_ended
    nothing_lost_or_doubled
    check "there were runs to kill ($(count_runs '.state == "succeeded"') succeeded)" test "$(count_runs '.state == "succeeded"')" -ge 5
}

write_config "$(job load '["*"]' '@every 2s' 'retries: 3, retry_wait: 1s')"
start_daemon
round 'without faults'
settle
same 'without faults no run failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"

write_config "$(job load '["*"]' '@every 2s' 'retries: 3, retry_wait: 1s')"
exits 'the schedule comes back' 0 garner reload
faults '[{"door": "api", "method": "POST", "effect": "lost_answer", "every": 7},
    {"door": "api", "effect": "status", "status": 503, "probability": 0.1},
    {"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "every": 3},
    {"door": "download", "effect": "expired", "every": 11},
    {"door": "api", "method": "GET", "effect": "reset", "probability": 0.05}]'
round 'with faults'
no_faults
settle
exits 'garner verify --all agrees' 0 garner verify --all
stop_daemon
start_daemon
same 'a last start finds nothing to clean up' '' "$(grep 'event=recovered' "$log" | grep -v 'unfinished_runs=0 removed_partial_files=0' || true)"
finish
