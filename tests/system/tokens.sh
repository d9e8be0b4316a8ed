#!/bin/bash
# Tokens that live 3 seconds while jobs take 20: every run succeeds, and the vendors see a login or a renewal when one is needed,
# never before.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --tenants 2 --appliances 5 --job-seconds 20-20 --token-seconds 3 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 256KiB-512KiB
sources=(fleet perimeter)
write_config "$(export_job telemetry '["*"]'; backup_job controllers '["*"]')"
start_daemon
began=$SECONDS
garner run telemetry >"$directory/answer"
garner run controllers >"$directory/answer"
within 50 'every run has ended' all_ended
lasted=$((SECONDS - began + 1))
same 'all have succeeded' 5 "$(count_runs '.state == "succeeded"')"
same 'at the first attempt' 1 "$(runs 'map(.attempts) | max')"
check "which took longer than six tokens hold ($lasted s)" test "$lasted" -gt 18
same 'hashes are what the vendors gave' '' "$(differing_artifacts)"
no_violations

# Each account spoke all the time (a poll each second at most), so a token is over every 3 s: no more logins than that, nor fewer.
most=$((lasted / 3 + 1))
logins=$(record_of servitly .logins.logins)
renewals=$(record_of servitly .logins.renewals)
same 'Servitly: one login for each tenant' 2 "$logins"
check "Servitly: a renewal every 3 s or more for each tenant ($renewals in $lasted s)" test "$renewals" -le $((2 * most))
check 'Servitly: not fewer than the tokens that ended' test "$renewals" -ge 10
same 'Servitly: each of them was granted' "$((logins + renewals))" "$(record_of servitly '.requests.login + .requests.renew')"
# The vendor's clock is known to the second, and a token must not be renewed early: so a token may be found to be over by a 401.
check 'Servitly: a token that is over is used once at most' test "$(record_of servitly .requests.unauthorized)" -le "$renewals"
logins=$(record_of appgate .logins)
# A token is not used in its last tenth.
most=$((lasted * 10 / 27 + 1))
check "Appgate: one login every 2.7 s or more for the whole source ($logins in $lasted s)" test "$logins" -le "$most"
check 'Appgate: not fewer than the tokens that ended' test "$logins" -ge 6
same 'Appgate: no token was used when it was over' 0 "$(record_of appgate .requests.unauthorized)"
same 'Appgate: every login was of one device' 1 "$(record_of appgate '.device_ids | length')"
same 'nothing is left on any appliance' '' "$(lying)"

# Without anything to ask, nobody logs in.
before=$(record_of servitly '.requests.login + .requests.renew')$(record_of appgate .requests.login)
pause 4
same 'while nothing runs nobody logs in' "$before" "$(record_of servitly '.requests.login + .requests.renew')$(record_of appgate .requests.login)"
finish
