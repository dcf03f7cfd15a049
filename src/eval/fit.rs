//! Fitting the calibration: judged hits in, coefficients out.
//!
//! Logistic regression with a penalty on the weights (L2 on standardised figures), by Newton's method. Each query
//! counts as much as any other, however many hits of it were judged. Cross-validation leaves out whole queries: hits of
//! one query resemble each other, and half of them would tell about the other half.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::judgments::{self, PRECEDENT, QueryKind};
use super::metrics::{self, RankedHit};
use super::{Options, request};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::search::{Calibration, Evidence};

/// A hit of a judged query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// File and id of the query.
    pub query: String,
    /// Rank of the hit, from 1.
    pub rank: usize,
    /// Whether the query has a precedent at all.
    pub has_precedent: bool,
    /// The value that orders hits.
    pub score: f32,
    /// In the order of [`Evidence::NAMES`].
    pub features: Vec<f64>,
    /// Its grade, 0 to 3.
    pub grade: u8,
}

/// Searches for the judged clause and typed queries of a file; a sample for each hit. With `judged_only` hits that
/// nobody judged are left out; otherwise they have grade 0.
///
/// # Errors
/// As [`super::evaluate`].
pub fn samples(engine: &Engine, file: &Path, options: &Options, judged_only: bool) -> Result<Vec<Sample>> {
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
    let mut samples = Vec::new();
    for query in judgments::read(file)?.iter().filter(|q| q.kind != QueryKind::Draft) {
        let hits = engine.search(&request(query, options.depth))?.hits;
        let ranked: Vec<RankedHit> = hits.iter().cloned().map(RankedHit::from).collect();
        let grades = metrics::grades(&ranked, &query.judgments);
        for (rank, ((hit, ranked), grade)) in hits.iter().zip(&ranked).zip(grades).enumerate() {
            if judged_only && !query.judgments.iter().any(|judgment| ranked.is_judged_by(judgment)) {
                continue;
            }
            samples.push(Sample {
                query: format!("{name}:{}", query.id),
                rank: rank + 1,
                has_precedent: !query.precedents().is_empty(),
                score: hit.score,
                features: hit.evidence.features().to_vec(),
                grade,
            });
        }
    }
    Ok(samples)
}

/// Writes samples, one a line, in place of what the file held.
///
/// # Errors
/// [`Error::Io`].
pub fn write_samples(file: &Path, samples: &[Sample]) -> Result<()> {
    let lines: serde_json::Result<String> =
        samples.iter().map(|sample| serde_json::to_string(sample).map(|line| line + "\n")).collect();
    lines.map_err(std::io::Error::other).and_then(|lines| std::fs::write(file, lines)).map_err(Error::io(file))
}

