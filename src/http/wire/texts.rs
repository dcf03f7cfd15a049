//! The text of a file.

use serde::Serialize;
use utoipa::ToSchema;

/// One file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form in the OpenAPI document; upload.rs reads it")]
pub(crate) struct TextForm {
    /// A file of one document, in any format that documents are read in. The part may have any name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// What a file says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TextAnswer {
    /// The file's name, without a path.
    pub(crate) name: String,
    /// Its text, normalised as that of a stored document; lines end in `\n`.
    pub(crate) text: String,
    /// What a person should know: tracked changes that were resolved, pictures that were left out.
    pub(crate) warnings: Vec<String>,
}
