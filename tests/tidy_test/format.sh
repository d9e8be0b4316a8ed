#!/usr/bin/env bash
# The tree is formatted as .clang-format says. Skipped (77) without Debian 12's clang-format 14: other versions differ in details.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[[ $(clang-format --version 2>/dev/null) == *' version 14.'* ]] || exit 77
find daemon tests -name '*.[ch]pp' -print0 | xargs -0 -n 20 -P 2 clang-format --dry-run -Werror
