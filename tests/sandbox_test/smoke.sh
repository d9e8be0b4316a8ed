#!/bin/bash
# The built garner-sandbox, from outside: curl lists, starts, polls and downloads, and the file has the hash that the record says.
# Usage: smoke.sh PATH_OF_GARNER_SANDBOX
set -euo pipefail

directory=$(mktemp -d)
sandbox=''
# End what was started, whatever happened.
trap '[[ -n $sandbox ]] && kill "$sandbox" 2>/dev/null; rm -rf "$directory"' EXIT
stop() {
    printf 'smoke.sh: %s\n' "$*" >&2
    exit 1
}

exec {ready}< <(exec "$1" --dir "$directory" --machines 3 --job-seconds 0.1-0.3 --poll-gap 0 --content-bytes 3MiB)
sandbox=$!
read -r -t 20 line <&"$ready" || stop 'no ready line'
value() { jq -er "$1" <<<"$line"; }
ca=$(value .ca_file)
url=$(value .tulip.url)
control=$(value .control)
credential=$(value '.tulip.username + ":" + .tulip.password')
ask() { curl -sS --fail --max-time 20 --cacert "$ca" "$@"; }

machine=$(ask -u "$credential" "$url/api/v3/machines" | jq -er '.[0].machines[0].id')
job=$(ask -u "$credential" -X POST "$url/api/v3/machines/archive/$machine" | jq -er .id)
for _ in {1..200}; do
    resource=$(ask -u "$credential" "$url/api/v3/machines/archive/csv/$job" | jq -r '.resource // empty')
    [[ -n $resource ]] && break
    read -r -t 0.05 <> <(:) || true
done
[[ -n $resource ]] || stop 'the job did not end'

expected=$(ask "$control/tulip/record" | jq -er --arg id "$job" '.jobs[] | select(.id == $id) | .sha256')
ask -o "$directory/whole" "$resource"
[[ $(sha256sum <"$directory/whole") == "$expected  -" ]] || stop 'the whole file has another hash'

# Cut after 1 MiB by a reset, then resumed by Range: the same bytes.
ask -d '{"door":"download","effect":"cut_body","bytes":1048576,"cut_by":"reset","times":1}' "$control/faults" >"$directory/answer"
if ask -o "$directory/resumed" "$resource" 2>"$directory/error"; then stop 'a cut body counted as whole'; fi
ask -C - -o "$directory/resumed" "$resource"
cmp -s "$directory/whole" "$directory/resumed" || stop 'the resumed file differs'

status() { curl -s --max-time 20 --cacert "$ca" -o "$directory/body" -w '%{http_code}' "$@" || true; }
[[ $(status "${resource}0") == 403 ]] || stop 'an altered URL was served'
[[ $(status -u "$credential" "$resource") == 400 ]] || stop 'a credential was taken at the download host'
[[ $(status -u wrong:wrong "$url/api/v3/machines") == 401 ]] || stop 'a wrong credential was accepted'
[[ $(ask "$control/violations" | jq '.violations | length') == 2 ]] || stop "violations: $(ask "$control/violations")"

for effect in reset lost_answer; do
    ask -d "{\"door\":\"api\",\"effect\":\"$effect\",\"times\":1}" "$control/faults" >"$directory/answer"
    [[ $(status -u "$credential" "$url/api/v3/machines") == 000 ]] || stop "$effect was answered"
done
ask -d '{"door":"api","effect":"wrong_length","length_off":5,"cut_by":"clean_close","times":1}' "$control/faults" >"$directory/answer"
if ask -u "$credential" "$url/api/v3/machines" >"$directory/body" 2>&1; then stop 'a short body counted as whole'; fi
ask -d '{"door":"api","effect":"status","status":429,"retry_after":0,"times":1}' "$control/faults" >"$directory/answer"
[[ $(status -u "$credential" "$url/api/v3/machines") == 429 ]] || stop 'no 429'
[[ $(status -d '{"effect":"nothing"}' "$control/faults") == 400 ]] || stop 'an unknown effect was taken'

kill -TERM "$sandbox"
wait "$sandbox" || stop 'it did not end cleanly'
sandbox=''
