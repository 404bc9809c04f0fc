//! Benchmarks of the calls and of the idle work.
