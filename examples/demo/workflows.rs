//! Workflows are drawn, changed, and frozen when a run starts.

use super::Result;
use super::people::People;
use super::stage::{Stage, ensure, refusal};
use automl_db::prelude::*;
use pgwright_cli::ui::Table;
use serde_json::json;
use sqlx::PgPool;

pub(crate) async fn save_and_run(
    db: &PgPool,
    stage: &mut Stage,
    people: &People,
) -> Result<Vec<WorkflowSnapshot>> {
    stage.part("Workflows are saved, and frozen for a run");
    let graph = |model: &str| {
        json!({
            "nodes": [
                { "id": "load", "type": "dataset" },
                { "id": "clean", "type": "preprocess" },
                { "id": "fit", "type": "model", "model": model },
            ],
            "edges": [["load", "clean"], ["clean", "fit"]],
        })
    };
    let (workflow, snapshots) = stage
        .timed("save a workflow, change it, freeze it twice", async {
            let workflow = NewWorkflow::new(people.ada, "species")
                .graph_json(graph("tree"))
                .insert(db)
                .await?;
            let mut snapshots = Vec::new();
            for (name, model) in [("first try", "tree"), ("second try", "forest")] {
                let changed = WorkflowPatch::new()
                    .graph_json(graph(model))
                    .update(db, workflow.id)
                    .await?;
                let frozen = changed.graph_json.unwrap_or_default();
                let snapshot = NewWorkflowSnapshot::new(people.ada, frozen)
                    .workflow_id(workflow.id)
                    .snapshot_name(name);
                snapshots.push(snapshot.insert(db).await?);
            }
            Ok((workflow, snapshots))
        })
        .await?;
    let mut table = Table::new(["snapshot", "model"]);
    for snapshot in &snapshots {
        let model = snapshot.graph_json["nodes"][2]["model"]
            .as_str()
            .unwrap_or("?");
        table.row([
            snapshot.snapshot_name.clone().unwrap_or_default(),
            model.into(),
        ]);
    }
    stage.table(&table);
    // A snapshot has no patch in Rust; SQL by hand is refused too.
    let by_hand = sqlx::query("UPDATE workflow_snapshots SET snapshot_name = 'changed'")
        .execute(db)
        .await;
    let error = refusal(by_hand.map_err(Error::from), WorkflowSnapshot::IMMUTABLE)?;
    stage.refused("a change of a snapshot", &error);
    Workflow::delete(db, workflow.id).await?;
    let kept = WorkflowSnapshot::get(db, snapshots[0].id).await?;
    ensure(
        kept.workflow_id.is_none(),
        "a snapshot outlives its workflow",
    )?;
    stage.good("the workflow is deleted, and its snapshots stay");
    Ok(snapshots)
}
