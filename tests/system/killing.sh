# What must hold after kills (sourced by kill.sh, fleet_kill.sh and moments.sh, behind lib.sh): nothing is lost, nothing was done
# twice at a vendor, nothing lies about.
# shellcheck shell=bash disable=SC2154

twice_at_one_instant() { runs 'group_by([.job, .target, .scheduled_at, .window])[] | select(length > 1) | tostring'; }
# An export's window is fetched once, whichever instant it was owed at.
windows_twice() { garner artifacts --json | jq -r 'map(select(.window != null)) | group_by([.job, .target, .window])[] | select(length > 1) | tostring'; }
known_twice() { runs '[.[].remote_job | select(. != null and . != "")] | group_by(.)[] | select(length > 1) | .[0]'; }
# More remote jobs than the ledger knows ids are allowed only as starts whose answer was lost: each is announced by a leftover.
unknown_jobs() {
    jq -rn --slurpfile runs <(garner runs --json) --slurpfile left <(garner leftovers --json) --slurpfile jobs <(vendor_jobs) \
        '([$runs[0][].remote_job] + [$left[0][].remote_job] | map({(. // ""): 1}) | add) as $known
         | [$jobs[0][] | select($known[.id] == null and .deleted != true)] | length'
}
lost_starts() { garner leftovers --json | jq '[.[] | select((.remote_job // "") == "")] | length'; }
# Backups on appliances that nobody will remove: neither listed with their id, nor possible traces of a lost start.
forgotten_backups() {
    jq -rn --slurpfile left <(garner leftovers --json) --slurpfile lying <(control /leftovers) --slurpfile runs <(garner runs --json) '
        ([$left[0][].remote_job] | map({(. // ""): 1}) | add // {}) as $listed
        | ([$runs[0][].remote_job] | map({(. // ""): 1}) | add // {}) as $ours
        | $lying[0].leftovers[] | select($listed[.id] == null and $ours[.id] != null) | tostring'
}
most_at_one_tenant() { record_of servitly '[.max_concurrent_per_tenant[]] | max // 0'; }
unsound() {
    garner artifacts --json | jq -r '.[] | [.path, .sha256, (.size | tostring)] | join("\t")' | while IFS=$'\t' read -r path sha size; do
        if [[ ! -f $archive/$path || ! -f $archive/$path.manifest.json || $(stat -c %s "$archive/$path") != "$size" ||
            $(sha256sum <"$archive/$path") != "$sha  -" ]]; then echo "$path"; fi
    done
}
unlisted() {
    comm -13 <(garner artifacts --json | jq -r '.[].path' | sort) \
        <(cd "$archive" && find . -type f ! -path './.*' ! -name '*.manifest.json' -printf '%P\n' | sort)
}

# round TITLE: kills garnerd at random moments, $kills times.
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
# Once every run has ended.
nothing_lost_or_doubled() {
    same 'each (job, target, instant, window) has one run' '' "$(twice_at_one_instant)"
    same 'no window was stored twice' '' "$(windows_twice)"
    same 'no two runs share a remote job' '' "$(known_twice)"
    check "remote jobs without a run ($(unknown_jobs)) are no more than starts that are known as lost ($(lost_starts))" \
        test "$(unknown_jobs)" -le "$(lost_starts)"
    check 'a tenant never had two of our exports' test "$(most_at_one_tenant)" -le 1
    same 'every artifact in the ledger exists with its hash' '' "$(unsound)"
    same 'every file in the store is in the ledger' '' "$(unlisted)"
    same 'hashes are what the vendor gave' '' "$(differing_artifacts)"
    same 'nothing is left in .staging' '' "$(staged)"
    same 'no backup lies on an appliance that garner leftovers does not list' '' "$(forgotten_backups)"
    no_violations
}
