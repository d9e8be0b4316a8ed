#!/bin/bash
# Lists of targets, with the real programs: a machine appears, one vanishes, half of them are gone and that is an alarm, over a restart
# and a kill, until a person says otherwise. Then a wall clock that is not the vendors', where libfaketime is.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 7 --job-seconds 0.1-0.4 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-128KiB --appliances 1
source_more='    discovery: {interval: 1s}'
write_config "$(job activity '["*"]' '@every 10000h' 'retries: 0')"
# list_machines COUNT: the vendor lists the first so many.
list_machines() {
    configure "$(jq -c --argjson n "$1" '{machine_types: [{id: "TypeOfMachines", name: "All", machines: .tulip.machines[:$n]}]}' <<<"$ready")"
}
targets() { garner targets --json "${@:2}" | jq -r "$1"; }
listed() { [[ $(targets '[.[] | select(.state == "listed" or .state == "new")] | length') == "$wanted" ]]; }
refused() { [[ $(metric 'garner_discovery_refused{source="plant"}') == "$1" ]]; }

list_machines 5
exits 'before anything was listed there is nothing to show' 0 garner targets
start_daemon
wanted=5
within 10 'the machines are listed before anything is due' listed
exits 'garner targets has no bad news' 0 garner targets
says 'and says which jobs take them' 'activity' "$said"
same 'the first list is no news of appearances' 1 "$(grep -c 'event=targets_known' "$log")"
by_hand activity
same 'each is archived' 5 "$(count_runs '.state == "succeeded"')"

list_machines 6
wanted=6
within 10 'a machine that was added is listed' listed
says 'as a new one' '^new$' "$(targets '.[] | select(.state == "new") | .state')"
logged 'event=target_appeared' || bad 'its appearance is in the log'
new_series() { page /metrics | grep -qF "garner_run_overdue{job=\"activity\",target=\"$(machines | sed -n 6p)\"} 0"; }
within 5 'its series is there before its first run' new_series
list_machines 5
wanted=5
within 10 'a machine that was taken away is not' listed
same 'and is remembered' 1 "$(targets '[.[] | select(.state == "vanished")] | length')"
one_vanished() { [[ $(metric 'garner_discovery_targets{source="plant",state="vanished"}') == 1 ]]; }
within 5 'the metric says the same' one_vanished

list_machines 2
within 10 'a list of two of five is refused' refused 1
wanted=5
check 'the five stay in force' listed
exits 'garner targets has bad news' 1 garner targets
says 'it names the way to confirm it' 'garner targets --accept plant' "$said"
same 'and what would vanish' 3 "$(targets '[.[] | select(.if_accepted == "vanishes")] | length' || true)"
says 'garner status shows it' 'the list of source plant is not believed' "$(garner status || true)"
same 'the daemon is ready all the same' 200 "$(page_status /-/ready)"
same '/api/v1/targets says what the command says' "$(targets '.' --source plant || true)" "$(page /api/v1/targets | jq -r .)"
kill_daemon
start_daemon
within 10 'a kill changes nothing' refused 1
pause 2.5
same 'nor is it told again' 0 "$(grep -c 'event=list_refused' "$log")"
by_hand activity
same 'runs go on with the old machines' 5 "$(runs '[.[] | select(.trigger == "manual")] | sort_by(.id) | .[5:] | length')"

exits 'a confirmation for a source that is not there is a usage error' 2 garner targets --accept plnt
exits 'a person confirms it' 0 garner targets --accept plant
says 'and is told what vanished' 'vanished: ' "$said"
wanted=2
check 'the two are in force' listed
within 5 'the metric says that nothing stands refused' refused 0
same 'nothing that was archived is gone' 5 "$(garner artifacts --json --verdict verified | jq '[.[] | select(.job == "activity")] | group_by(.target) | length')"
exits 'what does not stand refused cannot be confirmed' 1 garner targets --accept plant
stop_daemon
exits 'garner targets works without a daemon' 0 garner targets
exits 'garner targets --accept does not' 3 garner targets --accept plant

faketime_library=$(find /usr/lib -name libfaketime.so.1 -print -quit 2>/dev/null)
if [[ -n $faketime_library ]]; then
    clock=$directory/clock
    set_clock() { printf '%s\n' "$1" >"$clock.new" && mv "$clock.new" "$clock"; }
    suspect() { [[ $(metric garner_clock_suspect) == "$1" ]]; }
    set_clock '+0'
    daemon_environment=("LD_PRELOAD=$faketime_library" "FAKETIME_TIMESTAMP_FILE=$clock" FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
    sources=(perimeter)
    source_more='    discovery: {interval: 1s}'
    write_config "$(backup_job controllers '["*"]')"
    start_daemon
    listed_there() { [[ $(metric 'garner_discovery_targets{source="perimeter",state="listed"}') == 1 ]]; }
    within 20 'the appliance is listed' listed_there
    check 'a clock that is right is trusted' suspect 0
    set_clock '+1h'
    within 60 'a clock that is an hour ahead of the vendor is suspect' suspect 1
    says 'garner status says why' 'the wall clock is suspect since .* ahead of the clock of source perimeter' "$(garner status || true)"
    logged 'event=clock_jumped' || bad 'the jump is in the log'
    by_hand controllers
    same 'runs go on' succeeded "$(field state)"
    stop_daemon
fi
finish
