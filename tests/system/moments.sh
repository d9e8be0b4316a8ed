#!/bin/bash
# kill -9 at each moment that matters, at both vendors whose jobs cannot be found again: between a start and its id, while polling, while
# downloading, before and behind the removal at the vendor. Afterwards each run has happened once.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=killing.sh
. "$(dirname "$0")/killing.sh"
begin "$@"
start_sandbox --tenants 2 --appliances 2 --job-seconds 1-1 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 4MiB-4MiB
sources=(fleet perimeter)
write_config "$(
    export_job exports '["acme"]' '@every 10000h' 'retries: 1, retry_wait: 1s'
    export_job windows '["bravo"]' '@every 10000h' "retries: 1, retry_wait: 1s, $(windows_since 2)"
    backup_job backups '["controller"]' '@every 10000h' 'retries: 1, retry_wait: 1s'
)"
start_daemon

vendor_of() { if [[ $1 == backups ]]; then echo appgate; else echo servitly; fi; }
succeeded() { garner runs --json --job "$1" --state succeeded | jq length; }
ours() { record_of "$(vendor_of "$1")" '[.jobs[] | select(.foreign != true)] | length'; }
# What is true at the moment; each takes a job.
going_on() { garner runs --json --job "$1" | jq -e "[.[] | select(.ended_at == null) | select($2)] | length > 0" >"$directory/answer"; }
started_without_id() { [[ $(ours "$1") -gt $before_jobs ]] && going_on "$1" '.state == "starting" and (.remote_job // "") == ""'; }
asked_after() { [[ $(record_of "$(vendor_of "$1")" '.jobs[-1].polls') -ge 1 ]] && going_on "$1" '.state == "exporting"'; }
half_loaded() { [[ -n $(find "$archive/.staging" -type f -size +1000k) ]] && going_on "$1" '.state == "downloading"'; }
cleaning() { going_on "$1" '.state == "cleaning"'; }
deleted_unheard() { [[ $(record_of appgate '.jobs[-1].deleted') == true ]] && cleaning "$1"; }

# kill_when MOMENT JOB FAULT MORE: a run by hand, killed when MOMENT is true; afterwards there are MORE remote jobs than before.
kill_when() {
    local moment=$1 job=$2 before_jobs before_succeeded
    before_jobs=$(ours "$job")
    before_succeeded=$(succeeded "$job")
    faults "$3"
    garner run "$job" >"$directory/answer"
    within 20 "$job, $moment: the moment comes" "$moment" "$job"
    kill_daemon
    no_faults
    start_daemon
    within 40 "$job, $moment: everything ends" all_ended
    same "$job, $moment: the run has succeeded" $((before_succeeded + ${5:-1})) "$(succeeded "$job")"
    same "$job, $moment: with $4 remote jobs" $((before_jobs + $4)) "$(ours "$job")"
}

vendor='"vendor": "servitly", "door": "api"'
kill_when started_without_id exports "{$vendor, \"method\": \"POST\", \"path\": \"*/dataExports\", \"effect\": \"lost_answer\", \"delay_ms\": 8000, \"times\": 1}" 2
same 'the lost one is listed' 1 "$(lost_starts)"
says 'as what it is' 'whose id is not known' "$(garner leftovers)"
configure servitly '{"job_ms_min": 4000, "job_ms_max": 4000}'
kill_when asked_after exports '[]' 1
configure servitly '{"job_ms_min": 1000, "job_ms_max": 1000}'
kill_when half_loaded exports '{"vendor": "servitly", "door": "download", "effect": "slow_body", "bytes_per_second": 800000}' 1
kill_when started_without_id windows "{$vendor, \"method\": \"POST\", \"path\": \"*/dataExports\", \"effect\": \"lost_answer\", \"delay_ms\": 8000, \"times\": 1}" 3 2
same 'both windows are there, once' 2 "$(garner artifacts --json --job windows | jq 'map(.window.start) | unique | length')"
nothing_lost_or_doubled

vendor='"vendor": "appgate"'
kill_when started_without_id backups "{$vendor, \"method\": \"POST\", \"path\": \"*/backup\", \"effect\": \"lost_answer\", \"delay_ms\": 8000, \"times\": 1}" 2
lost=$(lying)
same 'a backup whose id nobody knows lies there' 1 "$(wc -l <<<"$lost")"
same 'and is listed as a lost start' 1 "$(garner leftovers --json | jq '[.[] | select(.source == "perimeter" and (.remote_job // "") == "")] | length')"
only_the_lost_lies() { [[ $(lying) == "$lost" ]]; }
configure appgate '{"job_ms_min": 4000, "job_ms_max": 4000}'
kill_when asked_after backups '[]' 1
configure appgate '{"job_ms_min": 1000, "job_ms_max": 1000}'
within 10 'its backup is deleted' only_the_lost_lies
kill_when half_loaded backups "{$vendor, \"method\": \"GET\", \"path\": \"*/backup/????????-????-????-????-????????????\", \"effect\": \"slow_body\", \"bytes_per_second\": 800000}" 1
within 10 'its backup is deleted' only_the_lost_lies
kill_when cleaning backups "{$vendor, \"method\": \"DELETE\", \"effect\": \"status\", \"status\": 503}" 1
within 10 'what was not deleted before the kill is deleted after it' only_the_lost_lies
kill_when deleted_unheard backups "{$vendor, \"method\": \"DELETE\", \"effect\": \"lost_answer\", \"delay_ms\": 8000, \"times\": 1}" 1
within 10 'what was deleted without an answer is gone' only_the_lost_lies
same 'and nothing else is listed' 1 "$(garner leftovers --json | jq '[.[] | select(.source == "perimeter")] | length')"
nothing_lost_or_doubled
exits 'garner verify --all agrees' 0 garner verify --all
stop_daemon
start_daemon
same 'a last start finds nothing to clean up' '' "$(grep 'event=recovered' "$log" | grep -v 'unfinished_runs=0 removed_partial_files=0' || true)"
finish
