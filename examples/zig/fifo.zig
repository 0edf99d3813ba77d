// SPDX-License-Identifier: Apache-2.0
//! A complete scheduler in Zig: first come, first served. Run it as root on a sched_ext kernel, until ^C. Its last
//! line says where each record and each decision went.
const std = @import("std");
const posix = std.posix;
const c = @cImport(@cInclude("scxbridge.h"));

const batch = 256;
var tasks: [batch]c.scxb_task = undefined;
var decisions: [batch]c.scxb_decision = undefined;
var arrival: u64 = 0;

/// What the library returns where that error happened.
fn status_of(err: posix.E) i32 {
    return -@as(i32, @intFromEnum(err));
}

/// A thread and no signal handler: from within a handler, scxb_wake() must not be called.
fn end_at_signal(sched: *c.scxb, signals: *posix.sigset_t) void {
    var signal: c_int = undefined;
    _ = std.c.sigwait(signals, &signal);
    _ = c.scxb_wake(sched);
}

/// The policy: each task goes to an idle CPU or, in order of arrival, to the first that is free.
fn decide(task: *const c.scxb_task) c.scxb_decision {
    arrival += 1;
    return .{ .pid = task.pid, .seq = task.seq, .cpu = c.SCXB_CPU_PICK_IDLE, .vtime = arrival };
}

/// Rounds, until one fails: with EINTR when scxb_wake() was called.
fn schedule(sched: *c.scxb) i32 {
    while (true) {
        var count: u32 = 0;
        var status = c.scxb_receive_wait(sched, &tasks, batch, &count, -1);
        if (status != 0) return status;
        for (tasks[0..count], decisions[0..count]) |*task, *decision| decision.* = decide(task);
        status = c.scxb_dispatch(sched, &decisions, count, null);
        if (status != 0) return status;
    }
}

fn run(sched: *c.scxb, signals: *posix.sigset_t) i32 {
    var status = c.scxb_load(sched);
    if (status == 0) status = c.scxb_attach(sched);
    if (status != 0) return status;
    const thread = std.Thread.spawn(.{}, end_at_signal, .{ sched, signals }) catch return status_of(.AGAIN);
    thread.detach();
    return schedule(sched);
}

pub fn main() !u8 {
    var why: [1024]u8 = undefined;
    var options: c.scxb_options = undefined;
    c.scxb_options_init(&options, @sizeOf(c.scxb_options));
    options.name = "zig_fifo";
    var handle: ?*c.scxb = null;
    if (c.scxb_open(&options, &handle, &why, why.len) != 0) {
        std.debug.print("zig_fifo: {s}\n", .{std.mem.sliceTo(&why, 0)});
        return 1;
    }
    const sched = handle.?;
    defer c.scxb_close(sched);

    // Blocked in all threads, they wait for sigwait().
    var signals = posix.sigemptyset();
    posix.sigaddset(&signals, posix.SIG.INT);
    posix.sigaddset(&signals, posix.SIG.TERM);
    posix.sigprocmask(posix.SIG.BLOCK, &signals, null);

    const status = run(sched, &signals);
    const asked = status == status_of(.INTR);
    if (!asked) {
        _ = c.scxb_error_text(sched, &why, why.len);
        std.debug.print("zig_fifo: {s}: {s}\n", .{ c.scxb_strerror(status), std.mem.sliceTo(&why, 0) });
    }
    var info = c.scxb_exit_info{ .size = @sizeOf(c.scxb_exit_info) };
    if (status == status_of(.SHUTDOWN) and c.scxb_exit_info_read(sched, &info) == 0) {
        const reason = std.mem.sliceTo(&info.reason, 0);
        const message = std.mem.sliceTo(&info.message, 0);
        std.debug.print("zig_fifo: the kernel says: {s} ({d}, code {d}) {s}\n", .{ reason, info.kind, info.code, message });
    }
    _ = c.scxb_detach(sched); // then the counters are final
    var st = c.scxb_stats{ .size = @sizeOf(c.scxb_stats) };
    if (c.scxb_stats_read(sched, &st) == 0) {
        var stdout = std.fs.File.stdout().writer(&.{});
        try stdout.interface.print(
            "queued={d} dispatched={d} rescued={d} gone={d} decisions={d} stale={d} refused={d}\n",
            .{ st.queued, st.dispatched, st.rescued, st.gone, st.decisions, st.stale, st.refused },
        );
    }
    return if (asked) 0 else 1;
}
