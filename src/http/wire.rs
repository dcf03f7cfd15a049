#[derive(serde::Serialize)]
pub struct SearchAnswer {}
impl SearchAnswer {
    pub fn new(_a: crate::search::Answer, _m: &str, _e: bool) -> Self {
        Self {}
    }
}
#[derive(serde::Serialize)]
pub struct DocumentDetail {}
impl From<crate::store::DocumentDetail> for DocumentDetail {
    fn from(_: crate::store::DocumentDetail) -> Self {
        Self {}
    }
}
#[derive(serde::Serialize)]
pub struct DocumentList {}
impl DocumentList {
    pub fn new(_a: Vec<crate::store::DocumentRow>, _t: usize) -> Self {
        Self {}
    }
}
