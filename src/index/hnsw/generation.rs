//! Graphs on disk. A generation is a folder that is complete or not there: written under a temporary name, synced,
//! described by a manifest with the digest of every file, and renamed. What does not verify is not loaded.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::build::Parameters;
use super::codes::{Centre, Codes};
use super::graph::Graph;
use crate::error::{Error, Result};
use crate::index::VectorId;

const MANIFEST: &str = "manifest.json";
const IDS: &str = "ids.bin";
const CODES: &str = "codes.bin";
const GRAPH: &str = "graph.bin";
const PREFIX: &str = "generation-";
const TEMPORARY: &str = "building-";
/// Raised when the files change meaning; other formats are ignored, and the graph is built again.
const FORMAT: u32 = 3;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    model: String,
    parameters: Parameters,
    vectors: usize,
    centre: Centre,
    files: Vec<FileDigest>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileDigest {
    name: String,
    bytes: u64,
    sha256: String,
}

/// A graph, and the vectors in it by position: quantised, and their ids.
pub(super) struct Generation {
    pub(super) graph: Graph,
    pub(super) codes: Arc<Codes>,
    pub(super) ids: Vec<VectorId>,
}

impl Generation {
    /// Writes a new generation into `folder` and then removes older ones.
    pub(super) fn save(&self, folder: &Path, model: &str, parameters: Parameters) -> Result<()> {
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let number = numbered(folder)?.last().map_or(1, |(number, _)| number + 1);
        let temporary = folder.join(format!("{TEMPORARY}{number}"));
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(Error::io(&temporary))?;
        }
        fs::create_dir(&temporary).map_err(Error::io(&temporary))?;

        let ids: Vec<u8> = self.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        let mut files = Vec::new();
        for (name, bytes) in [(IDS, ids), (CODES, self.codes.to_bytes()), (GRAPH, self.graph.to_bytes())] {
            write_synced(&temporary.join(name), &bytes)?;
            files.push(FileDigest { name: name.to_owned(), bytes: bytes.len() as u64, sha256: digest(&bytes) });
        }
        let manifest = Manifest {
            format: FORMAT,
            model: model.to_owned(),
            parameters,
            vectors: self.ids.len(),
            centre: self.codes.centre().clone(),
            files,
        };
        let json = serde_json::to_vec(&manifest).map_err(|e| Error::Index(format!("manifest: {e}")))?;
        write_synced(&temporary.join(MANIFEST), &json)?;
        sync_folder(&temporary)?;
        let last = folder.join(format!("{PREFIX}{number}"));
        fs::rename(&temporary, &last).map_err(Error::io(&last))?;
        sync_folder(folder)?;
        for (_, old) in numbered(folder)?.into_iter().filter(|(n, _)| *n != number) {
            // Left-overs cost space only; the next save tries again.
            if let Err(e) = fs::remove_dir_all(&old) {
                tracing::warn!(path = %old.display(), error = %e, "could not remove an old index generation");
            }
        }
        Ok(())
    }

    /// The newest generation, `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Index`] or [`Error::Io`] when it does not verify or was built for another model or with other
    /// parameters; the caller builds a new one.
    pub(super) fn load(folder: &Path, model: &str, parameters: Parameters) -> Result<Option<Generation>> {
        if !folder.exists() {
            return Ok(None);
        }
        let Some((_, newest)) = numbered(folder)?.pop() else { return Ok(None) };
        let path = newest.join(MANIFEST);
        let json = fs::read(&path).map_err(Error::io(&path))?;
        let manifest: Manifest = serde_json::from_slice(&json)
            .map_err(|e| Error::Index(format!("{}: expected a manifest, received: {e}", path.display())))?;
        if (manifest.format, manifest.model.as_str(), manifest.parameters) != (FORMAT, model, parameters) {
            return Err(Error::Index(format!(
                "expected format {FORMAT} for model {model} with {parameters:?}, received format {} for model {} with {:?}",
                manifest.format, manifest.model, manifest.parameters
            )));
        }
        let read = |name: &str| {
            let path = newest.join(name);
            let expected = manifest.files.iter().find(|file| file.name == name);
            let expected = expected.ok_or_else(|| Error::Index(format!("the manifest does not name {name}")))?;
            let bytes = fs::read(&path).map_err(Error::io(&path))?;
            let sha256 = digest(&bytes);
            if (bytes.len() as u64, &sha256) == (expected.bytes, &expected.sha256) {
                return Ok(bytes);
            }
            Err(Error::Index(format!(
                "{}: expected {} bytes of digest {}, received {} of {sha256}",
                path.display(),
                expected.bytes,
                expected.sha256,
                bytes.len()
            )))
        };
        let ids = read(IDS)?;
        let ids: Vec<VectorId> = ids.as_chunks::<8>().0.iter().map(|id| VectorId::from_le_bytes(*id)).collect();
        if ids.len() != manifest.vectors {
            return Err(Error::Index(format!("expected {} ids, received {}", manifest.vectors, ids.len())));
        }
        let graph = Graph::read(&read(GRAPH)?, ids.len())?;
        let codes = read(CODES)?;
        let codes = Arc::new(Codes::read(manifest.centre, ids.len(), &codes)?);
        Ok(Some(Generation { graph, codes, ids }))
    }
}

/// Complete generations in a folder, oldest first.
fn numbered(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?;
        let name = entry.file_name();
        if let Some(number) = name.to_str().and_then(|n| n.strip_prefix(PREFIX)).and_then(|n| n.parse().ok()) {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path).map_err(Error::io(path))?;
    file.write_all(bytes).map_err(Error::io(path))?;
    file.sync_all().map_err(Error::io(path))
}

fn sync_folder(path: &Path) -> Result<()> {
    // Directories cannot be opened for syncing on Windows, where the rename itself is enough.
    if cfg!(unix) {
        File::open(path).and_then(|folder| folder.sync_all()).map_err(Error::io(path))?;
    }
    Ok(())
}

/// SHA-256, in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
