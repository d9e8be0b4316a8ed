#!/bin/bash
# The wall clock jumps under the real daemon, an hour and a day, forward and back, in the middle of runs and around due instants: each
# instant happens once, runs in flight go on, nothing is removed. Needs libfaketime; it only jumps, since accelerated time hangs Asio.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
faketime_library=$(find /usr/lib -name libfaketime.so.1 -print -quit 2>/dev/null)
if [[ -z $faketime_library ]]; then skip 'there is no libfaketime here'; fi
start_sandbox --machines 2 --tenants 1 --appliances 1 --job-seconds 2-3 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-128KiB
sources=(plant fleet perimeter)
# The certificates of the stand-ins hold for the time that is; what is tried here is ours.
more='retries: 2, retry_wait: 1s'
schedules() {
    job activity '["*"]' "$1" "$more"
    job daily '["*"]' '30 4 * * *' "$more, timezone: UTC"
    export_job telemetry '["*"]' '@every 10000h' "$more"
    backup_job controllers '["*"]' '@every 10000h' "$more"
}
write_config "$(schedules '@every 5s')"
clock=$directory/clock
set_clock() { printf '%s\n' "$1" >"$clock.new" && mv "$clock.new" "$clock"; }
set_clock '+0'
daemon_environment=("LD_PRELOAD=$faketime_library" "FAKETIME_TIMESTAMP_FILE=$clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
start_daemon
some_succeeded() { [[ $(count_runs '.state == "succeeded"') -ge $wanted ]]; }
by_hand_ended() { [[ $(count_runs '.trigger == "manual" and .ended_at == null') == 0 ]]; }
polling() { [[ $(count_runs '.state == "exporting"') -ge 1 ]]; }
wanted=2
within 30 'runs succeed by the right clock' some_succeeded
# jump TITLE OFFSET: in the middle of runs of all vendors.
jump() {
    local before
    before=$(garner artifacts --json | jq length)
    garner run telemetry >"$directory/answer"
    garner run controllers >"$directory/answer"
    within 20 "$1: remote jobs are being made" polling
    set_clock "$2"
    within 60 "$1: what was going on ends" by_hand_ended
    same "$1: and has succeeded" '' "$(runs '.[] | select(.trigger == "manual" and .state != "succeeded") | .reason')"
    check "$1: nothing that was there is gone" test "$(garner artifacts --json | jq length)" -ge $((before + 2))
    alive || bad "$1: the daemon has ended"
}
jump 'an hour forward' '+1h'
jump 'and back' '+0'
jump 'a day forward' '+1d'
jump 'and back again' '+0'
jump 'an hour back' '-1h'
jump 'and right again' '+0'
wanted=$(($(count_runs '.state == "succeeded"') + 2))
within 60 'the schedule goes on' some_succeeded
stop_daemon
start_daemon
wanted=$(($(count_runs '.state == "succeeded"') + 2))
within 60 'and goes on behind a restart' some_succeeded
write_config "$(schedules '@every 10000h')"
exits 'the schedule is taken away by a reload' 0 garner reload
within 60 'every run has ended' all_ended
same 'no run has failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"
check 'the daily instant that a day of a wrong clock held came at most once a target' test "$(count_runs '.job == "daily"')" -le 4
nothing_lost_or_doubled
exits 'garner verify --all agrees' 0 garner verify --all
finish
