//! A complete scheduler in Rust: first come, first served. Run it as root on a sched_ext
//! kernel, until ^C. Its last line says where each record and each decision went.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use scxbridge::{Decision, ErrorKind, OpenScheduler, Options, Task, CPU_PICK_IDLE};
use signal_hook::consts::{SIGINT, SIGTERM};

fn main() -> Result<(), Box<dyn Error>> {
    let asked_to_end = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&asked_to_end))?;
    }

    let options = Options {
        debug: std::env::var_os("SCXB_DEBUG").is_some(),
        name: "rust_fifo".into(),
        ..Options::default()
    };
    let scheduler = OpenScheduler::open(options)?.load()?;
    let scheduler = scheduler.attach().map_err(|(_, err)| err)?;

    let mut tasks = [Task::default(); 256];
    let mut decisions = [Decision::default(); 256];
    let mut order = 0;
    while !asked_to_end.load(Ordering::Relaxed) {
        let count = match scheduler.receive_wait(&mut tasks, Some(Duration::from_millis(100))) {
            Err(err) if err.kind() == ErrorKind::TimedOut => continue,
            Err(err) if err.kind() == ErrorKind::Ended => break,
            received => received?,
        };
        for (task, decision) in tasks[..count].iter().zip(&mut decisions) {
            order += 1;
            *decision = Decision {
                vtime: order,
                ..Decision::new(task, CPU_PICK_IDLE)
            };
        }
        scheduler.dispatch(&decisions[..count])?;
    }
    let scheduler = scheduler.detach();
    println!("{:?}", scheduler.exit_info());
    // After detach the counters are final.
    let st = scheduler.stats()?;
    println!(
        "queued={} dispatched={} rescued={} gone={} decisions={} stale={} refused={}",
        st.queued, st.dispatched, st.rescued, st.gone, st.decisions, st.stale, st.refused
    );
    if !asked_to_end.load(Ordering::Relaxed) {
        return Err("the kernel ended the scheduler".into());
    }
    Ok(())
}
