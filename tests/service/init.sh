#!/bin/busybox sh
# The first process of the guest, from memory: reaches the disk that has Debian on it, and the folder of the host, and
# leaves the rest to systemd, with the test as one of its services.
export PATH=/bin

fail() {
    echo "init: $*" >/dev/console
    busybox poweroff -f
}

busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
exec </dev/console >/dev/console 2>&1
# Each line of this file is a module, after those that it needs.
while read -r module; do
    busybox insmod "$module" || fail "cannot load $module"
done </modules/order
for wait in 1 2 3 4 5 6 7 8 9 10; do
    [ ! -b /dev/vda ] || break
    busybox sleep 0.5
done
# What is written is for this boot only: QEMU throws it away.
busybox mount -t ext4 /dev/vda /root || fail "cannot mount the disk"
busybox mkdir -p /root/mnt/share
busybox mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 share /root/mnt/share || fail "cannot mount the host's folder"
busybox cp /root/mnt/share/scxbridge-test.service /root/etc/systemd/system/
busybox mkdir -p /root/etc/systemd/system/multi-user.target.wants
busybox ln -sf ../scxbridge-test.service /root/etc/systemd/system/multi-user.target.wants/
busybox umount /proc /sys
busybox mount --move /dev /root/dev
exec busybox switch_root /root /lib/systemd/systemd
