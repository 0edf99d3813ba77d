// SPDX-License-Identifier: Apache-2.0
//! Threads that are waited for with a deadline.

use crate::time::now;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Threads and their results.
pub struct Team<T> {
    sender: Sender<(usize, Result<T, String>)>,
    results: Receiver<(usize, Result<T, String>)>,
    members: Vec<(String, JoinHandle<()>)>,
}

impl<T: Send + 'static> Team<T> {
    /// A team without members.
    pub fn new() -> Self {
        let (sender, results) = channel();
        Team {
            sender,
            results,
            members: Vec::new(),
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Starts a thread called `name`.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<(), String> {
        let name = name.into();
        let index = self.members.len();
        let sender = self.sender.clone();
        let handle = Builder::new()
            .name(name.clone())
            .stack_size(256 * 1024)
            .spawn(move || {
                let result =
                    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err("panicked".into()));
                // The receiver is gone only if the team gave up on this thread.
                let _ = sender.send((index, result));
            })
            .map_err(|e| format!("start thread {name}: {e}"))?;
        self.members.push((name, handle));
        Ok(())
    }

    /// Waits for all until `deadline`. Results are in spawning order, None where a thread failed or hung;
    /// `errors` gets a line for each of those. A hung thread ends with the process.
    pub fn finish(self, deadline: u64, errors: &mut Vec<String>) -> Vec<Option<T>> {
        let mut done: Vec<Option<Result<T, String>>> = Vec::new();
        done.resize_with(self.members.len(), || None);
        for _ in 0..self.members.len() {
            let left = Duration::from_nanos(deadline.saturating_sub(now()));
            match self.results.recv_timeout(left) {
                Ok((index, result)) => done[index] = Some(result),
                Err(_) => break,
            }
        }
        let mut results = Vec::new();
        for ((name, handle), result) in self.members.into_iter().zip(done) {
            let result = result.unwrap_or_else(|| Err("hung: not finished by the deadline".into()));
            if handle.is_finished() || result.is_ok() {
                // It caught its own panic, so joining reports nothing new.
                let _ = handle.join();
            }
            results.push(result.map_err(|e| errors.push(format!("{name}: {e}"))).ok());
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MS;

    #[test]
    fn results_failures_panics_and_hangs() {
        let mut team = Team::new();
        team.spawn("fine", || Ok(7)).unwrap();
        team.spawn("failed", || Err("because".into())).unwrap();
        team.spawn("panicked", || std::panic::resume_unwind(Box::new(())))
            .unwrap();
        let (hold, held) = channel::<()>();
        team.spawn("stuck", move || {
            let _ = held.recv();
            Ok(8)
        })
        .unwrap();
        let mut errors = Vec::new();
        let results = team.finish(now() + 500 * MS, &mut errors);
        assert_eq!(results, [Some(7), None, None, None]);
        assert_eq!(
            errors,
            [
                "failed: because",
                "panicked: panicked",
                "stuck: hung: not finished by the deadline"
            ]
        );
        drop(hold);
    }
}
