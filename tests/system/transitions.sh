#!/bin/bash
# kill -9 at every ledger transition of a run of each vendor, right before and right behind its fdatasync, and at every step by which an
# artifact gets into its store. Afterwards each run has happened once. By default every second place, begun by GARNER_SEED; GARNER_ALL=1
# takes all.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
if [[ ! -f $shim ]]; then skip 'there is no shim here'; fi
every=2
if [[ -n ${GARNER_ALL:-} ]]; then every=1; fi
small_world 'retries: 1, retry_wait: 1s'
rules=$directory/rules
traced=$directory/traced
: >"$rules"
daemon_environment=("LD_PRELOAD=$shim" "GARNER_SHIM=$rules" "GARNER_SHIM_TRACE=$traced")
# The shim takes a rule when the file's time of change is another one.
arm() { printf '%s\n' "$1" >"$rules.new" && mv "$rules.new" "$rules"; }
succeeded() { count_runs '.state == "succeeded"'; }
calls() { grep -cE "$1" "$traced" || true; }

# ---- How many places there are: one run of each, undisturbed
start_daemon
: >"$traced"
start_all
within 30 'the undisturbed runs end' all_ended
same 'and have succeeded' 3 "$(succeeded)"
# GARNER_SHIM's CALL and PATTERN, and how often it came.
places=(
    "fdatasync */ledger.db-wal $(calls '^fdatasync .*/ledger\.db-wal$')"
    "fdatasync */.staging/* $(calls '^fdatasync .*/\.staging/')"
    "rename $archive/* $(calls "^rename $archive/")"
    "fsync $archive* $(calls "^fsync $archive")"
    "unlink $archive/* $(calls "^unlink $archive/")"
)
printf 'places  %s\n' "${places[@]}"

# kill_at CALL PATTERN NTH ACTION: runs of all three, killed there; then everything has to end well. Says only what went wrong.
killed=0
dead_or_ended() { dead || all_ended; }
kill_at() {
    local place="$1 $2, number $3, $4" failed
    arm "$1 $2 $3 $4"
    start_all
    await 20 "$place: it is killed there, or all has ended" dead_or_ended
    if dead; then
        killed=$((killed + 1))
        bury_daemon
        arm ''
        start_daemon
    else
        arm ''
    fi
    await 40 "$place: everything ends" all_ended
    failed=$(runs '.[] | select(.state != "succeeded") | .reason')
    if [[ -n $failed ]]; then bad "$place: $failed"; fi
}
point=${GARNER_SEED:-0}
for place in "${places[@]}"; do
    read -r call pattern count <<<"$place"
    for ((nth = 1; nth <= count; ++nth)); do
        for action in kill-before kill-after; do
            point=$((point + 1))
            if ((point % every == 0)); then kill_at "$call" "$pattern" "$nth" "$action"; fi
        done
    done
    ok "$call $pattern: $killed kills so far"
    nothing_lost_or_doubled
done
check "it was killed at most of the places ($killed)" test "$killed" -ge 5
exits 'garner verify --all agrees' 0 garner verify --all
finish
