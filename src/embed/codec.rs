//! Token embeddings in the form in which they are stored and compared: centred, reduced, in 4 bits.
//!
//! What late interaction was measured to want (nDCG@10 of clause and typed queries on two judged sets):
//!
//! - *Centred*: the model's token vectors crowd a cone; without the mean taken off, every token resembles every other.
//!   The mean that is stored without is the model's, not the corpus's, so that what is stored stays valid whatever
//!   comes and goes; what the tokens of a corpus have in common beyond it is taken off when they are compared
//!   ([`TokenCentre`]).
//! - *Reduced* to the directions in which tokens differ most (principal components), then turned by a fixed random
//!   rotation, so that every component carries as much as any other and 4 bits do for all of them: 256 components in
//!   4 bits, 130 bytes a token, rank like 384 in 32; 128 in 8 bits lose a point, unrotated 4 bits too.

use std::path::Path;

use candle_core::{Device, Tensor};

use super::centre::{Shift, TokenCentre};
use super::kernels::{MIDDLE, QueryMatrix};
use super::{Token, TokenEmbeddings};
use crate::error::{Error, Result};

/// The file of a model directory that holds a codec.
pub(super) const CODEC_FILE: &str = "token_codec.safetensors";

/// Texts that the centre is measured on for a model that brings no codec: official prose, law, questions, English.
pub(super) const SAMPLE: [&str; 12] = [
    "县级以上人民政府应当加强对本行政区域内相关工作的领导，将所需经费纳入本级财政预算，建立健全工作协调机制。",
    "违反本条例规定，有下列行为之一的，由市场监督管理部门责令限期改正，没收违法所得，并处五千元以上五万元以下罚款。",
    "到2025年，规模以上工业企业研发经费支出占营业收入比重达到1.8%以上，新增高新技术企业300家。",
    "支持企业牵头组建创新联合体，对新认定的国家级制造业创新中心，市财政给予一次性奖励。",
    "任何单位和个人不得侵占、损坏公共设施，不得占用消防通道，不得在公共场所乱扔垃圾。",
    "完善城乡社区养老服务体系，鼓励社会力量举办养老机构，对符合条件的给予建设补贴和运营补贴。",
    "申请人应当自收到通知书之日起三十日内提交下列材料：身份证明、场所使用证明和安全管理制度。",
    "深入实施乡村振兴战略，持续改善农村人居环境，推进生活污水治理，加强耕地保护和高标准农田建设。",
    "学校应当开展心理健康教育，保障学生在校期间的安全，发现欺凌行为应当立即制止并通知监护人。",
    "买到的东西质量不好，商家不给退，应该找哪个部门投诉？",
    "本条例自2021年1月1日起施行。本办法由市人民政府负责解释。",
    "Enterprises that obtain national quality awards shall be rewarded; no unit may discharge waste water without a permit.",
];

/// How token embeddings of one model are reduced and rounded.
#[derive(Debug)]
pub struct TokenCodec {
    /// Components of a token embedding as the model gives it.
    hidden: usize,
    /// Components that are kept; even.
    kept: usize,
    /// What is taken off a unit-length token vector: `[hidden]`.
    centre: Vec<f32>,
    /// `[hidden, kept]`: each column a direction that is kept.
    basis: Tensor,
    /// `centre · basis`: `[kept]`.
    offset: Vec<f32>,
}

/// The tokens of a stored text.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenCodes {
    /// Rows of the model's vocabulary, one a token, in reading order.
    pub ids: Vec<u32>,
    /// `[tokens, kept / 2]`, two components a byte: 16 levels, the low halves first.
    pub levels: Vec<u8>,
    /// What a token's levels, less their middle, are multiplied with to have unit length; one a token.
    pub scales: Vec<half::f16>,
}

/// The tokens of a query, ready to be compared with stored ones.
#[derive(Debug)]
pub struct QueryTokens {
    /// The tokens in reading order.
    pub tokens: Vec<Token>,
    /// The tokens, and one row more for the shift where there is one.
    matrix: QueryMatrix,
    shift: Option<Shift>,
    bytes_a_token: usize,
}

