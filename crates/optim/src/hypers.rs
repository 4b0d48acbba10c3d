//! The hyperparameters of a population: every member has its own.

use burn::tensor::Tensor;
use downhill_population::{Place, Role};
use downhill_spec::{Parameter, Spec};
use std::sync::Arc;

/// For each member of a population the value of every hyperparameter of one optimizer.
#[derive(Clone, Debug)]
pub struct Hypers {
    table: Arc<[Parameter]>,
    members: Vec<Vec<f64>>,
}

impl Hypers {
    /// The values of these specs, all read against `table`.
    pub(crate) fn new<'a>(table: &[Parameter], specs: impl Iterator<Item = &'a Spec>) -> Self {
        Self { table: table.into(), members: specs.map(Spec::values).collect() }
    }

    /// Number of members.
    pub fn members(&self) -> usize {
        self.members.len()
    }

    /// One member's values, in the order of the table.
    pub fn of(&self, member: usize) -> &[f64] {
        &self.members[member]
    }

    /// One member's value of the hyperparameter `name`.
    ///
    /// # Panics
    /// When the optimizer's table has no such name.
    pub fn get(&self, member: usize, name: &str) -> f64 {
        self.members[member][self.at(name).unwrap_or_else(|| panic!("no hyperparameter is named `{name}`"))]
    }

    /// Every member's value of the hyperparameter `name` as a tensor `[members, 1, 1]`.
    ///
    /// # Panics
    /// When the optimizer's table has no such name.
    pub fn tensor(&self, place: &Place, name: &str) -> Tensor<3> {
        self.each(place, |member| self.get(member, name))
    }

    /// A number for each member as a tensor `[members, 1, 1]`.
    pub fn each(&self, place: &Place, number: impl Fn(usize) -> f64) -> Tensor<3> {
        let all: Vec<f64> = (0..self.members()).map(number).collect();
        place.tensor(&all, [all.len(), 1, 1])
    }

    /// The values for a parameter of this role under a schedule's factor: learning rates are multiplied by the factor,
    /// and biases do not decay where `decay_bias` is false.
    pub(crate) fn under(&self, factor: f64, role: Role) -> Self {
        let mut here = self.clone();
        let rates: Vec<usize> = (0..self.table.len()).filter(|&i| is_rate(self.table[i].name)).collect();
        let (decay, decay_bias) = (self.at("weight_decay"), self.at("decay_bias"));
        for values in &mut here.members {
            rates.iter().for_each(|&i| values[i] *= factor);
            if let (Role::Bias, Some(decay), Some(decay_bias)) = (role, decay, decay_bias)
                && values[decay_bias] == 0.0
            {
                values[decay] = 0.0;
            }
        }
        here
    }

    /// Each member's learning rate under a schedule's factor; None for an optimizer without one.
    pub(crate) fn rates(&self, factor: f64) -> Option<Vec<f64>> {
        let lr = self.at("lr")?;
        Some(self.members.iter().map(|values| values[lr] * factor).collect())
    }

    /// The named members only, in the given order.
    pub(crate) fn select(&mut self, members: &[usize]) {
        self.members = members.iter().map(|&m| self.members[m].clone()).collect();
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.table.iter().position(|p| p.name == name)
    }
}

/// Whether a schedule acts on a hyperparameter: `lr`, and rates of parts such as `rest_lr`.
fn is_rate(name: &str) -> bool {
    name == "lr" || name.ends_with("_lr")
}
