//! The API over real HTTP, as a process.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use automl_db::prelude::*;
use pgwright_cli::testing::{self, Database};
use serde_json::{Value, json};
use ureq::http::StatusCode;

/// The service, with a database of its own that was empty when it started.
struct Service {
    child: Child,
    address: String,
    database: Database,
    agent: ureq::Agent,
}

impl Service {
    async fn start() -> Self {
        let database = testing::database("").await.unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_automl-api"))
            .env("DATABASE_URL", database.url())
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let address = line.strip_prefix("listening on ").unwrap().to_owned();
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Self {
            child,
            address,
            database,
            agent: config.build().into(),
        }
    }

    fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.agent.get(format!("{}{path}", self.address)).call();
        read(response.unwrap())
    }

    fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.agent.post(format!("{}{path}", self.address));
        read(request.send_json(body).unwrap())
    }

    /// Nothing is sent but the request itself: a body that nobody reads may end the connection that is used again.
    fn cancel(&self, job: &str) -> (StatusCode, Value) {
        let request = self
            .agent
            .post(format!("{}/jobs/{job}/cancel", self.address));
        read(request.send_empty().unwrap())
    }

    fn buy(&self, user: &str, key: &str, credits: i64) -> (StatusCode, Value) {
        let request = self
            .agent
            .post(format!("{}/users/{user}/credits", self.address))
            .header("Idempotency-Key", key);
        read(request.send_json(json!({ "credits": credits })).unwrap())
    }

    fn user(&self) -> String {
        let (status, user) = self.post("/users", &json!({ "email": "ada@example.org" }));
        assert_eq!(status, 201, "{user}");
        user["id"].as_str().unwrap().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Everything is JSON, and what is refused is a problem.
fn read(mut response: ureq::http::Response<ureq::Body>) -> (StatusCode, Value) {
    let status = response.status();
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let body: Value = response.body_mut().read_json().unwrap();
    if status.is_success() {
        assert_eq!(kind, "application/json");
    } else {
        assert_eq!(kind, "application/problem+json", "{body}");
        assert_eq!(body["status"], status.as_u16());
        assert!(body["title"].is_string());
    }
    (status, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_added_once_and_shown_by_id() {
    let service = Service::start().await;
    let id = service.user();
    let (status, user) = service.get(&format!("/users/{id}"));
    assert_eq!(
        (status.as_u16(), &user["email"]),
        (200, &json!("ada@example.org"))
    );
    assert_eq!(user.get("password_hash"), None);
    let (status, problem) = service.post("/users", &json!({ "email": "ADA@example.org" }));
    assert_eq!(
        (status.as_u16(), &problem["type"]),
        (409, &json!("urn:problem:exists"))
    );
    assert_eq!(service.get(&format!("/users/{}", UserId::new())).0, 404);
    assert_eq!(service.get("/users/nobody").0, 400);
    assert_eq!(service.post("/users", &json!({ "mail": 1 })).0, 422);
    assert_eq!(service.get("/nothing").0, 404);
    let (status, health) = service.get("/health");
    assert_eq!((status.as_u16(), &health["status"]), (200, &json!("ok")));
}

#[tokio::test(flavor = "multi_thread")]
async fn datasets_come_in_pages_that_repeat_and_skip_none() {
    let service = Service::start().await;
    let id = service.user();
    let path = format!("/users/{id}/datasets");
    for number in 0..7 {
        let body = json!({ "name": format!("sales {number}"), "format": "csv", "size_bytes": 10 });
        let (status, dataset) = service.post(&path, &body);
        assert_eq!(status, 201, "{dataset}");
    }
    let (status, _) = service.post(&path, &json!({ "name": "sales 1" }));
    assert_eq!(status, 409);
    let (status, _) = service.post(&path, &json!({ "name": "x", "size_bytes": -1 }));
    assert_eq!(status, 422);

    let (mut names, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = service.get(&format!("{path}?limit=3{next}"));
        assert_eq!(status, 200, "{page}");
        for item in page["items"].as_array().unwrap() {
            names.push(item["name"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    let newest_first: Vec<_> = (0..7)
        .rev()
        .map(|number| format!("sales {number}"))
        .collect();
    assert_eq!(names, newest_first);
    assert_eq!(service.get(&format!("{path}?limit=3{next}x")).0, 400);
    let (_, page) = service.get(&format!("{path}?name=LES%203"));
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let (_, user) = service.get(&format!("/users/{id}"));
    assert_eq!(
        (&user["dataset_count"], &user["storage_used_bytes"]),
        (&json!(7), &json!(70))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn credits_are_bought_once_however_often_a_client_asks() {
    let service = Service::start().await;
    let id = service.user();
    let (status, first) = service.buy(&id, "order-1", 100);
    assert_eq!(
        (status.as_u16(), &first["balance_after"]),
        (201, &json!(100))
    );
    let (status, again) = service.buy(&id, "order-1", 100);
    assert_eq!((status.as_u16(), &again), (200, &first));
    assert_eq!(service.buy(&id, "order-1", 7).0, 409);
    assert_eq!(service.buy(&id, "order-2", -5).0, 400);
    assert_eq!(service.buy(&UserId::new().to_string(), "order-1", 5).0, 404);
    let (status, second) = service.buy(&id, "order-2", 50);
    assert_eq!((status.as_u16(), &second["entry_no"]), (201, &json!(2)));
    let (_, user) = service.get(&format!("/users/{id}"));
    assert_eq!(user["credit_balance"], 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_started_seen_and_cancelled_while_it_runs() {
    let service = Service::start().await;
    let id = service.user();
    let nodes = json!([{ "id": "1", "type": "dataset" }, { "id": "2", "type": "model" }]);
    let path = format!("/users/{id}/jobs");
    let (status, job) = service.post(&path, &json!({ "priority": 3, "nodes": nodes }));
    assert_eq!(
        (status.as_u16(), &job["status"]),
        (201, &json!("queued")),
        "{job}"
    );
    assert_eq!(job["nodes"].as_array().unwrap().len(), 2);

    let db = Db::connect(&service.database.url()).await.unwrap();
    let held = Job::claim(&db, "w", 1).await.unwrap().remove(0);
    let id = held.id.to_string();
    assert_eq!(service.get(&format!("/jobs/{id}")).1["status"], "running");
    let (status, job) = service.cancel(&id);
    assert_eq!(
        (status.as_u16(), &job["status"]),
        (200, &json!("cancelled"))
    );
    assert!(held.complete(&db).await.unwrap_err().is_lease_lost());
    assert_eq!(service.cancel(&id).0, 409);
    assert_eq!(service.cancel(&JobId::new().to_string()).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_is_described() {
    let service = Service::start().await;
    let (status, description) = service.get("/openapi.json");
    assert_eq!(status, 200);
    let mut paths: Vec<_> = description["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/health",
            "/jobs/{id}",
            "/jobs/{id}/cancel",
            "/users",
            "/users/{id}",
            "/users/{id}/credits",
            "/users/{id}/datasets",
            "/users/{id}/jobs",
        ]
    );
    assert!(description["components"]["schemas"]["Problem"].is_object());
}
