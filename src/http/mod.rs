pub mod wire;
pub async fn serve(
    _l: tokio::net::TcpListener,
    _e: std::sync::Arc<crate::Engine>,
    _s: impl Future<Output = ()>,
) -> crate::Result<()> {
    todo!()
}
