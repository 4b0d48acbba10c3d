//! The matrix rules, one file each: what a population's parameter tensor becomes, given its gradient and state.
