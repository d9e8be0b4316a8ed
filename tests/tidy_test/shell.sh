#!/usr/bin/env bash
# Shell scripts pass shellcheck. Skipped (77) where that is not installed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v shellcheck >/dev/null || exit 77
{ grep -rlIE -m1 '^#!.*(ba)?sh$' packaging tests .ci && echo packaging/lib.sh; } | sort -u | xargs shellcheck --severity=warning
