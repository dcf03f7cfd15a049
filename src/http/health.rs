//! Whether the service runs, and whether it answers.

use axum::extract::State;

use super::app::App;
use super::error::HttpError;
use super::openapi::FaultProblems;
use super::wire::{Health, Readiness};

/// Whether the service runs; says nothing about whether it can answer.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    responses((status = 200, description = "The service runs.", body = Health))
)]
pub(super) async fn health() -> axum::Json<Health> {
    axum::Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether the service answers searches, and over what.
///
/// While documents are taken in at the start the answer is 503 with their numbers; searches are answered over what is
/// there. Not counted among the requests in flight: a busy service is ready.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "service",
    responses((status = 200, description = "The service answers.", body = Readiness), FaultProblems)
)]
pub(super) async fn ready(State(app): State<App>) -> Result<axum::Json<Readiness>, HttpError> {
    app.check_ready()?;
    let answer = app
        .block((), |engine| {
            let (documents, clauses, _) = engine.store().counts()?;
            Ok(Readiness { documents, clauses, model: engine.model_id().to_owned(), index: engine.index().name() })
        })
        .await?;
    Ok(axum::Json(answer))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::response::IntoResponse;

    use super::super::error::Problem;
    use super::*;
    use crate::embed::{Embedder, Encoded, Role, TokenCodec, Want};
    use crate::http::Options;
    use crate::{Access, Embedders, Engine};

    /// Readiness does not encode.
    struct NoModel(TokenCodec);

    impl NoModel {
        fn new() -> Arc<NoModel> {
            Arc::new(NoModel(TokenCodec::new(vec![0.0; 4], vec![0.5; 8]).unwrap()))
        }
    }

    impl Embedder for NoModel {
        fn model_id(&self) -> &str {
            "none"
        }

        fn dimensions(&self) -> usize {
            4
        }

        fn codec(&self) -> &TokenCodec {
            &self.0
        }

        fn encode(&self, _: &[&str], _: Role, _: Want) -> crate::Result<Vec<Encoded>> {
            Err(crate::Error::Encoder("expected no text".to_owned()))
        }
    }

    #[tokio::test]
    async fn a_service_that_is_preparing_or_shutting_down_is_not_ready() {
        let folder = tempfile::tempdir().unwrap();
        let embedders = Embedders { queries: NoModel::new(), passages: NoModel::new() };
        let engine = Engine::open(folder.path(), embedders, Access::Change).unwrap();
        let app = App::new(Arc::new(engine), Options::default());
        let answer = ready(State(app.clone())).await.unwrap().0;
        assert_eq!((answer.documents, answer.model.as_str()), (0, "none"));
        let preparation = app.prepare(3);
        preparation.document_done();
        let refusal = ready(State(app.clone())).await.unwrap_err();
        assert_eq!(
            serde_json::to_value(Problem::from(refusal)).unwrap()["progress"],
            serde_json::json!({"documents_done": 1, "documents_total": 3})
        );
        preparation.finish();
        assert!(ready(State(app.clone())).await.is_ok());
        app.close();
        let refusal = ready(State(app)).await.unwrap_err().into_response();
        assert_eq!(refusal.status(), 503);
        assert!(refusal.headers().contains_key("retry-after"));
    }
}
