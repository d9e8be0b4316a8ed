#!/bin/bash
# Politeness: budgets of requests over kills, an outage that is one incident, a vendor that wants to be left alone over a restart.
# manners.sh --full [BUILD_DIRECTORY]: by hand, in real size: 300 machines at 60 requests a minute, five minutes of 503. 45 minutes.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
full=''
if [[ ${1:-} == --full ]]; then
    full=yes
    shift
fi
begin "$@"
if [[ -n $full ]]; then
    machines=300 per_second=20 per_minute=60 patience=2700 outage=300 backoff='initial: 1s, max: 5m, throttled: 60s'
else
    machines=24 per_second=4 per_minute=45 patience=240 outage=15 backoff='initial: 100ms, max: 3s, throttled: 2s'
fi
start_sandbox --machines "$machines" --job-seconds 0.2-0.8 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 4KiB-16KiB
more='retries: 2, retry_wait: 1s, deadline: 2h'

# beyond LIMIT MILLISECONDS: how many requests came less than that after the one that was LIMIT before.
beyond() { requests_came | jq --argjson n "$1" --argjson span "$2" '. as $t | [range($n; length) | select($t[.] - $t[. - $n] < $span)] | length'; }
came() { requests_came | jq length; }
came_since() { requests_came | jq --argjson since "$1" '[.[] | select(. >= $since)] | length'; }
now_ms() { date +%s%3N; }
succeeded() { count_runs '.state == "succeeded"'; }
all_succeeded() { (($(succeeded) >= $1)); }
start_all() { exits 'all machines are started by hand' 0 garner run all; }

# ---- Budgets
limits_more=", requests_per_second: $per_second, requests_per_minute: $per_minute"
write_config "$(job all '["*"]' '@every 10000h' "$more")"
start_daemon
began=$SECONDS
start_all
for _ in 1 2 3; do
    pause 5
    kill_daemon
    start_daemon
done
within "$patience" "all $machines machines are archived" all_succeeded "$machines"
printf 'budget  %s machines, %s requests in %s s\n' "$machines" "$(came)" $((SECONDS - began))
same 'no second saw more than its budget' 0 "$(beyond "$per_second" 1000)"
same 'no minute saw more than its budget, over three kills' 0 "$(beyond "$per_minute" 60000)"
check 'the budget was what it waited for' test "$(metric 'garner_budget_wait_seconds_total{source="plant"}' | cut -d. -f1)" -ge 1
no_violations
stop_daemon

# ---- An outage
limits_more=''
if [[ -n $full ]]; then machines=20; fi
words=$(machines | head -n 20 | jq -R . | jq -sc .)
write_config "$(job all "$words" '@every 10000h' "$more")"
start_daemon
before=$(succeeded)
wanted=$((before + $(jq length <<<"$words")))
start_all
pause 1
faults '{"effect": "status", "status": 503}'
since=$(now_ms)
within 60 'the source counts as down' logged 'event=source_down'
same 'in the metrics too' 0 "$(metric 'garner_source_up{source="plant"}')"
said=$(garner status || true)
says 'garner status names it' 'source plant cannot be reached since .*503' "$said"
says 'with the runs that wait' 'runs wait: ' "$said"
garner status --json >"$directory/status.json" || true
same 'also for programs' false "$(jq '.sources[] | select(.source == "plant").up' "$directory/status.json")"
pause $((outage / 2))
kill_daemon
said=$(garner status || true)
says 'also while the daemon is down' 'source plant cannot be reached since .*503' "$said"
start_daemon
pause $((outage - outage / 2))
spent=$(came_since "$since")
no_faults
printf 'outage  %s s, %s requests\n' "$outage" "$spent"
check 'few requests were made meanwhile' test "$spent" -lt 40
back=$(now_ms)
within 700 'all runs succeed afterwards' all_succeeded "$wanted"
same 'one incident' 1 "$(cat "$directory"/garnerd.*.log | grep -c 'event=source_down')"
same 'that has ended' 1 "$(cat "$directory"/garnerd.*.log | grep 'event=source_up' | grep -c ' again after ')"
same 'and no run failed' 0 "$(count_runs '.state == "failed"')"
most=$(requests_came | jq --argjson since "$back" '[.[] | select(. >= $since) / 1000 | floor] | group_by(.) | map(length) | max')
check "no stampede: at most $most requests in a second" test "$most" -le 30
same 'garner status is silent about it' '' "$(garner status | grep '^source' || true)"
no_violations

# ---- Left alone
before=$(succeeded)
faults '{"method": "POST", "effect": "status", "status": 429, "retry_after": 12, "times": 1}'
start_all
within 20 'the vendor asks to be left alone' logged 'event=source_throttled'
since=$(now_ms)
pause 0.5
kill_daemon
said=$(garner status || true)
says 'garner status tells until when' 'source plant asked to be left alone until' "$said"
start_daemon
pause 6
same 'nothing is sent, also after a kill' 0 "$(came_since $((since + 300)))"
# A start that the kill hit is waited out for one usual duration, which the outage has made long.
within "$patience" 'then all goes on' all_succeeded $((before + $(jq length <<<"$words")))
no_violations

# ---- A person
faults '{"method": "POST", "effect": "status", "status": 429, "retry_after": 3000, "times": 1}'
before=$(succeeded)
start_all
within 20 'the vendor asks for much longer' logged 'delay=5[0-9]m'
no_faults
control /reset -X POST >"$directory/answer"
exits 'garner retry' 0 garner retry plant
within 120 'goes on at once' all_succeeded $((before + $(jq length <<<"$words")))
finish
