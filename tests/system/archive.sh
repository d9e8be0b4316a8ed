#!/bin/bash
# The main job: a schedule of seconds over three machines, what is then in the store and the ledger, and the admin's commands over it.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 3 --job-seconds 0.1-0.4 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-512KiB

write_config "$(job activity '["*"]' '@every 3s')"
exits 'garner check finds nothing wrong' 0 garner check
exits 'garner check --online logs in, finds the machines and proves the store' 0 garner check --online
exits 'garner status before anything ran, without a daemon, is answered' 0 garner status
exits 'a changing command without a daemon: it cannot be reached' 3 garner run activity
start_daemon

twice_each() { [[ $(garner runs --json --state succeeded | jq '[group_by(.target)[] | select(length >= 2)] | length') == 3 ]]; }
within 40 'every machine was archived twice' twice_each
machine=$(machines | head -1)
by_hand activity --target "$machine"
same 'garner run --target --wait ends well' 0 "$code"
same 'the run by hand says so' manual "$(field trigger)"
exits 'an unknown job is a usage error' 2 garner run activty
says 'and the one that was meant is named' "did you mean 'activity'" "$said"
exits 'an unknown machine of a job is a failure' 1 garner run activity --target Nobody --wait
exits 'garner status: nothing is overdue' 0 garner status
stop_daemon
same 'SIGTERM ends it with code 0' 0 "$ended"
check "SIGTERM ends it within 10 s ($took s)" test "$took" -le 10

# What follows reads the ledger of a stopped daemon.
same 'hashes of files, manifests, ledger and vendor are the same' '' "$(differing_artifacts)"
same 'one remote job for each run that has one' '' \
    "$(jq -rn --slurpfile runs <(garner runs --json) --slurpfile record <(control /tulip/record) \
        '([$runs[0][].remote_job | select(. != null and . != "")] | sort) as $ours
         | ([$record[0].jobs[].id] | sort) as $theirs | if $ours == $theirs then empty else {$ours, $theirs} end')"
no_violations
same 'files are 0600' '' "$(find "$archive" "$state" -type f ! -perm 0600 ! -name '*.lock')"
same 'directories of the store are 0700' '' "$(find "$archive" -type d ! -perm 0700)"
same 'the state directory is 0750' 750 "$(stat -c %a "$state")"
same 'every file is where the layout says' '' "$(find "$archive" -type f -printf './%P\n' |
    grep -vE '^\./plant/[^/]+--[A-Za-z0-9]+/[0-9]{4}/[0-9]{8}T[0-9]{6}(\.[0-9]+)?Z_[^/]+\.csv(\.manifest\.json)?$' || true)"
same 'nothing is left in .staging' '' "$(staged)"
manifest=$(find "$archive" -name '*.manifest.json' | head -1)
same 'a manifest has the pinned keys' '' "$(jq -r '["format", "artifact", "run", "job", "source", "source_type", "target", "scheduled_at", "window", "remote_job",
    "size", "sha256", "media_type", "probe", "verdict", "reasons", "times", "garner_version", "previous_manifest_sha256"] - keys | .[]' "$manifest")"
unchained() {
    local at file previous target
    for target in "$archive"/plant/*/; do
        previous=null
        while IFS=$'\t' read -r at file; do
            if [[ $(jq -r .previous_manifest_sha256 "$file") != "$previous" ]]; then echo "$at $file"; fi
            previous=$(sha256sum <"$file" | cut -d' ' -f1)
        done < <(jq -r '[.times.stored, input_filename] | @tsv' "$target"*/*.manifest.json | sort)
    done
}
same 'each manifest names the hash of the one before it' '' "$(unchained)"

same 'runs --json has the pinned keys' '' "$(runs '["id", "job", "source", "target", "target_name", "scheduled_at", "trigger", "state", "reason",
    "attempts", "remote_job", "started_at", "ended_at", "artifact"] - (.[0] | keys) | .[]')"
same 'artifacts --json has the pinned keys' '' "$(garner artifacts --json | jq -r '["id", "run", "job", "source", "target", "target_name",
    "scheduled_at", "window", "store", "path", "size", "sha256", "verdict", "reasons", "held", "stored_at"] - (.[0] | keys) | .[]')"
same 'status --json has the pinned keys and knows three targets' '3' "$(garner status --json | jq -r 'if (["summary", "ok", "targets"] - keys) == [] and
    (["job", "source", "target", "target_name", "last_success", "last_attempt", "verdict", "next_run", "overdue", "paused", "consecutive_failures",
    "reason"] - (.targets[0] | keys)) == [] then .targets | length else . end')"

one=$(garner artifacts --json | jq -c '.[0]')
id=$(jq -r .id <<<"$one")
hash=$(jq -r .sha256 <<<"$one")
exits 'garner show tells the timeline' 0 garner show "$(jq -r .run <<<"$one")"
says 'with its remote job and the end' 'succeeded' "$said"
same 'no presigned query and no secret in it' '' "$(grep -iE 'signature|X-Amz|'"$(<"$secret")" <<<"$said" || true)"
exits 'garner get -o FILE' 0 garner get "$id" -o "$directory/copy.csv"
same 'gives the same bytes' "$hash  -" "$(sha256sum <"$directory/copy.csv")"
same 'garner get -o - gives them on standard output' "$hash  -" "$(garner get "$id" -o - | sha256sum)"
echo mine >"$directory/copy.csv"
exits 'garner get refuses to overwrite' 1 garner get "$id" -o "$directory/copy.csv"
same 'and left the file alone' mine "$(<"$directory/copy.csv")"
exits 'an unknown artifact' 2 garner get nosuchartifact -o "$directory/none.csv"
check 'makes no file' test ! -e "$directory/none.csv"
exits 'garner verify --all is fine' 0 garner verify --all
path=$archive/$(jq -r .path <<<"$one")
printf x | dd of="$path" bs=1 seek=100 conv=notrunc status=none
exits 'garner verify sees one changed byte' 1 garner verify --all
exits 'garner get does not give it back as good' 1 garner get "$id" -o "$directory/corrupt.csv"
check 'and makes no file of it' test ! -e "$directory/corrupt.csv"
same 'no secret in any log' '' "$(grep -lF "$(<"$secret")" "$directory"/garnerd.*.log || true)"
same 'no presigned query in any log' '' "$(grep -liE 'X-Amz-Signature=' "$directory"/garnerd.*.log || true)"
finish
