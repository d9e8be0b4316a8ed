#!/bin/bash
# kill -9 at random moments of a load, restart, until it has all happened once: nothing is lost, nothing is done twice at the vendor.
# GARNER_KILLS sets how often each of the two rounds kills (5); GARNER_SEED the moments.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
kills=${GARNER_KILLS:-5}
RANDOM=${GARNER_SEED:-4711}
printf 'seed  %s, %s kills a round\n' "${GARNER_SEED:-4711}" "$kills"
start_sandbox --machines 5 --job-seconds 0.2-0.8 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 256KiB-2MiB

# A run that ended, or a remote job that the ledger does not know by id: why is it allowed?
twice_at_one_instant() { runs 'group_by([.job, .target, .scheduled_at])[] | select(length > 1) | tostring'; }
# More remote jobs than the ledger knows ids are allowed only as starts whose answer was lost: each is announced by a timeline entry.
known_twice() { runs '[.[].remote_job | select(. != null and . != "")] | group_by(.)[] | select(length > 1) | .[0]'; }
unknown_jobs() {
    jq -rn --slurpfile runs <(garner runs --json) --slurpfile left <(garner leftovers --json) --slurpfile record <(control /tulip/record) \
        '([$runs[0][].remote_job] + [$left[0][].remote_job] | map({(. // ""): 1}) | add) as $known
         | [$record[0].jobs[] | select($known[.id] == null)] | length'
}
lost_starts() { garner leftovers --json | jq '[.[] | select((.remote_job // "") == "")] | length'; }
unsound() {
    garner artifacts --json | jq -r '.[] | [.path, .sha256, (.size | tostring)] | join("\t")' | while IFS=$'\t' read -r path sha size; do
        if [[ ! -f $archive/$path || ! -f $archive/$path.manifest.json || $(stat -c %s "$archive/$path") != "$size" ||
            $(sha256sum <"$archive/$path") != "$sha  -" ]]; then echo "$path"; fi
    done
}
unlisted() {
    comm -13 <(garner artifacts --json | jq -r '.[].path' | sort) <(cd "$archive" && find plant -name '*.csv' | sort)
}

round() {
    local title=$1 i
    for ((i = 1; i <= kills; ++i)); do
        pause "$((RANDOM % 3)).$((RANDOM % 10))$((RANDOM % 10))"
        alive || { bad "$title: garnerd ended by itself" && exit 1; }
        kill_daemon
        start_daemon
    done
    ok "$title: killed $kills times"
}
settle() {
    # What still runs ends on its own; the schedule is taken away so that nothing new begins.
    write_config "$(job load '["*"]')"
    exits 'the schedule is taken away by a reload' 0 garner reload
    within 60 'every run has ended' all_ended
    same 'each (job, target, instant) has one run' '' "$(twice_at_one_instant)"
    same 'no two runs share a remote job' '' "$(known_twice)"
    check "remote jobs without a run ($(unknown_jobs)) are no more than starts that are known as lost ($(lost_starts))" \
        test "$(unknown_jobs)" -le "$(lost_starts)"
    same 'every artifact in the ledger exists with its hash' '' "$(unsound)"
    same 'every file in the store is in the ledger' '' "$(unlisted)"
    same 'hashes are what the vendor gave' '' "$(differing_artifacts)"
    same 'nothing is left in .staging' '' "$(staged)"
    no_violations
    check "there were runs to kill ($(count_runs '.state == "succeeded"') succeeded)" test "$(count_runs '.state == "succeeded"')" -ge 5
}

write_config "$(job load '["*"]' '@every 2s' 'retries: 3, retry_wait: 1s')"
start_daemon
round 'without faults'
settle
same 'without faults no run failed' '' "$(runs '.[] | select(.state == "failed") | .reason')"

write_config "$(job load '["*"]' '@every 2s' 'retries: 3, retry_wait: 1s')"
exits 'the schedule comes back' 0 garner reload
faults '[{"door": "api", "method": "POST", "effect": "lost_answer", "every": 7},
    {"door": "api", "effect": "status", "status": 503, "probability": 0.1},
    {"door": "download", "effect": "cut_body", "bytes": 100000, "cut_by": "reset", "every": 3},
    {"door": "download", "effect": "expired", "every": 11},
    {"door": "api", "method": "GET", "effect": "reset", "probability": 0.05}]'
round 'with faults'
no_faults
settle
exits 'garner verify --all agrees' 0 garner verify --all
stop_daemon
start_daemon
same 'a last start finds nothing to clean up' '' "$(grep 'event=recovered' "$log" | grep -v 'unfinished_runs=0 removed_partial_files=0' || true)"
finish
