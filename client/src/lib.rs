//! # Consentry's client
//!
//! What a business system needs to use the chain, and to trust no node for it.
//!
//! - [`keys`], [`passphrase`]: signing keys, encrypted at rest
//! - [`store`]: the local store of what the chain must not hold
//! - [`mapping`], [`csv`], [`content`]: from a CRM's export to commitments
//! - [`import`], [`reconcile`]: the export as a whole, resumable; and compared with the chain
//! - [`chain`], [`queries`], [`submit`], [`calls`]: the node, extrinsics and the calls they carry
//! - [`access`]: what became of requests for access
//! - [`statement`], [`receipt`]: what customers sign off the chain, and what they get in hand
//! - [`trail`], [`finality`], [`verify`]: checking what a node serves
//! - [`proof`], [`revisions`], [`as_of`]: proofs that others check without a node
//! - [`report`]: the answer to a customer who asks
//! - [`validators`], [`health`]: for those who run a node
//! - [`moment`], [`words`]: dates and names, as people and files write them
//!
//! The command `consentry` is a thin layer over this library.

pub mod access;
pub mod as_of;
pub mod calls;
pub mod chain;
pub mod content;
pub mod csv;
pub mod error;
pub mod finality;
pub mod health;
pub mod import;
pub mod keys;
pub mod mapping;
pub mod moment;
pub mod passphrase;
pub mod proof;
pub mod queries;
pub mod receipt;
pub mod reconcile;
pub mod report;
pub mod revisions;
pub mod special_categories;
pub mod statement;
pub mod store;
pub mod submit;
pub mod trail;
pub mod validators;
pub mod verify;
pub mod words;

pub use error::{Error, ExitCode, Result};
