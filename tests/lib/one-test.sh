#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# one-test.sh FILE FUNCTION: runs one test in a sandbox that already stands (see net/run).
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=harness.sh
source "${0%/*}/harness.sh"
# shellcheck disable=SC1090
source "$1"
xenstore_up
"$2"
