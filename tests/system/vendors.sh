#!/bin/bash
# All three vendors in one configuration, on schedules of seconds: what is then in the store, in the ledger and at the vendors, and
# exports whose windows tile the time.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 2 --tenants 2 --appliances 5 --job-seconds 0.1-0.4 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-512KiB
sources=(plant fleet perimeter)
windows=$(windows_since 5)
start=$(grep -oE '[0-9-]+T[0-9:]+' <<<"$windows")
all_jobs() {
    job activity '["*"]' '@every 4s'
    export_job telemetry '["*"]' '@every 4s' 'export: {include_unit: true, timestamp_format: ISO_8601}'
    export_job hourly '["acme"]' "$1" "$windows"
    backup_job controllers '["*"]' '@every 4s' 'backup: {logs: false, audit: true}'
}
write_config "$(all_jobs '@every 3s')"
exits 'garner check finds nothing wrong' 0 garner check
exits 'garner check --online finds everything fine' 0 check_online
says 'and names the appliances that hold no state' 'left out since they hold no state: .*gateway-1' "$said"
says 'each of them' 'left out since they hold no state: .*connector-1' "$said"
says 'and that both tenants let us in' 'logged in to tenant bravo' "$said"
same 'with nothing wrong in it' '' "$(grep FAIL <<<"$said" || true)"
same 'in JSON too' true "$(check_online --json | jq '.ok')"
start_daemon

twice_each() { [[ $(garner runs --json --state succeeded | jq '[group_by([.job, .target])[] | select(length >= 2)] | length') == 8 ]]; }
within 40 'every target of every job was archived twice, and every window' twice_each
exits 'garner status: nothing is overdue' 0 garner status
exits 'garner check --online again' 0 check_online
same 'it is the same installation as the daemon' 1 "$(record_of appgate '.device_ids | unique | length')"

# ---- Windows
hourly() { garner artifacts --json --job hourly; }
all_windows() { [[ $(hourly | jq length) == 5 && $(count_runs '.job == "hourly" and .ended_at == null') == 0 ]]; }
within 20 'every window that has closed was fetched' all_windows
same 'each window begins where the one before ends, and is an hour long' '' "$(hourly | jq -r 'sort_by(.window.start)
    | def seconds: sub("\\.[0-9]+Z"; "Z") | fromdateiso8601;
    . as $all | range(length) | $all[.] as $one | . as $i
    | select((($one.window.end | seconds) - ($one.window.start | seconds)) != 3600 or ($i > 0 and $all[$i - 1].window.end != $one.window.start))
    | $one.window | tostring')"
same 'the first begins where the configuration says' "$start" "$(hourly | jq -r 'map(.window.start) | min | .[:19]')"
same 'oldest first' '' "$(record_of servitly '[.jobs[] | select(.name | contains("garner hourly "))] | [.[].start_timestamp] | select(. != sort) | tostring')"
same 'the vendor was asked for each window once' '' "$(record_of servitly '[.jobs[] | select(.name | contains("garner hourly "))]
    | group_by(.start_timestamp)[] | select(length > 1) | tostring')"
same 'a run says its window' '' "$(runs '.[] | select((.job == "hourly") != (.window != null)) | .id')"
# The schedule is taken away, so that a run by hand is the only one.
write_config "$(all_jobs '@every 10000h')"
exits 'a reload' 0 garner reload
exits 'garner run when nothing is owed' 1 garner run hourly
says 'says so, and when the next window closes' "owes no window.*closes at [0-9-]+T[0-9]+:(00|15):00" "$said"
stop_daemon
same 'SIGTERM ends it with code 0' 0 "$ended"
start_daemon
within 20 'what was going on when it stopped has ended' all_ended
write_config "$(job none '["*"]')"
exits 'nothing more is begun' 0 garner reload
within 20 'everything has ended' all_ended
stop_daemon

