//! Giving way.

/// From now on the calling thread runs when nobody else wants the processor, as far as the system knows such a thing.
pub(crate) fn step_back() {
    // On Linux a priority is a thread's, whatever the name of the call says.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19) {
        tracing::debug!(%error, "a thread keeps its priority");
    }
}
