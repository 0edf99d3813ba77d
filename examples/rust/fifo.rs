//! A complete scheduler in Rust: first come, first served, for a number of seconds
//! (default 10). Run it as root on a sched_ext kernel. Its last line says where each
//! record and each decision went.

use std::time::{Duration, Instant};

use scxbridge::{Decision, ErrorKind, OpenScheduler, Options, Result, Task, CPU_PICK_IDLE};

fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).and_then(|arg| arg.parse().ok());

    let options = Options {
        debug: std::env::var_os("SCXB_DEBUG").is_some(),
        name: "fifo".into(),
        ..Options::default()
    };
    let scheduler = OpenScheduler::open(options)?.load()?;
    let scheduler = scheduler.attach().map_err(|(_, err)| err)?;
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(10));

    let mut tasks = [Task::default(); 256];
    let mut decisions = [Decision::default(); 256];
    let mut order = 0;
    while Instant::now() < end {
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
    Ok(())
}