impl TokenCodec {
    /// A codec from its parts; `basis` is row-major `[hidden, kept]`.
    ///
    /// # Errors
    /// [`Error::Encoder`] when lengths do not fit or `kept` is odd.
    pub fn new(centre: Vec<f32>, basis: Vec<f32>) -> Result<TokenCodec> {
        let hidden = centre.len();
        let kept = basis.len() / hidden.max(1);
        if hidden == 0 || kept == 0 || !kept.is_multiple_of(2) || basis.len() != hidden * kept {
            return Err(Error::Encoder(format!(
                "expected a basis of an even number of directions of {hidden} components, received {} values",
                basis.len()
            )));
        }
        let basis = Tensor::from_vec(basis, (hidden, kept), &Device::Cpu)?;
        let offset =
            Tensor::from_slice(&centre, (1, hidden), &Device::Cpu)?.matmul(&basis)?.flatten_all()?.to_vec1()?;
        Ok(TokenCodec { hidden, kept, centre, basis, offset })
    }

    /// Reads the codec of a model directory; none when it brings none.
    ///
    /// # Errors
    /// [`Error::Model`] for a file that is not a codec of this model.
    pub(super) fn load(directory: &Path, hidden: usize) -> Result<Option<TokenCodec>> {
        let path = directory.join(CODEC_FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let odd = |received: String| Error::Model {
            path: path.clone(),
            expected: format!("tensors centre [{hidden}] and basis [{hidden}, an even number]"),
            received,
        };
        let tensors = candle_core::safetensors::load(&path, &Device::Cpu).map_err(|e| odd(e.to_string()))?;
        let values = |name: &str| -> Result<Vec<f32>> {
            let tensor = tensors.get(name).ok_or_else(|| odd(format!("no tensor {name}")))?;
            if tensor.dims().first() != Some(&hidden) {
                return Err(odd(format!("{name} of shape {:?}", tensor.dims())));
            }
            let values: Vec<f32> = tensor.to_dtype(candle_core::DType::F32)?.flatten_all()?.to_vec1()?;
            match values.iter().find(|v| !v.is_finite()) {
                Some(value) => Err(odd(format!("{name} with the element {value}"))),
                None => Ok(values),
            }
        };
        TokenCodec::new(values("centre")?, values("basis")?).map(Some).map_err(|e| odd(e.to_string()))
    }

    /// The codec for a model that brings none: centred on `sample`, rotated, nothing reduced.
    pub(super) fn fallback(sample: &[TokenEmbeddings]) -> Result<TokenCodec> {
        let hidden = sample.first().map_or(0, |s| s.dimensions);
        let mut centre = vec![0.0; hidden];
        let mut count = 0.0;
        for row in sample.iter().flat_map(|s| s.values.chunks_exact(hidden)) {
            let length = length(row);
            count += 1.0;
            centre.iter_mut().zip(row).for_each(|(c, v)| *c += v / length);
        }
        centre.iter_mut().for_each(|c| *c /= f32::max(count, 1.0));
        TokenCodec::new(centre, rotation(hidden, hidden - hidden % 2))
    }

    /// Writes the codec into a model directory, as `token_codec.safetensors`.
    ///
    /// # Errors
    /// [`Error::Encoder`] when it cannot be written.
    pub fn save(&self, directory: &Path) -> Result<()> {
        let centre = Tensor::from_slice(&self.centre, self.hidden, &Device::Cpu)?;
        let basis = self.basis.to_dtype(candle_core::DType::F16)?;
        let tensors = std::collections::HashMap::from([("centre", centre), ("basis", basis)]);
        Ok(candle_core::safetensors::save(&tensors, directory.join(CODEC_FILE))?)
    }

    /// Components of the token embeddings that it reduces. Those of a sentence embedding may be others.
    pub fn hidden(&self) -> usize {
        self.hidden
    }

    /// Bytes that the levels of one token take.
    pub fn bytes_a_token(&self) -> usize {
        self.kept / 2
    }

    /// The kept components of tokens, `[tokens, kept]`, before rounding; their length means nothing.
    fn reduce(&self, tokens: &TokenEmbeddings) -> Result<Vec<f32>> {
        if tokens.dimensions != self.hidden {
            return Err(Error::Encoder(format!(
                "expected token embeddings of {} components, received {}",
                self.hidden, tokens.dimensions
            )));
        }
        let rows = tokens.tokens.len();
        if rows == 0 {
            return Ok(Vec::new());
        }
        let values = Tensor::from_slice(&tokens.values, (rows, self.hidden), &Device::Cpu)?;
        let mut reduced: Vec<f32> = values.matmul(&self.basis)?.flatten_all()?.to_vec1()?;
        // (x / |x| - centre) · basis
        for (reduced, row) in reduced.chunks_exact_mut(self.kept).zip(tokens.values.chunks_exact(self.hidden)) {
            let scale = 1.0 / length(row);
            reduced.iter_mut().zip(&self.offset).for_each(|(r, offset)| *r = *r * scale - offset);
        }
        Ok(reduced)
    }

    /// Tokens as they are stored.
    ///
    /// # Errors
    /// [`Error::Encoder`] for token embeddings of another model.
    pub fn encode(&self, tokens: &TokenEmbeddings) -> Result<TokenCodes> {
        let half = self.kept / 2;
        let reduced = self.reduce(tokens)?;
        let mut levels = Vec::with_capacity(tokens.tokens.len() * half);
        let mut scales = Vec::with_capacity(tokens.tokens.len());
        for row in reduced.chunks_exact(self.kept) {
            let largest = row.iter().fold(0.0_f32, |largest, v| largest.max(v.abs()));
            let steps = if largest > 0.0 { 7.5 / largest } else { 0.0 };
            let level = |v: f32| (v * steps + 8.0).clamp(0.0, 15.0) as u8;
            let (low, high) = row.split_at(half);
            let start = levels.len();
            levels.extend(low.iter().zip(high).map(|(low, high)| level(*low) | level(*high) << 4));
            let square: f32 = levels[start..]
                .iter()
                .flat_map(|byte| [byte & 15, byte >> 4])
                .map(|level| (f32::from(level) - MIDDLE).powi(2))
                .sum();
            // No level is the middle itself, so the length is above zero.
            scales.push(half::f16::from_f32(1.0 / square.sqrt()));
        }
        Ok(TokenCodes { ids: tokens.tokens.iter().map(|t| t.id).collect(), levels, scales })
    }

    /// Tokens of a query to a corpus with this centre, of which the share is taken off that the tokens have of it.
    ///
    /// # Errors
    /// [`Error::Encoder`] for token embeddings of another model.
    pub fn query(&self, tokens: &TokenEmbeddings, centre: &TokenCentre) -> Result<QueryTokens> {
        let mut reduced = self.reduce(tokens)?;
        for row in reduced.chunks_exact_mut(self.kept) {
            let length = length(row);
            row.iter_mut().for_each(|v| *v /= length);
        }
        let shift = centre.shift(centre.share(&reduced));
        self.query_tokens(tokens.tokens.clone(), reduced, shift)
    }

    /// Stored tokens in the form in which others of their corpus are compared with them, so that two stored texts can be
    /// compared without the model; the whole centre is taken off. Where the tokens stand in their text is not known:
    /// their places are empty.
    ///
    /// # Errors
    /// [`Error::Encoder`] for codes of another length.
    pub fn query_of(&self, codes: &TokenCodes, centre: &TokenCentre) -> Result<QueryTokens> {
        let tokens = codes.ids.iter().map(|id| Token { id: *id, start: 0, end: 0 }).collect();
        self.query_tokens(tokens, self.values(codes)?, centre.shift(1.0))
    }

    /// `values` is `[tokens, kept]`, of unit length each.
    fn query_tokens(&self, tokens: Vec<Token>, mut values: Vec<f32>, shift: Option<Vec<f32>>) -> Result<QueryTokens> {
        let mut rows = tokens.len();
        let shift = match shift {
            Some(shift) if shift.len() == self.kept => {
                let taken = Shift::take_off(&shift, &mut values);
                values.extend(shift);
                rows += 1;
                Some(taken)
            }
            Some(shift) => {
                return Err(Error::Encoder(format!(
                    "expected a centre of {} components, received {}",
                    self.kept,
                    shift.len()
                )));
            }
            None => None,
        };
        let matrix = QueryMatrix::new(&values, rows, self.kept)?;
        Ok(QueryTokens { tokens, matrix, shift, bytes_a_token: self.bytes_a_token() })
    }

    /// Components of a token that are kept.
    pub(super) fn kept(&self) -> usize {
        self.kept
    }

    /// The kept components of stored tokens, `[tokens, kept]`, of unit length each within the rounding.
    ///
    /// # Errors
    /// [`Error::Encoder`] for codes of another length.
    pub(super) fn values(&self, codes: &TokenCodes) -> Result<Vec<f32>> {
        let (count, half) = (codes.ids.len(), self.kept / 2);
        if codes.scales.len() != count || codes.levels.len() != count * half {
            return Err(Error::Encoder(format!(
                "expected {count} tokens of {half} bytes, received {} bytes and {} scales",
                codes.levels.len(),
                codes.scales.len()
            )));
        }
        let mut values = Vec::with_capacity((count + 1) * self.kept);
        for (levels, scale) in codes.levels.chunks_exact(half).zip(&codes.scales) {
            let value = |level: u8| (f32::from(level) - MIDDLE) * scale.to_f32();
            values.extend(levels.iter().map(|byte| value(byte & 15)));
            values.extend(levels.iter().map(|byte| value(byte >> 4)));
        }
        Ok(values)
    }
}

impl QueryTokens {
    /// Cosines of every stored token with every one of the query, row-major `[stored, query]`, into `cosines`.
    ///
    /// # Errors
    /// [`Error::Encoder`] for codes of another codec.
    pub fn cosines(&self, stored: &TokenCodes, cosines: &mut Vec<f32>) -> Result<()> {
        let count = stored.ids.len();
        if stored.scales.len() != count || stored.levels.len() != count * self.bytes_a_token {
            return Err(Error::Encoder(format!(
                "expected {count} stored tokens of {} bytes, received {} bytes and {} scales",
                self.bytes_a_token,
                stored.levels.len(),
                stored.scales.len()
            )));
        }
        let scales: Vec<f32> = stored.scales.iter().map(|s| s.to_f32()).collect();
        self.matrix.products(&stored.levels, &scales, cosines)?;
        if let Some(shift) = &self.shift {
            shift.finish(cosines);
        }
        Ok(())
    }
}

/// Length of a vector, never zero.
fn length(row: &[f32]) -> f32 {
    row.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE)
}

