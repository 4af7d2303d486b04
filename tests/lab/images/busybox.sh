#!/bin/sh
# Puts a root file system into /rootfs: BusyBox for everything, dropbear, and nothing else.
set -eu
export DEBIAN_FRONTEND=noninteractive

apt-get update -qq
apt-get install -y -qq busybox-static dropbear-bin
root=/rootfs
mkdir -p $root/bin $root/dev $root/etc $root/home/ops $root/proc $root/root $root/run $root/sys \
    $root/tmp $root/usr/lib/opsconsole-lab $root/var/log $root/var/tmp
ln -s bin $root/sbin
ln -s /run $root/var/run
ln -s ../bin $root/usr/bin
ln -s ../bin $root/usr/sbin
cp /bin/busybox $root/bin/
chroot $root /bin/busybox --install -s /bin
for program in dropbear dropbearconvert dropbearkey; do
    file=$(command -v $program || echo /usr/lib/dropbear/$program)
    cp "$file" $root/bin/
    ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
done
printf 'root:x:0:0:root:/root:/bin/sh\nops:x:1000:1000::/home/ops:/bin/sh\n' >$root/etc/passwd
printf 'root:*:19000::::::\nops:*:19000::::::\n' >$root/etc/shadow
printf 'root:x:0:\nops:x:1000:\n' >$root/etc/group
printf '/bin/sh\n' >$root/etc/shells
chmod 600 $root/etc/shadow
chmod 1777 $root/tmp $root/var/tmp
chown -R 1000:1000 $root/home/ops
cp /tmp/start.sh /tmp/serve.sh /tmp/dropbear.sh $root/usr/lib/opsconsole-lab/
