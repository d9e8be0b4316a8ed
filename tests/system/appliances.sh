#!/bin/bash
# Appgate's troubles, each once: rejected logins, offline appliances, failed backups, the backup API disabled, backups that cannot be
# deleted, calls of appliances. What the run says, what the controller saw, and what is left on the appliances.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --appliances 5 --job-seconds 0.1-0.3 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 200KiB-300KiB
sources=(perimeter)
password=$directory/secrets/appgate
right=$(<"$password")
requests() { record_of appgate ".requests.$1"; }
ends() {
    same "$1" "$2" "$(field state)"
    if [[ -n ${3:-} ]]; then says "$1, and says so" "$3" "$(field reason)"; fi
}
leftovers() { garner leftovers --json | jq length; }
no_leftovers() { [[ $(leftovers) == 0 ]]; }
nothing_lies() { [[ -z $(lying) ]]; }

# ---- The login
echo wrong-password >"$password"
jobs() {
    backup_job one '["controller"]' '@every 10000h' 'retries: 1, retry_wait: 1s'
    backup_job all '["*"]' '@every 10000h' 'retries: 0'
    backup_job tagged '{tags: [backup]}'
    backup_job gateway '["gateway-1"]'
    backup_job nobody '["controller-3"]'
}
write_config "$(jobs)"
start_daemon
by_hand one
ends 'a rejected login fails the run' failed 'password.*garner retry perimeter'
by_hand all
ends 'the next run is told the same' failed 'garner retry perimeter'
same 'the controller was asked once' 1 "$(record_of appgate .rejected)"
stop_daemon
start_daemon
by_hand one
same 'a restart does not ask again' 1 "$(record_of appgate .rejected)"
printf '%s\n' "$right" >"$password"
exits 'garner reload after the secret was corrected' 0 garner reload
exits 'garner retry' 0 garner retry perimeter
by_hand one
ends 'heals' succeeded
same 'no wrong password in the logs' '' "$(grep -l wrong-password "$directory"/garnerd.*.log || true)"
configure appgate '{"mfa_required": true, "revoke_tokens": true}'
by_hand one
ends 'a login that wants a second factor fails the run' failed '[Mm]ulti-factor'
configure appgate '{"mfa_required": false}'
exits 'garner retry' 0 garner retry perimeter
by_hand one
ends 'heals that too' succeeded

# ---- Which appliances
by_hand all
same 'a glob takes those that hold state' 3 "$(garner runs --json --job all --state succeeded | jq length)"
by_hand tagged
same 'a tag takes those that have it and hold state' 'controller logserver' "$(garner runs --json --job tagged | jq -r 'map(.target_name) | sort | join(" ")')"
by_hand gateway
ends 'one that holds no state is taken by its name' succeeded
by_hand nobody
ends 'an unknown appliance fails the run' failed 'no such target'
says 'and what was meant is said' "controller-2|did you mean" "$(field reason)"
configure appgate '{"appliance_status": {"controller": "offline"}}'
stop_daemon
start_daemon # what the controller says of its appliances is news for a minute
by_hand one
ends 'an offline appliance is a failed run' failed 'offline'
by_hand all
same 'which holds up no other' 2 "$(garner runs --json --job all | jq '[.[0].scheduled_at as $at | .[] | select(.scheduled_at == $at and .state == "succeeded")] | length')"
configure appgate '{"appliance_status": {"controller": "healthy"}}'
stop_daemon
start_daemon
no_violations

# ---- Backups that fail
configure appgate '{"fail_jobs": true, "base64_output": true}'
by_hand one
ends 'a backup that fails, fails the run' failed 'failure'
same 'after both attempts' 2 "$(field attempts)"
says 'with what the command said, decoded' 'disk|space|backup|went wrong' "$(field reason | sed 's/.*failure//')"
within 20 'what it left is removed' nothing_lies
within 20 'and no more listed' no_leftovers
configure appgate '{"fail_jobs": false, "backup_api_enabled": false}'
before=$(requests start)
by_hand one
ends 'a disabled backup API fails the run' failed 'backup API is disabled.*enable it'
same 'after one request' $((before + 1)) "$(requests start)"
exits 'garner check --online says it too' 1 check_online
says 'in the same words' 'backup API is disabled' "$said"
configure appgate '{"backup_api_enabled": true}'
by_hand one
ends 'and then all is well' succeeded
faults '{"vendor": "appgate", "method": "POST", "path": "*/backup", "effect": "status", "status": 503, "times": 2}'
by_hand one
ends 'a 503 while it is enabled is waited out' succeeded
faults '{"vendor": "appgate", "method": "POST", "path": "*/backup", "effect": "status", "status": 412, "times": 2}'
by_hand one
ends 'a 412 is waited out' succeeded
configure appgate '{"vanish_jobs": true, "job_ms_min": 400, "job_ms_max": 400}'
by_hand one
ends 'a backup that vanishes fails the run' failed '404'
configure appgate '{"vanish_jobs": false, "job_ms_min": 100, "job_ms_max": 300}'
configure appgate '{"revoke_tokens": true}'
by_hand one
ends 'a token that was revoked is replaced' succeeded
faults '{"vendor": "appgate", "path": "*/backup/*", "method": "GET", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "times": 1, "skip": 2}'
by_hand one
ends 'a body cut at half is got whole' succeeded
no_faults

