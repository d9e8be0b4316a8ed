#!/bin/bash
# The schedule of the real daemon: three days off are made up for as catch_up says, also when it is killed in the middle of that; a pause
# holds over a restart, is seen everywhere and ends. Needs libfaketime for the days off.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
faketime_library=$(find /usr/lib -name libfaketime.so.1 -print -quit 2>/dev/null)
if [[ -z $faketime_library ]]; then skip 'there is no libfaketime here'; fi
start_sandbox --machines 2 --job-seconds 0.5-1 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 20KiB-40KiB
clock=$directory/clock
set_clock() { printf '%s\n' "$1" >"$clock.new" && mv "$clock.new" "$clock"; }
set_clock '-74h'
daemon_environment=("LD_PRELOAD=$faketime_library" "FAKETIME_TIMESTAMP_FILE=$clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
# The daily instant is two hours back: so three of them lie in the 74 hours, and none comes while this runs.
daily=$(date -u -d '2 hours ago' '+%M %H * * *')
write_config "$(
    job latest '["*"]' "$daily" 'timezone: UTC, catch_up: latest'
    job all '["*"]' "$daily" 'timezone: UTC, catch_up: all'
    job none '["*"]' "$daily" 'timezone: UTC, catch_up: none'
)"

# ---- Three days off
# The vendor's certificates are younger than that: nothing is asked of it before.
start_daemon
stop_daemon
same 'the daemon was up three days ago, and nothing was due' 0 "$(count_runs true)"
set_clock '+0'
succeeded() { count_runs ".job == \"$1\" and .state == \"succeeded\" and .trigger == \"catch_up\""; }
start_daemon
begun() { [[ $(count_runs '.started_at != null') -ge 1 ]]; }
within 20 'it comes back and begins to catch up' begun
for kill in 1 2 3; do
    kill_daemon
    start_daemon
    pause "0.$((kill * 3))"
done
within 60 'after three kills everything has ended' all_ended
same 'catch_up: latest makes up for one instant of each of the two machines' 2 "$(succeeded latest)"
same 'catch_up: all for three' 6 "$(succeeded all)"
same 'catch_up: none for none' 0 "$(succeeded none)"
same 'nothing failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"
skipped() { count_runs ".job == \"$1\" and .state == \"skipped\""; }
same 'what was not made up for is told' '4 0' "$(skipped latest) $(skipped all)"
check 'each instant of it, though nobody knew the machines yet' test "$(skipped none)" -ge 3
says 'with its reason' 'missed: .*catch_up is none' "$(runs '[.[] | select(.job == "none")][0].reason')"
same 'each instant once' 0 "$(runs '[group_by([.job, .target, .scheduled_at])[] | select(length > 1)] | length')"
same 'skipped ones are counted' "$(skipped none)" "$(metric 'garner_runs_total{job="none",result="skipped"}')"
nothing_lost_or_doubled

# ---- Pauses
write_config "$(job often '["*"]' '@every 3s')"
exits 'another schedule is taken into effect' 0 garner reload
often() { count_runs ".job == \"often\" and .state == \"$1\""; }
some_often() { [[ $(often succeeded) -ge 2 ]]; }
within 30 'it runs' some_often
exits 'garner pause needs a job that there is' 2 garner pause oftn
says 'and says which was meant' "did you mean 'often'" "$said"
exits 'and a time that is to come' 1 garner pause often --until 2020-01-01T00:00:00Z
says 'saying what it is' 'has passed' "$said"
exits 'and words that are a time' 2 garner pause often --until tomorrow
exits 'garner pause' 0 garner pause often --reason 'the press is taken apart' --until 3d
says 'says until when' 'often is paused until 20' "$said"
settled() { all_ended && [[ $(often skipped) -ge 2 ]]; }
within 30 'what comes meanwhile is skipped' settled
kill_daemon
start_daemon
before=$(often succeeded)
more_skipped() { [[ $(often skipped) -ge 6 ]]; }
within 30 'also behind a restart' more_skipped
same 'and nothing starts' "$before" "$(often succeeded)"
says 'the reason says who and why' '^paused by uid [0-9]+ since .*: the press is taken apart$' "$(runs '[.[] | select(.job == "often" and .state == "skipped")][0].reason')"
same 'garner status --json has it' 'true the press is taken apart' "$(garner status --json | jq -r '.targets[] | select(.job == "often") | "\(.paused) \(.pause.reason)"' | sort -u)"
says 'garner status too' 'paused.*the press is taken apart' "$(garner status)"
same 'and the metrics' 1 "$(metric 'garner_schedule_paused{job="often"}')"
check 'and since when' test "$(metric 'garner_schedule_paused_since_timestamp_seconds{job="often"}' | cut -d. -f1)" != 0
exits 'garner resume' 0 garner resume often
exits 'once' 1 garner resume often
goes_on() { [[ $(often succeeded) -gt $before ]]; }
within 30 'it goes on' goes_on
same 'and nothing is made up for' 0 "$(count_runs '.job == "often" and .trigger == "catch_up" and .state == "succeeded"')"
same 'it is told no more' 0 "$(metric 'garner_schedule_paused{job="often"}')"
write_config "$(job often '["*"]' '@every 3s' 'paused: true')"
exits 'the configuration pauses as well' 0 garner reload
says 'and says so' 'paused' "$said"
within 10 'it is told' test "$(metric 'garner_schedule_paused{job="often"}')" = 1
exits 'garner resume cannot help that' 1 garner resume often
says 'and says what can' 'paused: true' "$said"
within 30 'all has ended' all_ended
nothing_lost_or_doubled
finish
