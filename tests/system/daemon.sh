#!/bin/bash
# garnerd as a process: what it refuses at start and with which exit code, reloads, a second daemon, the ledger's file, its pages.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
start_sandbox --machines 2 --job-seconds 0.1-0.3 --poll-gap 0.1 --concurrent-jobs 3 --content-bytes 64KiB-128KiB
first=$(machines | head -1)
garnerd() { timeout -k 5 20 "$garnerd_program" --config.file "$config"; }

# ---- Starts that are refused
exits 'a missing configuration' 78 garnerd
says 'is named' 'garner.yaml' "$said"
exits 'a bad flag' 64 "$garnerd_program" --no-such-flag
exits 'a flag without its value' 64 "$garnerd_program" --config.file
exits '--version' 0 "$garnerd_program" --version
write_config "$(job one '["*"]')"
sed -i 's/^web:.*/web: {listen: ["0.0.0.0:0"]}/; s/poll:/pol:/' "$config"
exits 'two mistakes' 78 garnerd
says 'a listener beyond loopback without a password is one' 'web\.listen.*(basic_auth|insecure)' "$said"
says 'and the misspelt key the other' "did you mean 'poll'" "$said"
check 'nothing was made' test ! -e "$state"

# ---- Nothing to do is fine
config_text '' | sed '/^sources:/,$d' >"$config"
start_daemon
same 'idle: healthy' 200 "$(page_status /-/healthy)"
same 'idle: ready' 200 "$(page_status /-/ready)"
same 'the control socket is 0660' 660 "$(stat -c %a "$state/control.sock")"

# ---- A second one
exits 'a second daemon on the same state directory' 1 garnerd
says 'names the process that holds it' "\\b$daemon_pid\\b" "$said"
check 'and the first lives on' alive
same 'and serves' 200 "$(page_status /-/healthy)"

# ---- Reloads
write_config "$(job one "[\"$first\"]")"
exits 'garner reload' 0 garner reload
says 'prints what changes' 'one' "$said"
cp "$config" "$directory/good.yaml"
same 'which counts' 1 "$(metric garner_config_last_reload_successful)"
sed -i 's/^jobs:/jbos:/' "$config"
kill -HUP "$daemon_pid"
reload_failed() { [[ $(metric garner_config_last_reload_successful) == 0 ]]; }
within 10 'SIGHUP with a broken file: garner_config_last_reload_successful is 0' reload_failed
check 'the log says why' logged 'config_reload_failed.*jbos'
check 'the old configuration stays' grep -q '^garner_schedule_next_run_timestamp_seconds{job="one"}' <<<"$(page /metrics)"
exits 'garner reload with a broken file fails' 2 garner reload
says 'and says why' "did you mean 'jobs'" "$said"
cp "$directory/good.yaml" "$config"
kill -HUP "$daemon_pid"
reloaded() { [[ $(metric garner_config_last_reload_successful) == 1 ]]; }
within 10 'SIGHUP with the file mended: 1 again' reloaded
by_hand one
same 'the job runs' succeeded "$(field state)"

# ---- Metrics
clean_metrics() {
    if type -P promtool >"$directory/answer"; then page /metrics | promtool check metrics; else echo 'promtool is not here' >&2; fi
}
exits 'promtool check metrics is content' 0 clean_metrics
# Names and labels. What speaks of the vendor's door begins with the process.
series() { page /metrics | grep -v '^#' | sed -E 's/ [^ ]+$//' | grep -vE '^garner_http_requests_total' | sort; }
write_config "$(job one "[\"$first\"]" && job two '["id:AAAAAAAAAAAAAAAAA", "Lathe 9"]')"
exits 'a job with exact names is added' 0 garner reload
for target in AAAAAAAAAAAAAAAAA 'Lathe 9'; do
    there() { grep -qF "garner_run_last_success_timestamp_seconds{job=\"two\",target=\"$target\"} 0" <<<"$(page /metrics)"; }
    within 5 "the series of $target exist before its first run" there
done
before=$(series)
values() { page /metrics | grep -E '^garner_(run_last|runs_total|artifact|stored_bytes|targets|run_duration|run_consecutive|run_overdue)'; }
values_before=$(values)
stop_daemon
same 'SIGTERM ends it with code 0' 0 "$ended"
start_daemon
same 'the series are the same after a restart' '' "$(diff <(echo "$before") <(series) || true)"
same 'and what speaks of runs and artifacts has the same values' '' "$(diff <(echo "$values_before") <(values) || true)"
stop_daemon

# ---- The ledger's file
ledger=$state/ledger.db
cp "$ledger" "$directory/ledger.good"
rm -f "$ledger"-wal "$ledger"-shm
refused() {
    local sum
    sum=$(sha256sum <"$ledger")
    exits "$1" 1 garnerd
    says "$1: in words" "$2" "$said"
    same "$1: it is not touched" "$sum" "$(sha256sum <"$ledger")"
}
head -c 20000 /dev/zero | tr '\0' 'x' >"$ledger"
refused 'a file that is no ledger is refused' 'ledger.*(not a database|corrupt|damaged|malformed)'
cp "$directory/ledger.good" "$ledger"
dd if=/dev/zero of="$ledger" bs=1 seek=4096 count=30000 conv=notrunc status=none
refused 'a corrupt ledger is refused' 'ledger'
cp "$directory/ledger.good" "$ledger"
# The schema's number is SQLite's user_version: four bytes at 60.
printf '\x7f\xff\xff\xf0' | dd of="$ledger" bs=1 seek=60 conv=notrunc status=none
refused 'a ledger of a newer garnerd is refused' 'newer'
rm -f "$ledger"-wal "$ledger"-shm
cp "$directory/ledger.good" "$ledger"
start_daemon
same 'the good one is taken again, with its runs' 1 "$(count_runs true)"
stop_daemon

# ---- What cannot be written
if ((EUID != 0)); then
    chmod 0500 "$state"
    exits 'a state directory that cannot be written' 1 garnerd
    chmod 0750 "$state"
fi
touch "$directory/file"
state=$directory/file/state
write_config "$(job one '["*"]')"
exits 'a state directory below a file' 1 garnerd
says 'is named with what to do' 'global.state_directory' "$said"
state=$directory/state
archive=$directory/file/archive
write_config "$(job one '["*"]' '@every 10000h' 'retries: 0')"
exits 'garner check --online tells of a store that cannot be made' 1 garner check --online
start_daemon
ok 'the daemon starts with such a store'
by_hand one
same 'its run fails' failed "$(field state)"
says 'and says why' 'archive' "$(field reason)"
finish
