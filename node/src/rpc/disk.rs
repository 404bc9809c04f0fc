//! `node_disk`: the space that is left where the node keeps its data, for its operator.

use jsonrpsee::{core::RegisterMethodError, types::ErrorObjectOwned, RpcModule};
use sc_rpc_api::check_if_safe;
use serde::Serialize;
use std::path::PathBuf;

/// Where a node keeps its data.
#[derive(Clone)]
pub struct Disk {
	/// The database's folder.
	pub path: PathBuf,
	/// Bytes that must be free there for the node to go on.
	pub stops_below: u64,
}

/// What the method answers, in bytes.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Space {
	free: u64,
	stops_below: u64,
}

/// The method, which only those are answered whom the node trusts with unsafe ones.
pub fn module(disk: Disk) -> Result<RpcModule<Disk>, RegisterMethodError> {
	let mut module = RpcModule::new(disk);
	module.register_blocking_method("node_disk", |_, disk, extensions| {
		check_if_safe(&extensions)?;
		let free = fs4::available_space(&disk.path).map_err(super::error::Error::from)?;
		Ok::<_, ErrorObjectOwned>(Space { free, stops_below: disk.stops_below })
	})?;
	Ok(module)
}
