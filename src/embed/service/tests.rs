//! The queue with an engine that only notes what it is given.

use super::*;
use crate::embed::tokens::Prepared;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::time::Duration;

/// What an engine was given: the first id of each window.
type Seen = Arc<Mutex<Vec<Vec<u32>>>>;

/// Notes its micro-batches; each first waits for a permit, so that tests decide what is queued meanwhile.
struct Noting {
    seen: Seen,
    permits: Arc<Mutex<mpsc::Receiver<()>>>,
    panics: Arc<AtomicBool>,
}

impl Engine for Noting {
    fn run(&mut self, windows: &[(&Window, Want)]) -> Result<Vec<WindowOutput>> {
        let _ = lock(&self.permits).recv_timeout(Duration::from_secs(20));
        assert!(!self.panics.swap(false, Ordering::Relaxed), "as the test wants it");
        lock(&self.seen).push(windows.iter().map(|(w, _)| w.ids[0]).collect());
        Ok(windows.iter().map(|(w, _)| WindowOutput { pooled: vec![w.ids[0] as f32, 1.0], tokens: vec![] }).collect())
    }
}

struct Bench {
    service: EncodeService,
    seen: Seen,
    permit: mpsc::Sender<()>,
    panics: Arc<AtomicBool>,
}

const LIMITS: Limits = Limits { workers: 1, token_budget: 100, interactive_tokens: 1_000, bulk_tokens: 2_000 };

fn bench(limits: Limits) -> Bench {
    let (permit, permits) = mpsc::channel();
    let (seen, permits, panics) = (Seen::default(), Arc::new(Mutex::new(permits)), Arc::new(AtomicBool::new(false)));
    let (s, p) = (seen.clone(), panics.clone());
    let service = EncodeService::start(limits, move || {
        Ok(Noting { seen: s.clone(), permits: permits.clone(), panics: p.clone() })
    })
    .unwrap();
    Bench { service, seen, permit, panics }
}

/// A request of windows of the given first ids and lengths.
fn request(windows: &[(u32, usize)]) -> (Request, Pending) {
    let texts = windows
        .iter()
        .map(|(id, length)| Prepared {
            windows: vec![Window { ids: vec![*id; *length], text: 0..*length, pooled: 0..*length }],
            tokens: vec![],
        })
        .collect();
    let (request, answer) = Request::new(texts, Want::Sentence);
    (request, Pending::new(answer))
}

impl Bench {
    fn submit(&self, windows: &[(u32, usize)], lane: Lane) -> Pending {
        let (request, pending) = request(windows);
        self.service.submit(request, lane).unwrap();
        pending
    }

    /// Gives the worker something to hold on to, and returns when it has it.
    fn occupy(&self) -> Pending {
        let pending = self.submit(&[(0, 1)], Lane::Interactive);
        while self.service.queued_tokens(Lane::Interactive) > 0 {
            std::thread::yield_now();
        }
        pending
    }

    fn permit(&self, batches: usize) {
        for _ in 0..batches {
            self.permit.send(()).unwrap();
        }
    }

    fn seen(&self) -> Vec<Vec<u32>> {
        lock(&self.seen).clone()
    }
}

#[test]
fn waiting_requests_of_many_callers_share_a_micro_batch() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    let others: Vec<Pending> = (1..=5).map(|id| bench.submit(&[(id, 20)], Lane::Interactive)).collect();
    assert_eq!(bench.service.queued_tokens(Lane::Interactive), 100);
    bench.permit(2);
    first.wait().unwrap();
    for (id, pending) in (1..=5).zip(others) {
        let encoded = pending.wait().unwrap();
        let expected = crate::embed::Embedding::normalised(vec![id as f32, 1.0]).unwrap();
        assert_eq!(encoded[0].embedding, expected);
    }
    assert_eq!(bench.seen(), [vec![0], vec![1, 2, 3, 4, 5]]);
    let lane = bench.service.statistics().interactive;
    assert_eq!((lane.batch_texts.count(), lane.batch_texts.sum()), (2, 6.0));
    assert_eq!(lane.batch_fill.sum(), 1.01, "a token of a hundred, then all of them");
    assert_eq!(lane.queue_s.count(), 6);
}

