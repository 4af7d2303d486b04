# Vacuums the journal: archives what is written to now (else --vacuum-size does not count it), then removes the oldest.
# usage: vacuum.sh TOKEN BYTES FOLDER...
token=$1 limit=$2; shift 2
state_folder "$token"; remember vacuum "$@"
journalctl --rotate && journalctl --vacuum-size="$limit" || exit 1
logger -t opsconsole "log-rotation: the journal was vacuumed to $limit bytes (mark $token)"