/// Reads what [`write_samples`] wrote.
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`] for a line of another form.
pub fn read_samples(file: &Path) -> Result<Vec<Sample>> {
    let text = std::fs::read_to_string(file).map_err(Error::io(file))?;
    text.lines()
        .enumerate()
        .map(|(i, line)| {
            let wrong = |received: String| {
                let place = format!("{} line {}", file.display(), i + 1);
                Error::invalid(place, "a sample as `eval --samples` writes it", received)
            };
            let sample: Sample = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
            if sample.features.len() != Evidence::NAMES.len() {
                return Err(wrong(format!("{} figures", sample.features.len())));
            }
            Ok(sample)
        })
        .collect()
}

/// How well a calibration does on queries that it was not fitted to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Validation {
    /// Expected calibration error over all hits, in [0, 1]; smaller is better.
    pub ece: f64,
    /// Chance that the best probability of a query with a precedent exceeds that of one without.
    pub auc: Option<f64>,
    /// Mean negative log-likelihood a hit, in nats; smaller is better.
    pub log_loss: f64,
}

/// Fits a calibration, and validates it in five parts.
///
/// # Errors
/// [`Error::Invalid`] when there are not both precedents and others among the samples, and for a penalty that is not above
/// 0.
pub fn fit(samples: &[Sample], penalty: f64) -> Result<(Calibration, Validation)> {
    const PARTS: usize = 5;
    if !penalty.is_finite() || penalty <= 0.0 {
        return Err(Error::invalid("penalty", "a finite number above 0", penalty.to_string()));
    }
    let queries: BTreeSet<&str> = samples.iter().map(|s| s.query.as_str()).collect();
    let queries: Vec<&str> = queries.into_iter().collect();
    let part_of = |sample: &Sample| queries.binary_search(&sample.query.as_str()).unwrap_or(0) % PARTS;
    let mut held_out: Vec<(&Sample, f64)> = Vec::with_capacity(samples.len());
    for part in 0..PARTS {
        let (out, within): (Vec<&Sample>, Vec<&Sample>) = samples.iter().partition(|s| part_of(s) == part);
        let model = newton(&within, penalty)?;
        held_out.extend(out.into_iter().map(|sample| (sample, model.probability(&sample.features))));
    }
    let pairs: Vec<(f64, bool)> = held_out.iter().map(|(s, p)| (*p, s.grade >= PRECEDENT)).collect();
    let best = |wanted: bool| -> Vec<f64> {
        let of = |query: &str| {
            let firsts = held_out.iter().filter(|(s, _)| s.query == query && s.has_precedent == wanted && s.rank == 1);
            firsts.map(|(_, p)| *p).next()
        };
        queries.iter().filter_map(|query| of(query)).collect()
    };
    let log_loss = pairs.iter().map(|(p, y)| -(if *y { *p } else { 1.0 - p }).max(1e-12).ln()).sum::<f64>();
    let validation = Validation {
        ece: metrics::expected_calibration_error(&pairs),
        auc: metrics::auc(&best(true), &best(false)),
        log_loss: log_loss / pairs.len().max(1) as f64,
    };
    let all: Vec<&Sample> = samples.iter().collect();
    let model = newton(&all, penalty)?;
    let precedents = samples.iter().filter(|s| s.grade >= PRECEDENT).count();
    let about = vec![
        format!("{} hits of {} judged queries, {precedents} of grade 2 or 3", samples.len(), queries.len()),
        format!(
            "five-fold cross-validation by query: ECE {:.3}, AUC of first hits {:.3}, log loss {:.3}; penalty {penalty}",
            validation.ece,
            validation.auc.unwrap_or(f64::NAN),
            validation.log_loss
        ),
    ];
    let rounded = |v: f64| (v * 1e4).round() / 1e4;
    let weights =
        Evidence::NAMES.iter().zip(&model.weights).map(|(name, w)| ((*name).to_owned(), rounded(*w))).collect();
    Ok((Calibration { about, constant: rounded(model.constant), weights }, validation))
}

struct Model {
    constant: f64,
    weights: Vec<f64>,
}

impl Model {
    fn probability(&self, features: &[f64]) -> f64 {
        let logit = self.constant + self.weights.iter().zip(features).map(|(w, x)| w * x).sum::<f64>();
        1.0 / (1.0 + (-logit).exp())
    }
}

/// A figure that varies less than this says nothing: its weight would be as large as its spread is small.
const LEAST_SPREAD: f64 = 1e-3;

/// Newton's method for penalised logistic regression; the constant is not penalised.
fn newton(samples: &[&Sample], penalty: f64) -> Result<Model> {
    const STEPS: usize = 50;
    let precedents = samples.iter().filter(|s| s.grade >= PRECEDENT).count();
    if precedents == 0 || precedents == samples.len() {
        return Err(Error::invalid(
            "samples",
            "hits of grade 2 or 3 and others",
            format!("{precedents} of {} of grade 2 or 3", samples.len()),
        ));
    }
    let figures = Evidence::NAMES.len();
    let n = samples.len() as f64;
    let mean: Vec<f64> = (0..figures).map(|j| samples.iter().map(|s| s.features[j]).sum::<f64>() / n).collect();
    let spread: Vec<f64> = (0..figures)
        .map(|j| (samples.iter().map(|s| (s.features[j] - mean[j]).powi(2)).sum::<f64>() / n).sqrt().max(LEAST_SPREAD))
        .collect();
    let rows: Vec<Vec<f64>> = samples
        .iter()
        .map(|s| std::iter::once(1.0).chain((0..figures).map(|j| (s.features[j] - mean[j]) / spread[j])).collect())
        .collect();
    let size = figures + 1;
    let mut w = vec![0.0; size];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; size];
        let mut hessian = vec![vec![0.0; size]; size];
        for j in 1..size {
            gradient[j] = penalty * w[j];
            hessian[j][j] = penalty;
        }
        for (row, sample) in rows.iter().zip(samples) {
            let p = 1.0 / (1.0 + (-row.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>()).exp());
            let y = f64::from(u8::from(sample.grade >= PRECEDENT));
            for j in 0..size {
                gradient[j] += (p - y) * row[j];
                for k in 0..size {
                    hessian[j][k] += p * (1.0 - p) * row[j] * row[k];
                }
            }
        }
        let step = solve(hessian, gradient);
        w.iter_mut().zip(&step).for_each(|(w, s)| *w -= s);
        if step.iter().all(|s| s.abs() < 1e-10) {
            break;
        }
    }
    let weights: Vec<f64> = (0..figures).map(|j| w[j + 1] / spread[j]).collect();
    let constant = w[0] - weights.iter().zip(&mean).map(|(w, m)| w * m).sum::<f64>();
    Ok(Model { constant, weights })
}

/// Solves `a · x = b` for a positive definite `a`, by Gauss's elimination with pivots.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|x, y| a[*x][i].abs().total_cmp(&a[*y][i].abs())).unwrap_or(i);
        a.swap(i, pivot);
        b.swap(i, pivot);
        let diagonal = if a[i][i].abs() < 1e-12 { 1e-12 } else { a[i][i] };
        for r in i + 1..n {
            let factor = a[r][i] / diagonal;
            let (above, below) = a.split_at_mut(r);
            below[0].iter_mut().zip(&above[i]).for_each(|(x, y)| *x -= factor * y);
            b[r] -= factor * b[i];
        }
        a[i][i] = diagonal;
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|k| a[i][k] * b[k]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_that_is_none_is_refused() {
        for penalty in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
            let error = fit(&samples(), penalty).unwrap_err().to_string();
            assert!(error.contains("penalty: expected a finite number above 0"), "{error}");
        }
    }

    /// Queries of ten hits whose chance of being right is known: it depends on the first figure alone.
    fn samples() -> Vec<Sample> {
        let mut samples = Vec::new();
        let mut state = 7_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 53) as f64 / f64::from(1_u32 << 11)
        };
        for query in 0..200 {
            for rank in 1..=10 {
                let mut features = vec![0.5; Evidence::NAMES.len()];
                features[0] = uniform();
                features[1] = uniform();
                let chance = 1.0 / (1.0 + (-(8.0 * features[0] - 5.0)).exp());
                let grade = if uniform() < chance { 2 } else { 0 };
                let query = format!("q{query}");
                samples.push(Sample { query, rank, has_precedent: true, score: 0.0, features, grade });
            }
        }
        samples
    }

    #[test]
    fn a_fit_finds_the_coefficients_that_made_the_samples() {
        let (calibration, validation) = fit(&samples(), 1e-3).unwrap();
        let weight = |name: &str| calibration.weights.iter().find(|(n, _)| n == name).unwrap().1;
        assert!((weight("forward") - 8.0).abs() < 0.8, "{calibration:?}");
        assert!(weight("reverse").abs() < 0.8 && (calibration.constant + 5.0).abs() < 1.0, "{calibration:?}");
        assert!(validation.ece < 0.05, "{validation:?}");
    }

    #[test]
    fn samples_of_one_kind_alone_cannot_be_fitted() {
        let mut all = samples();
        all.retain(|s| s.grade == 0);
        assert!(fit(&all, 1.0).unwrap_err().to_string().contains("grade 2 or 3"));
    }

    #[test]
    fn equations_are_solved() {
        let x = solve(vec![vec![4.0, 1.0], vec![1.0, 3.0]], vec![1.0, 2.0]);
        assert!((x[0] - 1.0 / 11.0).abs() < 1e-12 && (x[1] - 7.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn samples_are_read_back_and_a_line_of_another_form_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("samples.jsonl");
        let written = samples();
        write_samples(&file, &written[..7]).unwrap();
        assert_eq!(read_samples(&file).unwrap(), written[..7]);
        std::fs::write(&file, "{}\n").unwrap();
        assert!(read_samples(&file).unwrap_err().to_string().contains("line 1"));
    }
}