#[test]
fn interactive_requests_pass_bulk_ones_and_bulk_is_not_starved() {
    let bench = bench(LIMITS);
    let mut all = vec![bench.occupy()];
    all.push(bench.submit(&[(100, 100), (101, 100), (102, 100)], Lane::Bulk));
    all.extend((1..=8).map(|id| bench.submit(&[(id, 100)], Lane::Interactive)));
    bench.permit(12);
    for pending in all {
        pending.wait().unwrap();
    }
    // Every fourth micro-batch is of the bulk lane while it waits; then the rest follows.
    let order: Vec<u32> = bench.seen().concat();
    assert_eq!(order, [0, 1, 2, 3, 102, 4, 5, 6, 101, 7, 8, 100]);
}

#[test]
fn a_small_request_does_not_wait_for_all_of_a_large_one() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    let large = bench.submit(&[(1, 50); 10], Lane::Interactive);
    let small = bench.submit(&[(2, 50)], Lane::Interactive);
    bench.permit(2);
    first.wait().unwrap();
    small.wait().unwrap();
    assert_eq!(bench.seen(), [vec![0], vec![1, 2]]);
    bench.permit(10);
    large.wait().unwrap();
}

#[test]
fn a_window_longer_than_the_budget_runs_alone_and_is_not_passed_over_for_ever() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    let small = bench.submit(&[(1, 40); 6], Lane::Bulk);
    let long = bench.submit(&[(2, 400)], Lane::Bulk);
    bench.permit(10);
    for pending in [first, small, long] {
        pending.wait().unwrap();
    }
    assert_eq!(bench.seen(), [vec![0], vec![1, 1], vec![2], vec![1, 1], vec![1, 1]]);
}

#[test]
fn a_full_lane_refuses_at_once_and_says_how_full_it_is() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    // Larger than the bound, but nothing waits: it would never be taken otherwise.
    let large = bench.submit(&[(1, 600), (2, 600)], Lane::Interactive);
    match bench.service.submit(request(&[(3, 10)]).0, Lane::Interactive) {
        Err(Error::Busy { queued: 1_200, limit: 1_000, retry_after_s }) => assert!(retry_after_s >= 1),
        other => panic!("{other:?}"),
    }
    let lane = bench.service.statistics().interactive;
    assert_eq!((lane.refused, lane.waiting_tokens, lane.waiting_texts), (1, 1_200, 2));
    assert_eq!(bench.service.statistics().bulk.refused, 0);
    // The other lane has room of its own.
    let bulk = bench.submit(&[(4, 10)], Lane::Bulk);
    bench.permit(4);
    for pending in [first, large, bulk] {
        pending.wait().unwrap();
    }
    assert_eq!(bench.service.queued_tokens(Lane::Interactive), 0);
    bench.permit(1);
    bench.submit(&[(5, 10)], Lane::Interactive).wait().unwrap();
}

#[test]
fn a_caller_that_waits_for_room_gets_it() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    let large = bench.submit(&[(1, 100); 20], Lane::Bulk);
    let (late, answer) = request(&[(2, 100)]);
    std::thread::scope(|scope| {
        let held = scope.spawn(|| bench.service.submit_when_room(late, Lane::Bulk));
        std::thread::sleep(Duration::from_millis(30));
        assert!(!held.is_finished(), "there was no room");
        bench.permit(30);
    });
    for pending in [first, large, answer] {
        pending.wait().unwrap();
    }
}

#[test]
fn dropping_the_service_encodes_what_waits() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    let waiting: Vec<Pending> = (1..=6).map(|id| bench.submit(&[(id, 90)], Lane::Bulk)).collect();
    bench.permit(7);
    drop(bench);
    for pending in [first].into_iter().chain(waiting) {
        pending.wait().unwrap();
    }
}

#[test]
fn windows_of_a_caller_that_has_gone_are_left_out() {
    let bench = bench(LIMITS);
    let first = bench.occupy();
    drop(bench.submit(&[(1, 90); 9], Lane::Interactive));
    let second = bench.submit(&[(2, 90)], Lane::Interactive);
    bench.permit(2);
    first.wait().unwrap();
    second.wait().unwrap();
    assert_eq!(bench.seen(), [vec![0], vec![2]]);
    assert_eq!(bench.service.queued_tokens(Lane::Interactive), 0);
}

#[test]
fn a_panic_of_the_engine_fails_its_requests_and_no_others() {
    let bench = bench(LIMITS);
    bench.panics.store(true, Ordering::Relaxed);
    bench.permit(2);
    match bench.submit(&[(1, 10)], Lane::Bulk).wait() {
        Err(Error::Encoder(why)) => assert!(why.contains("panicked"), "{why}"),
        other => panic!("{other:?}"),
    }
    bench.submit(&[(2, 10)], Lane::Bulk).wait().unwrap();
}
