#!/bin/bash
# Servitly's troubles: somebody else's exports, rejected logins, exports that fail, quotas, each once: what the run says, what the
# vendor saw, and that a tenant never had two of ours.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --tenants 3 --job-seconds 0.1-0.3 --poll-gap 0.1 --content-bytes 200KiB-300KiB
sources=(fleet)
bad_pat=$directory/secrets/acme.pat
right=$(<"$bad_pat")
first=$(tenants | head -1)
second=$(tenants | sed -n 2p)
third=$(tenants | sed -n 3p)
state_of() { runs "[.[] | select(.job == \"$1\")][0].state"; }
ours() { record_of servitly '[.jobs[] | select(.foreign | not)] | length'; }
ends() {
    same "$1" "$2" "$(field state)"
    if [[ -n ${3:-} ]]; then says "$1, and says so" "$3" "$(field reason)"; fi
}

# ---- A rejected login at one of three tenants
echo wrong-token >"$bad_pat"
write_config "$(
    export_job each '["*"]' '@every 10000h' 'retries: 1, retry_wait: 1s'
    for tenant in $(tenants); do export_job "of-$tenant" "[\"$tenant\"]" '@every 10000h' 'retries: 1, retry_wait: 1s'; done
)"
start_daemon
garner run each >"$directory/answer"
within 20 'every run has ended' all_ended
same 'the other tenants are archived' 2 "$(count_runs '.job == "each" and .state == "succeeded"')"
says 'the run of the tenant with the wrong token says what to do' 'api_key.*pat.*garner retry fleet' "$(runs '.[] | select(.state == "failed").reason')"
by_hand of-"$first"
ends 'the next run is told the same' failed 'garner retry fleet'
same 'the vendor was asked once' 1 "$(record_of servitly .logins.rejected)"
stop_daemon
start_daemon
by_hand of-"$first"
same 'a restart does not ask again' 1 "$(record_of servitly .logins.rejected)"
by_hand of-"$second"
ends 'the others still work' succeeded
printf '%s\n' "$right" >"$bad_pat"
exits 'garner reload after the secret was corrected' 0 garner reload
exits 'garner retry' 0 garner retry fleet
by_hand of-"$first"
ends 'heals' succeeded
exits 'garner check --online agrees' 0 check_online
same 'no wrong token in the logs' '' "$(grep -l wrong-token "$directory"/garnerd.*.log || true)"
no_violations

# ---- Somebody else's export: half a minute at one tenant, while the others are used
configure servitly '{"busy_status": 400}'
foreign_export "$third" 30
garner run of-"$third" >"$directory/answer"
waits() { [[ $(state_of "of-$third") == starting ]]; }
within 10 'the run of a tenant where a person exports waits' waits
began=$SECONDS
# busy STATUS TENANT: with a shorter one.
busy() {
    configure servitly "{\"busy_status\": $1}"
    foreign_export "$2" 3
    local before
    before=$(ours)
    by_hand of-"$2"
    ends "$1: the run waits and succeeds" succeeded
    same "$1: at its first attempt" 1 "$(field attempts)"
    same "$1: with one export" $((before + 1)) "$(ours)"
}
busy 409 "$first"
busy 429 "$second"
configure servitly '{"busy_status": 400}'
check 'meanwhile it still waits' waits
same 'without a failed attempt' 1 "$(runs "[.[] | select(.job == \"of-$third\")][0].attempts")"
by_hand of-"$first"
ends 'and holds up nobody else' succeeded

# ---- Exports and files at another tenant meanwhile
configure servitly '{"fail_jobs": true}'
by_hand of-"$first"
ends 'an export that fails, fails the run' failed 'ERROR'
same 'after two attempts, each an export' 2 "$(field attempts)"
configure servitly '{"bad_end": "ABORTED"}'
by_hand of-"$first"
ends 'an export that is aborted, too' failed 'ABORTED'
configure servitly '{"fail_jobs": false}'
for file in empty_zip no_zip html truncated; do
    configure servitly "{\"file\": \"$file\"}"
    by_hand of-"$first"
    ends "$file: suspect" suspect '.'
done
configure servitly '{"file": "csvs"}'
faults '{"vendor": "servitly", "door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "times": 1}'
by_hand of-"$first"
ends 'a body cut at half is got whole' succeeded
no_faults
by_hand of-"$first"
ends 'and then all is well' succeeded

succeeded() { [[ $(state_of "of-$third") == succeeded ]]; }
within 45 "the run that waited has succeeded ($((SECONDS - began)) s so far)" succeeded
same 'at its first attempt' 1 "$(runs "[.[] | select(.job == \"of-$third\")][0].attempts")"
same 'with its one export' 1 "$(record_of servitly "[.jobs[] | select(.tenant == \"$third\" and (.foreign | not) and (.name | contains(\" of-\")))] | length")"
check 'and not before the other one had ended' test "$(record_of servitly "[.jobs[] | select(.tenant == \"$third\")] |
    ([.[] | select(.foreign)][0].ends) as \$over | [.[] | select(.foreign | not)] | last | .started >= \$over")" == true

# ---- What would also have met the run that waited
configure servitly '{"may_export": false}'
by_hand of-"$second"
ends 'a missing permission fails the run' failed 'EXPORT_DATA'
same 'at once' 1 "$(field attempts)"
configure servitly '{"may_export": true, "place": "api"}'
by_hand of-"$second"
ends 'a file at the host of the API, which wants the token' succeeded
configure servitly '{"place": "presigned", "revoke_tokens": true}'
by_hand of-"$second"
ends 'a token that was revoked is replaced' succeeded
faults '{"vendor": "servitly", "door": "api", "method": "POST", "path": "*/dataExports", "effect": "lost_answer", "times": 1}'
by_hand of-"$second"
ends 'a lost answer to a start is got over' succeeded
check 'and its possible export is listed' test "$(garner leftovers --json | jq '[.[] | select(.target == "'"$second"'")] | length')" -ge 1
no_faults
same 'a tenant never had two of ours' 1 "$(record_of servitly '[.max_concurrent_per_tenant[]] | max')"
same 'hashes are what the vendor gave' '' "$(differing_artifacts)"
same 'nothing is left in .staging' '' "$(staged)"
no_violations
finish
