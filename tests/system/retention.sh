#!/bin/bash
# Retention of the real daemon: what no rule keeps goes into the trash and away, a person takes it back, holds it, asks why; an edit that
# would remove too much waits for a word; kills in the middle of it lose nothing.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 1 --job-seconds 0.1-0.3 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 20KiB-40KiB
machine='["*"]'
rules() { global_more="$(printf '  deletion_budget: {artifacts: %s, percent: 0}\nretention:\n  plain: {%s}' "$1" "$2")"; }
kept() { garner artifacts --json | jq length; }
trashed() { garner artifacts --trash --json | jq length; }
keeps() { [[ $(kept) == "$1" ]]; }
trash_has() { [[ $(trashed) == "$1" ]]; }

# ---- Into the trash
rules 50 'keep_last: 2, min_good: 1'
write_config "$(job one "$machine" '' 'retention: plain')"
start_daemon
by_hand one && by_hand one
first=$(garner artifacts --json | jq -r '.[1].id')
path=$(garner artifacts --json | jq -r '.[1].path')
exits 'garner prune --dry-run' 0 garner prune --dry-run --json
same 'keeps both' 'keep keep' "$(jq -r '[.[].action] | join(" ")' <<<"$said")"
by_hand one
within 20 'after the third run the first one is in the trash' trash_has 1
same 'two are kept' 2 "$(kept)"
same 'its file is below .trash' "$first" "$(jq -r .artifact "$archive/.trash/$path.manifest.json")"
check 'and not where it was' test ! -e "$archive/$path" -a ! -e "$archive/$path.manifest.json"
same 'garner_pruned_total' 1 "$(metric 'garner_pruned_total{job="one"}')"
exits 'garner explain' 0 garner explain "$first" --json
says 'tells the rule' 'keep_last' "$(jq -r .rule <<<"$said")"
check 'and until when it lies there' test "$(jq -r .until <<<"$said")" != null
exits 'garner explain of one that is kept' 0 garner explain "$(garner artifacts --json | jq -r '.[0].id')"
says 'tells what would change that' 'goes:  once .*newer verified' "$said"
exits 'garner get reads it from the trash' 0 garner get "$first" -o "$directory/back.csv"
exits 'garner verify too' 0 garner verify "$first"
run_of=$(garner artifacts --trash --json | jq -r '.[0].run')
says 'garner show has the rule' 'trashed.*keep_last' "$(garner show "$run_of")"

# ---- And back
exits 'garner restore-trash' 0 garner restore-trash "$first" --reason 'the audit'
check 'the file is back' cmp "$directory/back.csv" "$archive/$path"
same 'and held' true "$(garner artifacts --json | jq --arg id "$first" '.[] | select(.id == $id) | .held')"
exits 'again: it is not in the trash' 1 garner restore-trash "$first"
exits 'a pass' 0 garner prune
same 'does not take it' 3 "$(kept)"
exits 'released' 0 garner release "$first" --reason 'the audit is over'
within 20 'it goes again' trash_has 1
exits 'held for a while in the trash' 0 garner hold "$first" --reason 'perhaps' --until 1h

# ---- Too much at once
for _ in 1 2 3 4; do by_hand one; done
within 20 'the others followed' keeps 2
rules 1 'keep_last: 10, min_good: 1'
write_config "$(job one "$machine" '' 'retention: plain')"
exits 'more may stay' 0 garner reload
for _ in 1 2 3; do by_hand one; done
same 'and does' 5 "$(kept)"
rules 1 'keep_last: 1, min_good: 1, grace: 0s'
write_config "$(job one "$machine" '' 'retention: plain')"
exits 'an edit that would remove four, where one may go' 0 garner reload
says 'is applied' 'retention' "$said"
waits() { [[ $(metric garner_prune_waiting_artifacts) == 4 ]]; }
within 20 'its rules wait' waits
same 'nothing went' 5 "$(kept)"
check 'the log says so' logged 'event=prune_waits'
says 'garner status too' 'garner prune --confirm' "$(garner status)"
exits 'garner prune is not enough' 1 garner prune
says 'and says what is' 'garner prune --confirm' "$said"
exits 'garner prune --dry-run shows them' 1 garner prune --dry-run
same 'all four' 4 "$(grep -c ' trash ' <<<"$said")"
kill_daemon
start_daemon
same 'it still waits behind a restart' 5 "$(kept)"
exits 'garner prune --confirm' 0 garner prune --confirm
same 'one is kept' 1 "$(kept)"
goes_on() { [[ $(metric garner_prune_waiting_artifacts) == 0 ]]; }
within 10 'nothing waits any more' goes_on

# ---- Killed in the middle
rules 50 'keep_last: 1, min_good: 1, grace: 0s'
write_config "$(job one "$machine" '@every 1s' 'retention: plain')"
exits 'a run each second' 0 garner reload
for moment in 1.3 0.9 1.7 1.1 0.6 1.9; do
    pause "$moment"
    kill_daemon
    start_daemon
done
rules 50 'keep_last: 1, min_good: 1, grace: 0s'
write_config "$(job one "$machine" '' 'retention: plain')"
exits 'no more' 0 garner reload
within 30 'all runs end' all_ended
by_hand one
within 20 'one is kept' keeps 1
same 'it is what the vendor gave' '' "$(differing_artifacts)"
same 'every file that is still in the store is one of the ledger' "$(garner artifacts --json | jq -r '.[].path')" \
    "$(cd "$archive" && find plant -name '*.csv')"
no_violations
finish
