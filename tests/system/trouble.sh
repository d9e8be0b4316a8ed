#!/bin/bash
# What goes wrong at the vendor, each trouble once: what the run says, what the vendor saw, and that nothing was done twice.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 2 --job-seconds 0.1-0.3 --poll-gap 0.05 --concurrent-jobs 3 --content-bytes 200KiB-300KiB
first=$(machines | head -1)
jobs_at_vendor() { record '.jobs | length'; }
requests() { record ".requests.$1"; }
# ends SENTENCE STATE PATTERN: of the newest run by hand.
ends() {
    same "$1" "$2" "$(field state)"
    if [[ -n $3 ]]; then says "$1, and says so" "$3" "$(field reason)"; fi
}

# ---- The login
right=$(<"$secret")
echo wrong-password >"$secret"
write_config "$(job one "[\"$first\"]")"
exits 'garner check --online tells of a rejected login' 1 garner check --online
says 'in words' '401|login|token|credential' "$said"
control /reset -X POST >"$directory/answer"
start_daemon
by_hand one
ends 'a rejected login fails the run' failed 'garner retry plant'
same 'garner run --wait has exit code 1' 1 "$code"
by_hand one
ends 'the next run is told the same' failed 'garner retry plant'
same 'the vendor was asked once' 1 "$(requests unauthorized)"
exits 'garner status is bad news' 1 garner status
stop_daemon
start_daemon
by_hand one
same 'a restart does not ask again' 1 "$(requests unauthorized)"
control /client-killed -X POST >"$directory/answer" # a person may try again
exits 'garner retry' 0 garner retry plant
by_hand one
ends 'garner retry tries once more' failed 'garner retry plant'
same 'once' 2 "$(requests unauthorized)"
printf '%s\n' "$right" >"$secret"
exits 'garner reload after the secret was corrected' 0 garner reload
by_hand one
ends 'heals' succeeded ''
exits 'garner status is well again' 0 garner status
same 'no wrong password in the logs' '' "$(grep -l wrong-password "$directory"/garnerd.*.log || true)"
no_violations
stop_daemon

# ---- The scope
username=$(sandbox .tulip.read_only_username)
sandbox .tulip.read_only_password >"$secret"
write_config "$(job one "[\"$first\"]" '@every 10000h' 'retries: 2, retry_wait: 1s')"
before=$(requests forbidden)
start_daemon
by_hand one
ends 'a missing scope fails the run' failed 'machines:write'
says 'with the status and the error id of the vendor' '403' "$(field reason)"
same 'after one request' $((before + 1)) "$(requests forbidden)"
stop_daemon
unset username
printf '%s\n' "$right" >"$secret"

# ---- Names
configure '{"machine_types": [{"id": "t1", "name": "Type", "machines": [
    {"id": "AAAAAAAAAAAAAAAAA", "name": "Twin"}, {"id": "BBBBBBBBBBBBBBBBB", "name": "Twin"},
    {"id": "CCCCCCCCCCCCCCCCC", "name": "../../etc/passwd"}, {"id": "DDDDDDDDDDDDDDDDD", "name": "Solo"}]}]}'
