#!/bin/bash
# The built garner-sandbox, from outside: curl logs in, lists, starts, polls and downloads at each vendor, and the files have the
# hashes that the records say; faults strike; and what was left behind is told at the end.
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

exec {ready}< <(exec "$1" --dir "$directory" --machines 3 --job-seconds 0.1-0.3 --poll-gap 0 --content-bytes 3MiB \
    --tenants 1 --appliances 3 --appgate-versions 17-20 2>"$directory/errors")
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

ask -X DELETE "$control/faults" >"$directory/answer" # each vendor had its own of the rules above

# wait_until COMMAND...: it says something.
wait_until() {
    local said=''
    for _ in {1..200}; do
        said=$("$@")
        [[ -n $said ]] && break
        read -r -t 0.05 <> <(:) || true
    done
    [[ -n $said ]] || stop "in vain: $*"
    printf '%s' "$said"
}

# Servitly: a foreign export makes us wait; the archive is a ZIP.
servitly=$(value .servitly.url)
token=''
tenant() { ask -H 'X-Servitly-Tenant: acme' -H 'Content-Type: application/json' ${token:+-H "Authorization: Bearer $token"} "$@"; }
token=$(tenant -d "$(value '.servitly.tenants[0] | {apiKey: .api_key, pat}')" "$servitly/identity/users/patLogin" | jq -er .token)
ask -d '{"tenant":"acme","seconds":0.3}' "$control/servitly/foreign-export" | jq -e .started >"$directory/answer"
start_export() { tenant -d '{"name":"smoke","startTimestamp":1,"endTimestamp":2}' "$servitly/data/dataExports" 2>"$directory/busy" | jq -r .id; }
export=$(wait_until start_export)
[[ -s $directory/busy || $(ask "$control/servitly/record" | jq .requests.busy) != 0 ]] || stop 'the foreign export kept nobody waiting'
archive_url() { tenant "$servitly/data/dataExports/$export" | jq -r '.url // empty'; }
archive=$(wait_until archive_url)
ask -o "$directory/archive.zip" "$archive"
expected=$(ask "$control/servitly/record" | jq -er --arg id "$export" '.jobs[] | select(.id == $id) | .sha256')
[[ $(sha256sum <"$directory/archive.zip") == "$expected  -" ]] || stop 'the archive has another hash'
if [[ -n $(type -P unzip) ]]; then unzip -tqq "$directory/archive.zip" || stop 'unzip refuses the archive'; fi

# Appgate: a backup is made, tells that it is ready, is fetched and deleted; a second one is left behind.
appgate=$(value .appgate.url)
token=''
admin() { ask -H 'Content-Type: application/json' ${token:+-H "Authorization: Bearer $token"} "$@"; }
json='Accept: application/vnd.appgate.peer-v20+json' file='Accept: application/vnd.appgate.peer-v20+gpg'
token=$(admin -H "$json" -d "$(value '.appgate | {providerName: .provider, username, password, deviceId: "6f5a1c1e-9f0d-4c0e-8d2f-7a1b2c3d4e5f"}')" \
    "$appgate/login" | jq -er .token)
appliance=$(admin -H "$json" "$appgate/appliances" | jq -er '.data[] | select(.name == "controller") | .id')
backups=$appgate/appliances/$appliance/backup
backup=$(admin -H "$json" -d "{\"logs\":false,\"audit\":false,\"notifyUrl\":\"$control/client-killed\"}" "$backups" | jq -er .id)
is_done() { admin -H "$json" "$backups/$backup/status" | jq -r 'select(.status == "done") | .result'; }
[[ $(wait_until is_done) == success ]] || stop 'the backup failed'
admin -H "$file" -H 'Range: bytes=0-' -o "$directory/backup.gpg" "$backups/$backup"
expected=$(ask "$control/appgate/record" | jq -er --arg id "$backup" '.jobs[] | select(.id == $id) | .sha256')
[[ $(sha256sum <"$directory/backup.gpg") == "$expected  -" ]] || stop 'the backup has another hash'
is_notified() { ask "$control/appgate/record" | jq -r '.notifications | select(.delivered == 1)'; }
wait_until is_notified >"$directory/answer"
left() { ask "$control/leftovers" | jq '.leftovers | length'; }
[[ $(left) == 1 ]] || stop 'the backup is not on the appliance'
admin -H "$file" -X DELETE "$backups/$backup"
[[ $(left) == 0 ]] || stop 'the backup is still on the appliance'
admin -H "$json" -d '{"logs":false,"audit":false}' "$backups" >"$directory/answer"

# A rule that names a vendor strikes there only.
ask -d '{"vendor":"appgate","door":"api","effect":"status","status":503}' "$control/faults" >"$directory/answer"
[[ $(status -u "$credential" "$url/api/v3/machines") == 200 ]] || stop "a fault of Appgate's struck Tulip"
[[ $(status -H "$json" "$appgate/appliances") == 503 ]] || stop 'a fault did not strike Appgate'
[[ $(status -d '{"vendor":"acme","effect":"reset"}' "$control/faults") == 400 ]] || stop 'an unknown vendor was taken'
[[ $(ask "$control/violations" | jq '[.violations[] | select(.vendor != "tulip")] | length') == 0 ]] || stop "violations: $(ask "$control/violations")"

kill -TERM "$sandbox"
wait "$sandbox" || stop 'it did not end cleanly'
sandbox=''
[[ $(grep -c 'garner-sandbox: violation at tulip' "$directory/errors") == 2 ]] || stop 'the violations are not told at the end'
grep -q 'garner-sandbox: left behind at appgate: backup .* on controller$' "$directory/errors" || stop 'the backup left behind is not told'
