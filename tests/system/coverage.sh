#!/bin/bash
# Coverage with the real programs: gaps that are told, filled, closed and lost, over an edited configuration and a kill, the same from
# the command, the page and the metrics.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --tenants 1 --job-seconds 0.1-0.3 --poll-gap 0.1 --content-bytes 20KiB-50KiB
sources=(fleet)
tenant=$(tenants | head -1)
# What garner gaps says: "state hours" for each span.
gaps() { garner gaps --json "$@" | jq -r 'def seconds: sub("[.][0-9]+Z"; "Z") | fromdate;
    .[] | "\(.state) \(((.end | seconds) - (.start | seconds)) / 3600)"' || true; }
missing() { metric "garner_coverage_gap_seconds{job=\"telemetry\",target=\"$tenant\"}"; }
missing_is() { [[ $(missing) == "$1" ]]; }
configured() { write_config "$(export_job telemetry "[\"$tenant\"]" '@every 10000h' "retries: 0, $1")"; }
windows=$(windows_since 6)
oldest=$(date -u -d '6 hours ago' +%Y-%m-%dT%H:00:00Z)
second=$(date -u -d '5 hours ago' +%Y-%m-%dT%H:00:00Z)

configured "$windows"
start_daemon
exits 'before the first due time nothing is late' 0 garner gaps
same 'but all of it is a gap' 'gap 6' "$(gaps)"
same 'which the metrics say too, before any run' 21600 "$(missing)"
configure servitly '{"fail_jobs": true}'
garner run telemetry >"$directory/answer"
within 30 'six runs end' all_ended
same 'exports that fail leave the gap' 'gap 6' "$(gaps)"

# ---- Closed by a person
exits 'a span is not closed without a reason' 2 garner gaps --close telemetry "$tenant" "$oldest" "$second"
exits 'nor that of an unknown target' 1 garner gaps --close telemetry nobody "$oldest" "$second" --reason x
exits 'nor one that is not over' 1 garner gaps --close telemetry "$tenant" "$oldest" 2d --reason x
exits 'an hour is closed' 0 garner gaps --close telemetry "$tenant" "$oldest" "$second" --reason 'the line stood still'
same 'it is not missing any more' 'gap 5' "$(gaps)"
within 10 'the metrics follow' missing_is 18000
says 'the log knows who closed what, and why' "close_span.*$oldest.*the line stood still" "$(grep control_request "$log")"
kill_daemon
same 'without the daemon the answer is the same' 'gap 5' "$(gaps)"
start_daemon
same 'and after a kill' 18000 "$(missing)"

# ---- Filled
configure servitly '{"fail_jobs": false}'
by_hand telemetry
same 'the next runs fill the gap' 0 "$code"
same 'nothing is missing' '' "$(gaps)"
exits 'and nothing is bad news' 0 garner gaps
same 'the page agrees' '[]' "$(page /api/v1/gaps)"
within 10 'so do the metrics' missing_is 0
same 'what was closed was not exported' 5 "$(garner artifacts --json | jq '[.[] | select(.verdict == "verified")] | length')"
same 'all of it is in the picture' 'closed 1 archived 5' "$(gaps --all | grep -v open | paste -sd' ')"
says 'with who and why' 'uid [0-9]+ .*the line stood still' "$(garner gaps --all)"

# ---- Opened again; the rule begins earlier, in longer windows, and the vendor has less
exits 'the hour is opened again' 0 garner gaps --reopen telemetry "$tenant" "$oldest" "$second"
same 'and is a gap' 'gap 1' "$(gaps)"
exits 'a second time there is nothing to open' 1 garner gaps --reopen telemetry "$tenant" "$oldest" "$second"
earlier=$(windows_since 9)
configured "${earlier/settle_delay/available_for: 3h, settle_delay}"
exits 'garner reload' 0 garner reload
same 'what the vendor no longer has is lost' 'lost 4' "$(gaps)"
exits 'which is bad news' 1 garner gaps
within 10 'in the metrics too' missing_is 14400
by_hand telemetry
says 'nothing is asked for' 'owes no window' "$said"
configured "$earlier"
exits 'garner reload' 0 garner reload
by_hand telemetry
same 'when it has it after all, it is fetched' '' "$(gaps)"
same 'in one piece with the rest' 'archived 9' "$(gaps --all | grep -v open)"
same 'no two artifacts overlap' '' "$(garner artifacts --json | jq -r '[.[] | select(.verdict == "verified").window] | sort_by(.start) | . as $all |
    range(1; length) | select($all[.].start < $all[. - 1].end)')"
same 'and nothing waits at the vendor' 0 "$(metric 'garner_remote_expires_timestamp_seconds{source="fleet"}')"
no_violations
finish
