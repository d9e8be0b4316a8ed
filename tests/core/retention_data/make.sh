#!/bin/bash
# What restic forgets, as data: makes restic_forget.tsv beside this file, which tests/core/retention_restic_test.cpp
# reads. Needs restic 0.14 (Debian 12's) and jq, and about ten minutes: every instant is a real snapshot of an empty
# directory in a scratch repository, and every history is what `restic forget --dry-run --json` says of some of them.
# What a newcomer gets wrong: restic buckets a snapshot by the offset that it was taken with, so each is taken under a
# zone that always has that offset (--time cannot name the second pass of a repeated hour otherwise).
set -euo pipefail
cd "$(dirname "$0")"
[[ $(restic version) == "restic 0.14."* ]] || { echo "make.sh: restic 0.14 is needed, here is: $(restic version)" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export RESTIC_REPOSITORY=$scratch/repository RESTIC_PASSWORD=none RESTIC_CACHE_DIR=$scratch/cache
mkdir "$scratch/empty"
restic init -q

histories_per_zone=50
RANDOM=20261128  # the same histories every time: so nothing that draws runs in a subshell, which has its own sequence

# Offsets as zones without clock changes: bash's zone names have the sign that POSIX gives them.
zone_of_offset() {
    case $1 in
        +0530) echo Asia/Kolkata ;;
        +*) echo "Etc/GMT-$((10#${1:1:2}))" ;;
        -*) echo "Etc/GMT+$((10#${1:1:2}))" ;;
    esac
}

utc() { date -u -d "$1" +%s; }

# Everything that the histories of a zone choose from, in seconds since the epoch: a few years thinly,
# every half hour around four clock changes, two turns of a year with its odd ISO weeks, days and hours in a row.
instants_of_zone() {
    local zone=$1 day hour start
    for day in 2019-12-30 2020-02-29 2020-12-31 2021-01-03 2021-07-15 2022-01-01 2022-05-31 2022-12-30 2023-06-30; do
        utc "$day 13:$((RANDOM % 50 + 10))Z"
    done
    for day in {0..9}; do TZ=$zone date -d "2023-12-27 $((RANDOM % 14 + 10)):00 $day days" +%s; done
    for day in {0..8}; do TZ=$zone date -d "2024-12-28 10:$((RANDOM % 50 + 10)) $day days" +%s; done
    for day in {2..9}; do TZ=$zone date -d "2025-0$day-01 00:00" +%s; done
    for start in $(changes_of_zone "$zone"); do
        for hour in -7 -5 -3 -2 -1 0 1 2 3 5; do echo $((start + hour * 1800)); done
    done
    for day in {0..24}; do TZ=$zone date -d "2026-04-20 02:15 $day days" +%s; done
    start=$(TZ=$zone date -d "2026-05-16 20:00" +%s)
    for hour in {0..11}; do echo $((start + hour * 3600)); done
    echo $((start + 11 * 3600 + 1))
    echo $((start + 11 * 3600 + 60))
}

changes_of_zone() {
    case $1 in
        Europe/Berlin) utc 2025-10-26T01:00Z && utc 2026-03-29T01:00Z ;;
        America/New_York) utc 2025-11-02T06:00Z && utc 2026-03-08T07:00Z ;;
        Pacific/Auckland) utc 2025-09-27T14:00Z && utc 2026-04-04T14:00Z ;;
        *) utc 2025-10-25T18:30Z && utc 2026-03-29T00:00Z ;;  # midnight in Kolkata, midnight in UTC
    esac
}

# One character an instant: in the history or not. All of it, one part thinned out or not, or a few at random.
choose() {
    local count=$1 from=0 to=$1 percent=100 i
    REPLY=
    case $((RANDOM % 4)) in
        0) percent=$((RANDOM % 90 + 10)) ;;
        1) from=$((RANDOM % (count / 2))) ;;
        2) from=$((RANDOM % (count * 3 / 4))) to=$((from + count / 4)) ;;
        3) from=$((RANDOM % (count * 2 / 3))) to=$((from + count / 3)) percent=60 ;;
    esac
    for ((i = 0; i < count; i++)); do
        if ((i >= from && i < to && RANDOM % 100 < percent)); then REPLY+='#'; else REPLY+='.'; fi
    done
}

rule() {
    local -a words=()
    local unit
    while ((${#words[@]} == 0)); do
        for unit in last hourly daily weekly monthly yearly; do
            if ((RANDOM % 3 == 0)); then words+=("--keep-$unit" "$((RANDOM % 10 < 7 ? RANDOM % 6 + 1 : RANDOM % 30 + 1))"); fi
        done
        # In hours: a day of restic's is one of the calendar, a day of garner's has 24 hours.
        if ((RANDOM % 5 == 0)); then words+=(--keep-within "$((RANDOM % 2 ? RANDOM % 12 + 1 : (RANDOM % 60 + 1) * 24))h"); fi
    done
    REPLY="${words[*]}"
}

forget() {  # zone, tag, rule: the instants that are kept
    local -a words
    read -ra words <<<"$3"
    TZ=$1 restic forget --dry-run --json --group-by '' --tag "$2" "${words[@]}" | jq -r '.[].keep // [] | .[].hostname'
}

{
    echo "# What $(restic version | cut -d' ' -f1,2) keeps of a history of snapshots by a rule: made by make.sh, never by hand."
    echo "# instants: a zone, and the instants of its histories in UTC, oldest first."
    echo "# history: a zone, a rule, and a character for each instant: '.' not in the history, '+' kept, '-' forgotten."
} >"$scratch/result"

for zone in Europe/Berlin America/New_York Pacific/Auckland Asia/Kolkata UTC; do
    instants_of_zone "$zone" >"$scratch/instants"
    mapfile -t instants < <(sort -nu "$scratch/instants")
    histories=()
    rules=()
    for ((h = 0; h < histories_per_zone; h++)); do
        choose "${#instants[@]}"
        histories+=("$REPLY")
        rule
        rules+=("$REPLY")
    done
    texts=()
    for ((i = 0; i < ${#instants[@]}; i++)); do
        tags=()
        for ((h = 0; h < histories_per_zone; h++)); do
            if [[ ${histories[h]:i:1} == '#' ]]; then tags+=(--tag "${zone//\//-}-$h"); fi
        done
        texts+=("$(date -u -d "@${instants[i]}" +%Y-%m-%dT%H:%M:%SZ)")
        if ((${#tags[@]} == 0)); then continue; fi
        fixed=$(zone_of_offset "$(TZ=$zone date -d "@${instants[i]}" +%z)")
        TZ=$fixed restic backup -q --force --host "${instants[i]}" "${tags[@]}" \
            --time "$(TZ=$fixed date -d "@${instants[i]}" '+%Y-%m-%d %H:%M:%S')" "$scratch/empty"
    done
    printf 'instants\t%s\t%s\n' "$zone" "${texts[*]}" >>"$scratch/result"

    for ((h = 0; h < histories_per_zone; h++)); do
        if [[ ${histories[h]} != *'#'* ]]; then continue; fi
        kept=" $(forget "$zone" "${zone//\//-}-$h" "${rules[h]}" | tr '\n' ' ')"
        marks=
        for ((i = 0; i < ${#instants[@]}; i++)); do
            if [[ ${histories[h]:i:1} == '.' ]]; then marks+='.'
            elif [[ $kept == *" ${instants[i]} "* ]]; then marks+='+'
            else marks+='-'; fi
        done
        printf 'history\t%s\t%s\t%s\n' "$zone" "${rules[h]}" "$marks" >>"$scratch/result"
    done
done
mv "$scratch/result" restic_forget.tsv
