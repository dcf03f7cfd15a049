//! Tensors by name from the three formats that models come in.

use crate::error::{Error, Result};
use candle_core::pickle::PthTensors;
use candle_core::quantized::gguf_file;
use candle_core::safetensors::BufferedSafetensors;
use candle_core::{DType, Device, Tensor};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Weight files in the order of preference, when a directory holds several.
pub(super) const WEIGHT_FILES: [&str; 3] = ["model.safetensors", "model.gguf", "pytorch_model.bin"];

/// The tensor that every supported encoder has.
pub(super) const ENCODER_LANDMARK: &str = "embeddings.word_embeddings.weight";

/// An open weight file.
pub(super) struct Weights {
    path: PathBuf,
    /// `bert.`, `roberta.`, `0.auto_model.` and the like; mostly empty.
    prefix: String,
    names: Vec<String>,
    source: Source,
}

enum Source {
    // Read whole rather than mapped: mapping is unsafe, for a file that changes under it is undefined behaviour.
    Safetensors(BufferedSafetensors),
    Gguf(gguf_file::Content, BufReader<File>),
    Pickle(PthTensors),
}

impl Weights {
    /// Opens the weight file of a directory. `landmark` is the tensor that must be in it; what stands before that in the
    /// file is the prefix of all names.
    ///
    /// # Errors
    /// [`Error::Model`] when there is none, when it cannot be read as what its name says, or when it has no landmark.
    pub fn open(directory: &Path, landmark: &str) -> Result<Weights> {
        let path = weight_file(directory)?;
        let odd = |kind: &'static str| {
            let path = path.clone();
            move |e: candle_core::Error| Error::Model {
                path,
                expected: format!("a {kind} file"),
                received: first_line(&e.to_string()),
            }
        };
        let (names, source): (Vec<String>, Source) = match path.extension().and_then(|e| e.to_str()) {
            Some("safetensors") => {
                let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
                let tensors = BufferedSafetensors::new(bytes).map_err(odd("safetensors"))?;
                (tensors.tensors().into_iter().map(|(name, _)| name).collect(), Source::Safetensors(tensors))
            }
            Some("gguf") => {
                let mut file = BufReader::new(File::open(&path).map_err(Error::io(&path))?);
                let content = gguf_file::Content::read(&mut file).map_err(odd("GGUF"))?;
                (content.tensor_infos.keys().cloned().collect(), Source::Gguf(content, file))
            }
            _ => {
                let tensors = PthTensors::new(&path, None).map_err(odd("PyTorch (zip)"))?;
                (tensors.tensor_infos().keys().cloned().collect(), Source::Pickle(tensors))
            }
        };
        let Some(prefix) = names.iter().find_map(|n| n.strip_suffix(landmark)).map(str::to_owned) else {
            let mut some = names;
            some.sort_unstable();
            some.truncate(4);
            return Err(Error::Model {
                path,
                expected: format!("a tensor whose name ends in {landmark}"),
                received: if some.is_empty() { "no tensor at all".into() } else { format!("{}, …", some.join(", ")) },
            });
        };
        Ok(Weights { path, prefix, names, source })
    }

    /// The elements of a tensor in f32, row-major. `name` is without the prefix, as the BERT of `transformers` calls
    /// it; the older `gamma` and `beta` of layer norms are found too.
    ///
    /// # Errors
    /// [`Error::Model`] when the tensor is absent, has another shape or an element that is not finite.
    pub fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let older = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
        let full = [name, older.as_str()]
            .iter()
            .map(|n| format!("{}{n}", self.prefix))
            .find(|n| self.names.contains(n))
            .ok_or_else(|| self.odd(name, shape, "no tensor of that name".into()))?;
        let tensor = self.read(&full).map_err(|e| self.odd(name, shape, first_line(&e.to_string())))?;
        if tensor.dims() != shape {
            return Err(self.odd(name, shape, format!("shape {:?}", tensor.dims())));
        }
        let values: Vec<f32> = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        // Checked here, once: rounded to integers, what is not a number would look like one.
        match values.iter().find(|v| !v.is_finite()) {
            Some(value) => Err(self.odd(name, shape, format!("the element {value}"))),
            None => Ok(values),
        }
    }

    fn read(&mut self, name: &str) -> candle_core::Result<Tensor> {
        match &mut self.source {
            Source::Safetensors(tensors) => tensors.load(name, &Device::Cpu),
            Source::Gguf(content, file) => content.tensor(file, name, &Device::Cpu)?.dequantize(&Device::Cpu),
            Source::Pickle(tensors) => match tensors.get(name)? {
                Some(tensor) => Ok(tensor),
                None => candle_core::bail!("no tensor of that name"),
            },
        }
    }

    fn odd(&self, name: &str, shape: &[usize], received: String) -> Error {
        Error::Model {
            path: self.path.clone(),
            expected: format!("a finite tensor {name} of shape {shape:?}"),
            received,
        }
    }
}

/// The weight file of a model directory, by the order of [`WEIGHT_FILES`].
///
/// # Errors
/// [`Error::Model`] when there is none.
pub(super) fn weight_file(directory: &Path) -> Result<PathBuf> {
    WEIGHT_FILES.iter().map(|name| directory.join(name)).find(|path| path.is_file()).ok_or_else(|| Error::Model {
        path: directory.to_path_buf(),
        expected: format!("one of {}", WEIGHT_FILES.join(", ")),
        received: listing(directory),
    })
}

/// The names in a directory, for error messages.
pub(super) fn listing(directory: &Path) -> String {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return "not a readable directory".into();
    };
    let mut names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    let count = names.len();
    names.truncate(12);
    match count {
        0 => "an empty directory".into(),
        1..=12 => names.join(", "),
        _ => format!("{} and {} more", names.join(", "), count - 12),
    }
}

/// Errors of candle may carry a backtrace below their first line.
fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}
