//! The methods, one file each: wrappers around other optimizers, and methods that evaluate more than one gradient.
