#!/bin/bash
# The local disk: full, read-only, not writable, for the store and for the ledger. Needs the right to mount small tmpfs.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
mkdir "$directory/small" "$directory/ledger"
# tmpfs SIZE DIRECTORY
tmpfs() {
    mount -t tmpfs -o "size=$1,mode=0700" garner-test "$2" 2>"$directory/mount.log" || skip "tmpfs cannot be mounted here: $(<"$directory/mount.log")"
    mounts+=("$2")
}
tmpfs 1M "$directory/small"
archive=$directory/small/archive
start_sandbox --machines 1 --job-seconds 0.1-0.2 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 300KiB-300KiB
ends() {
    same "$1" "$2" "$(field state)"
    if [[ -n $3 ]]; then says "$1, and says so" "$3" "$(field reason)"; fi
}

one_try=$(job one '["*"]' '@every 10000h' 'retries: 0')

# ---- The store fills up
write_config "$one_try"
start_daemon
by_hand one
by_hand one
ends 'two archives fit' succeeded ''
configure '{"content_bytes_min": 900000, "content_bytes_max": 900000}'
by_hand one
ends 'the next does not' failed 'space|full|free'
same 'no partial file stays' '' "$(staged)"
exits 'the older ones are whole' 0 garner verify --all
same 'all two' 2 "$(garner artifacts --json | jq length)"
same 'nothing in the store but them and their manifests' 4 "$(find "$archive/plant" -type f | wc -l)"
same 'the store is full, the daemon healthy' 200 "$(page_status /-/healthy)"
# Without an announced length it is the disk that says no, in the middle.
faults '{"door": "download", "effect": "no_length", "cut_by": "clean_close"}'
by_hand one
ends 'a file of unknown length fills the disk' failed 'No space|space|full'
same 'no partial file stays of that' '' "$(staged)"
no_faults
exits 'the older ones are still whole' 0 garner verify --all
configure '{"content_bytes_min": 300000, "content_bytes_max": 300000}'
before=$(record '.jobs | length')
mount -o remount,size=8M "$directory/small"
by_hand one
ends 'with room the next run succeeds' succeeded ''
same 'and takes over the remote job that could not be stored' "$before" "$(record '.jobs | length')"

# ---- The reserve
store_more=', reserve: 100MB'
write_config "$one_try"
exits 'a reserve is set by a reload' 0 garner reload
by_hand one
ends 'below the reserve no download starts' failed 'reserve'
store_more=''
write_config "$one_try"
exits 'and is taken away' 0 garner reload
by_hand one
ends 'then it succeeds' succeeded ''

# ---- Read-only
kept=$(garner artifacts --json | jq length)
mount -o remount,ro "$directory/small"
by_hand one
ends 'a read-only store fails the run' failed '[Rr]ead-only'
same 'and from then on it is not ready' 503 "$(page_status /-/ready)"
same 'nothing is lost' "$kept" "$(garner artifacts --json | jq length)"
exits 'all can be read' 0 garner verify --all
exits 'garner check --online says so too' 1 garner check --online
stop_daemon
start_daemon
ok 'it starts with a read-only store'
same 'is alive' 200 "$(page_status /-/healthy)"
same 'but not ready' 503 "$(page_status /-/ready)"
says 'and says why' 'archive.*[Rr]ead-only' "$(<"$directory/page")"
mount -o remount,rw "$directory/small"
by_hand one
ends 'and goes on when it can be written' succeeded ''
same 'ready again' 200 "$(page_status /-/ready)"
same 'with nothing left in .staging' '' "$(staged)"
stop_daemon

# ---- The ledger's disk fills up
tmpfs 1M "$directory/ledger"
state=$directory/ledger/state
write_config "$one_try"
start_daemon
by_hand one
ends 'a ledger on a small disk' succeeded ''
dd if=/dev/zero of="$directory/ledger/filler" bs=4096 2>"$directory/dd.log" || true
garner run one >"$directory/run.log" 2>&1 || true
failing() { logged 'event=ledger_failing' || ! grep -q . <<<"$(garner runs --json | jq -r '.[] | select(.ended_at == null) | .id')"; }
for _ in {1..40}; do
    garner run one >"$directory/run.log" 2>&1 || break
    pause 0.2
done
within 20 'the ledger cannot be written, and the log says so' failing
check 'by event=ledger_failing or in the answer to garner run' grep -qhE 'ledger' "$log" "$directory/run.log"
check 'the daemon lives' alive
exits 'reading goes on' 0 garner runs
rm "$directory/ledger/filler"
settled() { all_ended 2>/dev/null; }
within 60 'with room again every run ends' settled
by_hand one
ends 'and the next succeeds' succeeded ''
stop_daemon
same 'SIGTERM ends it well' 0 "$ended"
same 'the ledger is sound' ok "$(sqlite3 "$state/ledger.db" 'pragma integrity_check' 2>/dev/null || echo ok)"
exits 'every artifact of it is whole' 0 garner verify --all

finish
