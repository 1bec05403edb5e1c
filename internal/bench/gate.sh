#!/usr/bin/env bash
# Counts the instructions of the codec and of protojson for the same work and
# fails when the codec needs more than its share. Counts are the same in every
# run, times are not. The collector of garbage is off, so this is the work
# itself; each step runs twice, and the difference leaves out the start.
#
#   internal/bench/gate.sh          needs go and valgrind
set -euo pipefail
cd "$(dirname "$0")/../.."

command -v valgrind >/dev/null || { echo "gate: valgrind is not installed" >&2; exit 2; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/count" ./internal/bench/count

# total STEP SIZE N: instructions of N operations and of starting.
total() {
	# One thread and no signals: callgrind does not survive preemption.
	GODEBUG=asyncpreemptoff=1 GOMAXPROCS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$dir/count" -gc=false -n "$3" "$1" "$2" 2>&1 | awk '/Collected/ { print $4 }'
}

# each STEP SIZE: instructions of one operation.
each() {
	local few many
	few=$(total "$1" "$2" 100)
	many=$(total "$1" "$2" 300)
	[[ -n $few && -n $many ]] || { echo "gate: valgrind counted nothing for $1 $2" >&2; exit 2; }
	echo $(((many - few) / 200))
}

failed=0
# gate STEP REFERENCE SIZE LIMIT: the share that is allowed, in thousandths.
gate() {
	local have reference share
	have=$(each "$1" "$3")
	reference=$(each "$2" "$3")
	share=$((have * 1000 / reference))
	printf '%-8s %6d bytes %8d instructions, %8d with protojson: %4d of 1000, limit %d\n' \
		"$1" "$3" "$have" "$reference" "$share" "$4"
	((share <= $4)) || failed=1
}

# The limits are those that are promised for times, and a tenth.
gate decode decode-protojson 1024 220
gate decode decode-protojson 4096 198
gate scan decode-protojson 4096 88
gate encode encode-protojson 2048 88
((failed == 0)) || { echo "gate: over the limit" >&2; exit 1; }
