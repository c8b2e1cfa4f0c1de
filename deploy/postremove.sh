#!/bin/sh
# systemd forgets the unit. The data in /var/lib/attributed stays.
set -e
if [ -d "$DPKG_ROOT/run/systemd/system" ]; then
	systemctl daemon-reload
fi