/// `columns` directions at right angles to each other, the same in every run: `[rows, columns]`, columns <= rows.
pub(super) fn rotation(rows: usize, columns: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        // SplitMix64 (Steele et al. 2014); twelve uniform numbers make a nearly normal one.
        let mut uniform = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    };
    let mut directions: Vec<Vec<f64>> = (0..columns).map(|_| (0..rows).map(|_| random()).collect()).collect();
    orthonormalise(&mut directions);
    (0..rows).flat_map(|r| directions.iter().map(move |d| d[r] as f32)).collect()
}

/// Gram-Schmidt, twice, which is enough for full precision.
pub(super) fn orthonormalise(directions: &mut [Vec<f64>]) {
    for i in 0..directions.len() {
        let (done, rest) = directions.split_at_mut(i);
        let Some(current) = rest.first_mut() else { return };
        for _ in 0..2 {
            for other in done.iter() {
                let product: f64 = current.iter().zip(other).map(|(a, b)| a * b).sum();
                current.iter_mut().zip(other).for_each(|(c, o)| *c -= product * o);
            }
        }
        let length = current.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        current.iter_mut().for_each(|v| *v /= length);
    }
}

/// Measures a codec on many token embeddings: their mean, the `kept` directions in which they differ most, rotated.
///
/// The directions are the leading eigenvectors of the covariance, by orthogonal iteration (Golub & Van Loan, "Matrix
/// Computations", 8.2.4) from a fixed start: the same in every run. Only the space they span matters, since they are
/// rotated within it.
#[derive(Debug)]
pub struct CodecFit {
    hidden: usize,
    count: f64,
    sum: Vec<f64>,
    /// Sum of outer products of unit-length token vectors, `[hidden, hidden]`.
    products: Tensor,
}

