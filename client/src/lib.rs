//! # Consentry's client
//!
//! What a business system needs to use the chain, and to trust no node for it.
//!
//! - [`keys`], [`passphrase`]: signing keys, encrypted at rest
//! - [`store`]: the local store of what the chain must not hold
//! - [`mapping`], [`csv`], [`content`]: from a CRM's export to commitments
//! - [`import`]: the export as a whole, resumable
//! - [`chain`], [`submit`], [`calls`]: the node, extrinsics and the calls they carry
//! - [`trail`], [`finality`], [`verify`]: checking what a node serves
//!
//! The command `consentry` is a thin layer over this library.

pub mod calls;
pub mod chain;
pub mod content;
pub mod csv;
pub mod error;
pub mod finality;
pub mod import;
pub mod keys;
pub mod mapping;
pub mod passphrase;
pub mod store;
pub mod submit;
pub mod trail;
pub mod verify;

pub use error::{Error, ExitCode, Result};
