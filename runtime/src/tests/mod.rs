//! Tests of the pallets put together.