impl CodecFit {
    /// For a model whose token embeddings have `hidden` components.
    ///
    /// # Errors
    /// [`Error::Encoder`].
    pub fn new(hidden: usize) -> Result<CodecFit> {
        let products = Tensor::zeros((hidden, hidden), candle_core::DType::F64, &Device::Cpu)?;
        Ok(CodecFit { hidden, count: 0.0, sum: vec![0.0; hidden], products })
    }

    /// Takes the tokens of a text into account.
    ///
    /// # Errors
    /// [`Error::Encoder`] for embeddings of another size.
    pub fn add(&mut self, tokens: &TokenEmbeddings) -> Result<()> {
        let mut rows: Vec<f64> = Vec::with_capacity(tokens.values.len());
        for row in tokens.values.chunks_exact(self.hidden) {
            let length = length(row);
            rows.extend(row.iter().map(|v| f64::from(v / length)));
        }
        for row in rows.chunks_exact(self.hidden) {
            self.sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
        }
        let count = rows.len() / self.hidden;
        if count == 0 {
            return Ok(());
        }
        self.count += count as f64;
        let rows = Tensor::from_vec(rows, (count, self.hidden), &Device::Cpu)?;
        self.products = (&self.products + rows.t()?.matmul(&rows)?)?;
        Ok(())
    }

