#!/bin/bash
# Back again, and proof: the ledger is deleted and comes back from the manifests; what was changed behind garner's back is found.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 3 --job-seconds 0.1-0.4 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 8KiB-64KiB

write_config "$(job activity '["*"]' '@every 3s')"
start_daemon
three_each() { [[ $(garner runs --json --state succeeded | jq '[group_by(.target)[] | select(length >= 3)] | length') == 3 ]]; }
within 60 'every machine was archived three times' three_each
exits 'a rebuild beside a running daemon is refused' 1 garner rebuild
says 'and says whom to stop' 'stop that garnerd first' "$said"
exits 'garner verify --all --chain is fine beside a running daemon' 0 garner verify --all --chain
# A run that is cut off while it publishes leaves a file of which only the ledger knows.
settle() {
    write_config "$(job activity '["*"]' '0 0 1 1 *')"
    garner reload >/dev/null
    within 30 'what was going on has ended' all_ended
    stop_daemon
    write_config "$(job activity '["*"]' '@every 3s')"
}
settle

before=$(garner artifacts --json)
rm -f "$state"/ledger.db*
exits 'garner rebuild without any ledger' 0 garner rebuild
same 'garner artifacts --json is the same before and after' "$before" "$(garner artifacts --json)"
same 'the new ledger is 0600' 600 "$(stat -c %a "$state/ledger.db")"
same 'and alone' 'ledger.db' "$(cd "$state" && ls ledger.db*)"
exits 'garner verify --all --chain agrees' 0 garner verify --all --chain
exits 'garner status knows all successes' 0 garner status
same 'hashes of files, manifests, ledger and vendor are the same' '' "$(differing_artifacts)"

count=$(jq length <<<"$before")
start_daemon
went_on() { [[ $(garner runs --json --state succeeded | jq length) -ge $((count + 3)) ]]; }
within 40 'the daemon goes on from it' went_on
settle
exits 'and the chain goes on unbroken' 0 garner verify --chain
same 'a second rebuild keeps the ledger that was there' 1 "$(garner rebuild >/dev/null && find "$state" -name 'ledger.db.replaced-*' | grep -vc -e -wal)"

one=$(garner artifacts --json | jq -r '.[0].path')
id=$(garner artifacts --json | jq -r '.[0].id')
cp "$archive/$one.manifest.json" "$directory/manifest"
jq -c '.verdict = "suspect"' "$directory/manifest" >"$archive/$one.manifest.json"
exits 'a manifest that was edited' 1 garner verify --chain
says 'is named' "$(basename "$one") has a manifest that was edited" "$said"
rm "$archive/$one.manifest.json"
exits 'a manifest that was removed' 1 garner verify --chain
says 'is named' "$(basename "$one") has no manifest" "$said"
cp "$directory/manifest" "$archive/$one.manifest.json"
exits 'once it is back all is well' 0 garner verify --chain

printf 'X' | dd of="$archive/$one" bs=1 seek=100 conv=notrunc status=none
exits 'a flipped byte is found' 1 garner verify "$id"
code=0
garner get "$id" -o - >"$directory/out" 2>"$directory/err" || code=$?
same 'garner get of it ends with 1, also in a pipe' 1 "$code"
says 'and says why' 'the file was damaged or changed' "$(<"$directory/err")"

dd if=/dev/zero of="$archive/$one" bs=1 seek=200 count=4 conv=notrunc status=none
store_more=', verify: {schedule: "@every 1s", outdated_after: 0s}'
write_config "$(job activity '["*"]' '0 0 1 1 *')"
start_daemon
found() { [[ $(metric 'garner_artifacts_damaged{store="archive"}') == 1 ]]; }
within 30 'the schedule of the store finds it' found
proven() { [[ $(metric 'garner_verify_last_success_timestamp_seconds{store="archive"}' | cut -d. -f1) != 0 ]]; }
within 30 'all others are proven' proven
same 'it is suspect' suspect "$(garner artifacts --json | jq -r --arg id "$id" '.[] | select(.id == $id).verdict')"
exits 'garner status is bad news' 1 garner status
says 'and says where' 'store archive has 1 artifact that changed after being stored' "$said"
same 'it was told once' 1 "$(grep -c artifact_damaged "$log")"
exits 'garner status is bad news' 1 garner status --json
same 'also for those that read its JSON' 'false true' "$(jq -r '"\(.ok) \(.summary | test("not whole"))"' <<<"$said")"
says 'the timeline of its run has it' 'damaged after it was stored' "$(garner show "$(garner artifacts --json | jq -r --arg id "$id" '.[] | select(.id == $id).run')")"
stop_daemon
check "SIGTERM ends it within 10 s ($took s)" test "$took" -le 10

printf '{' >"$archive/$one.manifest.json"
exits 'a damaged manifest is bad news and not fatal' 1 garner rebuild
says 'it is named' "$(basename "$one").manifest.json not a manifest of garner" "$said"
same 'all others are taken' "$(($(find "$archive" -name '*.manifest.json' | wc -l) - 1))" "$(garner artifacts --json | jq length)"
no_violations
finish
