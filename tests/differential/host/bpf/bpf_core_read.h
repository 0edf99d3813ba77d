/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces libbpf's header of this name: here, too, a read through NULL gives 0. */
#ifndef HOST_BPF_CORE_READ_H
#define HOST_BPF_CORE_READ_H

#define bpf_core_field_offset(type, field) __builtin_offsetof(type, field)
#define bpf_core_field_exists(field...) true
#define bpf_core_cast(pointer, type) ((type *)(pointer))
#define bpf_core_enum_value_exists(type, value) true
#define bpf_core_enum_value(type, value) (value)

#define HOST_FIELD(from, field)                                        \
	({                                                             \
		typeof(from) __from = (from);                          \
		__from ? __from->field : (typeof(__from->field)){ 0 }; \
	})
#define HOST_READ_1(from, a) HOST_FIELD(from, a)
#define HOST_READ_2(from, a, b) HOST_FIELD(HOST_FIELD(from, a), b)
#define HOST_READ_3(from, a, b, c) HOST_FIELD(HOST_READ_2(from, a, b), c)
#define HOST_READ_4(from, a, b, c, d) HOST_READ_2(HOST_READ_2(from, a, b), c, d)
#define HOST_READ_AS(from, a, b, c, d, name, ...) name
#define BPF_CORE_READ(from, fields...)                                                   \
	HOST_READ_AS(from, ##fields, HOST_READ_4, HOST_READ_3, HOST_READ_2, HOST_READ_1) \
	(from, ##fields)

#endif /* HOST_BPF_CORE_READ_H */
