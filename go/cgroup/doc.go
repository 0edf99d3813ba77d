// Package cgroup tells a scheduling policy which cgroup an id stands for: its path,
// its weight and limit of CPU time, and which systemd unit, Kubernetes pod or
// container it is. The record of a task holds the id (CgroupID).
//
// A [Tree] knows all groups of the cgroup2 file system and stays up to date by
// itself, on a goroutine of its own. A policy reads it in its rounds: [Tree.Lookup],
// [Tree.Path], [Tree.Find], [Tree.Limit] and [Tree.All] take no lock and allocate
// nothing.
//
//	tree, err := cgroup.Open(cgroup.Options{})
//	if err != nil {
//		return err
//	}
//	defer tree.Close()
//	if g := tree.Lookup(task.CgroupID); g != nil && g.Under("/system.slice") {
//		…
//	}
//
// [Tree.Events] tells of groups that appear, change and go. A reader that is late
// holds up nothing: it gets a [Resync] then, and looks at all groups.
//
//	for event := range tree.Events(0).All(ctx) {
//		switch event.Kind {
//		case cgroup.Resync:
//			clear(known)
//			for g := range tree.All() {
//				known[g.ID] = g
//			}
//		case cgroup.Gone:
//			delete(known, event.Group.ID)
//		default:
//			known[event.Group.ID] = event.Group
//		}
//	}
//
// # How it keeps up
//
// Each group is watched by inotify, which tells of groups that come and go and of
// writes to cpu.weight, cpu.weight.nice, cpu.idle, cpu.max and cpu.max.burst, by
// any process, in a container's cgroup namespace as well. The tree reads these
// files then, usually within milliseconds; what changes often is read every few
// milliseconds. It also looks at all groups once a minute ([Options.Rescan]).
//
// Where the user's limit of inotify watches is reached, [Tree.Err] says so, and all
// groups are read once a second instead ([Options.Poll]). The usual remedy is a
// higher sysctl fs.inotify.max_user_watches: one watch per group.
//
// A task's record may come before the tree knows the group, since the two take
// different ways: Lookup returns nil then. A policy should have an answer for that.
//
// # What it does not do
//
// It changes no group, and measures none. Limits and weights themselves are the
// business of the kernel side.
//
// The package needs no cgo and no other module. On systems other than Linux it
// builds, parses paths ([ParseOwner]) and fails to open a tree.
package cgroup
