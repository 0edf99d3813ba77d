/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains: sets of CPUs that are near each other, one for each last-level cache. If there are more
 * caches than DOMAINS_MAX, neighbours share a domain. domains.bpf.h has the queues.
 */
#ifndef SCXB_TOPOLOGY_BPF_H
#define SCXB_TOPOLOGY_BPF_H

#include "kernel.bpf.h"
#include "tunables.h"

/* CPUs beyond these share the entries of the first ones. A power of two, for the verifier. */
#define CPUS_MAX 4096

/* The library reads domains_max, and sets the others to suit the machine: see rust/topology.rs. */
const volatile u8 domains_max = DOMAINS_MAX;
const volatile u32 opt_domains;
const volatile u8 opt_domain_of_cpu[CPUS_MAX];
/*
 * All CPUs, domain by domain; where those of each domain begin; and at last, their number. (Again a
 * power of two.)
 */
const volatile u16 opt_cpus_by_domain[CPUS_MAX];
const volatile u16 opt_domain_begins[2 * DOMAINS_MAX];
/*
 * The domains of a node follow each other: for each domain, the first of its node, and one after
 * the last.
 */
const volatile u8 opt_node_begins[DOMAINS_MAX];
const volatile u8 opt_node_ends[DOMAINS_MAX];

static __always_inline u32 domain_of_cpu(s32 cpu)
{
	if (opt_domains < 2)
		return 0;
	return opt_domain_of_cpu[(u32)cpu % CPUS_MAX] % DOMAINS_MAX;
}

/* The other domains, by number from 1 to opt_domains - 1: those of the same node come first. */
static __always_inline u32 other_domain(u32 own, u32 i)
{
	u32 begin = opt_node_begins[own % DOMAINS_MAX], end = opt_node_ends[own % DOMAINS_MAX];

	if (i < end - begin)
		return begin + (own - begin + i) % (end - begin);
	return (end + i - (end - begin)) % opt_domains;
}

#endif /* SCXB_TOPOLOGY_BPF_H */
