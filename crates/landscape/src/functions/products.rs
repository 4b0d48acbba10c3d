//! Functions of two variables with products of sines, exponentials or long polynomials.

use crate::function::Plane;
use crate::number::Number;
use std::f64::consts::PI;

/// (1 + (u + 1)² (19 − 14u + 3u²)) (30 + w² (18 − 16w + 3w²)), with u = x + y and w = 2x − 3y
#[derive(Debug)]
pub(crate) struct GoldsteinPrice;

impl GoldsteinPrice {
    /// The first factor P(u) and its two derivatives.
    fn first(u: f64) -> [f64; 3] {
        let (a, da, s) = (19.0 - 14.0 * u + 3.0 * u * u, 6.0 * u - 14.0, u + 1.0);
        [1.0 + s * s * a, 2.0 * s * a + s * s * da, 2.0 * a + 4.0 * s * da + 6.0 * s * s]
    }

    /// The second factor Q(w) and its two derivatives.
    fn second(w: f64) -> [f64; 3] {
        let value = 30.0 + w * w * (18.0 - 16.0 * w + 3.0 * w * w);
        [value, w * (36.0 - 48.0 * w + 12.0 * w * w), 36.0 - 96.0 * w + 36.0 * w * w]
    }
}

impl Plane for GoldsteinPrice {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let (u, w) = (x.clone() + y.clone(), x.times(2.0) - y.times(3.0));
        let inner = u.clone().square().times(3.0) - u.clone().times(14.0).plus(-19.0);
        let first = (u.plus(1.0).square() * inner).plus(1.0);
        let square = w.clone().square();
        let inner = square.clone().times(3.0) - w.times(16.0).plus(-18.0);
        first * (square * inner).plus(30.0)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let ([p, dp, _], [q, dq, _]) = (Self::first(x + y), Self::second(2.0 * x - 3.0 * y));
        [dp * q + 2.0 * p * dq, dp * q - 3.0 * p * dq]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let ([p, dp, ddp], [q, dq, ddq]) = (Self::first(x + y), Self::second(2.0 * x - 3.0 * y));
        [
            ddp * q + 4.0 * dp * dq + 4.0 * p * ddq,
            ddp * q - dp * dq - 6.0 * p * ddq,
            ddp * q - 6.0 * dp * dq + 9.0 * p * ddq,
        ]
    }
}

/// (y − b x² + c x − 6)² + 10 (1 − t) cos x + 10, with b = 5.1/(4π²), c = 5/π, t = 1/(8π)
#[derive(Debug)]
pub(crate) struct Branin;

const B: f64 = 5.1 / (4.0 * PI * PI);
const C: f64 = 5.0 / PI;
const S: f64 = 10.0 * (1.0 - 1.0 / (8.0 * PI));

impl Branin {
    fn across(x: f64, y: f64) -> f64 {
        y - B * x * x + C * x - 6.0
    }
}

impl Plane for Branin {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let across = (y - x.clone().square().times(B) + x.clone().times(C)).plus(-6.0);
        across.square() + x.cos().times(S).plus(10.0)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let across = Self::across(x, y);
        [2.0 * across * (C - 2.0 * B * x) - S * x.sin(), 2.0 * across]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let slope = C - 2.0 * B * x;
        [2.0 * slope * slope - 4.0 * B * Self::across(x, y) - S * x.cos(), 2.0 * slope, 2.0]
    }
}

/// −cos x cos y exp(−(x − π)² − (y − π)²)
#[derive(Debug)]
pub(crate) struct Easom;

impl Plane for Easom {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let distance = x.clone().plus(-PI).square() + y.clone().plus(-PI).square();
        (x.cos() * y.cos() * distance.times(-1.0).exp()).times(-1.0)
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let (a, b) = (x - PI, y - PI);
        let bell = (-a * a - b * b).exp();
        [(x.sin() + 2.0 * a * x.cos()) * y.cos() * bell, (y.sin() + 2.0 * b * y.cos()) * x.cos() * bell]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let (a, b) = (x - PI, y - PI);
        let bell = (-a * a - b * b).exp();
        let own = |a: f64, x: f64| (3.0 - 4.0 * a * a) * x.cos() - 4.0 * a * x.sin();
        let mixed = -(x.sin() + 2.0 * a * x.cos()) * (y.sin() + 2.0 * b * y.cos());
        [own(a, x) * y.cos() * bell, mixed * bell, own(b, y) * x.cos() * bell]
    }
}

/// sin² 3πx + (x − 1)² (1 + sin² 3πy) + (y − 1)² (1 + sin² 2πy)
#[derive(Debug)]
pub(crate) struct Levi13;

impl Plane for Levi13 {
    fn value<N: Number>(&self, x: N, y: N) -> N {
        let wave = |x: &N, k: f64| x.clone().times(k * PI).sin().square();
        let first = x.clone().plus(-1.0).square() * wave(&y, 3.0).plus(1.0);
        let second = y.clone().plus(-1.0).square() * wave(&y, 2.0).plus(1.0);
        wave(&x, 3.0) + first + second
    }

    fn gradient(&self, x: f64, y: f64) -> [f64; 2] {
        let (d, e) = (x - 1.0, y - 1.0);
        let wave = |k: f64| 1.0 + (k * PI * y).sin().powi(2);
        [
            3.0 * PI * (6.0 * PI * x).sin() + 2.0 * d * wave(3.0),
            3.0 * PI * d * d * (6.0 * PI * y).sin() + 2.0 * e * wave(2.0) + 2.0 * PI * e * e * (4.0 * PI * y).sin(),
        ]
    }

    fn hessian(&self, x: f64, y: f64) -> [f64; 3] {
        let (d, e) = (x - 1.0, y - 1.0);
        let wave = |k: f64| 1.0 + (k * PI * y).sin().powi(2);
        let of_y = 18.0 * PI * PI * d * d * (6.0 * PI * y).cos()
            + 2.0 * wave(2.0)
            + 8.0 * PI * e * (4.0 * PI * y).sin()
            + 8.0 * PI * PI * e * e * (4.0 * PI * y).cos();
        [18.0 * PI * PI * (6.0 * PI * x).cos() + 2.0 * wave(3.0), 6.0 * PI * d * (6.0 * PI * y).sin(), of_y]
    }
}
