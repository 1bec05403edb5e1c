#!/usr/bin/env bash
# Counts the instructions of the codec, of whole calls and of protojson for the
# same work, and fails when the library needs more than its share. Counts are
# the same in every run, times are not. The collector of garbage is off, so
# this is the work itself; each step runs twice, and the difference leaves out
# the start.
#
#   internal/bench/gate.sh          needs go and valgrind
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v valgrind >/dev/null || { echo "gate: valgrind is not installed" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/bench" ./internal/bench

# total STEP SIZE N: instructions of N operations and of starting.
total() {
	# One thread and no signals: callgrind does not survive preemption.
	GODEBUG=asyncpreemptoff=1 GOMAXPROCS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$dir/bench" -n "$3" -size "$2" -count "$1" 2>&1 | awk '/Collected/ { print $4 }'
}

"$dir/bench" -gate | while read -r step size; do
	few=$(total "$step" "$size" 100)
	many=$(total "$step" "$size" 300)
	[[ -n $few && -n $many ]] || { echo "gate: valgrind counted nothing for $step $size" >&2; exit 2; }
	echo "$step $size $(((many - few) / 200))"
done >"$dir/counts"
"$dir/bench" -judge <"$dir/counts"
