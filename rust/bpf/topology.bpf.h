/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains: sets of CPUs that are near each other. By default each last-level cache is one. If there
 * are more caches than SCXB_MAX_DOMAINS, neighbours share a domain. With the option own_domains a
 * program sets others, also while the scheduler runs. domains.bpf.h has the queues.
 */
#ifndef SCXB_TOPOLOGY_BPF_H
#define SCXB_TOPOLOGY_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "verifier.bpf.h"
#include "wire.h"

/* The library makes it: see rust/domains.rs. */
struct domain_table {
	u32 domains;
	u32 some_closed; /* whether any is */
	/*
	 * All CPUs, domain by domain; where those of each domain begin; and at last, their number.
	 * (Again a power of two.)
	 */
	u16 begins[2 * SCXB_MAX_DOMAINS];
	u16 cpus[SCXB_MAX_CPUS];
	u8 of_cpu[SCXB_MAX_CPUS];
	/*
	 * The domains of a node follow each other: for each domain, the first of its node, and one
	 * after the last. So programs, which choose their numbers, have other ones.
	 */
	u8 node_begins[SCXB_MAX_DOMAINS];
	u8 node_ends[SCXB_MAX_DOMAINS];
	u8 by_number[SCXB_MAX_DOMAINS];
	u8 closed[SCXB_MAX_DOMAINS];
};

/* The library sets these to suit the machine, and whether there is always one domain. */
const volatile struct domain_table opt_domains;
const volatile bool opt_one_domain;

/*
 * What counts instead with own_domains. The library fills the one that is not in use, then makes it
 * the one in use. A reader may see parts of both, or a part that is overwritten: so what it does
 * must be harmless with any numbers, and each SCXB_MAX_DOMAINS has a queue.
 */
struct own_domains {
	struct domain_table tables[2];
	u32 in_use;
};
struct own_domains own_domains SEC(".data.domains");

static __always_inline const volatile struct domain_table *domain_table(void)
{
	if (opt_own_domains)
		return &own_domains.tables[bounded(READ_ONCE(own_domains.in_use), 2)];
	return &opt_domains;
}

/* Where this is so, the verifier removes what is for several. */
static __always_inline bool always_one_domain(void)
{
	return opt_one_domain;
}

static __always_inline u32 nr_domains(void)
{
	u32 n;

	if (!opt_own_domains)
		return opt_domains.domains;
	n = domain_table()->domains;
	return n <= SCXB_MAX_DOMAINS ? n : SCXB_MAX_DOMAINS;
}

/* The queues that may have tasks: a task can be on its way to one that is not used any more. */
static __always_inline u32 nr_shared_queues(void)
{
	return opt_own_domains ? SCXB_MAX_DOMAINS : opt_domains.domains;
}

static __always_inline u32 domain_of_cpu(s32 cpu)
{
	if (always_one_domain())
		return 0;
	return domain_table()->of_cpu[bounded(cpu, SCXB_MAX_CPUS)] % SCXB_MAX_DOMAINS;
}

/* The place in `cpus` where those of a domain begin. */
static __always_inline u32 domain_begin(u32 domain)
{
	return domain_table()->begins[bounded(domain, 2 * SCXB_MAX_DOMAINS)];
}

/* With domains of a program, places beyond the last one begin anew. */
static __always_inline u32 cpu_at(u32 place)
{
	if (opt_own_domains) {
		u32 end = domain_begin(domain_table()->domains);

		if (place >= end)
			place -= end;
	}
	return domain_table()->cpus[bounded(place, SCXB_MAX_CPUS)];
}

static __always_inline u32 node_begin(u32 domain)
{
	return domain_table()->node_begins[bounded(domain, SCXB_MAX_DOMAINS)];
}

static __always_inline u32 node_end(u32 domain)
{
	return domain_table()->node_ends[bounded(domain, SCXB_MAX_DOMAINS)];
}

static __always_inline bool some_closed(void)
{
	return opt_own_domains && domain_table()->some_closed;
}

static __always_inline bool is_closed(u32 domain)
{
	return opt_own_domains && domain_table()->closed[bounded(domain, SCXB_MAX_DOMAINS)];
}

/* The other domains, by number from 1 to nr_domains() - 1: those of the same node come first. */
static __always_inline u32 other_domain(u32 own, u32 i)
{
	u32 begin = node_begin(own), end = node_end(own);

	if (i < end - begin)
		return begin + (own - begin + i) % (end - begin);
	return (end + i - (end - begin)) % nr_domains();
}

#endif /* SCXB_TOPOLOGY_BPF_H */
