//! The Rust worker of the boundary benchmarks: as `worker.c`, on the crate's own API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::hint::black_box;
use std::io::{BufRead, Write};

use scxbridge::{AttachedScheduler, CpuRequest, Decision, OpenScheduler, Options, Task};
use scxbridge::{CPU_PICK_IDLE, MAX_CPU_REQUESTS};

// tests/bench/aid.c. It also counts Rust's allocations, since they use malloc.
#[link(name = "benchaid")]
extern "C" {
    fn bench_feed(count: u64, wake: u32);
    fn bench_verify(count: u64, seq_sum: u64);
    fn bench_allocations() -> u64;
    fn bench_now_ns() -> u64;
    fn bench_mark(mark: i32);
}

const FILL: usize = 4096;
const WAKE_NOBODY: u32 = 0;
const MARK_BEGIN: i32 = -770_001;
const MARK_END: i32 = -770_002;

struct Worker {
    scheduler: AttachedScheduler,
    tasks: Vec<Task>,
    decisions: Vec<Decision>,
    requests: Vec<CpuRequest>,
    seq_sum: u64,
}

#[derive(Clone, Copy)]
struct Measure {
    run: fn(&mut Worker, usize),
    needs_records: bool,
    sends: bool,
}

fn measure(name: &str) -> Option<Measure> {
    let (run, needs_records, sends): (fn(&mut Worker, usize), _, _) = match name {
        "receive" => (Worker::receive, true, false),
        "dispatch" => (Worker::dispatch, false, true),
        "select_cpu" => (Worker::select_cpu, false, false),
        "select_cpus" => (Worker::select_cpus, false, false),
        "round" => (Worker::round, true, true),
        "round_select" => (Worker::round_select, true, true),
        _ => return None,
    };
    Some(Measure {
        run,
        needs_records,
        sends,
    })
}

impl Worker {
    fn new() -> Self {
        let loaded = OpenScheduler::open(Options::default()).unwrap();
        let attached = loaded.load().unwrap().attach();
        Self {
            scheduler: attached.map_err(|(_, err)| err).unwrap(),
            tasks: vec![Task::default(); MAX_CPU_REQUESTS],
            decisions: vec![Decision::default(); MAX_CPU_REQUESTS],
            requests: vec![CpuRequest::default(); MAX_CPU_REQUESTS],
            seq_sum: 0,
        }
    }

    fn receive(&mut self, batch: usize) {
        let received = self.scheduler.receive(black_box(&mut self.tasks[..batch]));
        assert_eq!(received.unwrap(), batch);
    }

    fn decide(&mut self, batch: usize) {
        for (task, decision) in self.tasks[..batch].iter().zip(&mut self.decisions) {
            *decision = Decision::new(task, CPU_PICK_IDLE);
            self.seq_sum = self.seq_sum.wrapping_add(task.seq);
        }
    }

    fn dispatch(&mut self, batch: usize) {
        let sent = self.scheduler.dispatch(black_box(&self.decisions[..batch]));
        assert_eq!(sent.unwrap(), batch);
    }

    fn select_cpu(&mut self, batch: usize) {
        for _ in 0..batch {
            assert_eq!(self.scheduler.select_cpu(black_box(1), 0).unwrap(), 0);
        }
    }

    fn select_cpus(&mut self, batch: usize) {
        let requests = black_box(&mut self.requests[..batch]);
        self.scheduler.select_cpus(requests).unwrap();
    }

    fn round(&mut self, batch: usize) {
        self.receive(batch);
        self.decide(batch);
        self.dispatch(batch);
    }

    fn round_select(&mut self, batch: usize) {
        self.receive(batch);
        for (task, request) in self.tasks[..batch].iter().zip(&mut self.requests) {
            *request = CpuRequest {
                pid: task.pid,
                prev_cpu: task.cpu,
                ..CpuRequest::default()
            };
        }
        self.select_cpus(batch);
        self.decide(batch);
        for (request, decision) in self.requests[..batch].iter().zip(&mut self.decisions) {
            decision.cpu = request.cpu;
        }
        self.dispatch(batch);
    }

    fn time(&mut self, measure: Measure, batch: usize) -> u64 {
        // SAFETY: none of them takes pointers; they end the process if they fail.
        unsafe {
            bench_mark(MARK_BEGIN);
            let begin = bench_now_ns();
            for _ in 0..FILL / batch {
                (measure.run)(self, batch);
            }
            let end = bench_now_ns();
            bench_mark(MARK_END);
            end - begin
        }
    }

    /// Nanoseconds and allocations.
    fn answer(&mut self, measure: Measure, batch: usize, count: usize) -> (u64, u64) {
        self.decisions.fill(Decision::default());
        self.requests.fill(CpuRequest::default());
        self.seq_sum = 0;
        let mut ns = 0;
        // SAFETY: as above.
        unsafe {
            let before = bench_allocations();
            for _ in 0..count / FILL {
                if measure.needs_records {
                    bench_feed(FILL as u64, WAKE_NOBODY);
                }
                ns += self.time(measure, batch);
            }
            let allocations = bench_allocations() - before;
            bench_verify(if measure.sends { count as u64 } else { 0 }, self.seq_sum);
            (ns, allocations)
        }
    }
}

fn main() {
    let mut worker = Worker::new();
    let mut out = std::io::stdout();
    writeln!(out, "ready").unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        let measure = measure(words.next().expect("a name"));
        let mut number = || words.next().and_then(|n| n.parse::<usize>().ok());
        let (batch, count) = number().zip(number()).expect("two numbers");
        assert!((1..=MAX_CPU_REQUESTS).contains(&batch) && count % FILL == 0);
        match measure.map(|measure| worker.answer(measure, batch, count)) {
            Some((ns, allocations)) => writeln!(out, "{ns} {allocations} 0"),
            None => writeln!(out, "unsupported"),
        }
        .unwrap();
    }
}
