#!/bin/bash
# garner check over every broken configuration of the settings' tests, as an admin sees it: the place, the key, the exit code, the JSON.
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
count=0
for config in "$here"/../settings/broken/*.yaml; do
    file=$(basename "$config")
    code=0
    garner check >"$directory/out" 2>"$directory/err" || code=$?
    wrong=''
    if ((code != 2)); then wrong="exit $code instead of 2"; fi
    if [[ -s $directory/out ]]; then wrong="${wrong:+$wrong; }words on standard output: $(<"$directory/out")"; fi
    # FILE:LINE:COLUMN: [PATH:] MESSAGE; the file is this one, or one that it includes.
    others=$(grep -vE '^(warning: )?[^ ]+\.yaml:[1-9][0-9]*:[1-9][0-9]*: .+' "$directory/err" || true)
    if [[ -n $others ]]; then wrong="${wrong:+$wrong; }no place in: $others"; fi
    errors=$(grep -vc '^warning: ' "$directory/err" || true)
    if ((errors == 0)); then wrong="${wrong:+$wrong; }no error"; fi
    code=0
    garner check --json >"$directory/json" 2>"$directory/err" || code=$?
    if ((code != 2)); then wrong="${wrong:+$wrong; }--json: exit $code"; fi
    if [[ -s $directory/err ]]; then wrong="${wrong:+$wrong; }--json: words on standard error"; fi
    shape=$(jq -r --argjson errors "$errors" '
        def place: (.file | type) == "string" and (.line | type) == "number" and (.column | type) == "number"
            and (.path | type) == "string" and (.message | type == "string" and . != "");
        if .ok == false and (.errors | length) == $errors and all(.errors[], .warnings[]; place) then "well" else "another shape" end' \
        "$directory/json" 2>&1 || true)
    if [[ $shape != well ]]; then wrong="${wrong:+$wrong; }--json: $shape"; fi
    if grep -q hunter2 "$directory/out" "$directory/err" "$directory/json"; then wrong="${wrong:+$wrong; }a secret is shown"; fi
    if [[ -z $wrong ]]; then ok "$file: $errors told"; else bad "$file: $wrong"; fi
    count=$((count + 1))
done
check "there were 25 or more ($count)" test "$count" -ge 25

# garnerd loads the same way: one file of many errors, all of them told, exit code 78.
config=$here/../settings/broken/many_at_once.yaml
garner check 2>"$directory/err" || true
exits 'garnerd refuses the same file' 78 "$garnerd_program" --config.file "$config"
same 'with the same words' "$(<"$directory/err")" "$said"
config=$directory/nothing.yaml
exits 'garner check of a missing file' 2 garner check
says 'names it' 'nothing.yaml' "$said"
exits '--config.file may stand after the subcommand' 2 "$garner_program" check --config.file "$config"
exits 'an unknown option' 2 garner check --wrong
exits 'an unknown subcommand' 2 garner chekc
finish
