# Proves how a timer is. usage: timer_is.sh UNIT ENABLED ACTIVE      yes, no or any
enabled=no active=no
case $(systemctl is-enabled "$1" 2>/dev/null) in enabled|enabled-runtime|static|generated) enabled=yes;; esac
[ "$(systemctl is-active "$1" 2>/dev/null)" = active ] && active=yes
next=$(systemctl show -p NextElapseUSecRealtime --value "$1" 2>/dev/null)
echo "$1: enabled $enabled, active $active, next run ${next:-not set}"
{ [ "$2" = any ] || [ "$enabled" = "$2" ]; } && { [ "$3" = any ] || [ "$active" = "$3" ]; }
