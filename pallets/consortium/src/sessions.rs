//! How long a session lasts.

use crate::{Config, SessionBlocks};
use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;

/// The session's length in blocks, as `pallet_session::PeriodicSessions` asks for it.
///
/// The genesis sets it, once: a validator's keys are followed by clients from session to session.
pub struct SessionLength<T>(PhantomData<T>);

impl<T: Config> Get<BlockNumberFor<T>> for SessionLength<T> {
	fn get() -> BlockNumberFor<T> {
		SessionBlocks::<T>::get().unwrap_or_else(T::DefaultSessionBlocks::get)
	}
}
