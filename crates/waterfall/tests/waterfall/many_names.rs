//! Answers stay bounded whatever the number of names that senders choose, and say how many they lack.

use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value as Json;

use crate::{
    process::Waterfall,
    spans::{of_service, request, span, text},
};

const MIB: usize = 1 << 20;
const SERVICES: usize = 300_000;
/// Services of one request.
const BATCH: usize = 10_000;
/// What lists of names and metrics may take while they are made.
const GROWTH_MIB: u64 = 96;

/// A waterfall that has one span of each of very many services, each of which calls a host of its own.
async fn of_many_services() -> Waterfall {
    let waterfall = Waterfall::with(&[("WATERFALL_MEMORY_LIMIT", "1GiB")]);
    for first in (0..SERVICES).step_by(BATCH) {
        let resources = (first..first + BATCH).map(|number| {
            let id = u64::try_from(number).unwrap() + 1;
            let call = Span {
                trace_id: u128::from(id).to_be_bytes().to_vec(),
                kind: 3,
                attributes: vec![text("server.address", &format!("host-{number}"))],
                ..span(7, id, 0, &format!("GET /{number}"))
            };
            of_service(&format!("service-{number:06}"), vec![call])
        });
        waterfall.export(&request(resources.collect())).await;
    }
    waterfall
}

/// The JSON of a response, which must be small. One is computed at a time, and who waits longer than 10 s, as on a machine with
/// other work, is told to come again.
async fn small(waterfall: &Waterfall, path: &str) -> Json {
    let mut response = waterfall.get(path).await;
    for _ in 0..5 {
        if response.status() != 503 {
            break;
        }
        assert!(response.headers().contains_key("retry-after"), "{path}");
        response = waterfall.get(path).await;
    }
    assert_eq!(response.status(), 200, "{path}");
    let body = response.bytes().await.unwrap();
    assert!(body.len() < 4 * MIB, "{path}: {} MiB", body.len() / MIB);
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_300_000_services_are_bounded_and_count_what_they_lack() {
    let waterfall = of_many_services().await;
    let before = waterfall.resident_mib();

    let path = "/api/ui/services";
    let (metrics, ..) = tokio::join!(
        small(&waterfall, path),
        small(&waterfall, path),
        small(&waterfall, path),
        small(&waterfall, path)
    );
    for (list, shown) in [("services", 1_000), ("operations", 1_000), ("calls", 2_000)] {
        assert_eq!(metrics[list].as_array().unwrap().len(), shown, "{list}");
        assert_eq!(metrics["left_out"][list], SERVICES - shown, "{list}");
    }

    let v3 = small(&waterfall, "/api/v3/services").await;
    assert_eq!(v3["services"].as_array().unwrap().len(), 10_000);
    assert_eq!((&v3["notShown"], &v3["nextOffset"]), (&(SERVICES - 10_000).into(), &10_000.into()));
    let last = small(&waterfall, "/api/v3/services?offset=299999").await;
    assert_eq!(last["services"][0], "service-299999");
    assert!(last.get("nextOffset").is_none(), "{last}");

    let legacy = small(&waterfall, "/api/services?limit=2&offset=5").await;
    assert_eq!(legacy["data"], serde_json::json!(["service-000005", "service-000006"]));
    assert_eq!(
        (&legacy["total"], &legacy["limit"], &legacy["offset"]),
        (&SERVICES.into(), &2.into(), &5.into())
    );
    assert_eq!(small(&waterfall, "/api/services").await["data"].as_array().unwrap().len(), 10_000);

    let growth = waterfall.peak_mib().saturating_sub(before);
    assert!(growth < GROWTH_MIB, "{growth} MiB above {before} MiB");
}

#[tokio::test]
async fn the_trace_list_names_the_first_50_services_of_a_trace_and_counts_the_others() {
    let waterfall = Waterfall::start();
    let services =
        (1..=60).map(|id| of_service(&format!("service-{id:02}"), vec![span(7, id, id - 1, "step")]));
    waterfall.export(&request(services.collect())).await;
    let list = waterfall.json("/api/ui/traces").await;
    let trace = &list["traces"][0];
    assert_eq!((trace["services"].as_array().unwrap().len(), &trace["services_left_out"]), (50, &10.into()));
}