# ---- What follows reads the ledger of a stopped daemon.
same 'no run failed' '' "$(runs '.[] | select(.state == "failed" or .state == "suspect") | .reason')"
same 'hashes of files, manifests, ledger and vendors are the same' '' "$(differing_artifacts)"
same 'one remote job for each run that has one' '' "$(jq -rn --slurpfile runs <(garner runs --json) --slurpfile jobs <(vendor_jobs) \
    '([$runs[0][].remote_job | select(. != null and . != "")] | sort) as $ours | ([$jobs[0][].id] | sort) as $theirs
     | if $ours == $theirs then empty else {ours: ($ours - $theirs), theirs: ($theirs - $ours)} end')"
same 'each vendor was asked' 'appgate servitly tulip' "$(vendor_jobs | jq -r 'map(.vendor) | unique | join(" ")')"
same 'nothing is left on any appliance' '' "$(lying)"
same 'and garner leftovers has nothing' 0 "$(garner leftovers --json | jq length)"
same 'every backup was deleted there' 0 "$(record_of appgate '[.jobs[] | select(.deleted | not)] | length')"
same 'a tenant never had two exports' 1 "$(record_of servitly '[.max_concurrent_per_tenant[]] | max')"
same 'a job says what its backups contain' 'false true' "$(record_of appgate '.jobs | map("\(.logs) \(.audit)") | unique | join(",")')"
same 'only appliances that hold state were backed up' 'controller controller-2 logserver' "$(record_of appgate '.jobs | map(.name) | unique | join(" ")')"
no_violations
same 'every file is where the layout says' '' "$(find "$archive" -type f -printf './%P\n' |
    grep -vE '^\./(plant/[^/]+/[0-9]{4}/[^/]+\.csv|fleet/[^/]+--[^/]+/[0-9]{4}/[^/]+\.zip|perimeter/[^/]+--[0-9a-f-]{36}/[0-9]{4}/[^/]+\.gpg)(\.manifest\.json)?$' || true)"
same 'nothing is left in .staging' '' "$(staged)"
for type in tulip servitly appgate; do
    manifest=$(grep -l "\"source_type\":[[:space:]]*\"$type\"" "$archive"/*/*/*/*.manifest.json | head -1)
    same "a manifest of $type has the pinned keys" '' "$(jq -r '["format", "artifact", "run", "job", "source", "source_type", "target", "scheduled_at", "window",
        "remote_job", "size", "sha256", "media_type", "probe", "verdict", "reasons", "times", "garner_version", "previous_manifest_sha256"] - keys | .[]' "$manifest")"
done
manifest=$(grep -l '"job":[[:space:]]*"hourly"' "$archive"/fleet/*/*/*.manifest.json | head -1)
same "a window's manifest has start and end" '["end","start"]' "$(jq -c '.window | keys' "$manifest")"
same 'runs --json has the pinned keys' '' "$(runs '.[] | ["id", "job", "source", "target", "target_name", "scheduled_at", "trigger", "state", "reason",
    "attempts", "remote_job", "started_at", "ended_at", "artifact"] - keys | .[]')"
same 'artifacts --json has the pinned keys' '' "$(garner artifacts --json | jq -r '.[] | ["id", "run", "job", "source", "target", "target_name",
    "scheduled_at", "window", "store", "path", "size", "sha256", "verdict", "reasons", "held", "stored_at"] - keys | .[]')"
exits 'garner verify --all agrees' 0 garner verify --all
for one in $(garner artifacts --json | jq -r 'unique_by(.source)[].id'); do
    same 'garner get gives back what the ledger says' "$(garner artifacts --json | jq -r --arg id "$one" '.[] | select(.id == $id).sha256')  -" \
        "$(garner get "$one" -o - | sha256sum)"
done
secrets=$(cat "$secret" "$directory"/secrets/*)
same 'no secret in any log' '' "$(grep -lF "$secrets" "$directory"/garnerd.*.log || true)"
same 'no presigned query in any log' '' "$(grep -liE 'Signature=' "$directory"/garnerd.*.log || true)"
same 'no token in any log' '' "$(grep -lE 'Bearer |eyJ' "$directory"/garnerd.*.log || true)"
finish
