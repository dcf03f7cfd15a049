//! What tasks do.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use serde_json::{Value, json};

use super::TaskKind;
use crate::duplicates::Effort;
use crate::engine::Engine;
use crate::error::Result;

/// Does what a task of the kind does; `report` is told the steps done and their number, and may end it. What came of it;
/// `None` when it was ended before.
pub(super) fn run(
    engine: &Engine,
    kind: TaskKind,
    mut report: impl FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Option<Value>> {
    match kind {
        TaskKind::Duplicates => {
            // All but one processor: a query that comes meanwhile finds one that need not be taken away from anybody.
            let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
            let workers = NonZeroUsize::new(processors - 1).unwrap_or(NonZeroUsize::MIN);
            let effort = Effort { workers, background: true };
            let found =
                engine.duplicates().find(engine.store(), effort, |progress| report(progress.done, progress.total))?;
            Ok((!found.stopped).then(|| json!({ "compared": found.compared, "pairs": found.pairs })))
        }
    }
}
