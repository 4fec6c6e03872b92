//! Stopping the project's server.

use super::layout::Layout;
use super::{Error, process};
use crate::project::Project;

/// What a stop found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A server ran and was stopped.
    Server,
    /// No server ran; what was left of one is removed.
    Nothing,
}

/// Stops the project's server, even if others use it, and removes its data.
///
/// # Errors
/// When its files cannot be removed.
pub fn stop(project: &Project) -> Result<Stopped, Error> {
    let layout = Layout::of(project)?;
    let _lock = layout.lock()?;
    let ran = process::end(&layout.data);
    layout.clear()?;
    Ok(if ran {
        Stopped::Server
    } else {
        Stopped::Nothing
    })
}
