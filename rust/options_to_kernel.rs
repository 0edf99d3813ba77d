// Generated from rust/options.toml by `make generate`; do not edit.

// rust/object.rs includes it.

/// Sets every option that the kernel side reads.
fn set_options(rodata: &mut types::rodata, options: &Options) {
    rodata.opt_starved_ns = u64::from(options.timeout_ms) * 1_000_000 / 2;
    rodata.opt_grace_ns = u64::from(options.grace_us) * 1000;
    rodata.opt_slice_ns = options.slice_ns;
    rodata.opt_slice_max_ns = options.slice_max_ns;
    rodata.opt_exit_dump_len = options.exit_dump_bytes;
    rodata.opt_window_ns = u64::from(options.batch_us) * 1000;
    rodata.opt_builtin_idle = options.builtin_idle;
    rodata.opt_partial = options.partial;
    rodata.opt_direct_bound = options.direct_bound;
    rodata.opt_direct_sync = options.direct_sync;
    rodata.opt_kernel_mode = options.kernel_mode;
    rodata.opt_ignore_cgroup_limits = options.ignore_cgroup_limits;
    rodata.opt_ignore_cgroup_weights = options.ignore_cgroup_weights;
    rodata.opt_own_domains = options.own_domains;
    rodata.opt_ends = options.ends;
    rodata.options_set = true;
}
