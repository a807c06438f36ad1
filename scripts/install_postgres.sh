#!/usr/bin/env bash
# Sees to it that the tests find PostgreSQL's server programs: looks for them, else installs Debian's package.
# Starts no service and makes no cluster: the tests start a server of their own in a folder that they throw away.
# Ends with 0 when they are there, or when they cannot be had outside CI (said so); with 1 when they cannot under CI=1.
set -euo pipefail
cd "$(dirname "$0")/.."

found() { .venv/bin/python -m tests.support.postgres; }

give_up() {
	echo "PostgreSQL cannot be installed here: $1" >&2
	case "${CI:-}" in "" | 0 | false) echo "The tests will run on SQLite alone." >&2 && exit 0 ;; esac
	exit 1
}

found >/dev/null && exit 0
command -v apt-get >/dev/null || give_up "there is no apt-get. Install PostgreSQL 13 or newer by hand."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
	sudo -n true 2>/dev/null || give_up "neither root nor passwordless sudo. Run: sudo apt-get install postgresql"
	as_root=(sudo -n)
fi

echo "Installing PostgreSQL for the tests (Debian's package; no service, no cluster)"
# The package makes and starts a cluster of its own unless this says no; afterwards the system decides again.
no_cluster=/etc/postgresql-common/createcluster.d/hero365-tests.conf
"${as_root[@]}" mkdir -p "$(dirname "$no_cluster")"
echo "create_main_cluster = false" | "${as_root[@]}" tee "$no_cluster" >/dev/null
trap '"${as_root[@]}" rm -f "$no_cluster"' EXIT
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }
apt update || echo "apt-get update failed; trying with the lists that are there" >&2
apt install -y --no-install-recommends postgresql || give_up "apt-get install failed (see above)."
found || give_up "the package is installed, but its programs are not where they are looked for."
