//! The first step of the forward pass: word, position and type vectors summed and normalised.

use super::{LayerNorm, rows_of, target};
use candle_core::{CpuStorage, InplaceOp1, Layout, Result, bail};

/// The embedding tables of a BERT-like model.
#[derive(Debug)]
pub struct EmbeddingTable {
    /// Row-major `[vocabulary, hidden]`.
    words: Vec<f32>,
    /// Row-major `[positions, hidden]`; row 0 is the first token's. The vector of token type 0 is already added: one
    /// text at a time has no second type.
    positions: Vec<f32>,
    norm: LayerNorm,
}

impl EmbeddingTable {
    /// `positions` starts with the row of the first token (XLM-RoBERTa's offset is already taken off) and includes the
    /// vector of token type 0.
    ///
    /// # Errors
    /// When a table is empty or not a whole number of rows of `norm.columns()`.
    pub fn new(words: Vec<f32>, positions: Vec<f32>, norm: LayerNorm) -> Result<EmbeddingTable> {
        let hidden = norm.columns();
        for (name, table) in [("word", &words), ("position", &positions)] {
            if hidden == 0 || table.is_empty() || table.len() % hidden != 0 {
                bail!("{name} embeddings: expected rows of {hidden} columns, received {} elements", table.len());
            }
        }
        Ok(EmbeddingTable { words, positions, norm })
    }

    /// Components of a token vector.
    pub fn hidden(&self) -> usize {
        self.norm.columns()
    }

    /// Rows of the word table: token ids are below this.
    pub fn vocabulary(&self) -> usize {
        self.words.len() / self.hidden()
    }

    /// Tokens that a sequence may have.
    pub fn positions(&self) -> usize {
        self.positions.len() / self.hidden()
    }
}

/// `x <- LayerNorm(word + position + type)` for packed sequences: `x` is `[tokens, hidden]`.
#[derive(Debug)]
pub struct EmbeddingLookup<'a> {
    /// The tables.
    pub table: &'a EmbeddingTable,
    /// Token ids of all sequences, one after another.
    pub ids: &'a [u32],
    /// Where sequences start, and at the end the number of ids: sequence i is `offsets[i]..offsets[i + 1]`.
    pub offsets: &'a [usize],
}

impl InplaceOp1 for EmbeddingLookup<'_> {
    fn name(&self) -> &'static str {
        "embedding-lookup"
    }

    fn cpu_fwd(&self, x: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (name, table, hidden) = (self.name(), self.table, self.table.hidden());
        let rows = rows_of(name, layout, hidden)?;
        if rows != self.ids.len() || self.offsets.last() != Some(&rows) {
            bail!("{name}: expected {rows} ids up to the last offset, received {}", self.ids.len());
        }
        let x = target(name, x, layout)?;
        for bounds in self.offsets.windows(2) {
            for (position, row) in (bounds[0]..bounds[1]).enumerate() {
                let id = self.ids[row] as usize;
                let (Some(word), Some(place)) =
                    (row_of(&table.words, id, hidden), row_of(&table.positions, position, hidden))
                else {
                    bail!(
                        "{name}: expected ids below {} and positions below {}, received id {id} at position {position}",
                        table.vocabulary(),
                        table.positions()
                    );
                };
                for ((x, word), place) in x[row * hidden..][..hidden].iter_mut().zip(word).zip(place) {
                    *x = word + place;
                }
            }
        }
        table.norm.apply(x);
        Ok(())
    }
}

fn row_of(table: &[f32], row: usize, columns: usize) -> Option<&[f32]> {
    table.get(row * columns..(row + 1) * columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Tensor};

    fn table() -> EmbeddingTable {
        let words = (0..5).flat_map(|id| [id as f32, 0.0, -1.0]).collect();
        let positions = (0..4).flat_map(|p| [0.0, 10.0 * p as f32, 0.0]).collect();
        EmbeddingTable::new(words, positions, LayerNorm::new(vec![1.0; 3], vec![0.0; 3], 0.0).unwrap()).unwrap()
    }

    #[test]
    fn every_sequence_starts_at_position_zero() {
        let x = Tensor::zeros((5, 3), DType::F32, &Device::Cpu).unwrap();
        let table = table();
        let op = EmbeddingLookup { table: &table, ids: &[4, 3, 4, 3, 2], offsets: &[0, 2, 5] };
        x.inplace_op1(&op).unwrap();
        let rows = x.to_vec2::<f32>().unwrap();
        assert_eq!(rows[0], rows[2]);
        assert_eq!(rows[1], rows[3]);
        let sums = [3.0_f32, 10.0, -1.0];
        let mean = 4.0_f32;
        let deviation = (sums.iter().map(|s| (s - mean).powi(2)).sum::<f32>() / 3.0).sqrt();
        for (found, sum) in rows[1].iter().zip(sums) {
            assert!((found - (sum - mean) / deviation).abs() < 1e-6, "{found}");
        }
    }

    #[test]
    fn an_id_outside_the_table_is_an_error_and_not_a_panic() {
        let x = Tensor::zeros((1, 3), DType::F32, &Device::Cpu).unwrap();
        let table = table();
        let op = EmbeddingLookup { table: &table, ids: &[5], offsets: &[0, 1] };
        let e = x.inplace_op1(&op).unwrap_err().to_string();
        assert!(e.contains("ids below 5") && e.contains("id 5"), "{e}");
        let long = Tensor::zeros((6, 3), DType::F32, &Device::Cpu).unwrap();
        let op = EmbeddingLookup { table: &table, ids: &[0; 6], offsets: &[0, 6] };
        assert!(long.inplace_op1(&op).is_err());
    }
}
