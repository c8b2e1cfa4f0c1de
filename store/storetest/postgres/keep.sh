binaries=$1 folder=$2 port=$3 copies=$4 source=$5 # of a standby: the program that copies its primary, and that one's port
shift 5 # what is left are settings of the server
cd /

create() {
	if [ -n "$source" ]; then
		PGPASSWORD=$(cat "$folder/password") "$copies" --host=127.0.0.1 --port="$source" --username=postgres \
			--pgdata="$folder/data" --write-recovery-conf --checkpoint=fast --no-sync >"$folder/log" 2>&1 </dev/null
		return
	fi
	"$binaries/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
		--auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 </dev/null
}

start() {
	"$binaries/postgres" -D "$folder/data" \
		-c listen_addresses=127.0.0.1 -c "port=$port" -c unix_socket_directories= \
		"$@" >"$folder/log" 2>&1 </dev/null &
	until grep -qs '^ready' "$folder/data/postmaster.pid"; do
		kill -0 $! || return
		sleep 0.02
	done
}

crash() {
	kill -QUIT $! # as pg_ctl stop -m immediate does
	wait
}

if create && start "$@"; then
	echo ready
	while read -r order; do
		case $order in
		crash) crash && echo crashed ;;
		start) start "$@" && echo ready || tail -n 1 "$folder/log" ;;
		esac
	done
	crash
else
	tail -n 5 "$folder/log"
fi
rm -rf "$folder"
