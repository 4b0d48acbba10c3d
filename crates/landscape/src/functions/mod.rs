//! The functions of the catalog.

pub(crate) mod ackley;
pub(crate) mod bowl;
pub(crate) mod bumpy;
pub(crate) mod planes;
pub(crate) mod products;
pub(crate) mod rosenbrock;
pub(crate) mod saddles;
pub(crate) mod separable;
