#!/usr/bin/env bash
# Power cuts under the real garnerd. Its ledger and its store lie on an ext4 image, which lies on a file system that can copy by reference;
# while it works under load the image is copied at random moments, as a cut would leave it. Each copy is mounted: what `garner` showed as
# stored before the cut is there, whole; a daemon goes on from it. GARNER_CUTS: how many (20). Needs root, loop devices and XFS.
# usage: tests/faults/power_cut.sh [BUILD_DIRECTORY]
set -euo pipefail
# shellcheck source=../../packaging/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../packaging/lib.sh"
need_packages xfsprogs e2fsprogs jq curl
# shellcheck source=../system/lib.sh
. "$(dirname "$0")/../system/lib.sh"
# shellcheck source=../system/killing.sh
. "$(dirname "$0")/../system/killing.sh"
begin "${1:-$root/build/dev}"
cuts=${GARNER_CUTS:-20}
RANDOM=${GARNER_SEED:-4711}
mkdir "$directory/pool" "$directory/disk" "$directory/cut"
truncate -s 4G "$directory/pool.img"
mkfs.xfs -q -m reflink=1 "$directory/pool.img"
mount -o loop "$directory/pool.img" "$directory/pool" 2>"$directory/mount.log" || skip "no loop device can be mounted here: $(<"$directory/mount.log")"
mounts=("$directory/disk" "$directory/cut" "$directory/pool")
truncate -s 1G "$directory/pool/disk.img"
mkfs.ext4 -q -F "$directory/pool/disk.img"
mount -o loop "$directory/pool/disk.img" "$directory/disk"
archive=$directory/disk/archive
state=$directory/disk/state
start_sandbox --machines 3 --tenants 2 --appliances 2 --job-seconds 0.2-0.6 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-512KiB
sources=(plant fleet perimeter)
more='retries: 3, retry_wait: 1s'
write_config "$(
    job activity '["*"]' '@every 2s' "$more"
    export_job telemetry '["*"]' '@every 2s' "$more"
    backup_job controllers '["*"]' '@every 2s' "$more"
)"
start_daemon
lost=0
acknowledged=0
for ((cut = 1; cut <= cuts; ++cut)); do
    pause "$((1 + RANDOM % 2)).$((RANDOM % 10))$((RANDOM % 10))"
    garner artifacts --json >"$directory/before.json"
    cp --reflink=always "$directory/pool/disk.img" "$directory/pool/cut.img"
    mount -o loop "$directory/pool/cut.img" "$directory/cut"
    whole=$(
        archive=$directory/cut/archive state=$directory/cut/state
        sed "s|$directory/disk/|$directory/cut/|g" "$config" >"$directory/cut.yaml"
        config=$directory/cut.yaml
        garner artifacts --json >"$directory/behind.json"
        jq -r '.[] | [.id, .path, .sha256] | join("\t")' "$directory/before.json" | while IFS=$'\t' read -r id path sha; do
            if ! jq -e --arg id "$id" 'any(.[]; .id == $id)' "$directory/behind.json" >"$directory/answer"; then echo "not listed: $path"; fi
            if [[ $(sha256sum <"$archive/$path") != "$sha  -" || ! -f $archive/$path.manifest.json ]]; then echo "not whole: $path"; fi
        done
    )
    acknowledged=$((acknowledged + $(jq length "$directory/before.json")))
    if [[ -n $whole ]]; then
        lost=$((lost + $(wc -l <<<"$whole")))
        bad "cut $cut: $whole"
    fi
    # All that the ledger of the cut lists is whole as well, also what came in the last moment.
    "$audit_program" --ledger "$directory/cut/state/ledger.db" --directory "$directory/cut/archive" >"$directory/audit.log" 2>&1 ||
        bad "cut $cut: garner-audit: $(<"$directory/audit.log")"
    umount "$directory/cut"
    rm "$directory/pool/cut.img"
done
same "of $acknowledged artifacts that were shown before one of $cuts cuts, lost" 0 "$lost"
finish
