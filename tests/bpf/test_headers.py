"""Tests of the check of the kernel side's headers."""

import unittest

import headers

KERNEL = "typedef unsigned long long u64;\n#define READ_ONCE(x) (x)\n"
QUEUE = '#include "kernel.bpf.h"\nu64 turns;\nstruct queue {\n\tu64 first;\n};\nu64 queue_length(struct queue *q)\n{\n}\n'
ENUM = "enum kinds {\n\tKIND_ONE, /* the first */\n\tKIND_TWO = 2,\n};\n"


def faults(**texts):
    texts = {name.replace("_h", ".bpf.h").replace("_c", ".bpf.c"): text for name, text in texts.items()}
    return headers.faults({"kernel.bpf.h": KERNEL, "queue.bpf.h": QUEUE, "enum.bpf.h": ENUM, **texts})


class Includes(unittest.TestCase):
    def test_what_is_used_and_included_is_right(self):
        self.assertEqual(faults(user_h='#include "queue.bpf.h"\n#define LENGTH(q) queue_length(q)\n'), [])

    def test_names_of_every_kind_are_missed(self):
        for use in ("queue_length(q)", "turns + 1", "struct queue *q", "KIND_TWO", "READ_ONCE(q)", 'SEC("x")', "bpf_for(i)"):
            with self.subTest(use):
                (fault,) = faults(user_c=f"void f(void *q)\n{{\n\t{use};\n}}\n")
                self.assertRegex(fault, r"^user.bpf.c: uses \w+ of \w+.bpf.h and does not include it$")

    def test_what_comes_through_another_header_is_missed(self):
        self.assertEqual(
            faults(user_h='#include "queue.bpf.h"\nu64 f(struct queue *q)\n{\n}\n'),
            ["user.bpf.h: uses u64 of kernel.bpf.h and does not include it"],
        )

    def test_what_is_not_used_is_too_much(self):
        use = '#include "kernel.bpf.h"\n#include "queue.bpf.h"\n/* struct queue */\nu64 f(u64 first)\n{\n\treturn q->turns + first;\n}\n'
        self.assertEqual(faults(user_h=use), ["user.bpf.h: includes queue.bpf.h and uses nothing of it"])

    def test_twice_is_once_too_often(self):
        use = '#include "queue.bpf.h"\n#include "queue.bpf.h"\nint f(struct queue *q)\n{\n}\n'
        self.assertEqual(faults(user_h=use), ["user.bpf.h: includes queue.bpf.h twice"])


if __name__ == "__main__":
    unittest.main()