write_config "$(
    job unknown '["Nobody"]'
    job twins '["Twin"]'
    job both '["Twi*"]'
    job path '["../../etc/passwd"]'
    job solo '["Solo"]' '@every 10000h' 'retries: 1, retry_wait: 1s'
)"
start_daemon
exits 'the list of machines is asked for again' 0 garner retry plant
by_hand unknown
ends 'an unknown machine fails the run' failed 'no such target'
by_hand twins
ends 'a name of two machines fails the run' failed 'AAAAAAAAAAAAAAAAA'
says 'with the other id too' 'BBBBBBBBBBBBBBBBB' "$(field reason)"
by_hand both
same 'a glob takes both' 2 "$(count_runs '.job == "both" and .state == "succeeded"')"
by_hand path
ends 'a machine called ../../etc/passwd is archived' succeeded ''
same 'inside the store' 1 "$(find "$archive/plant" -mindepth 3 -maxdepth 3 -path '*CCCCCCCCCCCCCCCCC*' -name '*.csv' | wc -l)"
same 'and nowhere else' '' "$(find "$directory" -name '*passwd*' ! -path "$archive/plant/*" || true)"

# ---- Answers to small requests
# one_job SENTENCE: the run before this made one remote job more than $before.
one_job() { same "$1" $((before + 1)) "$(jobs_at_vendor)"; }
solo() {
    before=$(jobs_at_vendor)
    if [[ -n ${1:-} ]]; then faults "$1"; fi
    by_hand solo
}
solo '{"door": "api", "method": "GET", "path": "*/archive/csv/*", "effect": "login_page", "times": 2}'
ends 'HTML with status 200 instead of a poll is not the end' succeeded ''
one_job 'nor a reason for another remote job'
solo '{"door": "api", "method": "GET", "path": "*/archive/csv/*", "effect": "login_page"}'
ends 'HTML for ever fails the run' failed 'HTML'
no_faults
solo
ends 'the next run takes its remote job over' succeeded ''
same 'instead of starting another' "$before" "$(jobs_at_vendor)"
solo '{"door": "api", "method": "GET", "path": "*/archive/csv/*", "effect": "wrong_shape", "body": "{\"status\": 17}", "times": 1}'
ends 'JSON of the wrong shape once is got over' succeeded ''
one_job 'with one remote job'
solo '{"door": "api", "effect": "status", "status": 429, "retry_after": 2, "times": 1}'
ends 'a 429 with Retry-After is waited for' succeeded ''
one_job 'with one remote job'
solo '{"door": "api", "effect": "status", "status": 429, "times": 1}'
ends 'a 429 without it too' succeeded ''
solo '{"door": "api", "method": "GET", "effect": "status", "status": 503, "times": 5}'
ends 'a burst of 503 is sat out' succeeded ''
one_job 'with one remote job'
solo '{"door": "api", "method": "POST", "effect": "lost_answer", "times": 1}'
ends 'a lost answer to a start is got over' succeeded ''
check 'and its possible remote job is listed' test "$(garner leftovers --json | jq length)" -ge 1
says 'by garner leftovers' 'answer' "$(garner leftovers)"
solo '{"door": "api", "method": "GET", "effect": "reset", "times": 3}'
ends 'broken connections while polling are got over' succeeded ''
one_job 'with one remote job'
no_faults
no_violations

# ---- Downloads
downloads() { record '.jobs[-1].downloads'; }
solo '{"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "times": 1}'
ends 'a body cut at half is got whole' succeeded ''
one_job 'of one remote job'
same 'in two requests' 2 "$(downloads)"
says 'the second goes on where the first was cut' 'going on at' "$(garner show "$(field id)")"
solo '{"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "clean_close", "times": 1}'
ends 'a body that ends early and politely is not whole either' succeeded ''
same 'two requests' 2 "$(downloads)"
solo '{"door": "download", "effect": "wrong_length", "length_off": 5, "cut_by": "clean_close", "times": 1}'
ends 'a wrong length is noticed, the file fetched again' succeeded ''
solo '{"door": "download", "effect": "etag_change", "times": 1}'
ends 'another ETag' succeeded ''
solo '[{"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "times": 1},
    {"door": "download", "effect": "ignore_range", "times": 1}]'
ends 'a server without ranges: from the start' succeeded ''
solo '{"door": "download", "effect": "expired", "times": 1}'
ends 'an expired URL is renewed' succeeded ''
one_job 'of the same remote job'
configure '{"url_ms": 1}'
by_hand solo
ends 'URLs that always expire fail the run' failed '403|expired'
configure '{"url_ms": 900000}'
by_hand solo
ends 'and the next one brings the file' succeeded ''
same 'all hashes are what the vendor gave' '' "$(differing_artifacts)"

# ---- Files that are no archive
for file in empty header_only html; do
    configure "{\"file\": \"$file\"}"
    by_hand solo
    ends "$file: suspect" suspect '.'
    same "$file: not a success for garner run" 1 "$code"
done
says 'a login page is called what it is' 'HTML|login' "$(field reason)"
exits 'garner status shows it' 1 garner status
says 'as suspect' 'suspect' "$said"
same 'suspect artifacts are kept' 3 "$(garner artifacts --json --verdict suspect | jq length)"
empty=$(garner artifacts --json --verdict suspect | jq -c '[.[] | select(.reasons[0] | test("no row"))][0]')
id=$(jq -r .id <<<"$empty")
exits 'nobody accepts one without a reason' 2 garner accept "$id"
exits 'a person accepts one' 0 garner accept "$id" --reason 'the line stood still'
same 'it is verified from then on' 'verified the line stood still' \
    "$(garner artifacts --json | jq -r --arg id "$id" '.[] | select(.id == $id) | .verdict + " " + .accepted.reason')"
same 'its manifest keeps what was found' suspect "$(jq -r .verdict "$archive/$(jq -r .path <<<"$empty").manifest.json")"
same 'and beside it stands who accepted it' 'the line stood still' "$(jq -r .accepted.reason "$archive/$(jq -r .path <<<"$empty").marks.json")"
says 'the timeline of its run has it' 'accepted .*the line stood still' "$(garner show "$(jq -r .run <<<"$empty")")"
exits 'there is nothing more to accept' 1 garner accept "$id" --reason 'once more'
says 'and that is said' 'verified already' "$said"
same 'the metrics count it' 2 "$(metric 'garner_artifacts{job="solo",verdict="suspect"}')"
configure '{"file": "rows"}'
by_hand solo
ends 'the next one is good' succeeded ''
same 'and all is chained' 1 "$(sha256sum <"$archive/$(jq -r .path <<<"$empty").manifest.json" | cut -d' ' -f1 |
    xargs -I{} grep -l '"previous_manifest_sha256":"{}"' -r "$archive" --include='*.manifest.json' | wc -l)"
configure '{"file": "rows", "fail_jobs": true}'
by_hand solo
ends 'a remote job that fails, fails the run' failed 'failed'
configure '{"fail_jobs": false, "vanish_jobs": true, "job_ms_min": 300, "job_ms_max": 300}'
by_hand solo
ends 'a remote job that vanishes, too' failed '404|No such job|no more|vanish|gone'
configure '{"vanish_jobs": false, "job_ms_min": 100, "job_ms_max": 200}'
by_hand solo
ends 'and then all is well' succeeded ''
same 'and garner status says so' 0 "$(garner status --json | jq '.targets[] | select(.job == "solo").consecutive_failures')"
no_violations
same 'nothing is left in .staging' '' "$(staged)"
same 'no presigned query in any log' '' "$(grep -liE 'X-Amz-Signature=' "$directory"/garnerd.*.log || true)"
finish
