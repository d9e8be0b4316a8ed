#!/bin/bash
# The daemon is frozen for a minute (SIGSTOP: a virtual machine that is paused, a laptop that sleeps) in the middle of polls and
# downloads, and across due instants. Nothing fails for good, nothing is done twice.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
start_sandbox --machines 2 --tenants 2 --appliances 1 --job-seconds 4-5 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 2MiB-2MiB
sources=(plant fleet perimeter)
more='retries: 2, retry_wait: 1s'
write_config "$(
    job activity '["*"]' '@every 20s' "$more"
    export_job telemetry '["*"]' '@every 10000h' "$more"
    backup_job controllers '["*"]' '@every 10000h' "$more"
)"
start_daemon
faults '{"vendor": "servitly", "door": "download", "effect": "slow_body", "bytes_per_second": 400000}'
garner run telemetry >"$directory/answer"
downloading() { [[ $(count_runs '.state == "downloading"') -ge 1 ]]; }
within 30 'an export is being downloaded' downloading
garner run controllers >"$directory/answer"
polling() { [[ $(count_runs '.state == "exporting"') -ge 1 ]]; }
within 20 'and a backup is being made' polling
kill -STOP "$daemon_pid"
pause 60
kill -CONT "$daemon_pid"
no_faults
by_hand_ended() { [[ $(count_runs '.trigger == "manual" and .ended_at == null') == 0 ]]; }
within 60 'what was going on ends' by_hand_ended
same 'and has succeeded' 3 "$(count_runs '.trigger == "manual" and .state == "succeeded"')"
made_up_for() { [[ $(count_runs '.job == "activity"') -ge 6 ]]; }
within 60 'the instants that it slept through have their runs, or say why not' made_up_for
write_config "$(job activity '["*"]' '@every 10000h' "$more")"
exits 'the schedule is taken away by a reload' 0 garner reload
within 60 'every run has ended' all_ended
same 'of the instants none ran twice, and none failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"
check 'some of them succeeded' test "$(count_runs '.job == "activity" and .state == "succeeded"')" -ge 2
check 'the daemon answers' grep -q . <<<"$(page /metrics)"
nothing_lost_or_doubled
exits 'garner verify --all agrees' 0 garner verify --all
finish
