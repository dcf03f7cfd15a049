//! How two wordings of a measure differ: in characters, and in what they demand.
//!
//! ```text
//! edits        two texts -> runs of characters kept, deleted, inserted, replaced
//! measures     a text -> figures, deadlines, actors, obligations, scope (one file each; numbers, folded: what they read)
//! differences  two texts -> the measures that differ, paired (align)
//! boilerplate  a text -> the formula that it is, if it is one
//! ```
//!
//! Pure functions of the text: no model, no store, and `document` knows nothing of them. Rules are tables to be read
//! and amended. A rule that is not sure says nothing: a figure that is missed costs a user less than one that is wrong.

mod align;
mod boilerplate;
mod deadlines;
mod duties;
mod edits;
mod figures;
mod folded;
mod measures;
mod numbers;
mod scopes;

pub use align::{Difference, differences};
pub use boilerplate::{Formula, boilerplate, is_boilerplate};
pub use deadlines::Deadline;
pub use duties::Strength;
pub use edits::{Edit, EditKind, edits};
pub use figures::{Comparator, Figure};
pub use measures::{Measure, MeasureKind, Measures, Value, measures};