    /// The codec that keeps `kept` components.
    ///
    /// # Errors
    /// [`Error::Encoder`] when nothing was added, or `kept` is odd or larger than what there is.
    pub fn finish(self, kept: usize) -> Result<TokenCodec> {
        if self.count == 0.0 || kept > self.hidden {
            return Err(Error::Encoder(format!(
                "expected token embeddings of at least {kept} components, received {} of {}",
                self.count, self.hidden
            )));
        }
        let mean: Vec<f64> = self.sum.iter().map(|s| s / self.count).collect();
        let mean_column = Tensor::from_slice(&mean, (self.hidden, 1), &Device::Cpu)?;
        let covariance = ((self.products / self.count)? - mean_column.matmul(&mean_column.t()?)?)?;
        let start = rotation(self.hidden, kept);
        let mut directions: Vec<Vec<f64>> =
            (0..kept).map(|c| (0..self.hidden).map(|r| f64::from(start[r * kept + c])).collect()).collect();
        for _ in 0..ITERATIONS {
            let flat: Vec<f64> = directions.concat();
            let turned = Tensor::from_vec(flat, (kept, self.hidden), &Device::Cpu)?.matmul(&covariance)?;
            directions = turned.to_vec2()?;
            orthonormalise(&mut directions);
        }
        let space = Tensor::from_vec(directions.concat(), (kept, self.hidden), &Device::Cpu)?
            .to_dtype(candle_core::DType::F32)?;
        let rotation = Tensor::from_vec(rotation(kept, kept), (kept, kept), &Device::Cpu)?;
        let basis = space.t()?.matmul(&rotation)?.flatten_all()?.to_vec1()?;
        TokenCodec::new(mean.iter().map(|v| *v as f32).collect(), basis)
    }
}

