#!/bin/sh
# The service is stopped where the package goes for good: dpkg says remove, rpm how many stay.
set -e
if [ -d "$DPKG_ROOT/run/systemd/system" ] && { [ "$1" = remove ] || [ "$1" = 0 ]; }; then
	systemctl disable --now attributed.service
fi
