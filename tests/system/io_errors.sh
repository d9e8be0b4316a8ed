#!/bin/bash
# Disks that fail under the real garnerd, by the shim of tests/faults: one error at each kind of call on the store and on the ledger, then
# errors that last. No run is lost, nothing good is removed, nothing is listed that is not whole, and the daemon lives and says why.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
if [[ ! -f $shim ]]; then skip 'there is no shim here'; fi
small_world 'retries: 2, retry_wait: 1s'
rules=$directory/rules
: >"$rules"
daemon_environment=("LD_PRELOAD=$shim" "GARNER_SHIM=$rules")
arm() { printf '%s\n' "$1" >"$rules.new" && mv "$rules.new" "$rules"; }
start_patiently() {
    local job
    for job in activity telemetry controllers; do
        until garner run "$job" >"$directory/answer" 2>&1; do
            # A ledger that cannot be written takes no run by hand: the person hears of it and asks again.
            if ! grep -q ledger "$directory/answer"; then
                bad "garner run $job: $(<"$directory/answer")"
                return 0
            fi
            pause 0.3
        done
    done
}
failed() { runs '.[] | select(.state == "failed") | .reason' | wc -l; }

start_daemon
start_patiently
within 30 'undisturbed runs end' all_ended
same 'and have succeeded' 3 "$(count_runs '.state == "succeeded"')"

# ---- One error, and the run tries again
once() {
    arm "$1"
    start_patiently
    await 60 "$1: everything ends" all_ended
    arm ''
    same "$1: every run has succeeded" 0 "$(failed)"
    alive || bad "$1: the daemon has ended"
    audit --settled || bad "$1: garner-audit: $said"
}
for error in EIO ENOSPC; do
    once "write $archive/.staging/* 1 $error"
    once "fdatasync $archive/.staging/* 1 $error"
    once "fdatasync $archive/.staging/*.manifest.json 1 $error"
    once "rename $archive/*.csv 1 $error"
    once "rename $archive/*.zip.manifest.json 1 $error"
    once "write $state/ledger.db-wal 4 $error"
    once "fdatasync $state/ledger.db-wal 4 $error"
done
for place in "$archive" "$archive/.staging" "$archive/*/2*"; do once "fsync $place 1 EIO"; done
once "open $archive/.staging/*.part 1 EDQUOT"
once "unlink $archive/.staging/* 1 EIO"

# ---- The store fails for good
before=$(garner artifacts --json | jq length)
arm "fdatasync $archive/* 1 EIO *"
start_patiently
within 60 'with a store that cannot sync every run ends' all_ended
same 'and has failed' 3 "$(failed)"
says 'by its own words' 'Input/output error' "$(runs '.[] | select(.state == "failed") | .reason')"
same 'what was there is there' "$before" "$(garner artifacts --json | jq length)"
check 'the daemon says that the store fails' grep -q 'event=store_failing' "$log"
same 'and is not ready' 503 "$(page_status /-/ready)"
same 'no partial file stays' '' "$(staged)"
jobs_before=$(vendor_jobs | jq length)
arm ''
start_patiently
within 60 'when it can be written again the next runs end' all_ended
same 'and succeed' 3 "$(failed)"
same 'with the remote jobs that had to wait' "$jobs_before" "$(vendor_jobs | jq length)"
nothing_lost_or_doubled

# ---- The manifest's directory fails for a while in the middle of publishing: the run waits until it can tell
failed_before=$(failed)
arm "fsync $archive/*/2* 1 EIO *"
start_patiently
failing() { [[ $(grep -c 'event=store_failing' "$log") -ge 3 ]]; }
within 60 'a directory cannot be synced' failing
arm ''
within 90 'when it can, every run ends' all_ended
same 'none has failed for it, or each is listed as failed and left nothing in the store' "$failed_before" "$(failed)"
nothing_lost_or_doubled

# ---- The ledger fails for a while
arm "fdatasync $state/ledger.db-wal 1 EIO *"
ledger_says() { ! garner run activity >"$directory/answer" 2>&1 && grep -q ledger "$directory/answer"; }
within 20 'a run by hand is refused while the ledger cannot be written' ledger_says
alive || bad 'the daemon has ended'
exits 'reading goes on' 0 garner runs
arm ''
start_patiently
within 60 'when it can, runs go on' all_ended
nothing_lost_or_doubled
stop_daemon
same 'SIGTERM ends it well' 0 "$ended"
exits 'garner verify --all agrees' 0 garner verify --all
finish
