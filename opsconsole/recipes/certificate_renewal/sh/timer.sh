# Enables a timer, or sets it as it was. usage: timer.sh UNIT ENABLED ACTIVE      yes or no each
unit=$1
if [ "$2" = yes ]; then systemctl enable "$unit" 2>&1; else systemctl disable "$unit" 2>&1; fi || fail "$unit cannot be set"
if [ "$3" = yes ]; then systemctl start "$unit" 2>&1; else systemctl stop "$unit" 2>&1; fi || fail "$unit cannot be started or stopped"