/// Orthogonal iterations: the spanned space is settled to well below the rounding to 4 bits.
const ITERATIONS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(rows: usize, hidden: usize, seed: f32) -> TokenEmbeddings {
        let values = (0..rows * hidden).map(|i| 1.0 + (i as f32 * 12.9898 + seed).sin()).collect();
        let tokens = (0..rows).map(|i| Token { id: i as u32, start: i, end: i + 1 }).collect();
        TokenEmbeddings { tokens, values, dimensions: hidden }
    }

    /// Cosine of two tokens by the definition: unit length, centred.
    fn cosine(codec: &TokenCodec, a: &[f32], b: &[f32]) -> f32 {
        let centred = |x: &[f32]| -> Vec<f32> {
            let l = length(x);
            x.iter().zip(&codec.centre).map(|(x, c)| x / l - c).collect()
        };
        let (a, b) = (centred(a), centred(b));
        a.iter().zip(&b).map(|(a, b)| a * b).sum::<f32>() / length(&a) / length(&b)
    }

    #[test]
    fn cosines_of_stored_tokens_are_those_of_centred_ones_within_the_rounding() {
        let stored = tokens(9, 64, 0.3);
        let query = tokens(5, 64, 7.7);
        let codec = TokenCodec::fallback(&[stored.clone(), query.clone()]).unwrap();
        let mut found = Vec::new();
        codec
            .query(&query, &TokenCentre::default())
            .unwrap()
            .cosines(&codec.encode(&stored).unwrap(), &mut found)
            .unwrap();
        assert_eq!(found.len(), 45);
        for s in 0..9 {
            for q in 0..5 {
                let expected = cosine(&codec, &stored.values[s * 64..][..64], &query.values[q * 64..][..64]);
                assert!((found[s * 5 + q] - expected).abs() < 0.06, "{} for {expected}", found[s * 5 + q]);
            }
        }
    }

    #[test]
    fn a_fitted_codec_keeps_the_directions_in_which_tokens_differ() {
        // Tokens that differ in four directions of sixteen only.
        let make = |i: usize| -> Vec<f32> {
            (0..16).map(|d| 1.0 + if d % 4 == 0 { ((i * 7 + d * 3) as f32).sin() } else { 0.0 }).collect()
        };
        let values: Vec<f32> = (0..200).flat_map(make).collect();
        let all = TokenEmbeddings {
            tokens: (0..200).map(|i| Token { id: i, start: 0, end: 1 }).collect(),
            values,
            dimensions: 16,
        };
        let mut fit = CodecFit::new(16).unwrap();
        fit.add(&all).unwrap();
        let codec = fit.finish(6).unwrap();
        let mut found = Vec::new();
        codec.query(&all, &TokenCentre::default()).unwrap().cosines(&codec.encode(&all).unwrap(), &mut found).unwrap();
        for (s, q) in [(0, 1), (5, 17), (3, 199), (8, 8)] {
            let expected = cosine(&codec, &make(s), &make(q));
            assert!((found[s * 200 + q] - expected).abs() < 0.15, "{} for {expected}", found[s * 200 + q]);
        }
    }

    #[test]
    fn a_codec_is_read_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let codec = TokenCodec::fallback(&[tokens(20, 8, 0.1)]).unwrap();
        codec.save(folder.path()).unwrap();
        let read = TokenCodec::load(folder.path(), 8).unwrap().unwrap();
        assert_eq!(read.centre, codec.centre);
        assert_eq!(read.encode(&tokens(4, 8, 0.5)).unwrap().ids, [0, 1, 2, 3]);
        assert!(TokenCodec::load(folder.path(), 9).unwrap_err().to_string().contains("centre"));
        std::fs::write(folder.path().join(CODEC_FILE), b"no tensors").unwrap();
        assert!(matches!(TokenCodec::load(folder.path(), 8), Err(Error::Model { .. })));
        assert!(TokenCodec::new(vec![0.0; 4], vec![0.0; 12]).is_err());
    }

    #[test]
    fn codes_of_another_codec_are_refused() {
        let eight = TokenCodec::fallback(&[tokens(20, 8, 0.1)]).unwrap();
        let four = TokenCodec::fallback(&[tokens(20, 4, 0.1)]).unwrap();
        let query = eight.query(&tokens(2, 8, 0.2), &TokenCentre::default()).unwrap();
        let stored = four.encode(&tokens(2, 4, 0.2)).unwrap();
        assert!(query.cosines(&stored, &mut Vec::new()).is_err());
        assert!(four.encode(&tokens(2, 8, 0.2)).is_err());
    }
}