# ---- Backups that cannot be deleted
configure appgate '{"refuse_delete": true}'
began=$SECONDS
by_hand one
ends 'a backup that cannot be deleted does not fail the run' succeeded
check "nor holds it up for long ($((SECONDS - began)) s)" test $((SECONDS - began)) -le 15
same 'garner leftovers lists it' 1 "$(leftovers)"
same 'with its id and a next try' "$(field remote_job) string" "$(garner leftovers --json | jq -r '.[0] | "\(.remote_job) \(.next_try | type)"')"
says 'and why' '500' "$(garner leftovers)"
says 'the metric too' '^garner_leftovers\{source="perimeter"\} 1$' "$(page /metrics)"
configure appgate '{"refuse_delete": false}'
same 'nothing happens before its next try' 1 "$(lying | wc -l)"
exits 'garner retry makes it due' 0 garner retry perimeter
within 20 'it is removed' nothing_lies
within 20 'and no more listed' no_leftovers

# ---- Files that are no backup
for file in html empty truncated; do
    configure appgate "{\"file\": \"$file\"}"
    by_hand one
    ends "$file: suspect" suspect '.'
done
same 'of what is suspect the appliance keeps its copy, for a second look' 3 "$(leftovers)"
same 'each listed with a next try' 3 "$(garner leftovers --json | jq '[.[] | select(.next_try != null)] | length')"
same 'and lying there' 3 "$(lying | wc -l)"
configure appgate '{"file": "message"}'
exits 'garner retry' 0 garner retry perimeter
by_hand one
ends 'then all is well' succeeded
same 'and the copies are still there' 3 "$(lying | wc -l)"

# ---- Calls of appliances
port=$(free_port)
web_more=", callback_url: \"http://127.0.0.1:$port\""
poll='initial: 1s, max: 60s'
configure appgate '{"job_ms_min": 9000, "job_ms_max": 9000}'
write_config "$(backup_job called '["logserver"]')"
stop_daemon
start_daemon
garner run called >"$directory/answer"
the_run() { garner runs --json --job called | jq -r ".[0].$1"; }
exporting() { [[ $(the_run state) == exporting ]]; }
within 10 'a backup that takes 9 s is started' exporting
same 'with a notifyUrl' true "$(record_of appgate '.jobs[-1].notified')"
polls=$(record_of appgate '.jobs[-1].polls')
same 'a call with a wrong proof is not known' 404 "$(page_status "/callback/$(the_run id)/0123456789abcdef0123456789abcdef" -X POST)"
same 'nor one of another run' 404 "$(page_status "/callback/nosuchrun/0123456789abcdef" -X POST)"
same 'nor a GET' 404 "$(page_status "/callback/$(the_run id)/0123456789abcdef0123456789abcdef")"
over() { [[ $(the_run ended_at) != null ]]; }
within 30 'it ends' over
same 'well' succeeded "$(the_run state)"
same 'the appliance has called' 1 "$(record_of appgate .notifications.delivered)"
# Without calls it would be polled after 1, 2.5, 4.8, 8.1 and 13.2 s: the wrong ones wake nobody, the right one does.
late=$(jq -n --arg ready "$(record_of appgate '.jobs[-1].ends')" --arg ended "$(the_run ended_at)" \
    'def seconds: sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601; ($ended | seconds) - ($ready | seconds)')
check "the run ended soon after the backup was ready ($late s)" test "$late" -le 2
check "the wrong calls caused no polls ($(record_of appgate '.jobs[-1].polls'), $polls before)" test "$(record_of appgate '.jobs[-1].polls')" -le 5
same 'nothing is left in .staging' '' "$(staged)"
same 'hashes are what the controller gave' '' "$(differing_artifacts)"
same 'no proof of a call in any log' '' "$(grep -lE '/callback/[^ ]+/[0-9a-f]{16}' "$directory"/garnerd.*.log || true)"
no_violations
finish
