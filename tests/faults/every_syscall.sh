#!/usr/bin/env bash
# kill -9 at every syscall that touches a file or the network, of one whole run of the real garnerd, by strace. After each kill garnerd
# starts again without strace, everything has to end, and the checkers look. Takes long: GARNER_EVERY=10 takes every tenth place.
# usage: tests/faults/every_syscall.sh [BUILD_DIRECTORY]
set -euo pipefail
# shellcheck source=../../packaging/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/lib.sh"
need_packages strace jq curl
# shellcheck source=../system/lib.sh
. "$(dirname "$0")/../system/lib.sh"
# shellcheck source=../system/killing.sh
. "$(dirname "$0")/../system/killing.sh"
begin "${1:-$root/build/dev}"
every=${GARNER_EVERY:-1}
small_world 'retries: 1, retry_wait: 1s'
calls=(pwrite64 write fsync fdatasync rename renameat2 unlink openat mkdirat ftruncate connect sendto recvfrom recvmsg)
traced=$directory/strace.log
# launch WORDS...: garnerd under strace.
launch() {
    daemon_starts=$((daemon_starts + 1))
    log=$directory/garnerd.$daemon_starts.log
    setpriv --pdeathsig KILL strace -f -qq "$@" "$garnerd_program" --config.file "$config" >"$log" 2>&1 </dev/null &
    daemon_pid=$!
}
started_or_dead() { logged 'event=started' || dead; }
ended_or_dead() { dead || { garner runs --json >"$directory/runs.json" 2>&1 && all_ended; }; }

# One life under strace, to count.
launch -o "$traced" -e "trace=$(IFS=,; printf '%s' "${calls[*]}")"
await 60 'it starts under strace' started_or_dead
start_all
await 60 'its runs end' all_ended
pkill -TERM -P "$daemon_pid" || true
wait "$daemon_pid" || true
daemon_pid=''
client restarted
points=0
killed=0
for call in "${calls[@]}"; do
    # strace counts a thread's calls by themselves: the busiest one decides.
    count=$(grep -E "^[0-9]+ +$call\(" "$traced" | cut -d' ' -f1 | sort | uniq -c | sort -rn | awk 'NR == 1 {print $1}' || true)
    count=${count:-0}
    before=$killed
    for ((n = 1; n <= count; n += every)); do
        points=$((points + 1))
        launch -o "$directory/strace.out" -e "trace=$call" -e "inject=$call:signal=KILL:when=$n"
        await 60 "$call $n: it starts, or is dead" started_or_dead
        if alive; then start_all; fi
        await 60 "$call $n: it is dead, or all has ended" ended_or_dead
        if alive; then
            pkill -KILL -P "$daemon_pid" || true
        else
            killed=$((killed + 1))
        fi
        bury_daemon
        start_daemon
        await 60 "$call $n: behind the kill everything ends" all_ended
        failed=$(runs '.[] | select(.state != "succeeded") | .reason')
        if [[ -n $failed ]]; then bad "$call $n: $failed"; fi
        audit --settled || bad "$call $n: garner-audit: $said"
        stop_daemon
    done
    ok "$call: up to $count calls of a thread, killed at $((killed - before))"
done
printf 'every_syscall  %s places, %s kills, %s runs, %s artifacts\n' "$points" "$killed" "$(garner runs --json | jq length)" "$(garner artifacts --json | jq length)"
finish
