#!/bin/bash
# A long run, not part of ctest: twenty machines every five seconds; what garnerd uses, and whether all is well in the end.
# Usage: soak.sh [MINUTES] [BUILD_DIRECTORY]
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
minutes=${1:-10}
begin "${2:-}"
concurrent=20
start_sandbox --machines 20 --job-seconds 0.5-2 --poll-gap 0.2 --concurrent-jobs 20 --content-bytes 64KiB-4MiB
write_config "$(job soak '["*"]' '@every 5s')"
sed -i 's/level: debug/level: warn/' "$config"
start_idle() {
    launch_daemon
    socket_there() { [[ -S $state/control.sock ]]; }
    within 20 'garnerd has started' socket_there
}
start_idle
until=$((SECONDS + minutes * 60))
rss=0
threads=0
descriptors=0
while ((SECONDS < until)); do
    if ! alive; then
        bad 'garnerd ended by itself'
        exit 1
    fi
    now=$(awk '/^VmRSS/ {print $2}' "/proc/$daemon_pid/status")
    if ((now > rss)); then rss=$now; fi
    now=$(awk '/^Threads/ {print $2}' "/proc/$daemon_pid/status")
    if ((now > threads)); then threads=$now; fi
    now=$(find "/proc/$daemon_pid/fd" -mindepth 1 2>/dev/null | wc -l)
    if ((now > descriptors)); then descriptors=$now; fi
    pause 0.5
done
ticks=$(awk '{print $14 + $15}' "/proc/$daemon_pid/stat")
write_config "$(job soak '["*"]')"
exits 'the schedule is taken away' 0 garner reload
within 60 'every run has ended' all_ended
record >"$directory/record.json" .
garner runs --json >"$directory/runs.json"
printf 'measured  %d runs, %d artifacts, %d MB in %d min; RSS at most %d KiB, %d threads, %d descriptors; CPU %d ms, %d ms a run\n' \
    "$(jq length "$directory/runs.json")" "$(garner artifacts --json | jq length)" "$(garner artifacts --json | jq '[.[].size] | add / 1000000 | floor')" \
    "$minutes" "$rss" "$threads" "$descriptors" "$((ticks * 1000 / $(getconf CLK_TCK)))" \
    "$((ticks * 1000 / $(getconf CLK_TCK) / $(jq length "$directory/runs.json")))"
no_violations
same 'one remote job per run' "$(jq '[.[] | select(.state == "succeeded")] | length' "$directory/runs.json")" "$(jq '.jobs | length' "$directory/record.json")"
same 'no run failed' 0 "$(jq '[.[] | select(.state != "succeeded" and .state != "skipped")] | length' "$directory/runs.json")"
same 'no run was skipped' 0 "$(jq '[.[] | select(.state == "skipped")] | length' "$directory/runs.json")"
check 'RSS below 40 MB' test "$rss" -lt 40000
exits 'garner verify --all' 0 garner verify --all
same 'nothing is left in .staging' '' "$(staged)"
finish
