//! The family tree of optimizers: the parent of each, and the difference.

/// An optimizer, its parent, and its difference from the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kin {
    /// Its name.
    pub name: &'static str,
    /// The name of its parent; None for a root.
    pub parent: Option<&'static str>,
    /// Its addition, or replacement.
    pub adds: &'static str,
}

const fn root(name: &'static str, adds: &'static str) -> Kin {
    Kin { name, parent: None, adds }
}

const fn kin(parent: &'static str, name: &'static str, adds: &'static str) -> Kin {
    Kin { name, parent: Some(parent), adds }
}

/// Every optimizer of [`crate::Registry::builtin`], parents before their children.
pub const KINSHIP: &[Kin] = &[
    root("sgd", "a step down the gradient"),
    kin("sgd", "momentum", "a velocity that remembers gradients"),
    kin("momentum", "nesterov", "the gradient from where the velocity leads"),
    kin("momentum", "muon", "the velocity's nearest orthogonal matrix as the step"),
    kin("momentum", "lars", "a rate for each layer: the norm of its weights over that of its gradient"),
    kin("sgd", "signsgd", "the sign alone"),
    kin("signsgd", "rprop", "a step size for each parameter, grown and shrunk by the sign's constancy"),
    kin("signsgd", "lion", "the sign of an interpolated momentum"),
    kin("sgd", "adagrad", "a rate for each parameter: over the root of the sum of squared gradients"),
    kin("adagrad", "shampoo", "matrices instead of single numbers: a rate for each direction of a layer"),
    kin("adagrad", "rmsprop", "an average that forgets, instead of the sum"),
    kin("rmsprop", "adadelta", "the root of average squared steps in place of the rate"),
    kin("rmsprop", "adafactor", "squares kept by rows and columns only, steps in units of the weights' size"),
    kin("rmsprop", "adam", "momentum, and bias correction of both averages"),
    kin("adam", "adamw", "weight decay beside the step"),
    kin("adam", "amsgrad", "the largest average of squares so far"),
    kin("adam", "adamax", "the largest recent gradient in place of the root of average squares"),
    kin("adam", "nadam", "Nesterov's look ahead"),
    kin("adam", "radam", "plain momentum until the average of squares can be trusted"),
    kin("adam", "adabelief", "squares of the gradient's surprise, not of the gradient"),
    kin("adam", "yogi", "squares that move by bounded amounts"),
    kin("adam", "adan", "an average of gradient differences, Nesterov's look ahead without another gradient"),
    kin("adam", "ademamix", "a second, much slower momentum"),
    kin("adam", "adopt", "division by the squares before, without the newest gradient"),
    kin("adam", "lamb", "a rate for each layer: the norm of its weights over that of its step"),
    kin("adam", "soap", "Adam in the directions that Shampoo finds"),
    kin("adam", "prodigy", "its own estimate of the rate"),
    root("lookahead", "wraps any: slow weights that follow a part of the way"),
    root("ema", "wraps any: judged at an exponential average of the path"),
    kin("ema", "swa", "judged at the plain mean of the path"),
    kin("swa", "schedule-free-sgd", "gradients from near the mean, no schedule"),
    kin("schedule-free-sgd", "schedule-free-adamw", "Adam's denominator"),
    root("sam", "wraps most: the gradient from a little uphill"),
    root("newton", "the minimum of the local parabola"),
    kin("newton", "lbfgs", "curvature from the newest steps, and a line search"),
    kin("newton", "levenberg-marquardt", "the curvature of sums of squares from first derivatives, damped"),
];

#[cfg(test)]
mod tests {
    use super::KINSHIP;
    use crate::Registry;

    #[test]
    fn every_optimizer_is_there_once_after_its_parent() {
        let mut names: Vec<&str> = KINSHIP.iter().map(|k| k.name).collect();
        for (i, kin) in KINSHIP.iter().enumerate() {
            assert!(kin.parent.is_none_or(|parent| names[..i].contains(&parent)), "{kin:?}");
        }
        let registry = Registry::builtin();
        let mut there: Vec<&str> = registry.entries().map(|e| e.name).collect();
        names.sort_unstable();
        there.sort_unstable();
        assert_eq!(names, there);
    }
}
