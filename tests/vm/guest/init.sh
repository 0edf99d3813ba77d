#!/bin/busybox sh
# The first process of a guest whose root is an initramfs (tests/vm/initramfs.py): mounts the host's folders at the
# same paths, runs the command that the host left in the writable one, and switches the machine off.
#
# The kernel's command line names the folders: scxb.fs0=ro:/path scxb.fs1=rw:/path, each number a 9p tag fsN.
export PATH=/usr/bin:/bin:/usr/sbin:/sbin

fail() {
    echo "init: $*" >/dev/console
    busybox poweroff -f
}

busybox mount -t proc none /proc
busybox mount -t sysfs none /sys
busybox mount -t devtmpfs none /dev
busybox mkdir -p /dev/shm /dev/pts
busybox mount -t tmpfs none /dev/shm
busybox mount -t devpts none /dev/pts
busybox mount -t tmpfs none /run
busybox mount -t tmpfs none /tmp
exec </dev/console >/dev/console 2>&1

# Each line of this file is a module, after those that it needs.
while read -r module; do
    busybox insmod "$module" || fail "cannot load $module"
done </modules/order

share=
for word in $(cat /proc/cmdline); do
    case $word in scxb.fs*=*) ;; *) continue ;; esac
    tag=${word%%=*} tag=${tag#scxb.}
    mode=${word#*=} path=${mode#*:} mode=${mode%%:*}
    busybox mkdir -p "$path"
    busybox mount -t 9p -o "$mode,trans=virtio,version=9p2000.L,msize=512000" "$tag" "$path" || fail "cannot mount $path of the host"
    [ "$mode" = ro ] || share=$path
done
[ -n "$share" ] || fail "the kernel's command line names no writable folder of the host"
busybox ip link set lo up
bash "$share/command"
busybox poweroff -f
